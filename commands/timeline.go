package commands

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/ledger"
)

// passages are what happened, what was written and what people did, the oldest first.
func (p postmortem) passages() []passage {
	all := []passage{{p.i.Opened, "**The incident begins.**"}}
	for _, e := range p.events {
		text := bot.Mark(e.Severity, e.Resolved) + " " + markdown(e.Title, 160)
		if unit := short(e.Unit); unit != "" && !strings.Contains(e.Title, unit) {
			text += " · " + markdown(unit, 60)
		}
		if e.Silenced {
			text += ", silenced"
		}
		if e.Noted.Sub(e.At) > lateAfter {
			text += ", noted " + clock(e.Noted.In(p.now.Location()), e.At.In(p.now.Location()))
		}
		all = append(all, passage{e.At, text})
	}
	for _, u := range p.i.Updates {
		text := "Update, " + u.Status.String()
		if u.Person != "" {
			text += ", by " + markdown(u.Person, 60)
		}
		if u.Text != "" {
			text += ": " + markdownLines(u.Text, 1000)
		}
		all = append(all, passage{u.At, text})
	}
	for _, a := range p.alerts {
		if a.Acker != "" {
			all = append(all, passage{a.Acked, fmt.Sprintf("%s takes alert %d, %s", markdown(a.Acker, 60), a.ID, markdown(a.Event.Title, 100))})
		}
	}
	for _, a := range p.audits {
		text := markdown(a.Person, 60) + ": " + markdown(a.Line, 160)
		if a.Outcome != ledger.Done {
			text += ", " + string(a.Outcome)
		}
		if a.Took >= time.Second {
			text += ", after " + took(a.Took)
		}
		if a.Outcome == ledger.Failed {
			text += ": " + markdown(a.Detail, 160)
		}
		all = append(all, passage{a.At, text})
	}
	if !p.i.Open() {
		all = append(all, passage{p.i.Resolved, "**The incident ends.**"})
	}
	slices.SortStableFunc(all, func(a, b passage) int { return a.at.Truncate(time.Second).Compare(b.at.Truncate(time.Second)) })
	return all
}

// timeline is the passages by their days, to the second, in at most so many bytes: what is too much is left out of the middle.
func (p postmortem) timeline(most int) string {
	all := p.passages()
	lines := make([]string, len(all))
	day, size := "", 0
	for n, m := range all {
		at := m.at.In(p.now.Location())
		if d := at.Format("Monday 2 January 2006, MST"); d != day {
			if n > 0 {
				lines[n] = "\n"
			}
			day = d
			lines[n] += "### " + d + "\n\n"
		}
		lines[n] += "- " + at.Format("15:04:05") + " " + m.text
		size += len(lines[n]) + 1
	}
	first, last := len(lines), len(lines)
	for size > most && last-first < len(lines)-2 { // the last line to go is the middle one that is left
		if first == len(lines) {
			first = len(lines) / 2
			last = first
		}
		if first > len(lines)-last {
			first--
			size -= len(lines[first]) + 1
		} else {
			size -= len(lines[last]) + 1
			last++
		}
	}
	if first < last {
		lines = slices.Concat(lines[:first], []string{fmt.Sprintf("- … %d more are left out here: history", last-first)}, lines[last:])
	}
	return strings.Join(lines, "\n")
}
