package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/ledger"
)

// A ledgerTrouble is what the rooms are to be told of the ledger as the bot starts.
type ledgerTrouble struct {
	err  error  // why it cannot be written; nil if
	kept string // a damaged one was set aside under this name, and a new one begun
}

// openLedger opens the ledger of the daemon, which is to be up whatever became of the disk, and say so: a damaged ledger is
// kept aside and a new one begun; one that cannot be written is read, until it can. It fails only with a ledger of a
// newer vigie.
func openLedger(ctx context.Context, path string, now time.Time) (*ledger.DB, *ledgerTrouble, error) {
	db, err := ledger.Open(ctx, path)
	if err == nil {
		if err = db.Sound(ctx); err != nil {
			err = errors.Join(err, db.Close())
		}
	}
	if err == nil {
		return db, nil, nil
	}
	if errors.Is(err, ledger.ErrNewer) {
		return nil, nil, err
	}
	if ledger.Damaged(err) {
		kept, asideErr := ledger.SetAside(path, now)
		if asideErr == nil {
			if db, err := ledger.Open(ctx, path); err == nil {
				return db, &ledgerTrouble{kept: kept}, nil
			}
		}
		err = errors.Join(err, asideErr)
	}
	trouble := &ledgerTrouble{err: err}
	db, err = ledger.OpenToRead(ctx, path)
	return db, trouble, err
}

// tell tells the log and the rooms.
func (t *ledgerTrouble) tell(ctx context.Context, b *bot.Bot, log *slog.Logger) {
	if t.err != nil {
		b.Unwritten(t.err)
		return
	}
	log.Error("the ledger was damaged; a new one was begun", "kept", t.kept)
	if err := b.TellHomes(ctx, fmt.Sprintf("✗ my ledger was damaged, and I began a new one. Alerts that were not told yet, the history, silences and "+
		"the jobs that were added from a chat are in the old one, as far as it can be read: %s\nTry there: sqlite3 FILE .recover", t.kept)); err != nil {
		log.Error("the rooms were not told", "error", err)
	}
}
