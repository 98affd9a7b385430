package console

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/diaspote/vigie/bot"
)

// maxPost bounds what one post prints, in bytes.
const maxPost = 128 << 10

// render is a post as plain text: the text, then the block, bounded, without a newline at the end. The bot has cleaned both;
// it is done here again, since a terminal obeys what a chat only shows.
func render(p bot.Post) string {
	text := bot.Clean(p.Text)
	if block := bot.Clean(p.Block); block != "" {
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

const (
	green = "\x1b[32m"
	red   = "\x1b[31m"
	dim   = "\x1b[2m"
	plain = "\x1b[0m"
)

// paint colours the mark that begins a line, and dims progress: a text of one line that ends in "…". It only adds:
// without the colour codes its result is text.
func paint(text string) string {
	lines := strings.Split(text, "\n")
	if len(lines) == 1 && strings.HasSuffix(text, "…") {
		return dim + text + plain
	}
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, "● "):
			lines[i] = green + "●" + plain + strings.TrimPrefix(line, "●")
		case strings.HasPrefix(line, "✗ "):
			lines[i] = red + "✗" + plain + strings.TrimPrefix(line, "✗")
		case strings.HasPrefix(line, "○ "):
			lines[i] = dim + "○" + plain + strings.TrimPrefix(line, "○")
		}
	}
	return strings.Join(lines, "\n")
}
