package commands

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
)

// ago reads "2h", "30 min" and "3 days ago" as a while before now.
var ago = regexp.MustCompile(`^(\d{1,5}) ?(s|secs?|seconds?|m|mins?|minutes?|h|hours?|d|days?)( ago)?$`)

var agoUnits = map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}

// when reads a time of the past from the first words of a line, as many as make one, and tells how many
// those are. There is at least one word.
func when(words []string, now time.Time) (at time.Time, used int, err error) {
	for used = min(3, len(words)); used > 0; used-- {
		text := strings.Join(words[:used], " ")
		at, ok := past(strings.Join(strings.Fields(strings.ToLower(text)), " "), now)
		switch {
		case ok && at.After(now):
			return time.Time{}, 0, fmt.Errorf("%s is still to come; it is %s here", bot.Clip(text, 40), now.Format("15:04 on 2006-01-02"))
		case ok:
			return at, used, nil
		}
	}
	return time.Time{}, 0, fmt.Errorf("%q is no time; try 03:00, 2h, yesterday or 2026-11-23 03:00", bot.Clip(words[0], 40))
}

// past reads "2h", "03:00" (the last one that was), "today", "yesterday 22:30", "2026-11-23",
// "2026-11-23 03:00" and "2026-11-23t03:00".
func past(text string, now time.Time) (at time.Time, ok bool) {
	if m := ago.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1]) // five digits at most
		return now.Add(-time.Duration(n) * agoUnits[m[2][0]]), true
	}
	if clock, ok := hour(text); ok {
		if at = onDay(now, 0, clock); at.After(now) {
			at = onDay(now, -1, clock)
		}
		return at, true
	}
	if len(text) > 10 && text[10] == 't' {
		text = text[:10] + " " + text[11:]
	}
	var clock time.Time // midnight
	date, rest, both := strings.Cut(text, " ")
	if both {
		if clock, ok = hour(rest); !ok {
			return time.Time{}, false
		}
	}
	switch date {
	case "today":
		return onDay(now, 0, clock), true
	case "yesterday":
		return onDay(now, -1, clock), true
	}
	day, err := time.ParseInLocation(time.DateOnly+" 15", date+" 12", now.Location()) // midnight may be left out
	return onDay(day, 0, clock), err == nil
}

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

// hour reads "03:00" and, as the lines of a log have it, "03:00:12".
func hour(s string) (clock time.Time, ok bool) {
	for _, layout := range []string{"15:04", time.TimeOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
