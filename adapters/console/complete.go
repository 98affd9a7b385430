package console

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/diaspote/vigie/bot"
)

// special handles the keys that the line editor leaves to others: Tab and Ctrl-C. It returns the line and the cursor's place
// in it, in bytes, and false if the key is an ordinary one.
func (c *Chat) special(keys *keys, line string, pos int, key rune) (string, int, bool) {
	switch key {
	case interrupt:
		keys.ending = line == ""
		return "", 0, true
	case '\t':
		if c.opts.Complete == nil {
			return line, pos, true
		}
		prefix, rest := line[:pos], line[pos:]
		longer, choices := complete(prefix, c.opts.Complete(prefix))
		if len(choices) > 1 && longer == prefix {
			c.notice("%s", strings.Join(choices, "  "))
		}
		return longer + rest, len(longer), true
	}
	return "", 0, false
}

// complete returns prefix made longer as far as all choices agree, with a space if there is just one, and
// those choices that do begin with prefix.
func complete(prefix string, choices []string) (longer string, fitting []string) {
	for _, choice := range choices {
		if strings.HasPrefix(choice, prefix) && choice == bot.Clean(choice) {
			fitting = append(fitting, choice)
		}
	}
	slices.Sort(fitting)
	fitting = slices.Compact(fitting)
	switch len(fitting) {
	case 0:
		return prefix, nil
	case 1:
		return fitting[0] + " ", fitting
	}
	first, last := fitting[0], fitting[len(fitting)-1] // sorted: what these two share, all share
	n := 0
	for n < len(first) && n < len(last) && first[n] == last[n] {
		n++
	}
	for n > len(prefix) && n < len(first) && !utf8.RuneStart(first[n]) {
		n--
	}
	return first[:n], fitting
}
