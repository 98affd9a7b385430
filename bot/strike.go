package bot

import (
	"context"
	"slices"
	"time"

	"github.com/diaspote/vigie/ops/ledger"
)

// An unstruck is what a courier has posted and what still stands in the ledger, since that cannot be written. It is
// remembered here, so that nothing is posted again and again; a crash meanwhile posts it once more. It has at most what
// the ledger has: nothing new is taken while that cannot be written.
type unstruck struct {
	list []struck // in the order in which it was posted
	ids  map[int64]bool
}

// A struck is what was posted, and is to be struck out of the ledger.
type struck struct {
	receipt string
	at      time.Time
	debts   []ledger.Debt
}

func (u *unstruck) add(s struck) {
	if u.ids == nil {
		u.ids = map[int64]bool{}
	}
	u.list = append(u.list, s)
	for _, d := range s.debts {
		u.ids[d.ID] = true
	}
}

// has tells whether a debt was posted. What was owed anew meanwhile waits until it is struck out.
func (u *unstruck) has(d ledger.Debt) bool { return u.ids[d.ID] }

// strike strikes debts out that were posted.
func (c *courier) strike(ctx context.Context, receipt string, at time.Time, debts ...ledger.Debt) {
	err := c.bot.db.Pay(context.WithoutCancel(ctx), receipt, at, debts...)
	if err != nil {
		c.bot.log.Error("what was posted could not be struck out; trying again", "chat", c.to.Chat, "room", c.to.Room, "error", err)
		c.unstruck.add(struck{receipt, at, debts})
		c.bot.Unwritten(err)
	}
}

// strikeAgain strikes out what could not be before.
func (c *courier) strikeAgain(ctx context.Context) {
	u := &c.unstruck
	for len(u.list) > 0 {
		s := u.list[0]
		if err := c.bot.db.Pay(ctx, s.receipt, s.at, s.debts...); err != nil {
			c.bot.Unwritten(err)
			return
		}
		for _, d := range s.debts {
			delete(u.ids, d.ID)
		}
		u.list = u.list[1:]
	}
	u.list = nil
}

// owed is what is to be paid by now, the oldest first, at most a page of those behind the debt of that ID; the last ID
// that was looked at; how much there is in all; and when the next falls due.
func (c *courier) owed(ctx context.Context, now time.Time, behind int64) (debts []ledger.Debt, last int64, all int, next time.Time, err error) {
	for last = behind; ; {
		debts, all, next, err = c.bot.db.Owed(ctx, c.to.Chat, c.to.Room, now, last, page)
		all -= len(c.unstruck.ids)
		if err != nil || len(debts) == 0 {
			return nil, last, all, next, err
		}
		last = debts[len(debts)-1].ID
		if debts = slices.DeleteFunc(debts, c.unstruck.has); len(debts) > 0 {
			return debts, last, all, next, nil
		}
	}
}
