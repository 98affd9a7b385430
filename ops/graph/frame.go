package graph

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// A frame says where everything of a picture stands, in pixels.
type frame struct {
	g             Graph
	face          *typeface
	width, height float64
	pad, line     float64 // around things; from one line of text to the next

	left, right, top, bottom float64 // of the plot
	title, when              string
	legend                   []entry
	legendTop                float64
	layers                   []layer
	empty                    bool // no values
	values                   axis
	times                    []moment
	tags                     []tag
}

// An entry is one of the legend.
type entry struct {
	x           float64
	row         int
	name, value string
	color       int // -1 for the one that says how many are missing
	thin        bool
}

// legendRows is how many rows a legend has at most.
const legendRows = 3

// newFrame lays out a graph with one column of data every so many pixels.
func newFrame(g Graph, face *typeface, width, height int, stride float64) *frame {
	f := &frame{g: g.tidy(), face: face, width: float64(width), height: float64(height)}
	f.line = math.Round(face.sizes[small] * 1.45)
	f.pad = math.Round(face.sizes[small] * 0.8)
	f.right = f.width - f.pad
	f.bottom = f.height - f.pad - f.line
	f.head()

	// The labels of the values decide how wide the plot is, and that a little what the values are: so twice.
	lo, hi, ok := f.g.span(f.g.layers(int(f.right * 0.95 / stride)))
	f.values = newAxis(f.g.Unit, lo, hi, int((f.bottom-f.top)/(2*f.line)))
	if f.empty = !ok; f.empty {
		f.values.ticks = nil
	}
	f.left = f.pad
	for _, v := range f.values.ticks {
		f.left = max(f.left, math.Ceil(1.5*f.pad+face.width(f.values.text(v), small)))
	}
	f.layers = f.g.layers(max(int((f.right-f.left)/stride), 1))

	f.times = moments(f.g.From, f.g.To, int((f.right-f.left)/(face.width("00:00", small)*1.7)))
	f.tag()
	return f
}

// tidy makes a graph harmless that came from anywhere: its title clean, its range a second long at least, and in the years
// 1 to 9999. A range that ends before it begins has no data.
func (g Graph) tidy() Graph {
	g.Title = clean(g.Title, maxTitle)
	first, last := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 1, 0, 0, 0, 0, time.UTC)
	if g.To.Before(g.From) {
		g.Series = slices.Clone(g.Series)
		for i := range g.Series {
			g.Series[i].Points = nil
		}
	}
	zone := g.From.Location()
	switch {
	case g.From.Before(first):
		g.From = first.In(zone)
	case g.From.After(last):
		g.From = last.In(zone)
	}
	switch least := g.From.Add(time.Second); {
	case g.To.Before(least):
		g.To = least
	case g.To.After(last):
		g.To = last
	}
	g.To = g.To.In(zone)
	return g
}

// head places the title, the range and the legend.
func (f *frame) head() {
	room := f.width - 2*f.pad
	f.when = f.face.fit(period(f.g.From, f.g.To), small, room*0.6)
	f.title = f.face.fit(f.g.Title, large, room-f.face.width(f.when, small)-2*f.pad)
	f.legendTop = math.Round(f.pad + f.face.sizes[large]*1.3)
	f.top = f.legendTop + f.pad
	thick, thin := 0, 0
	x, row := f.pad, 0
	for i, s := range f.g.Series {
		e := entry{name: f.face.fit(clean(s.Name, maxName), small, room*0.6), value: f.g.now(s), thin: s.Thin}
		if s.Thin {
			e.color = thin
			thin++
		} else {
			e.color = thick
			thick++
		}
		width := f.entryWidth(e)
		if x+width > f.right && x > f.pad {
			x, row = f.pad, row+1
		}
		if row == legendRows || i == maxSeries {
			last := &f.legend[len(f.legend)-1]
			last.name, last.value, last.color = fmt.Sprintf("and %d more", len(f.g.Series)-i+1), "", -1
			break
		}
		e.x, e.row = x, row
		f.legend = append(f.legend, e)
		x += width + 1.8*f.pad
	}
	if n := len(f.legend); n > 0 {
		f.top += f.line * float64(f.legend[n-1].row+1)
	}
}

func (f *frame) entryWidth(e entry) float64 {
	return f.swatch() + f.face.width(e.name+" "+e.value, small)
}

// swatch is how much of a legend's entry its colour takes, with the space behind it.
func (f *frame) swatch() float64 { return 1.6 * f.pad }

// now is the newest value of a series, and of when it is if that is not the end of the graph.
func (g Graph) now(s Series) string {
	p, ok := s.last(g.To)
	if !ok {
		return "–"
	}
	value := g.Unit.Format(p.Avg)
	span := secondsOf(g.To) - secondsOf(g.From)
	if secondsOf(g.To)-secondsOf(p.At) > max(span/50, 4*s.far()) {
		value += " at " + brief(p.At.In(g.From.Location()), span)
	}
	return value
}

// brief is a time as short as a graph of so many seconds lets it be.
func brief(t time.Time, span float64) string {
	switch {
	case span <= 36*3600:
		return t.Format("15:04")
	case span <= 8*86400:
		return t.Format("Mon 15:04")
	case span <= 300*86400:
		return t.Format("2 Jan")
	}
	return t.Format("2 Jan 2006")
}

// period says from when to when: "26 Nov 03:12 – 27 Nov 03:12 CET".
func period(from, to time.Time) string {
	layout := "2 Jan 15:04"
	if from.Year() != to.Year() || to.Sub(from) > 300*24*time.Hour {
		layout = "2 Jan 2006 15:04"
	}
	start, end := from.Format(layout), to.Format(layout)
	if to.Sub(from) > 60*24*time.Hour {
		return from.Format("2 Jan 2006") + " – " + to.Format("2 Jan 2006")
	}
	if from.YearDay() == to.YearDay() && from.Year() == to.Year() {
		end = to.Format("15:04")
	}
	a, b := from.Format("MST"), to.Format("MST")
	if a != b {
		start += " " + a
	}
	return start + " – " + end + " " + b
}

// x is where a time stands, y where a value does; what is outside the plot is put at its edge.
func (f *frame) x(t time.Time) float64 {
	from, to := secondsOf(f.g.From), secondsOf(f.g.To)
	return f.left + min(max((secondsOf(t)-from)/(to-from), 0), 1)*(f.right-f.left)
}

func (f *frame) y(v float64) float64 {
	return f.bottom - min(max(f.values.at(v), 0), 1)*(f.bottom-f.top)
}
