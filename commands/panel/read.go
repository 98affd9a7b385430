package panel

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/graph"
	"github.com/diaspote/vigie/ops/history"
)

// What is read at once, and drawn.
const (
	atOnce    = 100 // series
	mostLines = 24
)

// A reading is what the lines of a panel were over a range.
type reading struct {
	lines   []line
	series  []graph.Series
	ceiling float64 // 0 if there is none
}

// read reads the lines of a panel.
func (s *Set) read(ctx context.Context, p Panel, from, to time.Time, columns int) (reading, error) {
	k := s.known(from, to)
	r := reading{lines: p.lines(k)}
	r.lines = r.lines[:min(len(r.lines), mostLines)]
	wanted := s.wanted(r.lines)
	var top []ops.Series
	if p.ceiling != "" {
		top = k.ours().named(p.ceiling)
		wanted = append(wanted, top[:min(len(top), 1)]...)
	}
	all, err := s.columns(ctx, wanted, from, to, columns)
	if err != nil {
		return r, err
	}
	for _, l := range r.lines {
		points, step := l.points(all)
		r.series = append(r.series, graph.Series{Name: l.name, Points: points, Step: step})
	}
	if len(top) > 0 {
		for _, c := range all[top[0]].Columns {
			if c.Count > 0 {
				r.ceiling = max(r.ceiling, c.Max)
			}
		}
	}
	return r, nil
}

// wanted are the series of lines, each once.
func (s *Set) wanted(lines []line) []ops.Series {
	var all []ops.Series
	for _, l := range lines {
		for _, one := range l.of {
			if !slices.Contains(all, one) {
				all = append(all, one)
			}
		}
	}
	return all
}

// columns reads series, all with the same columns.
func (s *Set) columns(ctx context.Context, wanted []ops.Series, from, to time.Time, columns int) (map[ops.Series]history.Line, error) {
	all := map[ops.Series]history.Line{}
	for part := range slices.Chunk(wanted, atOnce) {
		lines, err := s.Store.Range(ctx, history.Query{Series: part, From: from, To: to, Columns: columns})
		if err != nil {
			return nil, fmt.Errorf("read the history: %w", err)
		}
		for _, l := range lines {
			all[l.Series] = l
		}
	}
	return all, nil
}

// points are the values of a line: of a line of several series the lowest and the highest are those at the first's, the
// others being as they were on average.
func (l line) points(all map[ops.Series]history.Line) ([]graph.Point, time.Duration) {
	first := all[l.of[0]]
	points := make([]graph.Point, len(first.Columns))
	v := make([]float64, len(l.of))
	for i, c := range first.Columns {
		points[i] = graph.Point{At: first.At(i).Add(first.Step / 2), Min: math.NaN(), Avg: math.NaN(), Max: math.NaN()}
		there := c.Count > 0
		for j, one := range l.of {
			other := all[one].Columns[i]
			there = there && other.Count > 0
			v[j] = other.Avg
		}
		if !there {
			continue
		}
		avg := l.value(v)
		v[0] = c.Min
		low := l.value(v)
		v[0] = c.Max
		high := l.value(v)
		points[i].Min, points[i].Avg, points[i].Max = min(low, avg, high), avg, max(low, avg, high)
	}
	return points, first.Step
}

// Compare adds to a graph what its lines were over a range of the same length before, moved to the graph's; of a stack it is
// the whole.
func (s *Set) Compare(ctx context.Context, g *graph.Graph, p Panel, back func(time.Time) time.Time, label string) error {
	r, err := s.read(ctx, p, back(g.From), back(g.To), columnsOf(*g))
	if err != nil {
		return err
	}
	then := r.series
	if p.Stacked && len(then) > 1 {
		then = []graph.Series{total(then)}
	}
	shift := g.From.Sub(back(g.From))
	for _, one := range then {
		one.Name, one.Thin = one.Name+" "+label, true
		for i := range one.Points {
			one.Points[i].At = one.Points[i].At.Add(shift)
		}
		g.Series = append(g.Series, one)
	}
	return nil
}

func columnsOf(g graph.Graph) int {
	n := 1
	for _, s := range g.Series {
		n = max(n, len(s.Points))
	}
	return n
}

// total adds the layers of a stack up.
func total(layers []graph.Series) graph.Series {
	all := graph.Series{Name: "all", Step: layers[0].Step, Points: slices.Clone(layers[0].Points)}
	for _, layer := range layers[1:] {
		for i, p := range layer.Points[:min(len(layer.Points), len(all.Points))] {
			if !math.IsNaN(p.Avg) {
				q := &all.Points[i]
				if math.IsNaN(q.Avg) {
					*q = p
					continue
				}
				q.Min, q.Avg, q.Max = q.Min+p.Min, q.Avg+p.Avg, q.Max+p.Max
			}
		}
	}
	return all
}

// percentiles are the values that the lines were not above for so much of the time.
func percentiles(lines []graph.Series, percent int, unit graph.Unit) []graph.Threshold {
	var all []graph.Threshold
	for _, l := range lines {
		v := l.Percentile(percent)
		if math.IsNaN(v) {
			continue
		}
		label := fmt.Sprintf("%d %% of the time below %s", percent, unit.Format(v))
		if len(lines) > 1 {
			label = l.Name + ": " + label
		}
		all = append(all, graph.Threshold{Value: v, Label: label})
	}
	return all
}
