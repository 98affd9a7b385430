package slack

import (
	"sync"
	"time"
)

// A clock knows the time by Slack's clock, which dates what people say: the host's own may be wrong
// (a board without a battery boots in 1970) and may be set while the bot runs.
type clock struct {
	mu    sync.Mutex
	slack time.Time // what Slack's clock showed
	here  time.Time // when the host's showed this; the difference to a later reading is monotonic
}

func (c *clock) set(slack, here time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slack, c.here = slack, here
}

// at turns a reading of the host's clock into one of Slack's.
func (c *clock) at(here time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.here.IsZero() {
		return here
	}
	return c.slack.Add(here.Sub(c.here))
}
