package bot

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// digestLines is how many alerts a digest names, the worst of them.
const digestLines = 15

// digestFew is how many of them it tells more of than the headline: the first line, so many runes of it.
const (
	digestFew  = 6
	digestText = 160
)

// A digest is one post instead of many: what piled up while a chat was gone, or came in faster than people read.
type digest struct {
	made        time.Time
	first, last time.Time
	alerts      map[int64]tally // all that are in it
	only        ledger.Debt     // in whole, while there is no other
	worst       []digestLine    // those that are named
	waited      int             // how many of what came waited for the end of the quiet hours
	again       int             // how many were told before, and nobody took them
}

// A tally is what is counted of an alert.
type tally struct {
	severity ops.Severity
	over     bool
}

type digestLine struct {
	tally
	alert int64
	event ops.Event
	first time.Time
	times int
}

// add takes an alert that is owed into the digest, or what it has become if it is in it.
func (d *digest) add(owed ledger.Debt, waited bool) {
	a := owed.Alert
	if waited {
		d.waited++
	}
	if owed.Fresh && a.Acker == "" && !a.Event.Resolved {
		d.again++
	}
	if d.first.IsZero() || a.First.Before(d.first) {
		d.first = a.First
	}
	for _, at := range []time.Time{a.Last, a.Event.At} { // an end comes after the last time
		if at.After(d.last) {
			d.last = at
		}
	}
	line := digestLine{tally{a.Severity, a.Event.Resolved}, a.ID, a.Event, a.First, a.Count}
	first, _, _ := strings.Cut(a.Event.Text, "\n") // the rest is not shown, and may be long
	line.event.Text, line.event.Details = strings.Clone(Clip(first, digestText)), nil
	d.alerts[a.ID] = line.tally
	d.only = ledger.Debt{}
	if len(d.alerts) == 1 {
		d.only = owed
	}
	d.worst = slices.DeleteFunc(d.worst, func(l digestLine) bool { return l.alert == a.ID })
	i, _ := slices.BinarySearchFunc(d.worst, line, func(a, b digestLine) int {
		if before(a, b) {
			return -1
		}
		return 1
	})
	d.worst = slices.Insert(d.worst, i, line)
	d.worst = d.worst[:min(len(d.worst), digestLines)]
}

// before puts what is worse first, then what lasts, then what is older.
func before(a, b digestLine) bool {
	if a.severity != b.severity {
		return a.severity > b.severity
	}
	if a.over != b.over {
		return b.over
	}
	return a.event.At.Before(b.event.At)
}

// clone is a digest that can take more while the first still stands.
func (d *digest) clone() digest {
	more := *d
	more.alerts, more.worst = maps.Clone(d.alerts), slices.Clone(d.worst)
	return more
}

// text is the digest as a room reads it. away says that the room could not be reached.
func (d *digest) text(away bool, now time.Time) string {
	if len(d.alerts) == 1 { // more may follow, and then this post becomes a digest
		return alertPost(d.only.Alert, now, d.only.Fresh).Text
	}
	why := "in a short time"
	switch {
	case d.waited == len(d.alerts):
		why = "in the quiet hours"
	case d.again == len(d.alerts):
		why = "that nobody took yet"
	case away:
		why = "while I could not post here"
	}
	count, over := map[ops.Severity]int{}, 0
	for _, one := range d.alerts {
		count[one.severity]++
		if one.over {
			over++
		}
	}
	var counts []string
	for s := ops.Critical; s >= ops.Info; s-- {
		if count[s] > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", count[s], s))
		}
	}
	if over > 0 {
		counts = append(counts, fmt.Sprintf("%d over by now", over))
	}
	var b strings.Builder
	when := hour(d.first, now)
	if last := hour(d.last, now); last != when {
		when += " to " + last
	}
	fmt.Fprintf(&b, "▲ %d alerts %s, %s: %s", len(d.alerts), why, when, strings.Join(counts, ", "))
	for _, line := range d.worst {
		b.WriteString("\n" + headline(line.event, now))
		if line.times > 1 {
			fmt.Fprintf(&b, " ×%d", line.times)
		}
		if line.over {
			b.WriteString(" · it lasted " + Span(line.event.At.Sub(line.first)))
		}
		if line.event.Text != "" && len(d.alerts) <= digestFew {
			b.WriteString("\n  " + line.event.Text)
		}
	}
	if more := len(d.alerts) - len(d.worst); more > 0 {
		fmt.Fprintf(&b, "\n… and %d more; all of them: history", more)
	}
	return b.String()
}
