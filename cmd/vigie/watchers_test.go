package main

import (
	"strings"
	"testing"
	"time"
)

// allWatch fails unless all watchers are at work: what cannot be watched is in the log.
func (l *lab) allWatch(t testing.TB) {
	t.Helper()
	log := l.Run(t, "root", "journalctl", "--no-pager", "--output=cat", "_PID="+l.mainPID(t))
	for line := range strings.Lines(log) {
		if strings.Contains(line, "level=WARN") || strings.Contains(line, "level=ERROR") || strings.Contains(line, "the kernel does not call") {
			t.Errorf("the daemon does not watch all: %s", line)
		}
	}
}

// calm is the cost once the daemon has done what it began, when that no longer changes.
func (l *lab) calm(t testing.TB) cost {
	t.Helper()
	c := l.cost(t)
	for range 60 {
		time.Sleep(time.Second)
		next := l.cost(t)
		if next.cpu-c.cpu < 5*time.Millisecond && next.descriptors == c.descriptors && next.threads == c.threads {
			return next
		}
		c = next
	}
	return c
}
