package bot

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// deliveryKind are the events which say that a room or a hook takes nothing any more. They are told in the others.
const deliveryKind = "delivery"

// stuck is how long nothing must have been taken before that is told.
const stuck = 10 * time.Minute

func deliveryKey(to Home) string { return deliveryKind + "/" + to.Chat + "/" + to.Room }

// fails notes that a post was not taken, and tells those who can be told once that has been so for long.
func (c *courier) fails(ctx context.Context, err error) {
	if errors.Is(err, ErrBusy) {
		c.failing = time.Time{}
		return
	}
	now := c.bot.now()
	if c.failing.IsZero() || c.failing.After(now) {
		c.failing = now
	}
	if c.told || now.Sub(c.failing) < stuck {
		return
	}
	e := ops.Event{
		Kind: deliveryKind, Key: deliveryKey(c.to), Severity: ops.Warning, At: c.failing, Lasting: true,
		Title: "alerts do not reach " + c.to.String(), Text: Clip(err.Error(), maxTitle) + "\nThey wait until they do.",
	}
	if c.to.program() && !c.to.hook() {
		p, _ := c.bot.settings.Load().program(c.to.Chat)
		if p.Called == "" {
			return
		}
		e.Title, e.Text = "nothing reaches "+p.Called, Clip(err.Error(), maxTitle)+"\nIt all waits until it does."
	} else if !c.bot.elsewhere(c.to, c.failing) {
		return
	}
	c.told = c.raise(ctx, e)
}

// works notes that one was.
func (c *courier) works(ctx context.Context) {
	c.bot.mu.Lock()
	c.bot.arrived[c.to] = c.bot.now()
	c.bot.mu.Unlock()
	if c.failing = (time.Time{}); c.told {
		title := "alerts reach " + c.to.String() + " again"
		if p, ok := c.bot.settings.Load().program(c.to.Chat); ok {
			title = p.Called + " is reached again"
		}
		c.told = !c.raise(ctx, ops.Event{Kind: deliveryKind, Key: deliveryKey(c.to), At: c.bot.now(), Resolved: true, Title: title})
	}
}

func (c *courier) raise(ctx context.Context, e ops.Event) bool {
	err := c.bot.Raise(context.WithoutCancel(ctx), e)
	if err != nil {
		c.bot.log.Error("an event could not be written down", "event", e.Key, "error", err)
	}
	return err == nil
}

// String is what people call it.
func (h Home) String() string {
	if h.hook() {
		return "the hook " + h.Room
	}
	return h.Room
}

// elsewhere tells whether an alert has arrived in another room since then.
func (b *Bot) elsewhere(than Home, since time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, home := range b.settings.Load().Rooms {
		if home != than && b.arrived[home].After(since) {
			return true
		}
	}
	return false
}

// homes are all who can be owed an alert.
func (s *Settings) homes() map[Home]bool {
	all := map[Home]bool{}
	for _, list := range [][]Route{s.Routes, s.Hooks, {{To: s.Rooms}}} {
		for _, r := range list {
			for _, to := range r.To {
				all[to] = true
			}
		}
	}
	return all
}

// forward gives what is owed to a room that the settings do not know any more to those that they do. A program that is gone is
// owed nothing: of what a hook was, the rooms were told too, and what others were is not for people.
func (b *Bot) forward(ctx context.Context, s *Settings) error {
	owed, err := b.db.Creditors(ctx)
	if err != nil {
		return err
	}
	homes, chats := s.homes(), map[string]bool{}
	for home := range homes {
		chats[home.Chat] = true
	}
	for _, d := range owed {
		gone := Home{d.Chat, d.Room}
		if _, ok := s.program(d.Chat); ok || homes[gone] || len(s.Rooms) == 0 && (gone.hook() || !gone.program()) {
			continue
		}
		var to []ledger.Debt
		for _, home := range s.Rooms {
			if !gone.program() {
				to = append(to, ledger.Debt{Chat: home.Chat, Room: home.Room})
			}
		}
		// Where somebody asked for something in a chat that is there still, the answer is owed to them alone.
		n, err := b.db.Forward(ctx, d, chats[d.Chat], to...)
		if err != nil {
			return err
		}
		if n > 0 {
			b.log.Warn("what was owed to a room that the config does not name any more goes to the others", "chat", d.Chat, "room", d.Room, "posts", n, "others", len(to))
			b.nudgeAll(s)
		}
	}
	return nil
}

// stuckBefore finds the rooms and hooks of which it was told that they take nothing: those that are there still are looked
// after, the others are no trouble any more.
func (b *Bot) stuckBefore(ctx context.Context) error {
	open, err := b.db.Alerts(ctx, b.now(), 0)
	if err != nil {
		return err
	}
	homes := b.settings.Load().homes()
	for _, a := range open {
		chat, room, ok := strings.Cut(strings.TrimPrefix(a.Event.Key, deliveryKind+"/"), "/")
		if a.Event.Kind != deliveryKind || !a.Ended.IsZero() || !ok {
			continue
		}
		to := Home{chat, room}
		if _, ok := b.settings.Load().program(chat); ok || homes[to] {
			b.mu.Lock()
			b.courier(to).told = true
			b.mu.Unlock()
			continue
		}
		if err := b.Raise(ctx, ops.Event{Kind: deliveryKind, Key: a.Event.Key, At: b.now(), Resolved: true, Title: to.String() + " is told no more alerts"}); err != nil {
			return err
		}
	}
	return nil
}
