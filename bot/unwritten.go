package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

const (
	unwrittenPause = 10 * time.Minute // the least time between two posts that say that the ledger cannot be written
	tryEvery       = 5 * time.Second  // between two attempts to write it again
	tryBytes       = 128 << 10        // as a disk that takes one line may not take the next
	pastLedger     = 4                // events in unwrittenPause that are told although they are not written down
)

// A trouble is a time in which the ledger cannot be written.
type trouble struct {
	since time.Time
	told  bool          // the rooms were
	over  chan struct{} // closed once it can be written again
}

// Unwritten takes an error of a write to the ledger. If it lies in the file or its disk, the rooms are told past the
// ledger, and once more when it can be written again; what waits for that then goes on.
func (b *Bot) Unwritten(err error) {
	advice := ledger.Advice(err)
	if advice == "" || errors.Is(err, context.Canceled) {
		return
	}
	now := b.now()
	b.mu.Lock()
	if b.trouble != nil || b.ctx.Err() != nil {
		b.mu.Unlock()
		return
	}
	ago := now.Sub(b.toldTrouble)
	t := &trouble{since: now, told: ago < 0 || ago >= unwrittenPause, over: make(chan struct{})}
	b.trouble = t
	if t.told {
		b.toldTrouble = now
	}
	b.waits.Go(func() { b.mend(t) })
	b.mu.Unlock()
	b.log.Error("the ledger cannot be written", "error", err, "advice", advice)
	if t.told {
		b.tellPast(fmt.Sprintf("✗ my ledger cannot be written: %s\n(%v)\nUntil then new alerts wait with those who send them, and changes are "+
			"refused, as I could not record them. What I have taken is still delivered.", advice, err))
	}
}

// mend tries until the ledger can be written again.
func (b *Bot) mend(t *trouble) {
	for {
		if !sleep(b.ctx, tryEvery) {
			return
		}
		if err := b.db.Check(b.ctx, tryBytes); err != nil {
			b.log.Debug("the ledger still cannot be written", "error", err)
			continue
		}
		b.mu.Lock()
		b.trouble = nil
		b.mu.Unlock()
		close(t.over)
		lasted := Span(b.now().Sub(t.since))
		b.log.Info("the ledger can be written again", "after", lasted)
		if t.told {
			if err := b.TellHomes(b.ctx, "✓ my ledger can be written again, after "+lasted); err != nil {
				b.log.Error("the rooms were not told", "error", err)
			}
		}
		b.nudgeAll(b.settings.Load())
		return
	}
}

// tellPast posts a text into the rooms that is in no ledger.
func (b *Bot) tellPast(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ctx.Err() != nil {
		return
	}
	for _, home := range b.settings.Load().Rooms {
		b.waits.Go(func() {
			ctx, cancel := context.WithTimeout(b.ctx, time.Hour)
			defer cancel()
			if _, err := b.post(ctx, home.Chat, Post{Room: home.Room, Text: text}); err != nil {
				b.log.Error("something was not posted", "chat", home.Chat, "room", home.Room, "text", text, "error", err)
			}
		})
	}
}

// Emit is what a watcher emits to: it waits until the event is on disk, however long the ledger cannot be written. The
// rooms are told of it meanwhile, and may be told a second time after that.
func (b *Bot) Emit(ctx context.Context) ops.Emit {
	return func(e ops.Event) error {
		told := false
		for pause := firstPause; ; pause = min(2*pause, longestPause) {
			err := b.Raise(ctx, e)
			if err == nil || ctx.Err() != nil {
				return err
			}
			b.log.Error("an event could not be written down; trying again", "event", e.Key, "error", err)
			if !told && b.mayTellPast() {
				b.tellPast(AlertText(e, b.now()))
			}
			told = true
			if !b.untilWritable(ctx, pause) {
				return err
			}
		}
	}
}

// mayTellPast counts the events that are told past the ledger.
func (b *Bot) mayTellPast() bool {
	now := b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.past = slices.DeleteFunc(b.past, func(at time.Time) bool { return now.Sub(at).Abs() > unwrittenPause })
	if len(b.past) >= pastLedger {
		return false
	}
	b.past = append(b.past, now)
	return true
}

// untilWritable waits until the ledger can be written again, or for d if that is not what was wrong. It tells whether ctx
// let it.
func (b *Bot) untilWritable(ctx context.Context, d time.Duration) bool {
	b.mu.Lock()
	t := b.trouble
	b.mu.Unlock()
	if t == nil {
		return sleep(ctx, d)
	}
	select {
	case <-t.over:
		return true
	case <-ctx.Done():
		return false
	}
}
