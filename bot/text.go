package bot

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// What a post holds at most, in bytes: a screenful and then some. Services take more, people do not.
const (
	maxText  = 6000
	maxBlock = 12000
)

// tidy makes a post out of whatever a command or a log said: no control characters, bounded.
func (p Post) tidy() Post {
	p.Text = bound(Clean(p.Text), maxText)
	p.Block = bound(Clean(p.Block), maxBlock)
	return p
}

// Clean takes out of foreign text what a chat or a terminal could obey: control characters, terminal
// escapes, marks that change the direction of text, broken UTF-8. Lines stay, a tab is a space.
func Clean(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.TrimRight(strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t' || r == '\u2028' || r == '\u2029':
			return ' '
		case r == '\u200d', r == '\ufe0f': // they join and colour emoji
			return r
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s), " \n")
}

// Clip shortens s to at most n runes, on one line.
func Clip(s string, n int) string {
	s = strings.ReplaceAll(Clean(s), "\n", " ")
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// bound cuts s at the end of a line, at most n bytes in, and says how much is missing.
func bound(s string, n int) string {
	if len(s) <= n {
		return s
	}
	cut := strings.LastIndexByte(s[:n], '\n')
	if cut < n/2 {
		for cut = n; !utf8.RuneStart(s[cut]); cut-- {
		}
		return s[:cut] + "…"
	}
	return fmt.Sprintf("%s\n… %d lines more", s[:cut], 1+strings.Count(s[cut+1:], "\n"))
}

// Span says how long something lasts or lasted, in its two largest units: "3 h 12 min", "12 days", "4 min".
func Span(d time.Duration) string {
	const day = 24 * time.Hour
	switch d = max(d, 0); {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < day:
		if min := int(d.Minutes()) % 60; min > 0 {
			return fmt.Sprintf("%d h %d min", int(d.Hours()), min)
		}
		return fmt.Sprintf("%d h", int(d.Hours()))
	case d < 2*day:
		if h := int((d - day).Hours()); h > 0 {
			return fmt.Sprintf("1 day %d h", h)
		}
		return "1 day"
	}
	return fmt.Sprintf("%d days", int(d/day))
}
