package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// A Program is a [Chat] in which nobody speaks and nobody reads: a Cachet elsewhere, the host's mail. It is owed texts by whatever
// writes them into the outbox (ledger.OweIn, [Bot.Nudge]), and gets each as it stands in a [Post] with just Room, Thread and
// Text: one after the other for each Room, never in a digest, never cut.
//
// Its Post says by its error what becomes of a text. ErrOffline, or no answer in time: all of the room waits, and nothing overtakes.
// So it does with ErrBusy, and nobody is told.
// Any other: this one is refused; it lets the others go first and is tried again for a week. What nobody is to try again
// is taken, so that Post returns nil: it may be posted twice, after a crash, but it is not forgotten before.
type Program struct {
	Chat   string // the Chat's Name; it holds a colon, by which a program is told from a place of people: "cachet:"
	Called string // as the admins are told that it takes nothing: "the Cachet at status.diaspote.org"; "" to tell them nothing
}

const (
	programSlowest = 2 * time.Minute // between two attempts, at most: there may be many, and they may be gone for good

	longestAside = 6 * time.Hour      // what is refused is tried again after as long as it is owed, within aside and this,
	givenUp      = 7 * 24 * time.Hour // until it is so old
)

// program tells a place of programs: hooks, which are told of alerts, and each [Program].
func (h Home) program() bool { return strings.Contains(h.Chat, ":") }

// hook tells a program that wants alerts, each for itself.
func (h Home) hook() bool { return strings.HasPrefix(h.Chat, "hook:") }

// program is the one of a chat's name.
func (s *Settings) program(chat string) (Program, bool) {
	for _, p := range s.Programs {
		if p.Chat == chat {
			return p, true
		}
	}
	return Program{}, false
}

// Nudge has paid what others than the bot have written down as owed: it is called after that.
func (b *Bot) Nudge() {
	owed, err := b.db.Creditors(b.ctx)
	if err != nil {
		if b.ctx.Err() == nil {
			b.log.Error("whom something is owed to could not be read", "error", err)
		}
		return
	}
	for _, d := range owed {
		b.nudge(Home{d.Chat, d.Room})
	}
}

// deliver hands a text to a program. The error says that it has to wait, and all that is owed behind it.
func (c *courier) deliver(ctx context.Context, d ledger.Debt) error {
	receipt, err := c.bot.postOnce(ctx, c.to.Chat, Post{Room: c.to.Room, Thread: d.Thread, Text: d.Text})
	now := c.bot.now()
	switch {
	case err == nil:
		c.works(ctx)
		c.strike(ctx, receipt.ID, now, d)
		return nil
	case lost(err):
		return err
	}
	owed := now.Sub(d.Made)
	c.bot.log.Warn("a program refused what is owed to it", "chat", c.to.Chat, "room", c.to.Room, "text", Clip(d.Text, 60), "owed_for", owed, "error", err)
	if owed >= givenUp {
		c.tell(ctx, d, "given up", "does not take something, and I gave it up", err)
		c.strike(ctx, "", now, d)
		return nil
	}
	c.tell(ctx, d, "refused", "refused something", fmt.Errorf("%w\nIt lets the others go first, and is tried again for a week", err))
	return c.bot.db.Postpone(ctx, d, now.Add(min(max(owed, aside), longestAside)))
}

// lost tells an error of who could not be reached from one of who refused.
func lost(err error) bool {
	return errors.Is(err, ErrOffline) || errors.Is(err, ErrBusy) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// tell tells the admins what became of a debt: once, though it happens again.
func (c *courier) tell(ctx context.Context, d ledger.Debt, what, title string, err error) {
	p, _ := c.bot.settings.Load().program(c.to.Chat)
	if p.Called == "" {
		return
	}
	key := deliveryKey(c.to) + "/" + what
	id := fmt.Sprintf("%s/%d/%d", key, d.Made.UnixMilli(), d.ID)
	if c.said[id] { // an error may read otherwise each time
		return
	}
	e := ops.Event{ID: id, Kind: deliveryKind, Key: key, Severity: ops.Warning, At: c.bot.now(), Title: p.Called + " " + title, Text: bound(err.Error(), 500)}
	if c.raise(ctx, e) {
		if c.said == nil {
			c.said = map[string]bool{}
		}
		c.said[id] = true
	}
}
