package graph

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/diaspote/vigie/ops"
)

const (
	maxTags  = 14  // labels of marks
	tagRows  = 3   // one above the other
	maxMarks = 400 // the gravest; a picture is not wide enough for more
)

// A tag is a mark, or where a band begins, and the place of its label above the plot. A mark whose label finds no place
// is a short stroke.
type tag struct {
	at       time.Time
	x        float64
	name     string
	severity ops.Severity
	band     bool // has no line of its own

	times  int  // how many of its like are told by its label
	merged bool // is told by another's label
	label  string
	shown  bool
	left   float64 // of the label
	width  float64
	row    int // from the plot upwards
}

// tag makes tags of marks and bands, and finds places for their labels.
func (f *frame) tag() {
	for _, b := range f.g.bands() {
		f.tags = append(f.tags, tag{at: b.From, x: f.x(b.From), name: b.Label, severity: b.Severity, band: true})
	}
	for _, m := range f.g.marks() {
		f.tags = append(f.tags, tag{at: m.At, x: math.Floor(f.x(m.At)) + 0.5, name: m.Label, severity: m.Severity})
	}
	f.merge()

	f.choose()
}

// choose shows as many labels as find a place, the gravest first, and makes room for their rows.
func (f *frame) choose() {
	var wanted []*tag
	for i := range f.tags {
		if t := &f.tags[i]; !t.merged && t.label != "" {
			wanted = append(wanted, t)
		}
	}
	slices.SortStableFunc(wanted, func(a, b *tag) int { return int(b.severity) - int(a.severity) })
	rows := min(tagRows, int(f.height/f.line/6))
	var shown []*tag // from right to left
	for _, t := range wanted[:min(len(wanted), 4*maxTags)] {
		at, _ := slices.BinarySearchFunc(shown, t, func(a, b *tag) int { return cmp.Compare(b.x, a.x) })
		if with := slices.Insert(slices.Clone(shown), at, t); len(shown) < maxTags && f.place(with, rows) {
			shown = with
		}
	}
	f.place(shown, rows)
	used := 0
	for _, t := range shown {
		t.shown = true
		used = max(used, t.row+1)
	}
	f.top += float64(used) * f.line
}

// place puts tags from right to left into as low a row as there is room in, and is false if there is none for one of them.
// A label stands to the right of its mark, so one that is put later, over others, has its mark to the left of theirs.
func (f *frame) place(tags []*tag, rows int) bool {
	for i, t := range tags {
		if !f.placeOne(t, tags[:i], rows) {
			return false
		}
	}
	return true
}

func (f *frame) placeOne(t *tag, others []*tag, rows int) bool {
	for _, crossing := range []bool{false, true} {
		for _, left := range []float64{t.x + f.pad/3, t.x - f.pad/3 - t.width} {
			for t.row = 0; t.row < rows; t.row++ {
				if t.left = left; f.fits(t, others, crossing) {
					return true
				}
			}
		}
	}
	return false
}

// merge gives each tag its label, and neighbours that say the same one for all of them.
func (f *frame) merge() {
	span := secondsOf(f.g.To) - secondsOf(f.g.From)
	for i := range f.tags {
		t := &f.tags[i]
		if t.merged {
			continue
		}
		t.times, t.label = 1, t.name
		if !t.band && span <= 36*3600 {
			t.label = t.at.Format("15:04") + " " + t.name
		}
		t.width = f.face.width(t.label, small)
		for j := i + 1; j < len(f.tags) && f.tags[j].x < t.x+t.width; j++ {
			if other := &f.tags[j]; !t.band && !other.band && other.name == t.name && other.severity == t.severity {
				other.merged = true
				t.times++
			}
		}
		if t.times > 1 {
			t.label += fmt.Sprintf(" ×%d", t.times)
			t.width = f.face.width(t.label, small)
		}
	}
}

// fits tells whether a label covers no other, and, unless that is allowed, is not crossed by the line that leads from another
// to the plot.
func (f *frame) fits(t *tag, others []*tag, crossing bool) bool {
	if t.left < f.pad/2 || t.left+t.width > f.width-f.pad/2 {
		return false
	}
	for _, o := range others {
		covers := o.row == t.row && t.left < o.left+o.width+f.pad && o.left < t.left+t.width+f.pad
		crosses := o.row > t.row && t.left-2 < o.x && o.x < t.left+t.width+2
		crossed := t.row > o.row && o.left-2 < t.x && t.x < o.left+o.width+2
		if covers || !crossing && (crosses || crossed) {
			return false
		}
	}
	return true
}

// marks are those in the range, clean, in order and at most maxMarks.
func (g Graph) marks() []Mark {
	var all []Mark
	for _, m := range g.Marks {
		if !m.At.Before(g.From) && !m.At.After(g.To) {
			all = append(all, m)
		}
	}
	slices.SortStableFunc(all, func(a, b Mark) int { return int(b.Severity) - int(a.Severity) })
	all = all[:min(len(all), maxMarks)]
	slices.SortStableFunc(all, func(a, b Mark) int { return a.At.Compare(b.At) })
	for i := range all {
		all[i].At = all[i].At.In(g.From.Location())
		all[i].Label = clean(all[i].Label, maxLabel)
	}
	return all
}

// bands are those that touch the range, cut to it, clean and at most maxMarks.
func (g Graph) bands() []Band {
	var all []Band
	for _, b := range g.Bands {
		if b.To.IsZero() || b.To.After(g.To) {
			b.To = g.To
		}
		if b.From.Before(g.From) {
			b.From = g.From
		}
		if b.To.After(b.From) && len(all) < maxMarks {
			b.From, b.To = b.From.In(g.From.Location()), b.To.In(g.From.Location())
			b.Label = clean(b.Label, maxLabel)
			all = append(all, b)
		}
	}
	return all
}
