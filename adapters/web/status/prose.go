package status

import (
	"html"
	"html/template"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// prose shows what somebody wrote: everything in it is text, but its http and https addresses are links, and its lines stay lines.
// It makes no element but <a> and <br>.
func prose(text string) template.HTML {
	var b strings.Builder
	b.Grow(len(text) + len(text)/8)
	text = strings.Map(seen, text) // first, so that an address is what it looks like
	for text != "" {
		n := linkStart(text)
		write(&b, text[:n])
		text = text[n:]
		if text == "" {
			break
		}
		n = linkEnd(text)
		if address := text[:n]; leads(address) {
			b.WriteString(`<a href="`)
			b.WriteString(html.EscapeString(address))
			b.WriteString(`" rel="nofollow noopener">`)
			write(&b, address)
			b.WriteString(`</a>`)
		} else {
			write(&b, address)
		}
		text = text[n:]
	}
	return template.HTML(b.String())
}

func write(b *strings.Builder, text string) {
	for n, line := range strings.Split(text, "\n") {
		if n > 0 {
			b.WriteString("<br>")
		}
		b.WriteString(html.EscapeString(line))
	}
}

// seen drops what cannot be seen but alters what can: control characters, and those that turn the direction of the text.
func seen(r rune) rune {
	if r == '\n' || r == '\u200d' || unicode.IsPrint(r) {
		return r
	}
	if unicode.IsSpace(r) && r != '\r' {
		return ' '
	}
	return -1
}

// linkStart is where the first address begins, or the length of the text.
func linkStart(text string) int {
	for from := 0; ; {
		n := strings.Index(text[from:], "http")
		if n < 0 {
			return len(text)
		}
		n += from
		rest := text[n+len("http"):]
		if (strings.HasPrefix(rest, "://") || strings.HasPrefix(rest, "s://")) && !wordy(text[:n]) {
			return n
		}
		from = n + len("http")
	}
}

// wordy tells whether a text ends in the middle of a word.
func wordy(text string) bool {
	r, _ := utf8.DecodeLastRuneInString(text)
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// linkEnd is where an address at the beginning of the text ends: the signs of the sentence around it are none of it.
func linkEnd(text string) int {
	end := strings.IndexFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r) || strings.ContainsRune("<>\"`\\^{|}«»“”", r)
	})
	if end < 0 {
		end = len(text)
	}
	for {
		cut := strings.TrimRight(text[:end], ".,;:!?'*_…’")
		if before, ok := strings.CutSuffix(cut, ")"); ok && strings.Count(cut, "(") < strings.Count(cut, ")") {
			cut = before
		} else if before, ok := strings.CutSuffix(cut, "]"); ok && strings.Count(cut, "[") < strings.Count(cut, "]") {
			cut = before
		}
		if len(cut) == end {
			return end
		}
		end = len(cut)
	}
}

// leads tells whether visitors may be led there. An address with a user in it looks like another's.
func leads(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil
}

// clip is the beginning of a text, of about so many characters and a few lines, and whether there is more. No address is cut.
func clip(text string, most int) (string, bool) {
	count, lines, space := 0, 0, 0
	for n, r := range text {
		if unicode.IsSpace(r) {
			space = n
			if r == '\n' {
				lines++
			}
		}
		if count++; count <= most && lines < mostLines {
			continue
		}
		switch {
		case r == '\n' || space > n/2:
			return strings.TrimRightFunc(text[:space], unicode.IsSpace) + " …", true
		case linkStart(text[space:n]) < n-space: // a long address
			return strings.TrimRightFunc(text[:space+linkStart(text[space:n])], unicode.IsSpace) + " …", true
		}
		return text[:n] + "…", true
	}
	return text, false
}

// mostLines is how many a text has where it is clipped.
const mostLines = 8
