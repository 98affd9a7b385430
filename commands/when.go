package commands

import (
	"fmt"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
)

// when reads a time of the past from the first words of a line, as many as make one, and tells how many
// those are. There is at least one word.
func when(words []string, now time.Time) (at time.Time, used int, err error) {
	for used = min(5, len(words)); used > 0; used-- {
		text := strings.Join(words[:used], " ")
		at, ok := past(plain(text), now)
		switch {
		case ok && at.After(now):
			return time.Time{}, 0, fmt.Errorf("%s is still to come; it is %s here", bot.Clip(text, 40), now.Format("15:04 on 2006-01-02"))
		case ok:
			return at, used, nil
		}
	}
	return time.Time{}, 0, fmt.Errorf("%q is no time; try 03:00, 2h, yesterday or 2026-11-23 03:00", bot.Clip(words[0], 40))
}

// past reads "2h", "1h30 ago", "03:00" (the last one that was), "today", "yesterday 22:30", "hier 22h30", "2026-11-23",
// "2026-11-23 03:00" and "2026-11-23t03:00". "22h" alone is a while and no hour.
func past(text string, now time.Time) (at time.Time, ok bool) {
	if long, ok := span(strings.TrimSuffix(text, " ago")); ok {
		return now.Add(-long), true
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
	case "today", "aujourd'hui":
		return onDay(now, 0, clock), true
	case "yesterday", "hier":
		return onDay(now, -1, clock), true
	}
	day, err := time.ParseInLocation(time.DateOnly+" 15", date+" 12", now.Location()) // midnight may be left out
	return onDay(day, 0, clock), err == nil
}
