package cachet

import (
	"html"
	"regexp"
	"strings"
	"unicode/utf8"
)

// markdown writes plain text such that a reader of CommonMark (https://spec.commonmark.org/0.31.2/) shows it as it is: what would be
// markup is escaped, lines stay lines, and addresses are links. What would be none is left alone, for who does not read
// Markdown.
func markdown(text string) string {
	var b strings.Builder
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		line = strings.TrimSpace(line)
		last := 0
		for _, at := range address.FindAllStringIndex(line, -1) {
			b.WriteString(escape(line[last:at[0]], last == 0))
			b.WriteString("<" + line[at[0]:at[1]] + ">")
			last = at[1]
		}
		b.WriteString(escape(line[last:], last == 0))
	}
	for s := b.String(); ; { // two spaces at the end of a line keep it one
		broken := hardBreak.ReplaceAllString(s, "$1  \n$2")
		if broken == s {
			return s
		}
		s = broken
	}
}

var (
	address   = regexp.MustCompile("https?://[^\\s<>\\\\\"'`]*[^\\s<>\\\\\"'`.,;:!?)\\]}*_]")
	hardBreak = regexp.MustCompile(`([^\n ])\n([^\n])`)

	entity    = regexp.MustCompile(`^&#?\w+;`)
	beginning = regexp.MustCompile(`^([#+=~>|-]|\d{1,9}[.)])`) // what makes a heading, a list, a rule or code of a line
)

// escape escapes a piece of a line; first says that the line begins with it.
func escape(s string, first bool) string {
	var b strings.Builder
	for i := range len(s) {
		var before, next byte
		if i > 0 {
			before = s[i-1]
		}
		if i+1 < len(s) {
			next = s[i+1]
		}
		switch rest := s[i:]; {
		case s[i] == '*', s[i] == '`',
			s[i] == '\\' && (next == 0 || isMark(next)),
			s[i] == '_' && !(isWord(before) && isWord(next)),
			s[i] == '[' && (strings.Contains(rest, "](") || strings.Contains(rest, "]:") || strings.Contains(rest, "][")),
			s[i] == '<' && (isWord(next) || next == '/' || next == '!' || next == '?'),
			s[i] == '&' && entity.MatchString(rest):
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	s = b.String()
	if first {
		s = beginning.ReplaceAllStringFunc(s, func(found string) string { return found[:len(found)-1] + `\` + found[len(found)-1:] })
	}
	return s
}

func isWord(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

func isMark(c byte) bool { return c > ' ' && c < utf8.RuneSelf-1 && !isWord(c) }

// plain is the text of Markdown or HTML, such as people wrote into a Cachet. It keeps lines, and the addresses of links.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		if r >= aside && r < aside+utf8.RuneSelf || r == '\r' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
	text = autolink.ReplaceAllStringFunc(text, func(s string) string { return setAside(s[1 : len(s)-1]) })
	text = escaped.ReplaceAllStringFunc(text, func(s string) string { return setAside(s[1:]) })
	text = dropped.ReplaceAllString(text, "")
	text = anchor.ReplaceAllString(text, "[$2]($1)")
	text = breaking.ReplaceAllString(text, "\n")
	text = tag.ReplaceAllString(text, "")
	text = linked.ReplaceAllStringFunc(text, func(s string) string {
		part := linked.FindStringSubmatch(s)
		if part[1] == "" || part[1] == part[2] {
			return setAside(part[2])
		}
		return part[1] + " (" + setAside(part[2]) + ")"
	})
	text = address.ReplaceAllStringFunc(text, setAside)
	for _, e := range emphases {
		text = e.ReplaceAllString(text, "$1$2$3")
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimRight(heading.ReplaceAllString(strings.TrimSpace(line), ""), " ") + "\n")
	}
	text = html.UnescapeString(b.String())
	text = strings.Map(func(r rune) rune {
		if r >= aside && r < aside+utf8.RuneSelf {
			return r - aside
		}
		return r
	}, text)
	return strings.TrimSpace(blank.ReplaceAllString(text, "\n\n"))
}

// aside is where characters that mean themselves wait, in a private area of Unicode.
const aside = 0xe000

func setAside(s string) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf {
			return r + aside
		}
		return r
	}, s)
}

var (
	autolink = regexp.MustCompile(`<https?://[^\s<>]+>`)
	escaped  = regexp.MustCompile("\\\\[!-/:-@\\[-`{-~]")
	dropped  = regexp.MustCompile(`(?is)<(script|style)\b.*?</(script|style)\s*>|<!--.*?-->`)
	anchor   = regexp.MustCompile(`(?is)<a\s[^>]*href\s*=\s*["']?(https?://[^"'\s>]+)[^>]*>(.*?)</a\s*>`)
	breaking = regexp.MustCompile(`(?i)<(br|/p|/li|/div|/h[1-6]|/tr)\b[^>]*>\n?`)
	tag      = regexp.MustCompile(`</?[a-zA-Z][^<>]*>`)
	linked   = regexp.MustCompile(`!?\[([^\[\]]*)\]\((https?://[^\s()]+)[^()]*\)`)
	emphases = []*regexp.Regexp{
		regexp.MustCompile("()`+([^`\n]+)`+()"),
		regexp.MustCompile(`()\*\*([^\s*](?:[^*\n]*[^\s*])?)\*\*()`),
		regexp.MustCompile(`()\*([^\s*](?:[^*\n]*[^\s*])?)\*()`),
		regexp.MustCompile(`(^|[^\w])__([^\s_](?:[^_\n]*[^\s_])?)__($|[^\w])`),
		regexp.MustCompile(`(^|[^\w])_([^\s_](?:[^_\n]*[^\s_])?)_($|[^\w])`),
	}
	heading = regexp.MustCompile(`^(#{1,6}\s+|>\s?)`)
	blank   = regexp.MustCompile(`\n{3,}`)
)
