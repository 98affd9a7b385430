package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/cmd/vigie/config"
	"github.com/diaspote/vigie/ops/ledger"
)

// That webhooks are not heard is told, and that they are again, also by a daemon that was started meanwhile.
func TestADeafWebhookIsTold(t *testing.T) {
	db, err := ledger.Open(t.Context(), filepath.Join(t.TempDir(), "vigie.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	cfg := &config.Config{
		Web:      config.Web{On: true, Listen: other.Addr().String()},
		Webhooks: []config.Webhook{{Path: "/json", Kind: "json", Secret: config.NewSecret("0123456789abcdef")}},
	}
	start := func() (stop func()) {
		log := slog.New(slog.DiscardHandler)
		d := &daemon{log: log, host: &host{}, ledger: db, bot: bot.New(db, log, time.Now)}
		ctx, cancel := context.WithCancel(t.Context())
		d.look = &lookout{stop: cancel}
		if err := d.serveHTTP(ctx, cfg); err != nil {
			t.Fatal(err)
		}
		return func() { d.look.end(); d.bot.Close(context.Background()) }
	}
	wait := func(n int, resolved bool) {
		t.Helper()
		for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			events, err := db.Events(t.Context(), ledger.EventQuery{Kind: "webhook"})
			if err != nil {
				t.Fatal(err)
			}
			if len(events) == n && events[0].Resolved == resolved {
				return
			}
			if time.Now().After(end) {
				t.Fatal(fmt.Sprint("in the ledger: ", events))
			}
		}
	}
	stop := start()
	wait(1, false)
	stop()
	stop = start()
	defer func() { stop() }()
	time.Sleep(100 * time.Millisecond) // it is not told twice
	wait(1, false)
	other.Close()
	wait(2, true)
}
