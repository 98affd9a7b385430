package bot

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A Table holds the commands, in the order in which help lists them.
type Table []*Command

// Find returns the command that word names: by its name, or by the beginning of one name alone.
// may tells which commands the asker is allowed; the others are neither found by their beginning nor hinted at.
func (t Table) Find(word string, may func(*Command) bool) (*Command, error) {
	word = strings.ToLower(word)
	var begins []*Command
	var names []string
	for _, c := range t {
		if c.Name == word {
			return c, nil
		}
		if !may(c) {
			continue
		}
		names = append(names, c.Name)
		if strings.HasPrefix(c.Name, word) {
			begins = append(begins, c)
		}
	}
	switch len(begins) {
	case 1:
		return begins[0], nil
	case 0:
		if near := Nearest(word, names); near != "" {
			return nil, fmt.Errorf("no command %q; did you mean %q?", Clip(word, 40), near)
		}
		return nil, fmt.Errorf("no command %q; try: help", Clip(word, 40))
	}
	var list []string
	for _, c := range begins {
		list = append(list, c.Name)
	}
	return nil, fmt.Errorf("%q may be %s", Clip(word, 40), strings.Join(list, ", "))
}

// check finds what a programmer got wrong in the table.
func (t Table) check() error {
	seen := map[string]bool{}
	for _, c := range t {
		if c.Name == "" || c.Run == nil || c.Help == "" || c.Needs == 0 {
			return fmt.Errorf("command %q: a name, a help line, a role and something to run are needed", c.Name)
		}
		if seen[c.Name] {
			return fmt.Errorf("command %q is there twice", c.Name)
		}
		seen[c.Name] = true
		for _, sub := range c.Subs {
			if !strings.HasPrefix(sub.Name, c.Name+" ") {
				return fmt.Errorf("command %q: it stands below %q, and is not named so", sub.Name, c.Name)
			}
		}
		if err := c.Subs.check(); err != nil {
			return err
		}
	}
	return nil
}

// Nearest returns the candidate that is closest to a mistyped word, or "" if none is close: a third of its
// letters may be wrong, and one letter of a short word.
func Nearest(word string, candidates []string) string {
	best, least := "", max(1, utf8.RuneCountInString(word)/3)+1
	for _, c := range candidates {
		if d := distance(word, c); d < least {
			best, least = c, d
		}
	}
	return best
}

// distance counts the letters to insert, remove, replace or swap with their neighbour to make b of a
// (optimal string alignment).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 64 || len(y) > 64 {
		return max(len(x), len(y))
	}
	before, last := make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := range x {
		row := make([]int, len(y)+1)
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(y)]
}
