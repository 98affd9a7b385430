package graph

import (
	"math"
	"slices"
	"time"
)

// A column is what a series was while one column of the picture lasts; NaN where it was not.
type column struct{ min, avg, max float64 }

var gap = column{math.NaN(), math.NaN(), math.NaN()}

func (c column) empty() bool { return math.IsNaN(c.avg) }

// columns reduces a series to n columns over from to to. Several points in one column become their least, mean
// and greatest; columns between two points that are no more than a step apart are interpolated.
func columns(s Series, from, to time.Time, n int) []column {
	all := make([]column, n)
	for i := range all {
		all[i] = gap
	}
	counts := make([]int32, n)
	start := secondsOf(from)
	width := (secondsOf(to) - start) / float64(n) // seconds a column
	far := s.far()                                // columns that a line goes without a point
	far = max(far/width, 1.01)

	var last column
	lastX := math.Inf(-1) // in columns; where there is none, too far away
	for _, p := range s.Points {
		c, ok := p.column()
		if !ok {
			continue
		}
		x := (secondsOf(p.At) - start) / width
		if d := x - lastX; d > 0 && d <= far {
			bridge(all, lastX, x, last, c)
		}
		if i := math.Floor(x); i >= 0 && i < float64(n) {
			add(&all[int(i)], c, &counts[int(i)])
		}
		last, lastX = c, x
	}
	for i, count := range counts {
		if count > 1 {
			all[i].avg /= float64(count)
		}
	}
	return all
}

// add counts a point in; the average is a sum until all are.
func add(to *column, c column, count *int32) {
	if *count++; *count == 1 {
		*to = c
		return
	}
	to.min, to.max = min(to.min, c.min), max(to.max, c.max)
	to.avg += c.avg
}

// bridge interpolates between points a and b, which are at x0 and x1, in the columns between theirs.
func bridge(all []column, x0, x1 float64, a, b column) {
	first, end := max(math.Floor(x0)+1, 0), min(math.Floor(x1), float64(len(all)))
	for i := first; i < end; i++ {
		part := (i + 0.5 - x0) / (x1 - x0)
		between := func(a, b float64) float64 { return a*(1-part) + b*part }
		all[int(i)] = column{between(a.min, b.min), between(a.avg, b.avg), between(a.max, b.max)}
	}
}

// column is the point as one, or false if it is a gap.
func (p Point) column() (column, bool) {
	if !finite(p.Avg) {
		return gap, false
	}
	c := column{p.Avg, p.Avg, p.Avg}
	if finite(p.Min) {
		c.min = min(p.Min, p.Avg)
	}
	if finite(p.Max) {
		c.max = max(p.Max, p.Avg)
	}
	return c, true
}

// far is how many seconds apart two points may be with a line between: not quite two steps, so that one missing point
// is a gap, and a late one is not.
func (s Series) far() float64 {
	if s.Step > 0 {
		return 1.9 * s.Step.Seconds()
	}
	// The median of some distances, for a step is what most points keep.
	distances := make([]float64, 0, 128)
	last := math.NaN()
	for i, p := range s.Points {
		if !finite(p.Avg) {
			continue
		}
		at := secondsOf(p.At)
		if d := at - last; d > 0 && (len(distances) < 64 || i%(len(s.Points)/64) == 0) {
			distances = append(distances, d)
		}
		last = at
	}
	if len(distances) == 0 {
		return 0
	}
	slices.Sort(distances)
	return 1.9 * distances[len(distances)/2]
}

// last is the newest value up to an end, and whether there is one.
func (s Series) last(to time.Time) (Point, bool) {
	for i := len(s.Points) - 1; i >= 0; i-- {
		if p := s.Points[i]; !p.At.After(to) && finite(p.Avg) {
			return p, true
		}
	}
	return Point{}, false
}

// A layer is a series ready to be drawn: its columns, and for a stack what it stands on.
type layer struct {
	series  Series
	color   int
	columns []column
	base    []float64 // nil for a line
}

// layers reduces all series to n columns and stacks them, what is below zero downwards. Layers of a stack have their
// top in avg, and min and max the same: extremes of parts do not add up.
func (g Graph) layers(n int) []layer {
	var all []layer
	thick, thin := 0, 0
	up, down := make([]float64, n), make([]float64, n)
	for _, s := range g.Series[:min(len(g.Series), maxSeries)] {
		l := layer{series: s, columns: columns(s, g.From, g.To, n)}
		if s.Thin {
			l.color = thin
			thin++
		} else {
			l.color = thick
			thick++
		}
		if g.Stacked && !s.Thin {
			l.base = make([]float64, n)
			for i, c := range l.columns {
				side := up
				if c.avg < 0 {
					side = down
				}
				l.base[i] = side[i]
				if !c.empty() {
					side[i] += c.avg
					l.columns[i] = column{side[i], side[i], side[i]}
				}
			}
		}
		all = append(all, l)
	}
	return all
}

// flatten takes the extremes away.
func (l layer) flatten() {
	for i, c := range l.columns {
		l.columns[i].min, l.columns[i].max = c.avg, c.avg
	}
}

// flat tells whether there are none.
func (l layer) flat() bool {
	return !slices.ContainsFunc(l.columns, func(c column) bool { return c.min < c.avg || c.max > c.avg })
}

// span is what the axis of values has to hold. It is false if there are no values.
func (g Graph) span(layers []layer) (lo, hi float64, ok bool) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, l := range layers {
		for _, c := range l.columns {
			if !c.empty() {
				lo, hi = min(lo, c.min), max(hi, c.max)
			}
		}
	}
	if lo > hi {
		return 0, 1, false
	}
	if !g.Zoom || g.Stacked {
		lo, hi = min(lo, 0), max(hi, 0)
	}
	for _, t := range g.Thresholds {
		if finite(t.Value) && math.Abs(t.Value) <= 4*max(math.Abs(lo), math.Abs(hi)) {
			lo, hi = min(lo, t.Value), max(hi, t.Value)
		}
	}
	if g.Zoom && !g.Stacked {
		lo, hi = g.Unit.widen(lo, hi)
	}
	room := (hi - lo) / 20
	if lo < 0 || g.Zoom && !g.Stacked {
		lo -= room
	}
	if hi > 0 || g.Zoom && !g.Stacked {
		hi += room
	}
	if finite(g.Ceiling) && g.Ceiling > 0 && hi-room <= g.Ceiling {
		hi = g.Ceiling
	}
	return lo, hi, true
}

// widen keeps an axis that need not begin at zero from showing what hardly moves as a great change.
func (u Unit) widen(lo, hi float64) (float64, float64) {
	least := max(math.Abs(lo), math.Abs(hi)) / 100
	if u == Percent {
		least = max(least, 1)
	}
	more := (least - (hi - lo)) / 2
	if !(more > 0) || !finite(more) {
		return lo, hi
	}
	if lo >= 0 {
		return max(lo-more, 0), hi + more
	}
	return lo - more, hi + more
}
