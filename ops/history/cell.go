package history

import (
	"math"
	"time"

	"github.com/diaspote/vigie/ops"
)

// A Column is what a series was in one step of time. A gauge is told in its own unit; a counter as a rate, in its unit
// per second.
type Column struct {
	Min, Avg, Max float64 // NaN where Count is 0
	Count         int     // of the samples, or of the intervals between them; 0 is a gap
}

// A point is one sample.
type point struct {
	ts  int64
	v   float64
	cut bool // the clock was set back before it
}

// A cell adds up what becomes a column.
type cell struct {
	count    int
	span     int64 // of the intervals of a counter, in ms
	min, max float64
	sum      float64 // of the values, or how much a counter grew
}

func (c *cell) add(d cell) {
	if d.count == 0 {
		return
	}
	if c.count == 0 {
		*c = d
		return
	}
	c.count += d.count
	c.span += d.span
	c.sum += d.sum
	c.min, c.max = min(c.min, d.min), max(c.max, d.max)
}

func (c *cell) avg(counter bool) float64 {
	if counter {
		return c.sum / (float64(c.span) / 1000)
	}
	if avg := c.sum / float64(c.count); finite(avg) {
		return avg
	}
	return c.min/2 + c.max/2 // the sum was too large
}

func (c *cell) column(counter bool) Column {
	if c.count == 0 {
		return Column{math.NaN(), math.NaN(), math.NaN(), 0}
	}
	return Column{c.min, c.avg(counter), c.max, c.count}
}

// A tally makes of the samples of a series, in the order of time, what is to be added up.
type tally struct {
	counter bool
	apart   int64
	prev    point
	any     bool
}

// next is what p says: its value or, of a counter, how it grew since the sample before; a count of 0 for nothing.
func (t *tally) next(p point) cell {
	if !t.counter {
		return cell{count: 1, min: p.v, max: p.v, sum: p.v}
	}
	prev, any := t.prev, t.any
	t.prev, t.any = p, true
	span := p.ts - prev.ts
	if !any || p.cut || span <= 0 || span > t.apart || p.v < prev.v {
		return cell{}
	}
	grown := p.v - prev.v
	rate := grown / (float64(span) / 1000)
	if !finite(rate) {
		return cell{}
	}
	return cell{1, span, rate, rate, grown}
}

// A Line is a series over a range of time, in columns of equal width.
type Line struct {
	Series  ops.Series
	From    time.Time // where the first column begins
	Step    time.Duration
	Columns []Column
}

// At is where a column begins.
func (l Line) At(i int) time.Time { return l.From.Add(time.Duration(i) * l.Step) }
