package graph

import (
	"fmt"
	"math"
	"strings"
)

// What a drawing of characters is at most.
const (
	textLines  = 14
	textMarks  = 12 // with a letter
	leastPlot  = 12 // columns; with fewer there is no plot, only words
	mostColumn = 400
)

// Text draws the graph with characters of a fixed width: at most 14 lines, none wider than so many columns, of which it
// wants 24 at least to draw anything. A stack is drawn with shades, a single line with blocks that fill what is below it,
// several lines with dots and a letter at the end of each. Marks are lines with a letter that is explained below.
func (g Graph) Text(columns int) string {
	columns = min(max(columns, 1), mostColumn)
	d := newDrawing(g.tidy(), columns)
	lines := []string{d.title()}
	if d.width >= leastPlot {
		lines = append(lines, d.plot()...)
	}
	lines = append(lines, d.legend(textLines-len(lines)-min(len(d.keys), 1))...)
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
	layers        []layer // with one column a character, or two
	dotted        bool    // drawn with braille: two columns and four rows a character
	empty         bool

	cells [][]rune // the plot, from the top
	under []rune   // the line below it
	keys  []string // what letters and shades mean
}

func newDrawing(g Graph, columns int) *drawing {
	d := &drawing{g: g, columns: columns}
	lines := 0
	for _, s := range g.Series {
		if !s.Thin {
			lines++
		}
	}
	lo, hi, ok := g.span(g.layers(columns))
	d.empty = !ok
	d.dotted = !(g.Stacked || lines == 1 && len(g.Series) == 1) || lo < 0
	d.values, d.height = textAxis(g.Unit, lo, hi)
	for _, v := range d.values.ticks {
		d.margin = max(d.margin, cellsOf(d.values.text(v)))
	}
	d.width = columns - d.margin - 2
	if d.dotted && lines > 1 {
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

// textAxis is one that begins and ends with a tick, and whose ticks fall between rows: there are no more than nine.
func textAxis(u Unit, lo, hi float64) (axis, int) {
	for least := (hi - lo) / 4; ; least *= 1.5 {
		a := newAxis(u, lo, hi, 4)
		a.step = u.step(least)
		first, last := math.Floor(lo/a.step+1e-9), math.Ceil(hi/a.step-1e-9)
		steps := int(min(max(last-first, 1), 100))
		if steps > 4 {
			continue
		}
		a.lo, a.hi, a.ticks = first*a.step, (first+float64(steps))*a.step, nil
		for i := range steps + 1 {
			a.ticks = append(a.ticks, (first+float64(i))*a.step)
		}
		a.label(u)
		return a, steps * []int{8, 4, 3, 2}[steps-1]
	}
}

func (d *drawing) draw() {
	switch {
	case d.dotted:
		d.dots()
	case d.g.Stacked && len(d.g.Series) > 1:
		d.shades()
	default:
		d.blocks()
	}
	for _, t := range d.g.Thresholds[:min(len(d.g.Thresholds), 4)] {
		if p := d.values.at(t.Value); p >= 0 && p <= 1 && !d.empty {
			row := d.cells[d.row(p)]
			for x := range d.width {
				if row[x] == ' ' {
					row[x] = '╌'
				}
			}
			d.keys = append(d.keys, "╌ "+clean(t.Label, maxLabel))
		}
	}
	d.bands()
	d.marks()
	if d.empty {
		text := []rune("no data")
		copy(d.cells[d.height/2][max((d.width-len(text))/2, 0):d.width], text)
	}
}

// row is that of a place on the axis, from the top.
func (d *drawing) row(place float64) int {
	return d.height - 1 - min(max(int(place*float64(d.height)), 0), d.height-1)
}

// blocks fills what is below the line, to an eighth of a character.
func (d *drawing) blocks() {
	for _, l := range d.layers {
		for x, c := range l.columns {
			if c.empty() {
				continue
			}
			eighths := int(math.Round(d.values.at(c.avg) * float64(d.height) * 8))
			if eighths == 0 {
				eighths = 1 // something was measured
			}
			for y := d.height - 1; y >= 0 && eighths > 0; y-- {
				d.cells[y][x] = []rune(" ▁▂▃▄▅▆▇█")[min(eighths, 8)]
				eighths -= 8
			}
		}
	}
}

// shades fills each layer of a stack with a shade of its own.
func (d *drawing) shades() {
	for i, l := range d.layers {
		if l.base == nil {
			continue
		}
		for x, c := range l.columns {
			if c.empty() {
				continue
			}
			bottom := math.Round(d.values.at(l.base[x]) * float64(d.height))
			top := math.Round(d.values.at(c.avg) * float64(d.height))
			for r := bottom; r < top; r++ {
				d.cells[d.height-1-int(min(max(r, 0), float64(d.height-1)))][x] = shade(i)
			}
		}
	}
}

// shade is that of the n-th layer: neighbours differ much.
func shade(n int) rune {
	shades := []rune("█▒░▓")
	if n < len(shades) {
		return shades[n]
	}
	return rune('A' + (n-len(shades))%26)
}

// dots draws lines with braille, and their letters to the right of their ends.
func (d *drawing) dots() {
	high := d.height * 4
	for i, l := range d.layers {
		last, end := -1, -1
		for x, c := range l.columns {
			if c.empty() {
				last = -1
				continue
			}
			y := min(max(int(d.values.at(c.avg)*float64(high)), 0), high-1)
			from := y
			if last >= 0 && !l.series.Thin {
				from = last + sign(y-last) // up or down to it, in its own column
			} else if l.series.Thin && x%2 == 1 {
				last = y
				continue
			}
			for at := from; ; at += sign(y - from) {
				d.dot(x, high-1-at)
				if at == y {
					break
				}
			}
			last, end = y, y
		}
		if end >= 0 && d.letters() {
			d.end(d.height-1-end/4, seriesLetter(i))
		}
	}
}

func sign(n int) int { return min(max(n, -1), 1) }

// dot sets one, counted from the upper left. Braille has eight a character
// (https://www.unicode.org/charts/PDF/U2800.pdf).
func (d *drawing) dot(x, y int) {
	cell := &d.cells[y/4][x/2]
	if *cell < 0x2800 || *cell > 0x28ff {
		*cell = 0x2800
	}
	bits := [4][2]rune{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}
	*cell |= bits[y%4][x%2]
}

// end puts a letter beside the end of a line, or as near as there is room.
func (d *drawing) end(row int, letter rune) {
	for away := range d.height {
		for _, y := range []int{row - away, row + away} {
			if y >= 0 && y < d.height && d.cells[y][d.width] == ' ' {
				d.cells[y][d.width] = letter
				return
			}
		}
	}
}

func (d *drawing) letters() bool { return d.dotted && len(d.g.Series) > 1 }

func seriesLetter(n int) rune { return rune('A' + n%26) }

// column is that of a moment.
func (d *drawing) column(part float64) int {
	return min(max(int(part*float64(d.width)), 0), d.width-1)
}

func (d *drawing) bands() {
	from, span := secondsOf(d.g.From), secondsOf(d.g.To)-secondsOf(d.g.From)
	for _, b := range d.g.bands() {
		first, last := d.column((secondsOf(b.From)-from)/span), d.column((secondsOf(b.To)-from)/span)
		for x := first; x <= last; x++ {
			d.under[x] = '━'
		}
		d.keys = append(d.keys, fmt.Sprintf("━ %s–%s %s", brief(b.From, span), brief(b.To, span), b.Label))
	}
}

// marks draws lines with a letter on top. Marks in one column share both.
func (d *drawing) marks() {
	from, span := secondsOf(d.g.From), secondsOf(d.g.To)-secondsOf(d.g.From)
	marks := d.g.marks()
	letter, left := 'a', 0
	for i := 0; i < len(marks); {
		x := d.column((secondsOf(marks[i].At) - from) / span)
		first := i
		for i < len(marks) && d.column((secondsOf(marks[i].At)-from)/span) == x {
			i++
		}
		if letter >= 'a'+textMarks {
			left += i - first
			d.under[x] = '┴'
			continue
		}
		for y := range d.height {
			d.cells[y][x] = '│'
		}
		d.cells[0][x] = letter
		d.under[x] = '┴'
		key := fmt.Sprintf("%c %s %s", letter, brief(marks[first].At, span), marks[first].Label)
		if i-first > 1 {
			key += fmt.Sprintf(" +%d", i-first-1)
		}
		d.keys = append(d.keys, key)
		letter++
	}
	if left > 0 {
		d.keys = append(d.keys, fmt.Sprintf("%d more", left))
	}
}
