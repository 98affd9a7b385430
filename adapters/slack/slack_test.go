package slack

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/fixtures/slackd"
)

func TestMention(t *testing.T) {
	h := start(t)
	h.listen()
	d := h.server.Mention(slackd.Dada, slackd.Ops, "logs nginx grep a&amp;b &lt;c&gt; <http://x.example|x.example>")
	m := h.next()
	if m.ID == "" || m.ID != m.Thread {
		t.Errorf("a mention opens a thread of its own: id %q, thread %q", m.ID, m.Thread)
	}
	want := bot.Message{Chat: "slack", Room: "#ops", From: "slack:U0DADA", Text: "logs nginx grep a&b <c> x.example", ID: m.ID, Thread: m.ID}
	if fmt.Sprint(m) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", m, want)
	}
	if answer := d.AwaitAck(); answer != "" {
		t.Errorf("the ack of an event carries %s", answer)
	}
	receipt := h.post(bot.Post{Room: m.Room, Thread: m.Thread, Text: "running"})
	p := h.server.NextPost()
	if p.Channel != slackd.Ops || p.Thread != m.ID || p.Shown() != "running" {
		t.Errorf("the answer is %+v", p)
	}
	if receipt != (bot.Receipt{Room: "#ops", ID: p.TS}) {
		t.Errorf("the receipt is %+v for a post at %s", receipt, p.TS)
	}
	h.server.Say(slackd.Said{User: slackd.Dada, Channel: slackd.Ops, Text: "<@U0VIGIE>: status", Thread: m.ID})
	if again := h.next(); again.Thread != m.ID || again.ID == m.ID || again.Text != "status" {
		t.Errorf("a mention in a thread is %+v", again)
	}
}

func TestDirectMessage(t *testing.T) {
	h := start(t)
	h.listen()
	h.server.DM(slackd.Dada, "status")
	m := h.next()
	if m.Room != slackd.DMOf(slackd.Dada) || m.Text != "status" || m.Thread != "" || m.From != "slack:U0DADA" {
		t.Errorf("got %+v", m)
	}
	h.post(bot.Post{Room: m.Room, Text: "fine"})
	if p := h.server.NextPost(); p.Channel != m.Room || p.Thread != "" {
		t.Errorf("the answer is %+v", p)
	}
}

func TestSlash(t *testing.T) {
	h := start(t)
	h.listen()
	d := h.server.Slash(slackd.Dada, slackd.Vault, "status")
	m := h.next()
	if m.Room != slackd.Vault || m.Text != "status" || m.From != "slack:U0DADA" || m.Thread != "" {
		t.Errorf("got %+v", m)
	}
	if answer := d.AwaitAck(); answer != "" {
		t.Errorf("the ack says %s; the answer comes as a post", answer)
	}
	h.server.Redeliver(d).AwaitAck()
	h.last()
}

// A slash command can be typed where the bot is not, and could not answer.
func TestSlashWithoutTheBot(t *testing.T) {
	h := start(t)
	h.listen()
	h.server.Slash(slackd.Dada, slackd.Attic, "restart diaspora").AwaitAck()
	p := h.server.NextPost()
	if p.Method != "response_url" || p.To != slackd.Dada || !strings.Contains(p.Text, "/invite @vigie") {
		t.Errorf("got %+v", p)
	}
	h.last()
	h.server.Invite(slackd.Attic)
	h.server.Slash(slackd.Dada, slackd.Attic, "status")
	if m := h.next(); m.Room != slackd.Attic {
		t.Errorf("got %+v", m)
	}
	h.server.Kick(slackd.Attic)
	if _, err := h.chat.Post(t.Context(), bot.Post{Room: "#attic", Text: "x"}); err == nil || !strings.Contains(err.Error(), "/invite @vigie") {
		t.Errorf("posting where the bot is not gives %v", err)
	}
	h.server.Slash(slackd.Dada, slackd.Attic, "status")
	if p := h.server.NextPost(); p.Method != "response_url" {
		t.Errorf("got %+v", p)
	}
	h.last()
}

// None of this is said to the bot, now, by a person.
func TestNotRun(t *testing.T) {
	h := start(t)
	h.listen()
	for _, said := range []slackd.Said{
		{User: slackd.Dada, Channel: slackd.Ops, Text: "ask <@U0VIGIE> for the status"},
		{User: slackd.Dada, Channel: slackd.Ops, Text: "<@U0VIGIE> status", Edited: true},
		{User: slackd.Dada, Channel: slackd.Ops, Text: "<@U0VIGIE> status", Bot: "B0OTHER"},
		{User: slackd.Dada, Channel: slackd.Ops, Text: "<@U0VIGIE> joined", Subtype: "channel_join"},
		{User: slackd.Dada, Channel: slackd.DMOf(slackd.Dada), Text: "status", Subtype: "message_changed"},
		{User: slackd.Dada, Channel: slackd.DMOf(slackd.Dada), Text: "status", Subtype: "bot_message"},
		{User: slackd.BotUser, Channel: slackd.DMOf(slackd.Dada), Text: "status", Bot: slackd.BotID},
		{User: slackd.BotUser, Channel: slackd.DMOf(slackd.Dada), Text: "status"},
		{User: "", Channel: slackd.DMOf(slackd.Dada), Text: "status"},
	} {
		h.server.Say(said).AwaitAck()
	}
	h.last()
}

func TestUnknownIsAcknowledged(t *testing.T) {
	h := start(t)
	h.listen()
	h.server.Event(map[string]any{"type": "sourdough_risen", "user": slackd.Dada}).AwaitAck()
	h.server.Event(map[string]any{"type": []string{"not", "a", "name"}}).AwaitAck()
	h.server.SendRaw(`{"envelope_id":"of-a-new-kind","type":"telepathy","payload":{"text":"restart diaspora"}}`).AwaitAck()
	h.server.SendRaw(`{"envelope_id":"without-payload","type":"events_api"}`).AwaitAck()
	h.server.SendRaw(`{"envelope_id":"strange","type":"slash_commands","payload":["status"]}`).AwaitAck()
	h.server.SendRaw(`{"type":"no_envelope"}`)
	h.server.SendRaw(`no JSON`)
	h.last()
	if n := h.server.Connected(); n != 1 {
		t.Errorf("%d connections; nothing of this is worth a new one", n)
	}
}

// A block that slack-go cannot decode does not swallow the command that came with it.
func TestUnknownBlockRuns(t *testing.T) {
	h := start(t)
	h.listen()
	ts := fmt.Sprintf("%d.000007", time.Now().Unix())
	h.server.Event(map[string]any{
		"type": "message", "channel_type": "im", "channel": slackd.DMOf(slackd.Dada), "user": slackd.Dada, "ts": ts,
		"text": "status", "blocks": "none as one knows them",
	}).AwaitAck()
	if m := h.next(); m.Text != "status" {
		t.Errorf("got %+v", m)
	}
}

func TestRedeliveryRunsOnce(t *testing.T) {
	h := start(t)
	h.listen()
	d := h.server.Mention(slackd.Dada, slackd.Ops, "restart diaspora")
	h.next()
	d.AwaitAck()
	h.server.Redeliver(d).AwaitAck() // of another envelope_id
	h.server.DropAll()
	h.lost()
	h.server.AwaitConnected(2)
	h.server.Redeliver(d).AwaitAck()
	h.last()
}

// What is said while no socket is open comes as a redelivery, and is run all the same.
func TestSaidWhileOffline(t *testing.T) {
	h := start(t)
	d := h.server.Mention(slackd.Dada, slackd.Ops, "status")
	first := h.server.Redeliver(d)
	h.listen()
	if m := h.next(); m.Text != "status" {
		t.Errorf("got %+v", m)
	}
	d.AwaitAck()
	first.AwaitAck()
	h.last()
}

func TestTooLate(t *testing.T) {
	h := start(t)
	h.listen()
	d := h.server.Say(slackd.Said{User: slackd.Dada, Channel: slackd.Ops, Text: "<@U0VIGIE> restart diaspora", At: time.Now().Add(-5 * time.Minute)})
	d.AwaitAck()
	p := h.server.NextPost()
	if p.Channel != slackd.Ops || p.Thread == "" || !strings.Contains(p.Shown(), "did not run it") || strings.Contains(p.Shown(), "\n") {
		t.Errorf("the person is told %+v", p)
	}
	h.server.Redeliver(d).AwaitAck()
	h.last()
	if n := len(h.server.Posts()); n != 1 {
		t.Errorf("%d posts, the first being %+v; the person is to be told once", n, p)
	}
}

// What counts is Slack's clock: the host's may be decades off, and be set while the bot runs.
func TestTooLateByTheWrongClock(t *testing.T) {
	h := start(t)
	var mu sync.Mutex
	off := -50 * 365 * 24 * time.Hour
	step := func(d time.Duration) { mu.Lock(); defer mu.Unlock(); off = d }
	h.chat = New(h.chat.cfg, h.chat.log, func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return time.Now().Add(off)
	})
	h.listen()
	h.server.DM(slackd.Dada, "status")
	if m := h.next(); m.Text != "status" {
		t.Errorf("got %+v", m)
	}
	h.server.Say(slackd.Said{User: slackd.Dada, Channel: slackd.DMOf(slackd.Dada), Text: "stop nginx", At: time.Now().Add(-5 * time.Minute)}).AwaitAck()
	if p := h.server.NextPost(); !strings.Contains(p.Shown(), "did not run it") {
		t.Errorf("got %q", p.Shown())
	}
	step(0)
	h.post(bot.Post{Room: "#ops", Text: "any answer of Slack's sets the clock"})
	h.last()
}

func TestDisconnectAndReconnect(t *testing.T) {
	h := start(t)
	h.listen()
	for i, reason := range []string{"warning", "refresh_requested"} {
		h.server.Disconnect(reason)
		if err := h.lost(); err == nil {
			t.Error("Listen ended without an error at a disconnect")
		}
		h.server.AwaitConnected(i + 2)
		h.last()
	}
}

// A server that accepts and then drops costs one connection for each Listen, not a loop of them.
func TestAcceptThenDrop(t *testing.T) {
	h := start(t)
	h.server.DropNext(1000)
	for range 10 {
		if err := h.chat.Listen(t.Context(), h.in); err == nil {
			t.Fatal("Listen ended without an error")
		}
	}
	// slack-go may be a step ahead when it is stopped.
	if n := h.server.Calls("apps.connections.open"); n > 20 {
		t.Errorf("%d calls of apps.connections.open in 10 Listens", n)
	}
}

func TestSilentLink(t *testing.T) {
	h := start(t)
	h.chat.silence = 100 * time.Millisecond
	h.server.Mute()
	if err := h.chat.Listen(t.Context(), h.in); err == nil {
		t.Error("Listen ended without an error")
	}
}

func TestNoLeakAcrossReconnects(t *testing.T) {
	h := start(t)
	cycle := func() {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		before, ended := h.server.Connected(), make(chan error, 1)
		go func() { ended <- h.chat.Listen(ctx, h.in) }()
		h.server.AwaitConnected(before + 1)
		d := h.server.DM(slackd.Dada, "status")
		h.next()
		d.AwaitAck()
		if before%2 == 0 {
			h.server.DropAll()
		} else {
			stop()
		}
		<-ended
		h.server.AwaitDisconnected()
	}
	cycle()
	settled := runtime.NumGoroutine()
	for range 50 {
		cycle()
	}
	for end := time.Now().Add(patience); runtime.NumGoroutine() > settled+3; runtime.Gosched() {
		if time.Now().After(end) {
			buf := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, after one cycle it was %d:\n%s", runtime.NumGoroutine(), settled, buf[:runtime.Stack(buf, true)])
		}
	}
}

func TestWrongTokens(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"invalid_auth":           func(c *Config) { c.BotToken = "xoxb-2-notasecret" },
		"not_allowed_token_type": func(c *Config) { c.BotToken, c.AppToken = c.AppToken, c.BotToken },
		"app token":              func(c *Config) { c.AppToken = "xapp-2-notasecret" },
	} {
		t.Run(name, func(t *testing.T) {
			h := start(t, change)
			for _, err := range []error{h.chat.Listen(t.Context(), h.in), h.chat.Check(t.Context())} {
				if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "token") || strings.Contains(err.Error(), "notasecret") {
					t.Errorf("got %v", err)
				}
			}
		})
	}
}

func TestCheck(t *testing.T) {
	h := start(t)
	if err := h.chat.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if n := h.server.Connected(); n != 0 {
		t.Errorf("%d sockets were opened", n)
	}
	h.server.Kick(slackd.Ops)
	if err := start(t, func(c *Config) { c.APIURL = h.server.URL }).chat.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "no channel #ops") {
		t.Errorf("without #ops: %v", err)
	}
}

func TestOffline(t *testing.T) {
	h := start(t)
	h.server.Close()
	for op, err := range map[string]error{
		"post":    func() error { _, err := h.chat.Post(t.Context(), bot.Post{Room: slackd.Ops, Text: "x"}); return err }(),
		"by name": func() error { _, err := h.chat.Post(t.Context(), bot.Post{Room: "#ops", Text: "x"}); return err }(),
		"edit":    h.chat.Edit(t.Context(), bot.Receipt{Room: slackd.Ops, ID: "1.2"}, bot.Post{Text: "x"}),
		"listen":  h.chat.Listen(t.Context(), h.in),
	} {
		if !errors.Is(err, bot.ErrOffline) || strings.Contains(err.Error(), "http") {
			t.Errorf("%s: %v", op, err)
		}
	}
}
