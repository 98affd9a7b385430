package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

const (
	page = 100 // how many debts are read at once

	editable  = time.Hour       // an older post is not edited but followed by another: nobody looks up there
	editEvery = 2 * time.Second // between two edits in one room
	away      = 5 * time.Minute // what is owed for longer was owed during an outage
	refusals  = 3               // after so many a post is cut down to its first line
	givesWay  = 5               // and after so many it lets those behind it go first
	aside     = 2 * time.Minute // for that long

	soonest = 100 * time.Millisecond // before the second attempt to post: a chat is connected within moments of the start
	slowest = 15 * time.Second       // between two attempts, at most
)

// A courier pays what is owed to one room, in order. Its goroutine lives only while something is owed.
type courier struct {
	bot  *Bot
	to   Home
	wake chan struct{}

	drawing chan struct{} // holds one while a picture is under way

	posted []time.Time // of the last posts of alerts
	urgent []time.Time // of those among them that were critical

	incident time.Time // of the last incident that is not in posted

	edited  time.Time
	digest  *digest // the last post, if it was one and can take more
	receipt Receipt // of digest
	refused int     // how often the first debt was
	behind  int     // how many debts wait behind it
	lost    bool    // the chat was away when it was last tried

	failing time.Time // since when nothing was taken, zero if the last post was
	told    bool      // elsewhere, that this is so

	said map[string]bool // what the admins were told of a program, by the IDs of the events

	unstruck unstruck
}

// nudge has what is owed to a room paid.
func (b *Bot) nudge(to Home) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ctx.Err() != nil {
		return
	}
	c := b.courier(to)
	if !b.carrying[to] {
		b.carrying[to] = true
		b.waits.Go(c.carry)
	}
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// courier is the one of a room. The caller holds mu.
func (b *Bot) courier(to Home) *courier {
	if b.couriers[to] == nil {
		b.couriers[to] = &courier{bot: b, to: to, wake: make(chan struct{}, 1), drawing: make(chan struct{}, 1)}
	}
	return b.couriers[to]
}

// nudgeAll nudges the couriers of all rooms that may be owed something.
func (b *Bot) nudgeAll(s *Settings) {
	for to := range s.homes() {
		b.nudge(to)
	}
}

// carry pays until nothing is owed.
func (c *courier) carry() {
	ctx := c.bot.ctx
	for pause := soonest; ctx.Err() == nil; {
		select { // what came until now is seen by this round
		case <-c.wake:
		default:
		}
		wait, err := c.round(ctx)
		switch {
		case err != nil:
			c.bot.log.Debug("nothing could be posted; trying again", "chat", c.to.Chat, "room", c.to.Room, "error", err, "in", pause)
			c.fails(ctx, err)
			sleep(ctx, pause)
			pause = min(2*pause, c.slowest())
		case wait < 0:
			if c.rest() {
				return
			}
		case wait > 0:
			pause = soonest
			c.pause(ctx, wait)
		default:
			pause = soonest
		}
	}
}

// slowest is the longest pause between two attempts.
func (c *courier) slowest() time.Duration {
	if c.to.program() && !c.to.hook() {
		return programSlowest
	}
	return slowest
}

// rest ends the courier unless it was nudged meanwhile.
func (c *courier) rest() bool {
	c.bot.mu.Lock()
	defer c.bot.mu.Unlock()
	if len(c.wake) > 0 {
		return false
	}
	delete(c.bot.carrying, c.to)
	return true
}

// pause waits for d, or until there is more to pay.
func (c *courier) pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-c.wake:
	case <-ctx.Done():
	}
}

// round pays what it can, and returns how long to wait before the next: negative if nothing is owed.
func (c *courier) round(ctx context.Context) (wait time.Duration, err error) {
	c.strikeAgain(ctx)
	now := c.bot.now()
	debts, _, all, next, err := c.owed(ctx, now, 0)
	if err != nil {
		return 0, err
	}
	c.behind = all - 1
	if len(debts) == 0 {
		switch {
		case len(c.unstruck.list) > 0:
			return slowest, nil
		case next.IsZero():
			return -1, nil
		}
		return min(max(next.Sub(now), time.Second), time.Minute), nil // the clock may be set meanwhile
	}
	c.forget(now)
	fresh, err := c.fresh(ctx, debts)
	if err != nil {
		return 0, err
	}
	pile := c.crowd(debts, fresh)+len(c.posted) > pileUp && len(fresh) > 0 && !c.to.program()
	gone := c.lost || now.Sub(later(debts[0].Made, debts[0].Due)) > away
	for _, d := range debts {
		if pile && fresh[d.ID] && !c.presses(d, gone) {
			continue
		}
		w, err := c.pay(ctx, d, fresh[d.ID])
		if err != nil {
			return 0, err
		}
		if w > 0 && (wait == 0 || w < wait) {
			wait = w
		}
	}
	if pile {
		return 0, c.payPile(ctx, gone)
	}
	return wait, nil
}

// forget what was posted before what is at once, and the last digest once it is too old to take more.
func (c *courier) forget(now time.Time) {
	old := func(at time.Time) bool { return now.Sub(at).Abs() > pileOver }
	c.posted, c.urgent = slices.DeleteFunc(c.posted, old), slices.DeleteFunc(c.urgent, old)
	if c.digest != nil && now.Sub(c.digest.made).Abs() > 10*pileOver {
		c.digest = nil
	}
}

// fresh finds the debts, by ID, that want a post of their own: their alert does not stand in the room, or too far up, or
// has become worse than it stands there.
func (c *courier) fresh(ctx context.Context, debts []ledger.Debt) (map[int64]bool, error) {
	found := map[int64]bool{}
	now := c.bot.now()
	for _, d := range debts {
		if d.Alert == nil {
			continue
		}
		stands, err := c.bot.db.Stands(ctx, d.Alert.ID, c.to.Chat, c.to.Room)
		if err != nil {
			return nil, err
		}
		if stands.Receipt == "" || d.Fresh || now.Sub(stands.At) >= editable || d.Alert.Severity > ops.Severity(stands.Severity) {
			found[d.ID] = true
		}
	}
	return found, nil
}

// pay posts one debt, or edits the post where its alert stands. A positive wait says that it is to be tried again after
// that.
func (c *courier) pay(ctx context.Context, d ledger.Debt, fresh bool) (wait time.Duration, err error) {
	now := c.bot.now()
	if d.Alert == nil {
		if d.Text == "" { // its alert was trimmed from the ledger
			c.strike(ctx, "", now, d)
			return 0, nil
		}
		if c.to.program() {
			return 0, c.deliver(ctx, d)
		}
		return 0, c.post(ctx, Post{Room: c.to.Room, Thread: d.Thread, Text: d.Text}, d)
	}
	p := alertPost(d.Alert, now, d.Fresh)
	p.Room = c.to.Room
	if fresh {
		first := c.first(ctx, d.Alert.ID)
		if err := c.post(ctx, p, d); err != nil {
			return 0, err
		}
		if first {
			c.illustrate(p)
		}
		return 0, nil
	}
	if ago := now.Sub(c.edited); ago >= 0 && ago < editEvery {
		return editEvery - ago, nil
	}
	stands, err := c.bot.db.Stands(ctx, d.Alert.ID, c.to.Chat, c.to.Room)
	if err != nil {
		return 0, err
	}
	c.edited = now
	if c.bot.edit(ctx, c.to.Chat, Receipt{Room: c.to.Room, ID: stands.Receipt}, p) {
		c.strike(ctx, stands.Receipt, stands.At, d)
		return 0, nil
	}
	return 0, c.post(ctx, p, d)
}

// post posts a debt. What the service refuses again and again is cut down to its first line, since it may be the rest that it
// does not like, and then lets others go first.
func (c *courier) post(ctx context.Context, p Post, d ledger.Debt) error {
	receipt, err := c.try(ctx, p)
	if err != nil {
		if c.refused >= givesWay && c.behind > 0 {
			c.refused = 0
			return errors.Join(err, c.bot.db.Postpone(ctx, d, c.bot.now().Add(aside)))
		}
		return err
	}
	if d.Alert != nil && c.free(d) {
		c.incident = c.bot.now()
	} else if d.Alert != nil {
		c.posted = append(c.posted, c.bot.now())
		if d.Alert.Severity >= ops.Critical {
			c.urgent = append(c.urgent, c.bot.now())
		}
	}
	c.strike(ctx, receipt.ID, c.bot.now(), d)
	return nil
}

// try posts once, and keeps in mind how that went.
func (c *courier) try(ctx context.Context, p Post) (Receipt, error) {
	if c.refused >= refusals && !c.to.program() {
		p.Text, p.Block, p.Picture = Clip(p.Text, maxTitle)+" (cut short)", "", nil
		if p.Alert != 0 {
			p.Text = fmt.Sprintf("%s; all of it: alerts %d)", strings.TrimSuffix(p.Text, ")"), p.Alert)
		}
	}
	receipt, err := c.bot.postOnce(ctx, c.to.Chat, p)
	if err != nil {
		c.refuse(err)
		return receipt, err
	}
	c.refused, c.lost = 0, false
	c.works(ctx)
	return receipt, nil
}

func (c *courier) refuse(err error) {
	if lost(err) {
		c.lost = true
		return
	}
	c.refused++
	if c.refused <= refusals+1 {
		c.bot.log.Warn("a post was refused", "chat", c.to.Chat, "room", c.to.Room, "error", err)
	}
}
