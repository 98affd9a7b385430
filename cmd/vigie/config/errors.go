package config

import (
	"fmt"
	"strings"

	"github.com/diaspote/vigie/bot"
)

// An Error is one thing that is wrong with a config file.
type Error struct {
	File string // as it was given to Load
	Line int    // from 1; 0 if it is the file as a whole
	Text string // what is wrong
	Hint string // what to do about it; "" if Text says it
}

// Error is the one line that an editor can jump to: "vigie.toml:12: unknown key …; did you mean …?"
func (e Error) Error() string {
	text := e.Text
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	text = bot.Clip(text, 500) // a key may hold anything, once quoted
	if e.Line == 0 {
		return e.File + ": " + text
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, text)
}

// Errors is everything that is wrong with a config file, in the order of its lines.
type Errors []Error

// Error is one line for each.
func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// didYouMean is the hint for a word that is none of those that are known.
func didYouMean(word string, known []string) string {
	if near := bot.Nearest(strings.ToLower(word), known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "known are " + strings.Join(known, ", ")
}
