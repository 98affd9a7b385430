package commands

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/incident"
)

// A planning is what a line says of a maintenance: all but the name in any order.
type planning struct {
	name         string
	starts, ends time.Time // zero for not said
	on           []int64
	touches      bool // on was said
	text         string
	anyway       bool // though it overlaps

	long time.Duration
	now  time.Time
}

// The words that a part of it begins with, in English and French.
var (
	forWords   = []string{"for", "pour", "pendant", "by"}
	untilWords = []string{"until", "till", "to", "jusqu'à", "jusqu’à", "jusqu'a", "à", "-", "–"}
	onWords    = []string{"on", "sur"}
)

var errNoStart = errors.New("say first when it begins, and then until when")

// parsePlan reads `"PostgreSQL 15 → 17" tomorrow 22:00 for 2h on diaspora,web "You cannot post meanwhile."`. A name without
// quotes ends where one of the others begins.
func parsePlan(args []string, now time.Time, components []incident.Component) (planning, error) {
	p := planning{now: now}
	if len(args) == 0 {
		return p, nil
	}
	rest := args[1:]
	if !strings.Contains(args[0], " ") {
		n, err := nameEnds(args, now, components)
		if err != nil {
			return p, err
		}
		rest = args[n:]
	}
	p.name = strings.Join(args[:len(args)-len(rest)], " ")
	return p, p.read(rest, components)
}

// nameEnds is how many words a name without quotes has.
func nameEnds(args []string, now time.Time, components []incident.Component) (int, error) {
	var vague error
	dated := 0
	for i := 1; i < len(args) && dated == 0; i++ {
		if slices.Contains(forWords, plain(args[i-1])) { // "for 2h" is not two o'clock
			continue
		}
		_, used, err := future(unranged(args[i:min(i+12, len(args))]), now)
		if d := (*dateError)(nil); errors.As(err, &d) && !d.vague {
			return 0, err
		}
		if err != nil && vague == nil {
			vague = err
		}
		if used > 0 {
			dated = i
		}
	}
	if dated == 0 && vague != nil {
		return 0, vague
	}
	for i := 1; i < len(args); i++ {
		p := planning{now: now}
		if i == dated || strings.Contains(args[i], " ") {
			return i, nil
		}
		if used, err := p.part(args[i:], components); used > 0 && err == nil || errors.Is(err, errNoStart) {
			return i, nil
		}
	}
	return len(args), nil
}

// unranged parts hours that were written as one word: "22:00-23:30".
func unranged(words []string) []string {
	var all []string
	for _, w := range words {
		for _, dash := range []string{"-", "–"} {
			from, to, cut := strings.Cut(plain(w), dash)
			_, begin := hour(from)
			if _, end := hour(to); cut && begin && (end || isMidnight(to)) {
				all = append(all, from, "until")
				w = to
			}
		}
		all = append(all, w)
	}
	return all
}

// read reads all that words say.
func (p *planning) read(words []string, components []incident.Component) error {
	for words = unranged(words); len(words) > 0; {
		used, err := p.part(words, components)
		if err != nil {
			return err
		}
		if used == 0 {
			if p.text != "" || !strings.Contains(words[0], " ") {
				return fmt.Errorf("%q is not understood; the text for visitors goes in quotes", bot.Clip(words[0], 40))
			}
			p.text, used = words[0], 1
		}
		words = words[used:]
	}
	switch {
	case p.long != 0 && !p.ends.IsZero():
		return errors.New("say how long it takes, or until when, and not both")
	case p.long != 0 && !p.starts.IsZero():
		p.ends = p.starts.Add(p.long)
	}
	return nil
}

// part reads one part from the beginning of words.
func (p *planning) part(words []string, components []incident.Component) (used int, err error) {
	first := plain(words[0])
	switch {
	case strings.Contains(words[0], " ") && !slices.Contains(onWords, first):
		return 0, nil
	case first == "anyway":
		p.anyway = true
		return 1, nil
	case slices.Contains(forWords, first):
		if long, n := spanWords(words[1:]); n > 0 {
			if long < time.Minute {
				return 0, fmt.Errorf("%q is too short", bot.Clip(strings.Join(words[1:1+n], " "), 40))
			}
			p.long = long
			return 1 + n, nil
		}
	}
	if p.starts.IsZero() {
		at, n, err := future(words, p.now)
		if n > 0 || err != nil {
			p.starts = at
			return n, err
		}
		if slices.Contains(untilWords, first) && len(words) > 1 {
			if _, n, _ := future(words[1:], p.now); n > 0 {
				return 0, errNoStart
			}
		}
	} else if slices.Contains(untilWords, first) {
		at, n, err := next(words[1:], p.now, p.starts)
		switch {
		case err != nil:
			return 0, fmt.Errorf("until: %w", err)
		case n == 0:
			return 0, fmt.Errorf("until when? For example: until %s", p.starts.Add(2*time.Hour).Format("15:04"))
		case !at.After(p.starts):
			return 0, fmt.Errorf("that ends before it begins: from %s to %s", full(p.starts), full(at))
		}
		p.ends = at
		return 1 + n, nil
	}
	if !slices.Contains(onWords, first) {
		return 0, nil
	}
	if len(words) == 1 {
		return 0, errors.New("on what? Name components, or nothing")
	}
	n := 2 // "on diaspora, web" is more words than "on diaspora,web"
	for n < len(words) && (strings.HasSuffix(words[n-1], ",") || strings.HasPrefix(words[n], ",")) {
		n++
	}
	if p.on, err = componentsNamed(components, strings.Join(words[1:n], " ")); err != nil {
		return 0, err
	}
	p.touches = true
	return n, nil
}
