package history

import (
	"context"
	"errors"
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

// Stats returns what a series was from one time to before another.
func (s *Store) Stats(ctx context.Context, series ops.Series, from, to time.Time) (Stats, error) {
	if !from.Before(to) {
		return Stats{}, errors.New("read the history: the range ends before it begins")
	}
	start := from.UnixMilli()
	var all cell
	var st Stats
	var values []float64
	t := tally{counter: series.Counter, apart: s.apart()}
	err := s.raw(ctx, s.ids([]ops.Series{series}), start-t.apart, to.UnixMilli(), func(_ int, p point) error {
		c := t.next(p)
		if c.count == 0 || p.ts < start {
			return nil
		}
		if all.count == 0 || c.min < all.min {
			st.MinAt = timeOf(p.ts)
		}
		if all.count == 0 || c.max > all.max {
			st.MaxAt = timeOf(p.ts)
		}
		all.add(c)
		st.Last, st.LastAt = c.avg(series.Counter), timeOf(p.ts)
		values = append(values, st.Last)
		return nil
	})
	if err != nil || all.count == 0 {
		return Stats{}, err
	}
	slices.Sort(values)
	st.P95 = values[(len(values)*95+99)/100-1]
	st.Min, st.Avg, st.Max, st.Count = all.min, all.avg(series.Counter), all.max, all.count
	return st, nil
}
