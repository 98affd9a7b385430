package slack

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/diaspote/vigie/bot"
)

// Slack takes about one message a second in a channel, and short bursts above that.
// https://docs.slack.dev/apis/web-api/rate-limits
const (
	paceEvery = time.Second
	paceBurst = 3
	paceWait  = 30 * time.Second // longer is for the bot to wait
	paceRooms = 256              // remembered at most, but for those that are waited for
)

// A pace spaces the calls for a room, or another key.
type pace struct {
	mu    sync.Mutex
	until map[string]time.Time // when the calls so far are paid for, at one each paceEvery
}

// take reserves the next call, and says how long to wait for it. It is false if that is longer than
// patience; nothing is reserved then.
func (p *pace) take(key string, now time.Time, patience time.Duration) (time.Duration, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	until := p.until[key]
	if until.Before(now) {
		until = now
	}
	wait := max(0, until.Sub(now)-(paceBurst-1)*paceEvery)
	if wait > patience {
		return wait, false
	}
	p.set(key, until.Add(paceEvery), now)
	return wait, true
}

// hold lets no call pass for d.
func (p *pace) hold(key string, now time.Time, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := now.Add(d + (paceBurst-1)*paceEvery); until.After(p.until[key]) {
		p.set(key, until, now)
	}
}

// set is called with mu held.
func (p *pace) set(key string, until, now time.Time) {
	if p.until == nil {
		p.until = map[string]time.Time{}
	}
	p.until[key] = until
	if len(p.until) <= paceRooms {
		return
	}
	for k, t := range p.until {
		if t.Before(now) {
			delete(p.until, k)
		}
	}
}

// paced makes a call when its turn has come, and again when Slack has asked to wait.
func (c *Chat) paced(ctx context.Context, key string, call func() error) error {
	for range 5 {
		if err := c.pace.wait(ctx, key); err != nil {
			return err
		}
		err := call()
		wait, limited := retryAfter(err)
		if !limited {
			return err
		}
		c.log.Debug("slack asks to wait", "key", key, "wait", wait)
		c.pace.hold(key, time.Now(), wait)
	}
	return fmt.Errorf("%w: slack goes on refusing as too fast", bot.ErrOffline)
}

// wait waits for the next call's turn, and not at all if ctx would end before it.
func (p *pace) wait(ctx context.Context, key string) error {
	patience := paceWait
	if deadline, ok := ctx.Deadline(); ok {
		patience = min(patience, time.Until(deadline))
	}
	wait, ok := p.take(key, time.Now(), patience)
	if !ok {
		return fmt.Errorf("%w: slack wants the next in %s", bot.ErrOffline, wait.Round(time.Second))
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
