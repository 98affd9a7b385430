package graph

import (
	"cmp"
	"math"
	"slices"
)

// paint paints a graph, from what lies below to what lies above.
func (f *frame) paint(c canvas) {
	c.rect(0, 0, f.width, f.height, ground())
	for _, b := range f.g.bands() {
		c.group(b.Label + " " + period(b.From, b.To))
		left, right := f.x(b.From), max(f.x(b.To), f.x(b.From)+1)
		if b.Planned {
			c.rect(left, f.top, right, f.bottom, fade(plannedInk(), 48))
			c.rect(left, f.top, right, f.top+3, plannedInk())
		} else {
			c.rect(left, f.top, right, f.bottom, fade(severityInk(b.Severity), 36))
		}
		c.end()
	}
	for i, l := range f.layers {
		if l.base != nil {
			c.group(f.hover(i))
			c.area(f.stack(l), fade(seriesInk(l.color), 190))
			c.end()
		} else if !l.series.Thin && !l.flat() {
			c.area(f.envelope(l), fade(seriesInk(l.color), 80))
		}
	}
	f.grid(c)
	for i, l := range f.layers {
		c.group(f.hover(i))
		switch runs := f.runs(l, func(i int) float64 { return l.columns[i].avg }); {
		case l.series.Thin:
			c.lines(runs, 1, f.g.thinInk(l.color))
		case l.base != nil:
			c.lines(f.edge(l), 1, seriesInk(l.color))
		default:
			c.lines(runs, 1.8, seriesInk(l.color))
		}
		c.end()
	}
	f.thresholds(c)
	f.marks(c)
	f.labels(c)
}

// hover is what is said of a series to who points at it.
func (f *frame) hover(i int) string {
	s := f.layers[i].series
	return clean(s.Name, maxName) + ": " + f.g.now(s)
}

// columnX is the middle of a column.
func (f *frame) columnX(i, n int) float64 {
	return f.left + (float64(i)+0.5)*(f.right-f.left)/float64(n)
}

// spans are the stretches of columns without a gap, each from its first column to before end.
func (l layer) spans() (all [][2]int) {
	for i := 0; i < len(l.columns); i++ {
		if l.columns[i].empty() {
			continue
		}
		first := i
		for i < len(l.columns) && !l.columns[i].empty() {
			i++
		}
		all = append(all, [2]int{first, i})
	}
	return all
}

// runs are the lines through a value of each column. A column between two gaps is a line as short as itself.
func (f *frame) runs(l layer, value func(i int) float64) [][]point {
	var all [][]point
	n := len(l.columns)
	for _, s := range l.spans() {
		run := make([]point, 0, s[1]-s[0]+2)
		for i := s[0]; i < s[1]; i++ {
			run = append(run, point{f.columnX(i, n), f.y(value(i))})
		}
		if len(run) == 1 {
			run = []point{{run[0].x - 1, run[0].y}, {run[0].x + 1, run[0].y}}
		}
		all = append(all, run)
	}
	return all
}

// stack is what a layer of a stack covers, envelope what lies between the extremes of a line.
func (f *frame) stack(l layer) [][]point {
	return f.between(l, func(i int) float64 { return l.columns[i].avg }, func(i int) float64 { return l.base[i] })
}

func (f *frame) envelope(l layer) [][]point {
	return f.between(l, func(i int) float64 { return l.columns[i].max }, func(i int) float64 { return l.columns[i].min })
}

// edge is the upper end of a layer of a stack, where it can be told from what it lies on.
func (f *frame) edge(l layer) [][]point {
	l.columns = slices.Clone(l.columns)
	for i, c := range l.columns {
		if l.base[i] > 0 && math.Abs(f.y(l.base[i])-f.y(c.avg)) < 0.5 {
			l.columns[i] = column{min: math.NaN(), avg: math.NaN(), max: math.NaN()}
		}
	}
	return f.runs(l, func(i int) float64 { return l.columns[i].avg })
}

func (f *frame) between(l layer, upper, lower func(i int) float64) [][]point {
	shapes, back := f.runs(l, upper), f.runs(l, lower)
	for i := range shapes {
		for j := len(back[i]) - 1; j >= 0; j-- {
			shapes[i] = append(shapes[i], back[i][j])
		}
	}
	return shapes
}

// grid paints the round values and hours, and their labels.
func (f *frame) grid(c canvas) {
	lift := f.face.sizes[small] * 0.35
	for _, v := range f.values.ticks {
		y := math.Round(f.y(v))
		ink := gridInk()
		if v == 0 {
			ink = fade(plain(), 140)
		}
		c.rect(f.left, y, f.right, y+1, ink)
		text := f.values.text(v)
		c.text(point{f.left - f.pad/2 - f.face.width(text, small), y + lift}, text, small, plain())
	}
	end := 0.0
	for _, m := range f.times {
		x := math.Floor(f.x(m.at))
		c.rect(x, f.top, x+1, f.bottom, gridInk())
		width := f.face.width(m.label, small)
		left := x - width/2
		if left < max(end, f.pad/2) || left+width > f.width-f.pad/2 {
			continue
		}
		ink := plain()
		if m.day {
			ink = bright()
		}
		c.text(point{left, f.bottom + f.line}, m.label, small, ink)
		end = left + width + f.pad
	}
}

// thresholds paints lines along the plot. Their labels stand on them at the right, and go left where others are in the way.
func (f *frame) thresholds(c canvas) {
	type place struct{ left, right, baseline float64 }
	var taken []place
	for _, t := range f.tags {
		if t.shown && t.row == 0 {
			taken = append(taken, place{t.left, t.left + t.width, f.tagBaseline(t)})
		}
	}
	slices.SortFunc(taken, func(a, b place) int { return cmp.Compare(b.left, a.left) }) // from right to left
	for _, t := range f.g.Thresholds[:min(len(f.g.Thresholds), 8)] {
		if p := f.values.at(t.Value); f.empty || !(p >= 0 && p <= 1) {
			continue
		}
		y := math.Floor(f.y(t.Value)) + 0.5
		ink := severityInk(t.Severity)
		c.dashes(point{f.left, y}, point{f.right, y}, ink)
		text := f.face.fit(clean(t.Label, maxLabel), small, (f.right-f.left)/3)
		width := f.face.width(text, small)
		at := point{f.right - width - f.pad/3, y - f.pad/3}
		for _, o := range taken {
			if at.x < o.right+f.pad && o.left < at.x+width && math.Abs(at.y-o.baseline) < f.line {
				at.x = max(o.left-width-f.pad, f.left)
			}
		}
		f.plate(c, at, width, text, ink)
		taken = append(taken, place{at.x, at.x + width, at.y})
	}
}

func (f *frame) tagBaseline(t tag) float64 { return f.top - (float64(t.row)+0.3)*f.line }

// marks paints all lines before the first label: they pass behind.
func (f *frame) marks(c canvas) {
	for _, t := range f.tags {
		if t.band {
			continue
		}
		c.group(t.at.Format("2 Jan 15:04:05 ") + t.name)
		switch ink := severityInk(t.severity); {
		case t.shown:
			c.dashes(point{t.x, f.top - float64(t.row+1)*f.line}, point{t.x, f.bottom}, ink)
		case t.merged:
			c.dashes(point{t.x, f.top}, point{t.x, f.bottom}, fade(ink, 110))
		default:
			c.rect(t.x-0.5, f.top-f.pad/2, t.x+0.5, f.top+f.pad/2, ink)
		}
		c.end()
	}
	for _, t := range f.tags {
		if t.shown {
			f.plate(c, point{t.left, f.tagBaseline(t)}, t.width, t.label, severityInk(t.severity))
		}
	}
}

// plate is a text with the ground behind it, for places where lines are.
func (f *frame) plate(c canvas, at point, width float64, s string, ink ink) {
	if s == "" {
		return
	}
	size := f.face.sizes[small]
	c.rect(at.x-2, at.y-size*0.9, at.x+width+2, at.y+size*0.3, fade(ground(), 200))
	c.text(at, s, small, ink)
}

// labels paints what stands around the plot.
func (f *frame) labels(c canvas) {
	base := f.pad + f.face.sizes[large]*0.8
	c.text(point{f.pad, base}, f.title, large, bright())
	c.text(point{f.right - f.face.width(f.when, small), base}, f.when, small, faint())
	for _, e := range f.legend {
		y := f.legendTop + float64(e.row)*f.line + f.line*0.7
		if e.color < 0 {
			c.text(point{e.x, y}, e.name, small, faint())
			continue
		}
		thick, ink := f.pad, seriesInk(e.color)
		if e.thin {
			thick, ink = 2, f.g.thinInk(e.color)
		}
		middle := y - f.face.sizes[small]*0.35
		c.rect(e.x, math.Round(middle-thick/2), e.x+1.2*f.pad, math.Round(middle+thick/2), ink)
		x := e.x + f.swatch()
		c.text(point{x, y}, e.name, small, plain())
		c.text(point{x + f.face.width(e.name+" ", small), y}, e.value, small, bright())
	}
	if f.empty {
		text := "no data"
		c.text(point{(f.left + f.right - f.face.width(text, large)) / 2, (f.top + f.bottom) / 2}, text, large, faint())
	}
}
