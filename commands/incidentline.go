package commands

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/incident"
)

// An opening is what a line says of a new incident.
type opening struct {
	name   string
	text   string // of its first update, "" for none
	on     []int64
	onSaid bool // which components it touches, be it none
	impact incident.Impact
	draft  bool
}

var impacts = map[string]incident.Impact{"minor": incident.Minor, "major": incident.Major, "critical": incident.Critical}

// parseOpening reads `"NAME" ["TEXT"] [on COMPONENTS] [minor|major|critical] [draft]`. A name in quotes is what is in the quotes. Without,
// it is all of the line but what stands at its end in the order that it likes: the first word is always the name's.
func parseOpening(args []string, all []incident.Component) (o opening, err error) {
	if len(args) == 0 {
		return o, nil
	}
	quoted := spaced(args[0]) || len(args) > 1 && spaced(args[1])
	rest, visible := args, false
	for cut := true; cut && len(rest) > 1; {
		last := len(rest) - 1
		word := strings.ToLower(rest[last])
		impact := impacts[word]
		switch {
		case impact != 0 && o.impact == 0:
			o.impact, rest = impact, rest[:last]
		case word == "draft" && !o.draft && !visible:
			o.draft, rest = true, rest[:last]
		case word == "public" && !o.draft && !visible:
			visible, rest = true, rest[:last]
		case o.onSaid:
			cut = false
		default:
			at := lastOn(rest)
			if cut = at > 0; !cut {
				break
			}
			words := rest[at+1:]
			ids, err := componentsIn(words, all)
			switch {
			case err == nil:
				o.on, o.onSaid, rest = ids, true, rest[:at]
			case quoted:
				return o, err
			case len(words) == 1:
				return o, fmt.Errorf("%w\nIf that is part of the name, put the name into quotes", err)
			default:
				cut = false // "slow on old phones"
			}
		}
	}
	if quoted && len(rest) == 2 {
		o.text, rest = rest[1], rest[:1]
	}
	if quoted && len(rest) > 1 {
		return o, fmt.Errorf("%q is not understood there; it goes: incident open %s", bot.Clip(strings.Join(rest[1:], " "), 40), openUsage)
	}
	o.name = strings.TrimSpace(strings.Join(rest, " "))
	if n := utf8.RuneCountInString(o.name); n > incident.MostName {
		return o, fmt.Errorf("the name has %d characters; it may have %d", n, incident.MostName)
	}
	return o, nil
}

const openUsage = `"NAME" ["TEXT"] [on COMPONENTS] [minor|major|critical] [draft]`

// line is the whole line of an opening. Names with a comma go by their number.
func (o *opening) line(all []incident.Component) (string, error) {
	words := []string{"incident", "open", o.name}
	if o.text != "" {
		words = append(words, o.text)
	}
	if o.onSaid {
		words = append(words, "on", componentWords(o.on, all))
	}
	if o.impact != 0 {
		words = append(words, o.impact.String())
	}
	if o.draft {
		words = append(words, "draft")
	}
	return bot.Line(words...)
}

// componentsIn are the components that words name, with commas, blanks or "and" between them.
func componentsIn(words []string, all []incident.Component) ([]int64, error) {
	words = strings.Fields(strings.Join(words, " "))
	ids, err := componentsNamed(all, strings.Join(words, " "))
	for i, w := range words {
		if slices.Contains([]string{"and", "&", "et"}, strings.ToLower(w)) {
			words[i] = ","
		}
	}
	for _, between := range []string{" ", ","} {
		if err != nil {
			if more, err := componentsNamed(all, strings.Join(words, between)); err == nil {
				return more, nil
			}
		}
	}
	return ids, err
}

// componentWords names components so that componentsNamed finds them again.
func componentWords(ids []int64, all []incident.Component) string {
	if len(ids) == 0 {
		return nothingNamed[0]
	}
	var words []string
	for _, id := range ids {
		word := fmt.Sprint("#", id)
		for _, c := range all {
			if found, err := componentNamed(all, c.Name); c.ID == id && err == nil && found.ID == id && !strings.Contains(c.Name, ",") {
				word = c.Name
			}
		}
		words = append(words, word)
	}
	return strings.Join(words, ",")
}

// spaced tells whether a word was in quotes for sure.
func spaced(word string) bool { return strings.ContainsFunc(word, unicode.IsSpace) }

// lastOn is where the last "on" stands that something follows, -1 for none.
func lastOn(words []string) int {
	for i := len(words) - 2; i >= 0; i-- {
		if strings.EqualFold(words[i], "on") {
			return i
		}
	}
	return -1
}

// statuses are how people say how far they are.
var statuses = map[string]incident.Status{
	"investigating": incident.Investigating, "identified": incident.Identified, "watching": incident.Watching, "monitoring": incident.Watching,
	"fixed": incident.Fixed, "resolved": incident.Fixed,
}

// parseUpdate reads `"TEXT" [STATUS]`. The last word is the status only if it cannot be part of the sentence: it stands alone,
// behind quotes, or behind a full stop, a comma or the like. Otherwise it stays in the text, changes nothing, and held is true.
func parseUpdate(words []string) (text string, status incident.Status, held bool) {
	if len(words) == 0 {
		return "", 0, false
	}
	last := len(words) - 1
	status = statuses[strings.ToLower(words[last])]
	text = strings.TrimSpace(strings.Join(words, " "))
	switch {
	case status == 0:
		return text, 0, false
	case last == 0, last == 1 && spaced(words[0]), last > 0 && endsSentence(words[last-1]):
		return strings.TrimSpace(strings.Join(words[:last], " ")), status, false
	}
	return text, 0, true
}

func endsSentence(word string) bool {
	r, _ := utf8.DecodeLastRuneInString(word)
	return strings.ContainsRune(".!?…,;:–—-·", r)
}

// incidentNumber reads a number that a line begins with, with or without #.
func incidentNumber(words []string) (id int64, ok bool) {
	if len(words) == 0 {
		return 0, false
	}
	id, err := strconv.ParseInt(strings.TrimPrefix(words[0], "#"), 10, 64)
	return id, err == nil && id > 0 && !strings.HasPrefix(words[0], "+")
}

// parseMerge reads "N M", "M into N" and "N with M": M becomes part of N. What is not said is 0.
func parseMerge(words []string) (into, id int64, err error) {
	var numbers []int64
	turned := false
	for i, w := range words {
		n, ok := incidentNumber(words[i:])
		switch {
		case ok:
			numbers = append(numbers, n)
		case i == 1 && strings.EqualFold(w, "into"):
			turned = true
		case i == 1 && slices.Contains([]string{"with", "and"}, strings.ToLower(w)):
		default:
			return 0, 0, fmt.Errorf("%q is no number of an incident; it goes: incident merge N M", bot.Clip(w, 40))
		}
	}
	switch len(numbers) {
	case 0:
		return 0, 0, nil
	case 1:
		return numbers[0], 0, nil
	case 2:
		if turned {
			return numbers[1], numbers[0], nil
		}
		return numbers[0], numbers[1], nil
	}
	return 0, 0, fmt.Errorf("two incidents at a time, please; it goes: incident merge N M")
}
