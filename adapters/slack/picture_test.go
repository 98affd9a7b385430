package slack

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/fixtures/slackd"
)

func picture() *bot.Picture {
	return &bot.Picture{
		Name: "memory.png", Type: "image/png", Data: []byte("\x89PNG\r\n\x1a\n" + strings.Repeat("x", 25_000)), Width: 1000, Height: 420,
		Draw: func(columns int) string { return strings.Repeat("⣀", columns) }, Link: "https://status.diaspote.org/graphs/memory",
	}
}

// shared fails unless a post shares the picture.
func shared(t *testing.T, p slackd.Post, channel, thread, alt string) {
	t.Helper()
	if p.Method != "files.completeUploadExternal" || len(p.Files) != 1 || p.Channel != channel || p.Thread != thread || p.Text != "" {
		t.Fatalf("no picture was shared in %s: %.300s", channel, fmt.Sprintf("%+v", p))
	}
	if f := p.Files[0]; f.Name != "memory.png" || f.Title != "memory.png" || f.Alt != alt || string(f.Content) != string(picture().Data) {
		t.Errorf("the file is %s %q %q of %d bytes", f.Name, f.Title, f.Alt, len(f.Content))
	}
}

func TestPicture(t *testing.T) {
	h := start(t)
	r := h.post(bot.Post{Room: "#ops", Thread: "1712345678.000100", Text: "memory 61 % now <!here>", Picture: picture()})
	text := h.server.NextPost()
	if text.Shown() != "memory 61 % now <!here>" || text.TS != r.ID || text.Thread != "1712345678.000100" {
		t.Errorf("the text came as %+v", text)
	}
	shared(t, h.server.NextPost(), slackd.Ops, "1712345678.000100", "memory 61 % now <!here>")
	if err := h.chat.Edit(t.Context(), r, bot.Post{Text: "memory 62 % now", Picture: picture()}); err != nil {
		t.Fatal(err)
	}
	if p := h.server.NextPost(); p.Method != "chat.update" || p.TS != r.ID || p.Shown() != "memory 62 % now" {
		t.Errorf("the edit came as %+v", p)
	}

	h.post(bot.Post{Room: "slack:U0LENA", Text: "for you", Picture: picture()})
	h.server.NextPost()
	shared(t, h.server.NextPost(), slackd.DMOf(slackd.Lena), "", "for you")
	h.chat.pace = pace{}
	if r := h.post(bot.Post{Room: "#ops", Picture: picture()}); r.Room != "#ops" {
		t.Errorf("the receipt is %+v", r)
	}
	shared(t, h.server.NextPost(), slackd.Ops, "", "memory.png")
	h.post(bot.Post{Room: "slack:U0LENA", Picture: picture()})
	shared(t, h.server.NextPost(), slackd.DMOf(slackd.Lena), "", "memory.png")
	if len(h.server.Posts()) != 7 {
		t.Errorf("%d posts", len(h.server.Posts()))
	}
}

func TestPictureThatCannotBeShown(t *testing.T) {
	for _, test := range []struct {
		name string
		post bot.Post
		rig  func(*harness)
		why  string
	}{
		{"scope", bot.Post{Room: "#ops"}, func(h *harness) { h.server.Lack("files:write") },
			"no picture: upload: slack says missing_scope: the app lacks files:write; give it the manifest that `vigie slack-manifest` prints, and install it again"},
		{"one person", bot.Post{Room: "#ops", Only: "slack:U0LENA"}, func(h *harness) {}, "no picture: slack shows no file to one person alone"},
		{"switched off", bot.Post{Room: "#ops"}, func(h *harness) { h.server.RefuseFiles("file_uploads_disabled") }, "no picture: upload: slack says file_uploads_disabled"},
		{"nobody yet", bot.Post{Room: "slack:U0DADA", Text: ""}, func(h *harness) {}, "no picture: no direct message has been opened with that person yet"},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := start(t)
			test.rig(h)
			if test.name != "nobody yet" {
				test.post.Text = "memory 61 % now"
			}
			test.post.Picture = picture()
			r := h.post(test.post)
			p := h.server.NextPost()
			want := strings.TrimPrefix(test.post.Text+"\n"+test.why+"\nhttps://status.diaspote.org/graphs/memory\n```\n"+strings.Repeat("⣀", drawnColumns)+"\n```", "\n")
			if got := p.Shown(); got != want {
				t.Errorf("posted %q\nwanted %q", got, want)
			}
			if test.post.Only == "" && r.ID != p.TS {
				t.Errorf("the receipt is %+v", r)
			}
			if n := len(h.server.Posts()); n != 1 {
				t.Errorf("%d posts", n)
			}
		})
	}
}

// A picture that is uploaded and then not taken in the channel comes drawn behind its text, which is posted once.
func TestPictureThatIsNotShared(t *testing.T) {
	h := start(t)
	h.server.RefuseShares("posting_to_channel_denied")
	h.post(bot.Post{Room: "#ops", Thread: "1712345678.000100", Text: "memory 61 % now", Picture: picture()})
	if got := h.server.NextPost().Shown(); got != "memory 61 % now" {
		t.Errorf("posted %q", got)
	}
	p := h.server.NextPost()
	if got := p.Shown(); !strings.HasPrefix(got, "no picture: share the picture: slack says posting_to_channel_denied\nhttps://") || p.Thread != "1712345678.000100" {
		t.Errorf("posted %q in thread %q", got, p.Thread)
	}
}

func TestPictureOffline(t *testing.T) {
	h := start(t)
	h.server.Close()
	begin := time.Now()
	_, err := h.chat.Post(t.Context(), bot.Post{Room: slackd.Ops, Text: "memory 61 % now", Picture: picture()})
	if !errors.Is(err, bot.ErrOffline) {
		t.Errorf("after %v: %v", time.Since(begin), err)
	}
}
