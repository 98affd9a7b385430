package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/fixtures/slackd"
)

func TestEdit(t *testing.T) {
	h := start(t)
	r := h.post(bot.Post{Room: "#ops", Thread: "1712345678.000100", Text: "restarting …"})
	first := h.server.NextPost()
	if err := h.chat.Edit(t.Context(), r, bot.Post{Room: "#ops", Text: "restarted in 12.3 s", Block: "a  b"}); err != nil {
		t.Fatal(err)
	}
	p := h.server.NextPost()
	if p.Method != "chat.update" || p.TS != first.TS || p.Shown() != "restarted in 12.3 s\n```\na  b\n```" {
		t.Errorf("got %+v", p)
	}
	if err := h.chat.Edit(t.Context(), bot.Receipt{}, bot.Post{Text: "x"}); err == nil {
		t.Error("a post without a receipt was edited")
	}
	err := h.chat.Edit(t.Context(), bot.Receipt{Room: "#ops", ID: "1.2"}, bot.Post{Text: "x"})
	if err == nil || errors.Is(err, bot.ErrOffline) || !strings.Contains(err.Error(), "message_not_found") {
		t.Errorf("editing what is not there gives %v", err)
	}
}

// Whoever edits a post faster than Slack takes it gets the last text shown, and fewer edits.
func TestEditsCoalesce(t *testing.T) {
	h := start(t)
	r := h.post(bot.Post{Room: "#ops", Text: "0"})
	h.server.RateLimit(1, time.Second)
	const n = 20
	var callers sync.WaitGroup
	for i := 1; i <= n; i++ {
		callers.Go(func() {
			if err := h.chat.Edit(t.Context(), r, bot.Post{Text: fmt.Sprint(i)}); err != nil {
				t.Error(err)
			}
		})
		// Each is in line before the next, so that the last is the latest.
		for in := 0; in < i; {
			h.chat.edits.mu.Lock()
			if e := h.chat.edits.open["C0OPS "+r.ID]; e != nil {
				in = e.last
			}
			h.chat.edits.mu.Unlock()
		}
	}
	callers.Wait()
	if got := h.server.Message(slackd.Ops, r.ID).Shown(); got != fmt.Sprint(n) {
		t.Errorf("the post shows %s in the end", got)
	}
	if calls := h.server.Calls("chat.update"); calls >= n/2 {
		t.Errorf("%d calls for %d edits", calls, n)
	}
	if len(h.chat.edits.open) != 0 {
		t.Errorf("%d edits are remembered", len(h.chat.edits.open))
	}
}

func TestRateLimit(t *testing.T) {
	h := start(t)
	h.server.RateLimit(1, time.Second)
	h.post(bot.Post{Room: "#ops", Text: "after a pause"})
	if calls, posts := h.server.Calls("chat.postMessage"), h.server.Posts(); calls != 2 || len(posts) != 1 {
		t.Errorf("%d calls, %d posts", calls, len(posts))
	}

	h.server.RateLimit(1, time.Hour)
	for range 3 { // Slack is asked once; then it is left alone
		_, err := h.chat.Post(t.Context(), bot.Post{Room: "#ops", Text: "too long a pause"})
		if !errors.Is(err, bot.ErrOffline) || !strings.Contains(err.Error(), "1h0m0s") {
			t.Errorf("got %v", err)
		}
	}
	if calls := h.server.Calls("chat.postMessage"); calls != 3 {
		t.Errorf("%d calls; Slack said to wait an hour", calls)
	}
	h.post(bot.Post{Room: "#vault", Text: "another channel has a limit of its own"})
}

func TestOnly(t *testing.T) {
	h := start(t)
	r := h.post(bot.Post{Room: "#ops", Thread: "1712345678.000100", Only: "slack:U0LENA", Text: "for you alone"})
	p := h.server.NextPost()
	if p.Method != "chat.postEphemeral" || p.To != slackd.Lena || p.Thread != "1712345678.000100" || p.Shown() != "for you alone" {
		t.Errorf("got %+v", p)
	}
	if r != (bot.Receipt{}) {
		t.Errorf("a receipt that cannot be edited: %+v", r)
	}
	for _, only := range []string{"xmpp:dada@pod.example", "U0LENA", "slack:"} {
		if _, err := h.chat.Post(t.Context(), bot.Post{Room: "#ops", Only: only, Text: "x"}); err == nil {
			t.Errorf("posted for %q", only)
		}
	}
}

func TestRooms(t *testing.T) {
	h := start(t)
	h.server.AddChannels(pageSize + 20) // so that #ops is on the second page
	for room, want := range map[string]string{
		"#ops": slackd.Ops, "ops": slackd.Ops, slackd.Ops: slackd.Ops, "#vault": slackd.Vault,
		"slack:U0DADA": slackd.DMOf(slackd.Dada),
	} {
		h.post(bot.Post{Room: room, Text: "x"})
		if p := h.server.NextPost(); p.Channel != want {
			t.Errorf("%s is %s", room, p.Channel)
		}
	}
	for _, room := range []string{"#nowhere", "#attic", "", "no such thing"} {
		_, err := h.chat.Post(t.Context(), bot.Post{Room: room, Text: "x"})
		if err == nil || errors.Is(err, bot.ErrOffline) || !strings.Contains(err.Error(), "/invite @vigie") {
			t.Errorf("%s: %v", room, err)
		}
	}
	if calls := h.server.Calls("users.conversations"); calls > 2*(1+4) {
		t.Errorf("%d lists of rooms", calls)
	}
}

func TestMissingChannelIsSaid(t *testing.T) {
	h := start(t, func(c *Config) { c.Channels = []string{"#ops", "#attic"} })
	h.listen()
	if log := h.log.String(); !strings.Contains(log, "vigie is in no channel #attic") || strings.Contains(log, "no channel #ops") {
		t.Errorf("the log:\n%s", log)
	}
	h.server.Invite(slackd.Attic)
	h.server.Mention(slackd.Dada, slackd.Attic, "status")
	if m := h.next(); m.Room != "#attic" {
		t.Errorf("got %+v", m)
	}
}

func TestButtons(t *testing.T) {
	h := start(t)
	h.listen()
	r := h.post(bot.Post{Room: "#ops", Thread: "1712345678.000100", Text: "stop nginx?", Choices: []bot.Choice{
		{Label: "Yes, stop", Value: "yes 42", Risky: true}, {Label: "No", Value: "no 42"},
	}})
	question := h.server.NextPost()
	if buttons := question.Buttons(); len(buttons) != 2 || buttons[0].Style != "danger" || buttons[1].Style != "" {
		t.Fatalf("the buttons are %+v", buttons)
	}
	press := h.server.Press(slackd.Dada, question, "yes 42")
	m := h.next()
	want := bot.Message{Chat: "slack", Room: "#ops", From: "slack:U0DADA", Press: "yes 42", ID: r.ID, Thread: "1712345678.000100"}
	if fmt.Sprint(m) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", m, want)
	}
	press.AwaitAck()
	h.server.Redeliver(press).AwaitAck()
	h.last()

	h.server.Press(slackd.Dada, question, "yes 42").AwaitAck() // a second time, and truly
	if m := h.next(); m.Press != "yes 42" {
		t.Errorf("got %+v", m)
	}
	if err := h.chat.Edit(t.Context(), r, bot.Post{Text: "nginx stopped"}); err != nil {
		t.Fatal(err)
	}
	if left := h.server.Message(slackd.Ops, r.ID); len(left.Buttons()) != 0 || left.Shown() != "nginx stopped" {
		t.Errorf("after the edit it is %+v", left)
	}
	h.server.Press(slackd.Lena, question, "no 42").AwaitAck() // by a client that has not seen the edit
	if m := h.next(); m.Press != "no 42" || m.From != "slack:U0LENA" || m.ID != r.ID {
		t.Errorf("got %+v", m)
	}
}

// Slack does not say in which message the button of an ephemeral post was, but for its ts.
func TestButtonForOnePerson(t *testing.T) {
	h := start(t)
	h.listen()
	h.post(bot.Post{Room: "#ops", Only: "slack:U0DADA", Text: "sure?", Choices: []bot.Choice{{Label: "Yes", Value: "yes"}}})
	h.server.Press(slackd.Dada, h.server.NextPost(), "yes").AwaitAck()
	if m := h.next(); m.Press != "yes" || m.Room != "#ops" {
		t.Errorf("got %+v", m)
	}
}

// What a log line or a nickname holds is shown as it is, and obeyed nowhere.
func TestHostileText(t *testing.T) {
	h := start(t)
	for _, hostile := range []string{
		"@channel @here @everyone", "<!here> <!channel>", "<@U0DADA>", "<#C0OPS|ops>", "<http://evil.example|your bank>",
		"http://evil.example", "*bold* _it_ ~gone~", "`code` ```block```", "&lt;!here&gt;", ":rotating_light:", "> quote", `{"type":"broadcast","range":"here"}`,
	} {
		h.chat.pace = pace{}
		h.post(bot.Post{Room: "#ops", Text: hostile, Block: hostile})
		p := h.server.NextPost()
		if want := hostile + "\n```\n" + hostile + "\n```"; p.Shown() != want {
			t.Errorf("%q is shown as %q", hostile, p.Shown())
		}
		var blocks []struct {
			Type     string
			Elements []struct {
				Type     string
				Elements []map[string]any
			}
		}
		if err := json.Unmarshal([]byte(p.Blocks), &blocks); err != nil {
			t.Fatal(err)
		}
		for _, b := range blocks {
			for _, e := range b.Elements {
				for _, leaf := range e.Elements {
					if b.Type != "rich_text" || leaf["type"] != "text" || leaf["text"] != hostile || len(leaf) != 2 {
						t.Errorf("%q became %v in a %s", hostile, leaf, b.Type)
					}
				}
			}
		}
		if strings.ContainsAny(p.Text, "<>") || plain(p.Text) != hostile {
			t.Errorf("the fallback of %q is %q", hostile, p.Text)
		}
		for arg, want := range map[string]string{"parse": "none", "mrkdwn": "false", "unfurl_links": "false", "unfurl_media": "false"} {
			if p.Args[arg] != want {
				t.Errorf("%s is %q", arg, p.Args[arg])
			}
		}
	}
	h.chat.pace = pace{}
	h.post(bot.Post{Room: "#ops", Text: "a\x00b\x1b[31mc\u202ed\xffe"})
	if got := h.server.NextPost().Shown(); got != "ab[31mcd\ufffde" {
		t.Errorf("control characters: %q", got)
	}
}

func TestLongPosts(t *testing.T) {
	h := start(t)
	choices := make([]bot.Choice, maxChoices)
	for i := range choices {
		choices[i] = bot.Choice{Label: strings.Repeat("é", 200), Value: strings.Repeat("v", maxValue), Risky: true}
	}
	for name, text := range map[string]string{
		"lines":  strings.Repeat("one line of a log\n", 100_000),
		"one":    strings.Repeat("x", 1_000_000),
		"markup": strings.Repeat("<&>\"", 100_000),
		"wide":   strings.Repeat("漢字\n", 100_000),
	} {
		h.chat.pace = pace{}
		r := h.post(bot.Post{Room: "#ops", Text: text, Block: text, Choices: choices})
		p := h.server.NextPost()
		if !strings.Contains(p.Shown(), " more") || len(p.Text) > 4000 {
			t.Errorf("%s: a fallback of %d bytes, and %d are shown without a word about the rest", name, len(p.Text), len(p.Shown()))
		}
		if err := h.chat.Edit(t.Context(), r, bot.Post{Text: text, Block: text}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		h.server.NextPost()
	}
	for name, p := range map[string]bot.Post{
		"nothing":        {},
		"blanks":         {Text: " \n", Block: "\x00"},
		"many buttons":   {Text: "x", Choices: make([]bot.Choice, maxChoices+1)},
		"no value":       {Text: "x", Choices: []bot.Choice{{Label: "x"}}},
		"no label":       {Text: "x", Choices: []bot.Choice{{Value: "x"}}},
		"too long value": {Text: "x", Choices: []bot.Choice{{Label: "x", Value: strings.Repeat("x", maxValue+1)}}},
	} {
		p.Room = "#ops"
		if _, err := h.chat.Post(t.Context(), p); err == nil || errors.Is(err, bot.ErrOffline) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTwoHundredAtOnce(t *testing.T) {
	h := start(t)
	h.listen()
	for i := range 200 {
		h.server.DM(slackd.Dada, fmt.Sprint("status ", i))
	}
	for i := range 200 {
		if m := h.next(); m.Text != fmt.Sprint("status ", i) {
			t.Fatalf("number %d is %q", i, m.Text)
		}
	}
}

// BenchmarkMentionToPost is the way of a command: from the socket to the bot, and its answer to Slack.
func BenchmarkMentionToPost(b *testing.B) {
	server := slackd.New(b)
	chat := New(Config{AppToken: slackd.AppToken, BotToken: slackd.BotToken, APIURL: server.URL}, slog.New(slog.DiscardHandler), time.Now)
	ctx, stop := context.WithCancel(b.Context())
	in, done := make(chan bot.Message), make(chan struct{})
	go func() {
		defer close(done)
		_ = chat.Listen(ctx, in)
	}()
	defer func() { stop(); <-done }()
	server.AwaitConnected(1)
	for b.Loop() {
		chat.pace = pace{} // Slack's limit is not what is measured
		server.Mention(slackd.Dada, slackd.Ops, "status")
		m := <-in
		if _, err := chat.Post(ctx, bot.Post{Room: m.Room, Thread: m.Thread, Text: "fine"}); err != nil {
			b.Fatal(err)
		}
	}
}
