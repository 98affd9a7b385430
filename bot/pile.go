package bot

import (
	"context"
	"slices"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

const (
	digestSize = 20_000 // how many alerts one digest takes in

	pileUp    = 4                // more alerts than that at once are told in a digest
	pileOver  = time.Minute      // what came in such a time is at once
	gather    = 3 * time.Second  // a pile that grows is waited for that long
	gatherMax = 30 * time.Second // but no longer than this
)

// IncidentKind are the events of incidents. One is what several alerts come to, and does not make a pile of them.
const IncidentKind = "incident"

// MaintenanceKind are the events of planned work, which may silence alerts until it ends.
const MaintenanceKind = "maintenance"

// free tells whether a debt counts for nothing in what comes at once: it is an incident, and the only one of late.
func (c *courier) free(d ledger.Debt) bool {
	return d.Alert.Event.Kind == IncidentKind && c.bot.now().Sub(c.incident).Abs() > pileOver
}

// crowd is how many posts are to be made that may make a pile.
func (c *courier) crowd(debts []ledger.Debt, fresh map[int64]bool) int {
	if slices.ContainsFunc(debts, func(d ledger.Debt) bool { return fresh[d.ID] && c.free(d) }) {
		return len(fresh) - 1
	}
	return len(fresh)
}

// presses tells whether an alert gets a post of its own even from a pile: it is critical, it lasts, and there were not
// many such just now. An edit would wake nobody.
//
// So does a report, which is to be read whole.
func (c *courier) presses(d ledger.Debt, gone bool) bool {
	return d.Alert.Event.Kind == ReportKind || d.Alert.Severity >= ops.Critical && !d.Alert.Event.Resolved && !gone && len(c.urgent) < pileUp
}

// payPile tells what is owed and fresh in one digest, or in the one that stands in the room still.
func (c *courier) payPile(ctx context.Context, gone bool) error {
	if !gone {
		c.gather(ctx)
	}
	now := c.bot.now()
	all := digest{made: now, alerts: map[int64]tally{}}
	var more *digest // that which stands, with these added
	if c.digest != nil && !gone {
		clone := c.digest.clone()
		more = &clone
	}
	var paid []ledger.Debt
	for behind := int64(0); len(paid) < digestSize; {
		debts, last, _, _, err := c.owed(ctx, now, behind)
		if err != nil {
			return err
		}
		if len(debts) == 0 {
			break
		}
		behind = last
		fresh, err := c.fresh(ctx, debts)
		if err != nil {
			return err
		}
		for _, d := range debts {
			if fresh[d.ID] && !c.presses(d, gone) {
				all.add(d, c.waited(d))
				if more != nil {
					more.add(d, c.waited(d))
				}
				d.Alert, d.Text = nil, ""
				paid = append(paid, d)
			}
		}
	}
	if len(paid) == 0 {
		return nil
	}
	receipt := c.receipt
	if more != nil && c.bot.edit(ctx, c.to.Chat, receipt, Post{Room: c.to.Room, Text: more.text(false, now)}) {
		all = *more
	} else {
		var err error
		if receipt, err = c.try(ctx, Post{Room: c.to.Room, Text: all.text(gone, now)}); err != nil {
			return err
		}
		c.posted = append(c.posted, now)
	}
	c.digest, c.receipt = &all, receipt
	if gone { // what comes from now on did not come meanwhile
		c.digest = nil
	}
	c.strike(ctx, "", now, paid...)
	return nil
}

// waited tells whether a debt was kept for the end of the quiet hours.
func (c *courier) waited(d ledger.Debt) bool {
	made := d.Made.In(c.bot.now().Location())
	end := c.bot.settings.Load().Quiet.until(made, d.Alert.Severity)
	return end.After(made) && end.Equal(d.Due)
}

// gather waits while a pile still grows.
func (c *courier) gather(ctx context.Context) {
	for end := c.bot.now().Add(gatherMax); c.bot.now().Before(end) && ctx.Err() == nil; {
		select {
		case <-c.wake:
		default:
		}
		before := c.bot.now()
		c.pause(ctx, gather)
		if d := c.bot.now().Sub(before); d >= gather || d < 0 {
			return
		}
		sleep(ctx, gather/10) // not a round for each event of a burst
	}
}
