package schedule

import (
	"math/bits"
	"time"
)

// searchYears is how far ahead a run is looked for: "0 0 29 2 */7" (29 February, a Sunday) comes every
// 28 years, 40 when a century's end lies between.
const searchYears = 41

// smallChange is what cron(8) calls a change of less than 3 hours: daylight saving, not a correction.
const smallChange = 3 * time.Hour

// Next returns the first minute later than after at which cron runs the entry, in after's location,
// which must be the time zone of the host: cron knows no other. It is false for @reboot, for an entry
// that cron ignores, and for a date that does not come (31 February).
//
// Around a change of daylight saving it says what Debian's cron does. An entry with a star first in
// its minute or hour field follows the wall clock: it has no run in an hour that is left out, and runs
// in both passes of an hour that is repeated. Any other entry runs once: at the moment of the change
// if its time is left out ("30 2 * * *" runs at 03:00), in the first pass if its time is repeated.
func (e Entry) Next(after time.Time) (time.Time, bool) {
	w := e.when
	if e.Ignored != "" || w.reboot || w.empty() {
		return time.Time{}, false
	}
	// Between two changes of the zone the wall clock runs evenly, so each such span is searched by
	// itself, on a clock without a zone.
	limit := after.AddDate(searchYears, 0, 0)
	clock := wallClock(after).Truncate(time.Minute).Add(time.Minute)
	for from := after; from.Before(limit); {
		start, end := zoneSpan(from)
		if first := w.resumeAt(start); clock.Before(first) {
			clock = first
		}
		until := wallClock(limit)
		if !end.IsZero() {
			until = wallBefore(end)
		}
		if clock, ok := w.nextClock(clock, until); ok {
			run := realTime(clock, from)
			if run.Before(start) {
				run = start // its time was left out by the change
			}
			return run, true
		}
		if end.IsZero() {
			break
		}
		from, clock = end, time.Time{}
	}
	return time.Time{}, false
}

// resumeAt gives the wall clock from which the schedule goes on at a change of the zone's offset.
// A wild entry takes the new time as it is. Any other goes on where the old time stood: what was left
// out is made up for, what is repeated is not run again.
func (w times) resumeAt(change time.Time) time.Time {
	if change.IsZero() {
		return time.Time{}
	}
	before, now := wallBefore(change), wallClock(change)
	if w.wild || now.Sub(before) >= smallChange || before.Sub(now) > smallChange {
		return now
	}
	return before
}

// nextClock is the first minute of the schedule at or after clock and before until.
func (w times) nextClock(clock, until time.Time) (time.Time, bool) {
	day := clock.Truncate(24 * time.Hour)
	begin := int(clock.Sub(day) / time.Minute) // the first day counts from here on
	for ; day.Before(until); day = day.Add(24 * time.Hour) {
		if w.onDay(day) {
			if m, ok := w.nextMinute(begin); ok {
				clock = day.Add(time.Duration(m) * time.Minute)
				return clock, clock.Before(until)
			}
		}
		begin = 0
	}
	return time.Time{}, false
}

// nextMinute is the first minute of a day at or after m that the hours and minutes allow.
func (w times) nextMinute(m int) (int, bool) {
	hour, minute := m/60, m%60
	if w.hour>>hour&1 == 1 {
		if left := w.minute >> minute; left != 0 {
			return m + bits.TrailingZeros64(left), true
		}
	}
	left := w.hour >> (hour + 1)
	if left == 0 {
		return 0, false
	}
	hour += 1 + bits.TrailingZeros64(left)
	return hour*60 + bits.TrailingZeros64(w.minute), true
}

// wallClock is what a clock on the wall shows at t, as a time in UTC: a scale without changes.
func wallClock(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second).Round(0)
}

// zoneSpan is ZoneBounds, with an end that is later than t. On the last day of a leap year that is past
// the last change in the zone's file, ZoneBounds gives an end that has already been.
func zoneSpan(t time.Time) (start, end time.Time) {
	start, end = t.ZoneBounds()
	if !end.IsZero() && !end.After(t) {
		end = t.Add(24 * time.Hour)
	}
	return start, end
}

// wallBefore is what the clock was about to show at t if the zone had not changed there.
func wallBefore(t time.Time) time.Time {
	return wallClock(t.Add(-time.Nanosecond)).Add(time.Nanosecond)
}

// realTime is the moment at which the wall shows clock, by the offset and in the location of near.
func realTime(clock, near time.Time) time.Time {
	_, offset := near.Zone()
	return clock.Add(-time.Duration(offset) * time.Second).In(near.Location())
}
