package slack

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/fixtures/logbook"
	"github.com/diaspote/vigie/fixtures/slackd"
)

// patience ends a wait for what never comes.
const patience = 20 * time.Second

// A harness is the adapter against a workspace, with the bot's part played by the test.
type harness struct {
	*testing.T
	server *slackd.Server
	chat   *Chat
	in     chan bot.Message
	log    *logbook.Book
	errs   chan error // what each Listen came to
}

// start makes a chat that is at home in #ops, not listening yet. At the end of the test, no secret of
// the workspace is in the log.
func start(t *testing.T, change ...func(*Config)) *harness {
	server := slackd.New(t)
	cfg := Config{AppToken: slackd.AppToken, BotToken: slackd.BotToken, Channels: []string{"#ops"}, APIURL: server.URL}
	for _, f := range change {
		f(&cfg)
	}
	h := &harness{T: t, server: server, in: make(chan bot.Message), log: &logbook.Book{}, errs: make(chan error, 100)}
	h.chat = New(cfg, slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})), time.Now)
	t.Cleanup(func() {
		if strings.Contains(h.log.String(), "notasecret") {
			t.Errorf("the log has a secret in it:\n%s", h.log)
		}
	})
	return h
}

// listen keeps the chat listening until the test ends, and returns once it is connected.
func (h *harness) listen() {
	h.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	before := h.server.Connected()
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			err := h.chat.Listen(ctx, h.in)
			select {
			case h.errs <- err:
			default:
			}
		}
	}()
	h.Cleanup(func() { stop(); <-done })
	h.server.AwaitConnected(before + 1)
}

// next is the next message that the adapter delivers.
func (h *harness) next() bot.Message {
	h.Helper()
	select {
	case m := <-h.in:
		return m
	case <-time.After(patience):
		h.Fatalf("no message came; the log:\n%s", h.log)
		return bot.Message{}
	}
}

// lost is the next error of Listen.
func (h *harness) lost() error {
	h.Helper()
	select {
	case err := <-h.errs:
		return err
	case <-time.After(patience):
		h.Fatal("Listen did not return")
		return nil
	}
}

// last delivers one more message and wants it to be the next: what came before it was not run.
func (h *harness) last() {
	h.Helper()
	h.server.DM(slackd.Lena, "the last")
	if m := h.next(); m.Text != "the last" {
		h.Fatalf("%+v was delivered, and should not have been", m)
	}
}

func (h *harness) post(p bot.Post) bot.Receipt {
	h.Helper()
	r, err := h.chat.Post(h.Context(), p)
	if err != nil {
		h.Fatal(err)
	}
	return r
}
