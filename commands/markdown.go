package commands

import (
	"strings"
	"unicode"

	"github.com/diaspote/vigie/bot"
)

// markdown escapes a text of one line so that Markdown shows it as it is (https://spec.commonmark.org/0.31.2/#backslash-escapes).
// An underscore inside of a word and an ampersand that begins no entity mean nothing there, and stay as they are for the sake of
// addresses. most is how many characters are kept.
func markdown(s string, most int) string {
	runes := []rune(bot.Clip(s, most))
	var b strings.Builder
	for i, r := range runes {
		switch r {
		case '\\', '`', '*', '[', ']', '<', '>', '|', '~', '$':
			b.WriteByte('\\')
		case '&':
			if entity(runes[i+1:]) {
				b.WriteByte('\\')
			}
		case '_':
			if i == 0 || i == len(runes)-1 || !wordly(runes[i-1]) || !wordly(runes[i+1]) {
				b.WriteByte('\\')
			}
		}
		b.WriteRune(r)
	}
	return b.String()
}

// entity tells whether an ampersand begins one that has this behind it: "amp;" or "#38;".
func entity(behind []rune) bool {
	for n, r := range behind {
		if !wordly(r) && (r != '#' || n > 0) {
			return r == ';' && n > 0
		}
	}
	return false
}

func wordly(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// markdownLines escapes a text of several lines for the inside of a list, whose next lines are indented. Each line stays one, and
// none begins a list, a heading or a rule.
func markdownLines(s string, most int) string {
	s = bot.Clean(s)
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most-1]) + "…"
	}
	var all []string
	for line := range strings.Lines(s) {
		line = markdown(strings.TrimSpace(line), most)
		if line == "" {
			continue
		}
		if digits, rest := leading(line, unicode.IsDigit); rest != "" && strings.ContainsRune(".)", rune(rest[0])) && digits != "" {
			line = digits + `\` + rest
		} else if strings.ContainsRune("-+=:#", rune(line[0])) {
			line = `\` + line
		}
		all = append(all, line)
	}
	return strings.Join(all, "\\\n  ")
}
