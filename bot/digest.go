package bot

import (
	"fmt"
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
	count       [ops.Critical + 1]int // by severity
	over        int                   // resolved meanwhile
	worst       []digestLine
}

type digestLine struct {
	severity ops.Severity
	over     bool
	at       time.Time
	alert    int64
	event    ops.Event
	times    int
}

// add takes an alert into the digest.
func (d *digest) add(a *ledger.Alert) {
	if d.first.IsZero() || a.First.Before(d.first) {
		d.first = a.First
	}
	if a.Last.After(d.last) {
		d.last = a.Last
	}
	d.count[min(max(a.Severity, ops.Info), ops.Critical)]++
	if a.Event.Resolved {
		d.over++
	}
	line := digestLine{a.Severity, a.Event.Resolved, a.Event.At, a.ID, a.Event, a.Count}
	first, _, _ := strings.Cut(line.event.Text, "\n") // the rest is not shown, and may be long
	line.event.Text, line.event.Details = strings.Clone(Clip(first, digestText)), nil
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
	return a.at.Before(b.at)
}

// clone is a digest that can take more while the first still stands.
func (d *digest) clone() digest {
	more := *d
	more.worst = slices.Clone(d.worst)
	return more
}

func (d *digest) total() int { return d.count[ops.Info] + d.count[ops.Warning] + d.count[ops.Critical] }

// text is the digest as a room reads it. away says that the room could not be reached.
func (d *digest) text(away bool, now time.Time) string {
	if d.total() == 1 { // more may follow, and then this post becomes a digest
		return AlertText(d.worst[0].event, now)
	}
	why := "in a short time"
	if away {
		why = "while I could not post here"
	}
	var counts []string
	for s := ops.Critical; s >= ops.Info; s-- {
		if d.count[s] > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", d.count[s], s))
		}
	}
	if d.over > 0 {
		counts = append(counts, fmt.Sprintf("%d over by now", d.over))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "▲ %d alerts %s, %s to %s: %s", d.total(), why, hour(d.first, now), hour(d.last, now), strings.Join(counts, ", "))
	for _, line := range d.worst {
		b.WriteString("\n" + headline(line.event, now))
		if line.times > 1 {
			fmt.Fprintf(&b, " ×%d", line.times)
		}
		if line.event.Text != "" && d.total() <= digestFew {
			b.WriteString("\n  " + line.event.Text)
		}
	}
	if more := d.total() - len(d.worst); more > 0 {
		fmt.Fprintf(&b, "\n… and %d more; all of them: history", more)
	}
	return b.String()
}
