package ops

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Size gives bytes in binary units, to three figures: "782 MiB", "1.42 GiB".
func Size[N int64 | uint64 | float64](bytes N) string {
	value, unit := scale(float64(bytes))
	return Figures(value) + " " + unit
}

// SizeOf gives a part and its whole in the unit of the whole: "1.21 of 1.97 GiB".
func SizeOf(part, whole uint64) string {
	value, unit := scale(float64(whole))
	return Figures(float64(part)*value/max(float64(whole), 1)) + " of " + Figures(value) + " " + unit
}

// scale finds the unit in which value has at most three figures before the point.
func scale(value float64) (float64, string) {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	i := 0
	for ; value >= 999.5 && i < len(units)-1; i++ {
		value /= 1024
	}
	return value, units[i]
}

// Figures writes three significant figures, and no decimals that say nothing.
func Figures(v float64) string {
	decimals := 2
	switch {
	case v >= 99.95:
		decimals = 0
	case v >= 9.995:
		decimals = 1
	}
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// Span says how long something lasts, in its two largest units: "37 s", "4 min 10 s", "2 h 3 min", "12 days".
func Span(d time.Duration) string {
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

// Moment says when something was, seen from now and in its zone: "03:12", "03:12 on 4 Nov", "03:12 on 4 Nov 2025".
func Moment(at, now time.Time) string {
	at = at.In(now.Location())
	switch {
	case at.Format(time.DateOnly) == now.Format(time.DateOnly):
		return at.Format("15:04")
	case at.Year() == now.Year():
		return at.Format("15:04 on 2 Jan")
	}
	return at.Format("15:04 on 2 Jan 2006")
}

// OneLine makes a name or a line of a log fit for an event: printable, on one line, and at most most characters. What is
// no UTF-8 stands there as U+FFFD.
func OneLine(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	s = strings.TrimSpace(s)
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most-1]) + "…"
	}
	return s
}
