package web

import (
	"errors"
	"net/url"
	"strconv"
	"time"
)

const (
	shortestSpan = time.Minute
	longestSpan  = 10 * 365 * 24 * time.Hour
	localTime    = "2006-01-02T15:04" // as <input type="datetime-local"> has it
)

// A span is a length of time that the page offers.
type span struct {
	Name   string
	Length time.Duration
}

func spans() []span {
	const day = 24 * time.Hour
	return []span{{"1h", time.Hour}, {"6h", 6 * time.Hour}, {"24h", day}, {"7d", 7 * day}, {"30d", 30 * day}, {"1y", 365 * day}}
}

const usualSpan = "24h"

// spanOf reads from and to, or range; the last 24 hours without any. name is the span's, "" for one from and to.
func spanOf(q url.Values, now time.Time) (from, to time.Time, name string, err error) {
	if q.Get("from") == "" && q.Get("to") == "" {
		name = q.Get("range")
		if name == "" {
			name = usualSpan
		}
		for _, one := range spans() {
			if one.Name == name {
				return now.Add(-one.Length), now, name, nil
			}
		}
		return from, to, "", errors.New("that range is not one of those that are offered")
	}
	from, fromOK := parseMoment(q.Get("from"), now)
	to, toOK := parseMoment(q.Get("to"), now)
	if !fromOK || !toOK {
		return from, to, "", errors.New("from and to are dates with a time, or seconds since 1970")
	}
	if from.After(now) {
		return from, to, "", errors.New("that time is still to come")
	}
	if to.After(now) {
		to = now
	}
	switch {
	case to.Sub(from) < shortestSpan:
		return from, to, "", errors.New("that range is shorter than a minute, or ends before it begins")
	case to.Sub(from) > longestSpan:
		return from, to, "", errors.New("that range is longer than ten years")
	}
	return from, to, "", nil
}

// parseMoment reads a time by the admins' clocks, or seconds since 1970.
func parseMoment(text string, now time.Time) (time.Time, bool) {
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Unix(seconds, 0).In(now.Location()), seconds >= 0 && seconds < 1<<33
	}
	at, err := time.ParseInLocation(localTime, text, now.Location())
	return at, err == nil && at.Year() >= 1970
}

// address is that of some graphs over a time, on the same page.
func address(names []string, pairs ...string) string {
	q := url.Values{"g": names}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return "?" + q.Encode()
}

func between(names []string, from, to time.Time) string {
	return address(names, "from", seconds(from), "to", seconds(to))
}

func seconds(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
