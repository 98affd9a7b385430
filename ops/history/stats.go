package history

import (
	"context"
	"slices"
	"time"

	"github.com/diaspote/vigie/ops"
)

// Stats are what a series was over a range: a gauge in its own unit, a counter as a rate per second.
type Stats struct {
	Min, Avg, Max float64
	MinAt, MaxAt  time.Time // of the first such; the beginning of its five minutes where the samples are not read
	Last          float64
	LastAt        time.Time
	P95           float64 // 95 % of the samples are not above; of the averages of five minutes, likewise
	Count         int     // of the samples, or of the intervals between them; 0 where there is nothing, and then all is 0
}

// longRange is from how many milliseconds on rollups are read.
const longRange = 14 * day

// Stats returns what a series was from one time to before another.
func (s *Store) Stats(ctx context.Context, series ops.Series, from, to time.Time) (Stats, error) {
	if err := (Query{From: from, To: to, Columns: 1}).check(); err != nil {
		return Stats{}, err
	}
	names := []ops.Series{series}
	start, end := from.UnixMilli(), to.UnixMilli()
	step := s.Every.Milliseconds()
	if end-start >= longRange {
		step = longStep
	}
	e, err := s.extent(ctx)
	if err != nil {
		return Stats{}, err
	}
	sum := summary{counter: series.Counter}
	if !e.isCoarse(start, step) {
		err := s.fine(ctx, e, names, start, end, sum.add)
		return sum.stats(), err
	}
	if err := s.coarse(ctx, e, names, start-start%slot, end, sum.add); err != nil {
		return Stats{}, err
	}
	st := sum.stats()
	if st.Count == 0 {
		return st, nil
	}
	// When exactly it was, and what it was last, the samples know, if there are any.
	for _, part := range []struct {
		at  *time.Time
		set func(within Stats)
	}{
		{&st.MinAt, func(within Stats) { st.MinAt = within.MinAt }},
		{&st.MaxAt, func(within Stats) { st.MaxAt = within.MaxAt }},
		{&st.LastAt, func(within Stats) { st.Last, st.LastAt = within.Last, within.LastAt }},
	} {
		within := summary{counter: series.Counter}
		ts := part.at.UnixMilli()
		if err := s.fine(ctx, e, names, ts, ts+slot, within.add); err != nil {
			return Stats{}, err
		}
		if within.all.count > 0 {
			part.set(within.stats())
		}
	}
	return st, nil
}

// A summary is on its way to be Stats.
type summary struct {
	counter              bool
	all                  cell
	minAt, maxAt, lastAt int64
	last                 float64
	averages             []float64
}

func (s *summary) add(_ int, ts int64, c cell) {
	if s.all.count == 0 || c.min < s.all.min {
		s.minAt = ts
	}
	if s.all.count == 0 || c.max > s.all.max {
		s.maxAt = ts
	}
	avg := c.avg(s.counter)
	if s.all.count == 0 || ts > s.lastAt {
		s.last, s.lastAt = avg, ts
	}
	s.all.add(c)
	s.averages = append(s.averages, avg)
}

func (s *summary) stats() Stats {
	if s.all.count == 0 {
		return Stats{}
	}
	slices.Sort(s.averages)
	return Stats{
		Min: s.all.min, Avg: s.all.avg(s.counter), Max: s.all.max, MinAt: timeOf(s.minAt), MaxAt: timeOf(s.maxAt),
		Last: s.last, LastAt: timeOf(s.lastAt), P95: s.averages[(len(s.averages)*95+99)/100-1], Count: s.all.count,
	}
}
