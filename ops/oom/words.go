package oom

import (
	"strconv"
	"strings"
	"unicode"
)

// size gives bytes in binary units, to three figures: "782 MiB", "1.31 GiB".
func size(bytes int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	n, i := float64(bytes), 0
	for ; n >= 999.5 && i < len(units)-1; i++ {
		n /= 1024
	}
	decimals := 2
	switch {
	case n >= 99.95 || i == 0:
		decimals = 0
	case n >= 9.995:
		decimals = 1
	}
	s := strconv.FormatFloat(n, 'f', decimals, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s + " " + units[i]
}

// oneLine makes a name or a line of a log fit for an event: printable, and at most most characters.
func oneLine(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, printable(s))
	s = strings.TrimSpace(s)
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most-1]) + "…"
	}
	return s
}
