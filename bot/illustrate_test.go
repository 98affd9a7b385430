package bot_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops"
)

func picture(name string) *bot.Picture {
	return &bot.Picture{Name: name + ".png", Type: "image/png", Data: []byte("png"), Width: 10, Height: 5,
		Draw: func(columns int) string { return strings.Repeat("⣿", columns) }}
}

// shown are the posts, each with the name of its picture.
func (s *stage) shown() []string {
	synctest.Wait()
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	var all []string
	for _, p := range s.room.posts {
		if p.Picture != nil {
			p.Text += "[" + p.Picture.Name + "]"
		}
		all = append(all, p.Text)
	}
	return all
}

func wantAll(t *testing.T, got []string, wanted ...string) {
	t.Helper()
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", wanted) {
		t.Fatalf("got  %q\nwant %q", got, wanted)
	}
}

func TestThePictureFollowsTheAlertOnce(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.settings.Remind = 2 * time.Hour
		s.settings.Illustrate = func(_ context.Context, e ops.Event) *bot.Picture {
			if e.Kind != "pod" {
				return nil
			}
			return picture(e.Key)
		}
		s.use(t)
		begin(t, s)
		raise(t, s, down(time.Now()))
		wantAll(t, s.shown(), "✗ pod down · 00:00:00\nconnection refused", "[pod/down.png]")
		time.Sleep(10 * time.Second)
		raise(t, s, down(time.Now()))
		raise(t, s, ops.Event{Kind: "job", Key: "job/x", At: time.Now(), Title: "x ran"})
		time.Sleep(5 * time.Hour) // it is said again meanwhile
		var pictures, posts int
		for _, text := range s.shown() {
			if strings.HasPrefix(text, "[") {
				pictures++
			} else {
				posts++
			}
		}
		if pictures != 1 || posts < 3 {
			t.Errorf("posted %q", s.shown())
		}
	})
}

func TestAPictureThatDoesNotComeHoldsNothingUp(t *testing.T) {
	play(t, nil, func(s *stage) {
		hangs := true
		s.settings.Illustrate = func(ctx context.Context, e ops.Event) *bot.Picture {
			if e.Title == "panic" {
				panic("a broken graph")
			}
			if hangs {
				hangs = false
				<-ctx.Done()
				return nil
			}
			return picture(e.Title)
		}
		s.use(t)
		for _, title := range []string{"one", "panic", "two"} {
			raise(t, s, ops.Event{Kind: "unit", Key: title, Severity: ops.Critical, At: time.Now(), Title: title})
		}
		wantAll(t, s.shown(), "✗ one · 00:00:00", "✗ panic · 00:00:00", "✗ two · 00:00:00")
		time.Sleep(time.Minute)
		wantAll(t, s.shown(), "✗ one · 00:00:00", "✗ panic · 00:00:00", "✗ two · 00:00:00", "[two.png]")
	})
}

// A bot that dies between the post and the picture does not make up for it: were it to, each crash would.
func TestNoPictureAfterARestart(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.settings.Illustrate = func(_ context.Context, e ops.Event) *bot.Picture { return nil }
		s.use(t)
		raise(t, s, down(time.Now()))
		synctest.Wait()
		s.settings.Illustrate = func(_ context.Context, e ops.Event) *bot.Picture { return picture("late") }
		s.use(t)
		time.Sleep(2 * time.Hour)
		raise(t, s, up(time.Now()))
		if got := s.shown(); len(got) != 2 || strings.Contains(fmt.Sprint(got), "late") {
			t.Errorf("posted %q", got)
		}
	})
}

func TestNoPictureForAHookOrADigest(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.settings.Hooks = []bot.Route{{To: []bot.Home{{Chat: "hook:x", Room: "https://example.org"}}}}
		s.settings.Illustrate = func(_ context.Context, e ops.Event) *bot.Picture { return picture(e.Title) }
		s.use(t)
		s.room.setOffline(true)
		for i := range 40 {
			raise(t, s, ops.Event{Kind: "unit", Key: fmt.Sprint(i), Severity: ops.Warning, At: time.Now(), Title: fmt.Sprint(i)})
		}
		s.room.setOffline(false)
		time.Sleep(5 * time.Minute)
		got := s.shown()
		if len(got) != 1 {
			t.Errorf("posted %q", got)
		}
	})
}

func TestAnAnswerWithAPicture(t *testing.T) {
	graph := read("graph", func(_ context.Context, c *bot.Call) error {
		if len(c.Args) > 0 {
			c.Progress("reading a year")
		}
		p := picture("memory")
		c.Illustrate("memory 61 % now", p)
		time.Sleep(2 * time.Second)
		c.Illustrate("memory 62 % now", p)
		return nil
	})
	play(t, bot.Table{graph}, func(s *stage) {
		s.say(dada, "graph")
		time.Sleep(time.Minute)
		// The room has the post as it was edited, which does not tell of the picture that it had.
		wantAll(t, s.shown(), "memory 62 % now")
		if s.room.edits != 1 {
			t.Errorf("%d edits", s.room.edits)
		}
		s.say(dada, "graph year")
		time.Sleep(time.Minute)
		wantAll(t, s.shown(), "memory 62 % now", "memory 62 % now", "[memory.png]")
	})
}

func TestTheAnswerOfARuleBringsItsPicture(t *testing.T) {
	graph := read("graph", func(_ context.Context, c *bot.Call) error {
		c.Illustrate("memory 61 % now", picture("memory"))
		return nil
	})
	play(t, bot.Table{graph}, func(s *stage) {
		s.settings.Rules = []bot.Rule{{On: "pod/down", Do: "graph memory", Count: 1, Per: time.Hour}}
		s.use(t)
		raise(t, s, down(time.Now()))
		wantAll(t, s.shown(), "✗ pod down · 00:00:00\nconnection refused",
			"● graph memory was run for pod/down · 00:00:00\nmemory 61 % now", "[memory.png]")
	})
}

func TestAttachedPicturesAreForgotten(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.Attach("job/old", picture("old"))
		time.Sleep(2 * time.Hour)
		for i := range 40 {
			s.Attach(fmt.Sprint("job/", i), picture("new"))
			time.Sleep(time.Second)
		}
		for _, name := range []string{"old", "0", "39"} {
			raise(t, s, ops.Event{Kind: "job", Key: "job/" + name, At: time.Now(), Title: name + " ran"})
		}
		wantAll(t, s.shown(), "● old ran · 02:00:40", "● 0 ran · 02:00:40", "● 39 ran · 02:00:40", "[new.png]")
	})
}

func TestDrawn(t *testing.T) {
	p := bot.Post{Room: "ops", Text: "memory 61 % now", Picture: picture("memory")}
	p.Picture.Link = "https://status.diaspote.org/graphs/memory"
	p.Picture.Draw = func(int) string { return "⣿⣿\x1b[2J" + strings.Repeat("\n0123456789", 2000) }
	got := p.Drawn(60, "the service refuses files\nover 10 KiB")
	if got.Text != "memory 61 % now\nno picture: the service refuses files over 10 KiB\nhttps://status.diaspote.org/graphs/memory" {
		t.Errorf("the text is %q", got.Text)
	}
	if !strings.HasPrefix(got.Block, "⣿⣿[2J\n") || len(got.Block) > 13_000 || got.Picture != nil {
		t.Errorf("the block is %d bytes: %.40q", len(got.Block), got.Block)
	}
	many := p
	many.Picture = &bot.Picture{Draw: func(int) string {
		return strings.TrimSuffix(strings.Repeat(strings.Repeat("line\n", 14)+"\n", 8), "\n\n")
	}}
	if got := many.Drawn(60, "no service").Block; strings.Count(got, "line") != 3*14 || !strings.HasSuffix(got, "\n\n… and 5 more") {
		t.Errorf("of eight graphs it shows\n%s", got)
	}
	if got := many.Drawn(60, "").Block; strings.Count(got, "line") != 8*14 {
		t.Errorf("on a terminal it shows\n%s", got)
	}
	if got := p.Drawn(60, ""); got.Text != "memory 61 % now" || got.Block == "" {
		t.Errorf("a chat that draws says %q", got.Text)
	}
	p.Picture.Draw, p.Picture.Link, p.Text = nil, "", ""
	if got := p.Drawn(60, ""); got.Text+got.Block != "" {
		t.Errorf("nothing comes as %+v", got)
	}
}
