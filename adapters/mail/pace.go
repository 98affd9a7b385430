package mail

import (
	"sync"
	"time"
)

// A pace lets so many through in any hour, and more once there is room again. It starts full after each start of the bot.
type pace struct {
	mu     sync.Mutex
	most   int
	passed []time.Time // within an hour, the oldest first
}

// take tells whether one more may pass now, and counts it.
func (p *pace) take(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.passed) > 0 && now.Sub(p.passed[0]).Abs() >= time.Hour { // the clock may have been set back, too
		p.passed = p.passed[1:]
	}
	if len(p.passed) >= p.most {
		return false
	}
	p.passed = append(p.passed, now)
	return true
}
