package commands

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
)

// ago reads "2h", "30min", "90 s" and "3d" as a while before now.
var ago = regexp.MustCompile(`^(\d{1,5})(s|sec|m|min|h|d|days?|hours?)$`)

var agoUnits = map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}

// when reads a time of the past from the first words of a line, and tells how many it took: "03:00" (the
// last one that was), "2h", "today", "yesterday", "2026-11-23", "2026-11-23 03:00", "yesterday 22:30".
func when(words []string, now time.Time) (at time.Time, used int, err error) {
	first := strings.ToLower(words[0])
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	if m := ago.FindStringSubmatch(first); m != nil {
		n, _ := strconv.Atoi(m[1])
		return now.Add(-time.Duration(n) * agoUnits[m[2][0]]), 1, nil
	}
	if len(words) > 1 && ago.MatchString(first+strings.ToLower(words[1])) {
		at, _, err = when([]string{first + words[1]}, now)
		return at, 2, err
	}
	if h, m, ok := hour(first); ok {
		at = onDay(midnight, h, m)
		if at.After(now) {
			at = onDay(midnight.AddDate(0, 0, -1), h, m)
		}
		return at, 1, nil
	}
	var day time.Time
	switch first {
	case "today":
		day = midnight
	case "yesterday":
		day = midnight.AddDate(0, 0, -1)
	default:
		date, clock, both := strings.Cut(strings.ToUpper(first), "T")
		if day, err = time.ParseInLocation(time.DateOnly, date, now.Location()); err != nil {
			if both = strings.Contains(first, " "); both {
				return when(strings.Fields(first), now)
			}
			return time.Time{}, 0, fmt.Errorf("%q is no time; try 03:00, 2h, yesterday or 2026-11-23", bot.Clip(words[0], 40))
		}
		if both {
			words = []string{date, clock}
			at, _, err = when(words, now)
			return at, 1, err
		}
	}
	if len(words) > 1 {
		if h, m, ok := hour(words[1]); ok {
			return onDay(day, h, m), 2, nil
		}
	}
	return day, 1, nil
}

// onDay is an hour of the clock on that day, whatever daylight saving did before it.
func onDay(day time.Time, h, m int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), h, m, 0, 0, day.Location())
}

func hour(s string) (h, m int, ok bool) {
	t, err := time.Parse("15:04", s)
	return t.Hour(), t.Minute(), err == nil
}
