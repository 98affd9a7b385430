package kernel

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// size gives bytes in binary units, to three figures: "782 MiB", "1.31 GiB".
func size(bytes float64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	i := 0
	for ; bytes >= 999.5 && i < len(units)-1; i++ {
		bytes /= 1024
	}
	decimals := 2
	switch {
	case bytes >= 99.95 || i == 0:
		decimals = 0
	case bytes >= 9.995:
		decimals = 1
	}
	s := strconv.FormatFloat(bytes, 'f', decimals, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s + " " + units[i]
}

// span says how long something lasts, in its two largest units: "37 s", "2 h 3 min", "12 days".
func span(d time.Duration) string {
	const day = 24 * time.Hour
	two := func(n int64, unit string, m int64, smaller string) string {
		if m == 0 {
			return fmt.Sprintf("%d %s", n, unit)
		}
		return fmt.Sprintf("%d %s %d %s", n, unit, m, smaller)
	}
	s := int64(max(d, 0).Round(time.Second) / time.Second)
	switch d = time.Duration(s) * time.Second; {
	case d < time.Minute:
		return fmt.Sprintf("%d s", s)
	case d < 10*time.Minute:
		return two(s/60, "min", s%60, "s")
	case d < time.Hour:
		return fmt.Sprintf("%d min", s/60)
	case d < day:
		return two(s/3600, "h", s/60%60, "min")
	case d < 2*day:
		return two(1, "day", s/3600-24, "h")
	}
	return fmt.Sprintf("%d days", s/86400)
}

// about rounds a time to come as far as a trend can tell it: "7 min", "40 min", "1 h 30 min".
func about(d time.Duration) string {
	step := time.Minute
	switch {
	case d >= 90*time.Minute:
		step = 10 * time.Minute
	case d >= 10*time.Minute:
		step = 5 * time.Minute
	}
	return span(max(d.Round(step), time.Minute))
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

// moment says when something was, seen from now: "03:12", "03:12 on 4 Nov", "03:12 on 4 Nov 2025".
func moment(at, now time.Time) string {
	at = at.In(now.Location())
	switch {
	case at.Format(time.DateOnly) == now.Format(time.DateOnly):
		return at.Format("15:04")
	case at.Year() == now.Year():
		return at.Format("15:04 on 2 Jan")
	}
	return at.Format("15:04 on 2 Jan 2006")
}

// hours makes a duration of hours, the longest there is if they are too many.
func hours(h float64) time.Duration {
	if math.IsNaN(h) || h*float64(time.Hour) >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(h * float64(time.Hour))
}

// oneLine makes a name or a line of a log fit for an event: printable, and at most most characters.
func oneLine(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r) || r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, s)
	s = strings.TrimSpace(s)
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most-1]) + "…"
	}
	return s
}
