package history

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/diaspote/vigie/ops"
)

// A Point is one sample as it was read: of a counter its count, not a rate.
type Point struct {
	At    time.Time
	Value float64
}

const mostPoints = 100_000

// Points returns the samples of a series from one time to before another, as long as they are kept: what is older has
// rollups alone, which [Store.Range] returns. With a step it is only the last sample of each step from From on. More than 100,000 are
// an error.
func (s *Store) Points(ctx context.Context, series ops.Series, from, to time.Time, step time.Duration) ([]Point, error) {
	if !from.Before(to) {
		return nil, errors.New("read the history: the range ends before it begins")
	}
	e, err := s.extent(ctx)
	if err != nil {
		return nil, err
	}
	start, every := from.UnixMilli(), max(step.Milliseconds(), 1)
	var all []Point
	full := fmt.Errorf("read the history: more than %d samples at once: ask for a shorter range or a longer step", mostPoints)
	err = s.raw(ctx, e, s.ids([]ops.Series{series}), start, to.UnixMilli(), func(_ int, p point) error {
		last := len(all) - 1
		if last >= 0 && (all[last].At.UnixMilli()-start)/every == (p.ts-start)/every {
			all[last] = Point{time.UnixMilli(p.ts), p.v}
			return nil
		}
		if last+1 == mostPoints {
			return full
		}
		all = append(all, Point{time.UnixMilli(p.ts), p.v})
		return nil
	})
	return all, err
}
