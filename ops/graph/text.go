package graph

import (
	"math"
	"strings"
)

// What a drawing of characters is at most.
const (
	textLines   = 14
	textMarks   = 12 // letters
	leastPlot   = 12 // columns; with fewer there is no plot, only words
	mostColumns = 400
)

// Text draws the graph with characters of a fixed width: at most 14 lines, none wider than so many columns, of which it
// wants 24 at least to draw anything. A stack is drawn with shades, a single line with blocks that fill what is below it,
// several lines with dots and a letter at the end of each. What they are compared with is dashes. Marks are
// lines with a letter that is explained below.
func (g Graph) Text(columns int) string {
	columns = min(max(columns, 1), mostColumns)
	d := newDrawing(g.tidy(), columns)
	lines := []string{d.title()}
	if d.width >= leastPlot {
		lines = append(lines, d.plot()...)
	}
	left := textLines - len(lines)
	keys := wrap(d.keys, columns, left)
	lines = append(lines, d.legend(left-min(len(keys), left/2))...)
	lines = append(lines, wrap(d.keys, columns, textLines-len(lines))...)
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// A drawing is a graph in characters.
type drawing struct {
	g             Graph
	columns       int // of the whole
	width, height int // of the plot
	margin        int // of the values' labels
	values        axis
	labels        []string // of its ticks
	layers        []layer  // with one column a character, or two
	dotted        bool     // drawn with braille: two columns and four rows a character
	empty         bool
	thick         int // series that are not thin

	cells [][]rune // the plot, from the top
	under []rune   // the line below it
	keys  []string // what letters and shades mean
}

func newDrawing(g Graph, columns int) *drawing {
	d := &drawing{g: g, columns: columns}
	for _, s := range g.Series {
		if !s.Thin {
			d.thick++
		}
	}
	single := len(g.Series) == 1
	layers := g.layers(columns)
	if !single {
		for _, l := range layers {
			l.flatten() // dots and shades show no extremes
		}
	}
	lo, hi, ok := g.span(layers)
	d.empty = !ok
	d.dotted = !g.Stacked && !single || lo < 0
	d.values, d.height = textAxis(g.Unit, lo, hi, columns)
	d.labels = make([]string, len(d.values.ticks))
	for i, v := range d.values.ticks {
		if d.empty {
			break
		}
		d.labels[i] = d.values.text(v)
		d.margin = max(d.margin, cellsOf(d.labels[i]))
	}
	d.width = columns - d.margin - 2
	if d.letters() {
		d.width-- // for the letters at the end
	}
	if d.width < leastPlot {
		return d
	}
	per := 1
	if d.dotted {
		per = 2
	}
	d.layers = g.layers(d.width * per)
	d.cells = make([][]rune, d.height)
	for y := range d.cells {
		d.cells[y] = []rune(strings.Repeat(" ", d.width+1))
	}
	d.under = []rune(strings.Repeat("─", d.width))
	d.draw()
	return d
}

// textAxis is one that begins and ends with a tick, and whose ticks fall between rows. There are up to nine, or six where lines
// are short and the words below need more of them.
func textAxis(u Unit, lo, hi float64, columns int) (axis, int) {
	rows := []int{8, 4, 3, 2} // a step, by the number of steps
	if columns < 72 {
		rows = []int{6, 3, 2}
	}
	for least := (hi - lo) / float64(len(rows)); ; least *= 1.5 {
		a := newAxis(u, lo, hi, 4)
		a.step = u.step(least)
		first, last := math.Floor(lo/a.step+1e-9), math.Ceil(hi/a.step-1e-9)
		steps := int(min(max(last-first, 1), 100))
		if steps > len(rows) {
			continue
		}
		a.lo, a.hi, a.ticks = first*a.step, (first+float64(steps))*a.step, nil
		for i := range steps + 1 {
			a.ticks = append(a.ticks, (first+float64(i))*a.step)
		}
		a.label(u)
		return a, steps * rows[steps-1]
	}
}
