package webhook

import (
	"context"
	"log/slog"
	"time"
)

// seldomPause is the least time between two lines of the log that say the same about a path.
const seldomPause = time.Minute

// quiet is when something was last logged, and how often it happened since.
type quiet struct {
	last  time.Time
	since int
}

// seldom logs what a stranger could have logged as often as he likes. Its map has at most a few entries a path,
// and the paths are from the config.
func (s *Server) seldom(level slog.Level, what, path string, more ...any) {
	now := s.now()
	s.mu.Lock()
	q := s.quiet[what+path]
	if q == nil {
		q = &quiet{}
		s.quiet[what+path] = q
	}
	ago := now.Sub(q.last)
	if ago >= 0 && ago < seldomPause {
		q.since++
		s.mu.Unlock()
		return
	}
	more = append(more, "path", path, "times_before", q.since)
	q.last, q.since = now, 0
	s.mu.Unlock()
	s.log.Log(context.Background(), level, what, more...)
}
