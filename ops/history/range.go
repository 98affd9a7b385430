package history

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/diaspote/vigie/ops"
)

// A Query asks for some series over a range of time.
type Query struct {
	Series   []ops.Series // at most 100
	From, To time.Time    // from the one to before the other
	Columns  int          // at most so many, 1 to 10,000
}

const (
	mostSeries  = 100
	mostColumns = 10_000
	mostYears   = 100
)

func (q Query) check() error {
	switch {
	case !q.From.Before(q.To):
		return errors.New("read the history: the range ends before it begins")
	case q.From.AddDate(mostYears, 0, 0).Before(q.To):
		return fmt.Errorf("read the history: the range is longer than %d years", mostYears)
	case q.Columns < 1 || q.Columns > mostColumns:
		return fmt.Errorf("read the history: %d columns; 1 to %d can be asked for", q.Columns, mostColumns)
	case len(q.Series) > mostSeries:
		return fmt.Errorf("read the history: %d series at once; at most %d can be asked for", len(q.Series), mostSeries)
	}
	return nil
}

// Range returns a line for each of the series, all with the same columns. A series that there is nothing of, or that is not
// known, is one long gap. A column is never narrower than what is kept is apart: the time between two scrapes, or five minutes for
// long ranges and those where the samples are gone by now; then columns begin at whole five minutes of the clock, the first at
// or before From.
func (s *Store) Range(ctx context.Context, q Query) ([]Line, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	from, to, n := q.From.UnixMilli(), q.To.UnixMilli(), int64(q.Columns)
	step := max(above(to-from, n), s.Every.Milliseconds())
	e, err := s.extent(ctx)
	if err != nil {
		return nil, err
	}
	read := s.fine
	if e.isCoarse(from, step) {
		read = s.coarse
		from -= from % slot
		step = above(max(above(to-from, n), s.Every.Milliseconds()), slot) * slot
	}
	columns := int(above(to-from, step))
	cells := make([]cell, columns*len(q.Series))
	err = read(ctx, e, q.Series, from, to, func(i int, ts int64, c cell) {
		cells[i*columns+int((ts-from)/step)].add(c)
	})
	if err != nil {
		return nil, err
	}
	lines := make([]Line, len(q.Series))
	for i, name := range q.Series {
		lines[i] = Line{name, time.UnixMilli(from), time.Duration(step) * time.Millisecond, make([]Column, columns)}
		for j := range columns {
			lines[i].Columns[j] = cells[i*columns+j].column(name.Counter)
		}
	}
	return lines, nil
}

// above is a/b, rounded up.
func above(a, b int64) int64 { return (a + b - 1) / b }

// ids are the numbers of series, 0 for those that are not known.
func (s *Store) ids(names []ops.Series) []int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	ids := make([]int64, len(names))
	for i, name := range names {
		if k := s.series[name]; k != nil {
			ids[i] = k.id
		}
	}
	return ids
}
