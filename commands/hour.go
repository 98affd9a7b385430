package commands

import (
	"strconv"
	"strings"
	"time"
)

// hour reads an hour of the clock in small letters: "03:00" and, as the lines of a log have it, "03:00:12"; "22h" and
// "22h30" as in French; "10pm", "4:30 am"; "noon" and "midi". Midnight is 00:00, but whose of a day's two, the word does not say:
// see [isMidnight].
func hour(s string) (clock time.Time, ok bool) {
	if s == "noon" || s == "midday" || s == "midi" {
		s = "12:00"
	}
	for _, layout := range []string{"15:04", time.TimeOnly, "15:04h"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	bare := strings.ReplaceAll(s, " ", "")
	for _, half := range []string{"am", "pm"} {
		if n, cut := strings.CutSuffix(bare, half); cut {
			hours, minutes, both := strings.Cut(n, ":")
			return clockOf(hours, minutes, both, half)
		}
	}
	if hours, minutes, french := strings.Cut(bare, "h"); french {
		return clockOf(hours, strings.TrimSuffix(minutes, "min"), minutes != "", "")
	}
	return time.Time{}, false
}

// clockOf is an hour of its digits.
func clockOf(hours, minutes string, both bool, half string) (clock time.Time, ok bool) {
	h, err := strconv.ParseUint(hours, 10, 8)
	if err != nil || len(hours) > 2 || h > 23 {
		return clock, false
	}
	var m uint64
	if both {
		if m, err = strconv.ParseUint(minutes, 10, 8); err != nil || len(minutes) != 2 || m > 59 {
			return clock, false
		}
	}
	if half != "" {
		if h < 1 || h > 12 {
			return clock, false
		}
		h %= 12
		if half == "pm" {
			h += 12
		}
	}
	return time.Date(0, 1, 1, int(h), int(m), 0, 0, time.UTC), true
}

// isMidnight tells the words for it.
func isMidnight(s string) bool { return s == "midnight" || s == "minuit" }

// onDay is an hour of the clock on a day, or as many days later, in the day's time zone. An hour that
// daylight saving leaves out is the one after it; of one that comes twice it is the first.
func onDay(day time.Time, later int, clock time.Time) time.Time {
	y, m, d := day.Date()
	at := time.Date(y, m, d+later, clock.Hour(), clock.Minute(), clock.Second(), 0, day.Location())
	if first := at.Add(-time.Hour); first.Hour() == at.Hour() { // time.Date may give either
		return first
	}
	return at
}

// again is the second time that the clocks show what they show then; ok is false if they do so once.
func again(at time.Time) (second time.Time, ok bool) {
	second = at.Add(time.Hour)
	return second, second.Hour() == at.Hour() && second.Minute() == at.Minute()
}
