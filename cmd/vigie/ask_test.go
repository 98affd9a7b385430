package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/diaspote/vigie/adapters/local"
	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/commands"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/ledger"
)

// TestAskForAPicture is `vigie ask --picture` against a daemon's socket.
func TestAskForAPicture(t *testing.T) {
	db, err := ledger.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	h, err := newHost(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	if err := h.openRecord(t.Context(), db, nil); err != nil {
		t.Fatal(err)
	}
	remember(t, h)
	if h.book, err = incident.Open(t.Context(), db, h.now); err != nil {
		t.Fatal(err)
	}
	b := bot.New(db, h.log, h.now)
	if err := b.Use(bot.Settings{
		Host: "diaspote", Commands: commands.Table(h.commands(nil)),
		Policy: bot.Policy{People: []bot.Person{{Name: "me", Role: bot.Operator, Accounts: []string{local.Account(os.Getuid())}}}},
	}); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	socket := filepath.Join(dir, "vigie.sock")
	ctx, cancel := context.WithCancel(context.Background())
	var served sync.WaitGroup
	served.Go(func() {
		if err := b.Serve(ctx, local.New(socket, h.log)); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); b.Close(ctx); served.Wait() })
	for _, err := os.Stat(socket); err != nil; _, err = os.Stat(socket) {
		time.Sleep(time.Millisecond) // its appearance is no event that can be waited for
	}

	asked := func(args ...string) (exit int, out string) {
		t.Helper()
		file, err := os.Create(filepath.Join(t.TempDir(), "out"))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		exit = run(t.Context(), append([]string{"ask", "--socket", socket}, args...), terminal{os.Stdin, file, file})
		text, err := os.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		return exit, string(text)
	}
	picture := filepath.Join(dir, "memory.png")
	if exit, out := asked("--picture", picture, "graph", "memory"); exit != 0 || strings.Count(out, "\n") != 1 || !strings.HasPrefix(out, "memory") {
		t.Errorf("exit %d: %q", exit, out)
	}
	if data, err := os.ReadFile(picture); err != nil || !strings.HasPrefix(string(data), "\x89PNG") {
		t.Errorf("the file has %d bytes: %v", len(data), err)
	}
	if exit, out := asked("graph", "memory"); exit != 0 || strings.Count(out, "\n") < 8 || !strings.Contains(out, "used") {
		t.Errorf("exit %d: %q", exit, out)
	}
	if exit, out := asked("--picture", filepath.Join(dir, "none.png"), "whoami"); exit != 1 || !strings.HasSuffix(out, "vigie: no picture came; "+dir+"/none.png was not written\n") {
		t.Errorf("exit %d: %q", exit, out)
	}
	// A report on an incident and its graphs are a pair of files, of which the one refers to the other.
	if exit, out := asked("incident", "open", "Pod slow", "on", "nothing", "minor"); exit != 0 {
		t.Errorf("exit %d: %q", exit, out)
	}
	night := filepath.Join(dir, "night.png")
	exit, out := asked("--picture", night, "incident", "report", "1")
	if exit != 0 || !strings.HasPrefix(out, "# Pod slow\n\n") || !strings.Contains(out, "\n\n## What happened\n\n") || !strings.Contains(out, "![Pod slow](<night.png>)") {
		t.Errorf("exit %d: %q", exit, out)
	}
	if data, err := os.ReadFile(night); err != nil || !strings.HasPrefix(string(data), "\x89PNG") {
		t.Errorf("the file has %d bytes: %v", len(data), err)
	}
	if exit, out := asked("incident", "report", "1"); exit != 0 || !strings.HasSuffix(out, "*To be written.*\n") || strings.Contains(out, "![") {
		t.Errorf("exit %d: %q", exit, out)
	}
	if exit, out := asked("--picture", dir, "graph", "memory"); exit != 1 || !strings.HasSuffix(out, "vigie: write "+dir+": is a directory\n") {
		t.Errorf("exit %d: %q", exit, out)
	}
}
