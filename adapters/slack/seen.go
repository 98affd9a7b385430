package slack

import "time"

// What is remembered of what was heard: Slack delivers again after 1 and after 5 minutes what it thinks
// was missed. A flood shortens the time; what is then taken for new is too old to be run by maxAge.
const (
	rememberFor = 10 * time.Minute // at least, and twice that at most
	rememberMax = 4096             // and twice that at most
)

// seen remembers keys in two generations: when the younger is old or full, the older is forgotten.
type seen struct {
	young, old map[string]bool
	since      time.Time // when young was begun
}

// first tells whether key was not heard before, and remembers it.
func (s *seen) first(key string, now time.Time) bool {
	if s.young[key] || s.old[key] {
		return false
	}
	if s.young == nil || now.Sub(s.since) >= rememberFor || len(s.young) >= rememberMax {
		s.young, s.old, s.since = map[string]bool{}, s.young, now
	}
	s.young[key] = true
	return true
}

// forget makes key new again.
func (s *seen) forget(key string) {
	delete(s.young, key)
	delete(s.old, key)
}
