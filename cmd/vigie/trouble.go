package main

import (
	"context"
	"slices"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// A trouble is one of the daemon's own, told once as it begins and once as it ends. It is for one goroutine.
type trouble struct {
	d     *daemon
	event ops.Event // as it begins, without what changes
	over  string    // its title as it ends

	known, there bool
}

// is says whether the trouble is there, and why; nil for not.
func (t *trouble) is(ctx context.Context, why error) {
	if !t.known { // it may have been there when the bot last ran
		open, err := t.d.ledger.Alerts(ctx, t.d.host.now(), 0)
		if err != nil {
			t.d.log.Error("whether there was trouble before is not known", "event", t.event.Key, "error", err)
			return
		}
		t.known, t.there = true, slices.ContainsFunc(open, func(a ledger.Alert) bool { return a.Event.Key == t.event.Key && a.Ended.IsZero() })
	}
	if t.there == (why != nil) {
		return
	}
	e := t.event
	e.At, e.Lasting, e.Resolved = t.d.host.now(), true, why == nil
	if why != nil {
		e.Text = why.Error()
	} else {
		e.Severity, e.Title = ops.Info, t.over
	}
	if err := t.d.bot.Raise(ctx, e); err != nil {
		t.d.log.Error("an event could not be written down", "event", e.Key, "error", err)
		return
	}
	t.there = why != nil
}
