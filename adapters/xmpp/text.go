package xmpp

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/diaspote/vigie/bot"
)

// joiner is the word joiner: invisible, without width, and enough to keep a client from seeing a nick or a
// mark of styling in what surrounds it.
const joiner = "\u2060"

// body writes a post as plain text with message styling (XEP-0393): Block becomes a preformatted block.
// styled tells whether there is any; where there is none the message says so, and nothing in Text can
// pass for styling. The names of the room's occupants are broken up, so that a line of a log rings nobody.
func body(p bot.Post, occupants []string, size int) (text string, styled bool) {
	text, block := clean(p.Text), clean(p.Block)
	if block == "" {
		return cutLines(guardLines(unping(text, occupants), "/me "), size), false
	}
	text = guardLines(unping(text, occupants), "```", ">", "/me ")
	block = guardLines(unping(block, occupants), "```")
	if text != "" {
		text = cutLines(text, size/2) + "\n"
	}
	return text + "```\n" + cutLines(block, size-len(text)-8) + "\n```", true
}

// clean drops what a message cannot carry, and white space at the end.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if sayable(r) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(s, ""))
	return strings.TrimRightFunc(s, unicode.IsSpace)
}

// guardLines keeps lines from beginning with one of these marks.
func guardLines(s string, marks ...string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		for _, mark := range marks {
			if strings.HasPrefix(line, mark) {
				lines[i] = joiner + line
				break
			}
		}
	}
	return strings.Join(lines, "\n")
}

const cutMark = "\n… (the rest is too long for a message)"

// cutLines cuts a text that takes more than size bytes once it is escaped, at the end of a line if one is near.
func cutLines(s string, size int) string {
	if len(escape(s)) <= size {
		return s
	}
	size -= len(cutMark)
	end, taken := 0, 0
	for i, r := range s {
		taken += len(escape(string(r)))
		if taken > size {
			break
		}
		end = i + utf8.RuneLen(r)
	}
	if line := strings.LastIndexByte(s[:end], '\n'); line > end/2 {
		end = line
	}
	return s[:end] + cutMark
}

// unping puts a joiner after the first letter of each whole word that is one of the nicks, but for those in
// a URL, which would lead elsewhere then. A nick of one letter cannot be broken and rings nobody by itself.
func unping(s string, nicks []string) string {
	byFirst := make(map[rune][]string)
	for _, nick := range nicks {
		if utf8.RuneCountInString(nick) > 1 {
			first, _ := utf8.DecodeRuneInString(nick)
			byFirst[fold(first)] = append(byFirst[fold(first)], nick)
		}
	}
	if len(byFirst) == 0 {
		return s
	}
	var b strings.Builder
	before, urlEnd := ' ', 0
	for i, r := range s {
		b.WriteRune(r)
		if i >= urlEnd && !word(before) {
			urlEnd = max(urlEnd, i+urlLength(s[i:]))
		}
		if i >= urlEnd && !word(before) && named(s[i:], byFirst[fold(r)]) {
			b.WriteString(joiner)
		}
		before = r
	}
	return b.String()
}

// named tells whether s begins with one of the nicks and the word ends there.
func named(s string, nicks []string) bool {
	for _, nick := range nicks {
		rest, found := cutFold(s, nick)
		if !found {
			continue
		}
		if next, _ := utf8.DecodeRuneInString(rest); rest == "" || !word(next) {
			return true
		}
	}
	return false
}

// urlLength is the length of the web address that s begins with, 0 if it does not.
func urlLength(s string) int {
	if !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "https://") {
		return 0
	}
	if end := strings.IndexFunc(s, unicode.IsSpace); end >= 0 {
		return end
	}
	return len(s)
}

func word(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }

// fold is the same for two letters that strings.EqualFold takes for one.
func fold(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return least
}
