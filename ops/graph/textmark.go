package graph

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops"
)

// part is how much of the range a moment is into it, column the one it stands in.
func (d *drawing) part(t time.Time) float64 {
	from, to := secondsOf(d.g.From), secondsOf(d.g.To)
	return (secondsOf(t) - from) / (to - from)
}

func (d *drawing) column(t time.Time) int {
	return min(max(int(d.part(t)*float64(d.width)), 0), d.width-1)
}

// brief is a time as short as the range lets it be.
func (d *drawing) brief(t time.Time) string {
	return brief(t, secondsOf(d.g.To)-secondsOf(d.g.From))
}

// row is that of a place on the axis, from the top.
func (d *drawing) row(place float64) int {
	return d.height - 1 - min(max(int(place*float64(d.height)), 0), d.height-1)
}

func (d *drawing) thresholds() {
	for _, t := range d.g.Thresholds[:min(len(d.g.Thresholds), 4)] {
		if p := d.values.at(t.Value); d.empty || !(p >= 0 && p <= 1) {
			continue
		}
		row := d.cells[d.row(d.values.at(t.Value))]
		for x := range d.width {
			if row[x] == ' ' {
				row[x] = '╌'
			}
		}
		d.keys = append(d.keys, "╌ "+clean(t.Label, maxLabel))
	}
}

func (d *drawing) bands() {
	for _, b := range d.g.bands() {
		line := '━'
		if b.Planned {
			line = '┅'
		}
		for x := d.column(b.From); x <= d.column(b.To); x++ {
			d.under[x] = line
		}
		d.keys = append(d.keys, fmt.Sprintf("%c %s–%s %s", line, d.brief(b.From), d.brief(b.To), b.Label))
	}
}

// A note is all marks that say the same; they share a letter.
type note struct {
	label    string
	severity ops.Severity
	marks    []Mark
	letter   rune
}

// marks writes letters above the plot's columns, the gravest where there are several. As long as they are few, a line
// leads from each to the hours below.
func (d *drawing) marks() {
	notes := d.notes()
	letters := map[int]rune{} // by column
	for _, n := range slices.Backward(notes) {
		for _, m := range n.marks {
			letters[d.column(m.At)] = n.letter
		}
	}
	for x, letter := range letters {
		d.under[x] = '┴'
		if letter == 0 {
			continue
		}
		for y := 1; y < d.height && len(letters) <= max(d.width/10, 3); y++ {
			d.cells[y][x] = '│'
		}
		d.cells[0][x] = letter
	}
	for _, n := range notes {
		key := d.brief(n.marks[0].At) + " " + n.label
		if n.letter != 0 {
			key = string(n.letter) + " " + key
		}
		if len(n.marks) > 1 {
			key += fmt.Sprintf(" ×%d", len(n.marks))
		}
		d.keys = append(d.keys, strings.TrimSpace(key))
	}
}

// notes are the marks, gathered by what they say, the gravest first. The first few have letters, in the order of time.
func (d *drawing) notes() []*note {
	var all []*note
	for _, m := range d.g.marks() {
		at := slices.IndexFunc(all, func(n *note) bool { return n.label == m.Label && n.severity == m.Severity })
		if at < 0 {
			at = len(all)
			all = append(all, &note{label: m.Label, severity: m.Severity})
		}
		all[at].marks = append(all[at].marks, m)
	}
	slices.SortStableFunc(all, func(a, b *note) int { return cmp.Compare(b.severity, a.severity) })
	first := slices.Clone(all[:min(len(all), textMarks)])
	slices.SortStableFunc(first, func(a, b *note) int { return a.marks[0].At.Compare(b.marks[0].At) })
	for i, n := range first {
		n.letter = 'a' + rune(i)
	}
	return all
}
