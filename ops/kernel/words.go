package kernel

import (
	"math"
	"time"

	"github.com/diaspote/vigie/ops"
)

// about rounds a time to come as far as a trend can tell it: "7 min", "40 min", "1 h 30 min".
func about(d time.Duration) string {
	step := time.Minute
	switch {
	case d >= 90*time.Minute:
		step = 10 * time.Minute
	case d >= 10*time.Minute:
		step = 5 * time.Minute
	}
	return ops.Span(max(d.Round(step), time.Minute))
}

// hour says when something will be, as far as a trend can tell it: "14:00", "14:00 tomorrow", "14:00 on Tue".
func hour(at, now time.Time) string {
	step := time.Hour
	if at.Sub(now) < 3*time.Hour {
		step = 10 * time.Minute
	}
	// Rounded by the clock on the wall: zones are off by half hours too.
	at = at.In(now.Location())
	_, offset := at.Zone()
	zone := time.Duration(offset) * time.Second
	at = at.Add(zone).Round(step).Add(-zone)
	switch at.Format(time.DateOnly) {
	case now.Format(time.DateOnly):
		return at.Format("15:04")
	case now.AddDate(0, 0, 1).Format(time.DateOnly):
		return at.Format("15:04") + " tomorrow"
	}
	return at.Format("15:04 on Mon")
}

// hours makes a duration of hours, the longest there is if they are too many.
func hours(h float64) time.Duration {
	if math.IsNaN(h) || h*float64(time.Hour) >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(h * float64(time.Hour))
}
