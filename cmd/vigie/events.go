package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/cmd/vigie/config"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// An eventsCommand prints the events in the ledger, the oldest first.
type eventsCommand struct {
	JSON  bool          `help:"A JSON line for each, instead of what the room got."`
	Since time.Duration `help:"How far back." default:"24h"`
	Kind  string        `help:"Only those of this kind, such as oom." placeholder:"KIND"`
}

func (c eventsCommand) Run(ctx context.Context, line *commandLine, t terminal) error {
	file, found := config.Find(line.Config)
	if !found {
		return errNoConfig
	}
	if _, err := os.Stat(file); err != nil {
		return fmt.Errorf("read the config: %w", err)
	}
	path := filepath.Join(config.StateDirOf(file), "vigie.db")
	if err := readable("read the events", "events", path); err != nil {
		return err
	}
	db, err := ledger.Open(ctx, path)
	if err != nil {
		return err
	}
	defer db.Close()
	now := time.Now()
	records, err := db.Events(ctx, ledger.EventQuery{Kind: c.Kind, Since: now.Add(-c.Since)})
	if err != nil {
		return err
	}
	slices.Reverse(records)
	for _, r := range records {
		if err := c.print(t, r.Event, now); err != nil {
			return fmt.Errorf("print the events: %w", err)
		}
	}
	return nil
}

func (c eventsCommand) print(t terminal, e ops.Event, now time.Time) error {
	if c.JSON {
		return json.NewEncoder(t.out).Encode(toldOf(e, now))
	}
	_, err := fmt.Fprintln(t.out, bot.AlertText(e, now))
	return err
}

// readable says in words what is the matter with a ledger that cannot be read by a command that is doing something.
func readable(doing, command, path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: there is no ledger at %s; the daemon makes it when it first starts", doing, path)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s: %s is not yours to read; try: sudo -u vigie vigie %s", doing, path, command)
	case err != nil:
		return fmt.Errorf("%s: %w", doing, err)
	}
	return f.Close()
}
