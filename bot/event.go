package bot

import (
	"context"
	"fmt"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// What an event holds at most, in bytes. Webhooks and logs decide what is in it.
const (
	maxKey       = 300
	maxEventText = 8000
	maxDetails   = 64 << 10
)

// Raise writes events down, with what is owed to the rooms for them, and returns nil once all of it is on
// disk. The couriers do the rest.
func (b *Bot) Raise(ctx context.Context, events ...ops.Event) error {
	s := b.settings.Load()
	now := b.now()
	for i := range events {
		events[i] = boundEvent(events[i], now)
	}
	fresh, err := b.db.Note(ctx, now, s.plan(now), events...)
	if err != nil {
		b.Unwritten(err)
		return err
	}
	b.Noted(fresh)
	return nil
}

// Plan says to whom events are owed now, for a part that writes its own into the ledger. It calls [Bot.Noted] once that is done.
func (b *Bot) Plan(now time.Time) ledger.Plan { return b.settings.Load().plan(now) }

// Noted has done what follows from events that were written down.
func (b *Bot) Noted(fresh []ledger.Record) {
	s := b.settings.Load()
	b.nudgeAll(s)
	for _, r := range fresh {
		b.obey(r.Event)
		if r.Kind == MaintenanceKind && r.Resolved { // it may have silenced what lasts still
			b.mu.Lock()
			if b.ctx.Err() == nil {
				b.waits.Go(func() { b.wake(b.ctx) })
			}
			b.mu.Unlock()
		}
	}
	if s.Noted != nil && len(fresh) > 0 {
		s.Noted()
	}
}

// boundEvent keeps what a source says within what can be kept and shown.
func boundEvent(e ops.Event, now time.Time) ops.Event {
	e.ID, e.Key = Clip(e.ID, maxKey), Clip(e.Key, maxKey)
	e.Kind, e.Unit = Clip(e.Kind, 40), Clip(e.Unit, 256)
	e.Title, e.Text = Clip(e.Title, maxTitle), bound(Clean(e.Text), maxEventText)
	if e.Key == "" {
		e.Key = e.Kind
	}
	if e.At.IsZero() {
		e.At = now
	}
	if text, err := e.Details.MarshalJSON(); err != nil || len(text) > maxDetails {
		e.Details = ops.Details{{Name: "dropped", Value: fmt.Sprintf("%d bytes of details are too many", len(text))}}
	}
	return e
}

// Reads tells whether a line is one that changes nothing: what it is run for is its answer.
func (b *Bot) Reads(who Person, line string) bool {
	changes, err := b.settings.Load().Check(who, line)
	return err == nil && !changes
}

// Watch keeps w watching until ctx ends.
func (b *Bot) Watch(ctx context.Context, name string, w ops.Watcher) {
	emit := b.Emit(ctx)
	supervise(ctx, b.log.With("watcher", name), func(ctx context.Context) error { return w.Watch(ctx, emit) })
}

// Keep runs what is to run until ctx ends, and again whenever it fails.
func (b *Bot) Keep(ctx context.Context, name string, run func(context.Context) error) {
	supervise(ctx, b.log.With("part", name), run)
}

// Events returns what happened, the newest first.
func (c *Call) Events(ctx context.Context, q ledger.EventQuery) ([]ledger.Record, error) {
	return c.bot.db.Events(ctx, q)
}

// alertsShown bounds what `alerts` lists, and alertAge how long it lists what is over but was not taken.
const (
	alertsShown = 200
	alertAge    = 24 * time.Hour
)

// Alerts returns what lasts, and what happened in the last day and wants an answer; the worst first.
func (c *Call) Alerts(ctx context.Context) ([]ledger.Alert, error) {
	return c.bot.db.Alerts(ctx, c.Now().Add(-alertAge), alertsShown)
}

// Alert returns one of them, or one that is over.
func (c *Call) Alert(ctx context.Context, id int64) (ledger.Alert, error) {
	return c.bot.db.Alert(ctx, id)
}

// Ack notes that the asker has taken the alert.
func (c *Call) Ack(ctx context.Context, id int64) (ledger.Alert, error) {
	a, err := c.bot.db.Ack(ctx, id, c.Person.Name, c.Now(), c.Now().Add(-editable))
	c.bot.nudgeAll(c.bot.settings.Load())
	return a, err
}

// Silence keeps what is about target out of the rooms until then.
func (c *Call) Silence(ctx context.Context, target string, until time.Time, why string) error {
	return c.bot.db.Silence(ctx, ledger.Silence{Target: target, Until: until, Why: Clip(why, maxTitle), Person: c.Person.Name, At: c.Now()})
}

// Unsilence ends a silence, and tells whether there was one. What it kept back and still lasts is told then.
func (c *Call) Unsilence(ctx context.Context, target string) (bool, error) {
	was, err := c.bot.db.Unsilence(ctx, target)
	if err == nil && was {
		c.bot.wake(ctx)
	}
	return was, err
}

// Silences returns those that hold, the one that ends first in front.
func (c *Call) Silences(ctx context.Context) ([]ledger.Silence, error) {
	return c.bot.db.Silences(ctx, c.Now())
}
