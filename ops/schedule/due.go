package schedule

import "time"

// sane is the first year that a clock can show. A board without a clock chip boots in 1970, and knows better
// only once it has asked the network.
const sane = 2024

// base is the time after which the next run is looked for, at now, when dealt is the last one that was dealt
// with: a timer that came before it would find nothing to do. After a clock that was set back a little, the same
// night does not come twice; after one that was set back by more it was wrong before, and what is past counts no
// more (cron(8) draws the line alike).
func base(dealt, now time.Time) time.Time {
	if dealt.After(now) && dealt.Sub(now) <= smallChange {
		return dealt.In(now.Location())
	}
	return now
}

// duesUntil finds the first and the last run of e that was due after dealt and not after now. They are false
// if there was none.
func (e Entry) duesUntil(dealt, now time.Time) (first, last time.Time, ok bool) {
	first, ok = e.Next(dealt.In(now.Location()))
	if !ok || first.After(now) {
		return time.Time{}, time.Time{}, false
	}
	// The last one is looked for in a short while before now, then in longer ones, so that a year's minutes
	// are not gone through one by one.
	for _, back := range []time.Duration{time.Hour, 24 * time.Hour, 31 * 24 * time.Hour, 367 * 24 * time.Hour, 0} {
		from := now.Add(-back)
		if back == 0 || from.Before(dealt) {
			from = dealt.In(now.Location())
		}
		found := false
		for next, ok := e.Next(from); ok && !next.After(now); next, ok = e.Next(next) {
			last, found = next, true
		}
		if found {
			return first, last, true
		}
	}
	return first, first, true
}
