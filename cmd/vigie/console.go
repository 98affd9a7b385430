package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/diaspote/vigie/adapters/console"
	"github.com/diaspote/vigie/adapters/local"
	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/cmd/vigie/config"
	"github.com/diaspote/vigie/commands"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/ledger"
)

// closeGrace is how long a change may go on once the program is to end.
const closeGrace = 10 * time.Second

// openConsole talks on the terminal until its input ends. Without a config the person who started it is an
// admin here, and the host itself decides what that user may do.
func openConsole(ctx context.Context, cfg *config.Config, t terminal) error {
	log := logTo(t.err, slog.LevelError)
	h, err := newHost(log)
	if err != nil {
		return err
	}
	defer h.close()

	if cfg != nil {
		h.cfg.Store(cfg)
	}
	stop, err := h.recordSession(ctx, cfg)
	if err != nil {
		return err
	}
	defer stop()

	db, history := openState(ctx, t)
	defer db.Close()
	if cfg == nil { // else the daemon of that config has them
		if h.book, err = incident.Open(ctx, db, h.now); err != nil {
			return err
		}
	}

	me := local.Account(os.Getuid())
	settings := bot.Settings{Host: hostName(), Commands: commands.Table(h.commands(nil))}
	if cfg != nil {
		settings = h.settings(cfg)
		settings.Rooms = nil // this process is in none of them
	} else {
		settings.Policy.People = []bot.Person{{Name: strings.TrimPrefix(me, "unix:"), Role: bot.Admin, Accounts: []string{me}}}
	}

	b := bot.New(db, log, h.now)
	if err := b.Use(settings); err != nil {
		return err
	}
	if err := b.Recover(ctx); err != nil {
		return err
	}
	chat := console.New(t.in, t.out, console.Options{
		Account: me, Prompt: settings.Host + "> ", HistoryFile: history,
		Complete: func(prefix string) []string { return complete(b.Menu(me), prefix) },
	})
	err = b.Serve(ctx, chat)
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeGrace)
	defer cancel()
	b.Close(grace)
	return err
}

// openState opens the ledger of a console and names its history, both below the user's state folder
// (XDG Base Directory Specification). Where that cannot be written, nothing is kept.
func openState(ctx context.Context, t terminal) (db *ledger.DB, history string) {
	dir, err := stateDir()
	if err == nil {
		db, err = ledger.Open(ctx, filepath.Join(dir, "console.db"))
	}
	if err == nil {
		return db, filepath.Join(dir, "history")
	}
	fmt.Fprintf(t.err, "Nothing of this session is kept: %v\n", err)
	db, err = ledger.Open(ctx, "")
	if err != nil {
		panic(err) // a database in memory needs nothing that could be missing
	}
	return db, ""
}

func stateDir() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "vigie"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".local", "state", "vigie"), nil
}

func complete(menu []bot.Item, prefix string) []string {
	var names []string
	for _, item := range menu {
		if strings.HasPrefix(item.Name, prefix) {
			names = append(names, item.Name)
		}
	}
	return names
}
