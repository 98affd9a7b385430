package console

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/diaspote/vigie/bot"
)

// maxPost bounds what one post prints, in bytes.
const maxPost = 128 << 10

// Clean takes out of s what a terminal would obey instead of showing: escape and the other control
// characters of C0 and C1 (ECMA-48) but newline and tab. Bytes that are no UTF-8 become U+FFFD, since a
// terminal may take a bare 0x9B for the start of a control sequence.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case r < 0x20, 0x7f <= r && r < 0xa0:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}

// render is a post as plain text: the text, then the block, cleaned and bounded, without a newline at the end.
func render(p bot.Post) string {
	text := trimNewline(Clean(p.Text))
	if block := trimNewline(Clean(p.Block)); block != "" {
		if text != "" {
			text += "\n"
		}
		text += block
	}
	if len(text) <= maxPost {
		return text
	}
	cut := maxPost
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return fmt.Sprintf("%s\n… (cut: %d KiB in all)", text[:cut], len(text)>>10)
}

func trimNewline(s string) string { return strings.TrimRight(s, "\n") }

const (
	green = "\x1b[32m"
	red   = "\x1b[31m"
	dim   = "\x1b[2m"
	plain = "\x1b[0m"
)

// paint colours the mark that begins a line, and dims a line of progress, which ends in "…". It only adds: without
// the colour codes its result is text.
func paint(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, "● "):
			lines[i] = green + "●" + plain + strings.TrimPrefix(line, "●")
		case strings.HasPrefix(line, "✗ "):
			lines[i] = red + "✗" + plain + strings.TrimPrefix(line, "✗")
		case strings.HasPrefix(line, "○ "):
			lines[i] = dim + "○" + plain + strings.TrimPrefix(line, "○")
		case strings.HasSuffix(line, "…"):
			lines[i] = dim + line + plain
		}
	}
	return strings.Join(lines, "\n")
}
