package history

import (
	"context"
	"database/sql"

	"github.com/diaspote/vigie/ops"
)

// An each is called with what a series was at a time or in the five minutes from then on; i is its index among those asked
// for. Those of one series come in the order of time, but for hours in which the clock was set back.
type each func(i int, ts int64, c cell)

// fine calls each for all samples, of counters for all intervals that end, from one time to before another.
func (s *Store) fine(ctx context.Context, e extent, names []ops.Series, from, to int64, each each) error {
	tallies := s.tallies(names)
	return s.raw(ctx, e, s.ids(names), from-s.apart(), to, func(i int, p point) error {
		if c := tallies[i].next(p); c.count > 0 && p.ts >= from {
			each(i, p.ts, c)
		}
		return nil
	})
}

// coarse calls each for all five minutes that begin from one time to before another: as they are kept, and, for the hours that have
// rows, as they will be.
func (s *Store) coarse(ctx context.Context, e extent, names []ops.Series, from, to int64, each each) error {
	open, err := s.openHours(ctx, from, to)
	if err != nil {
		return err
	}
	isOpen := make(map[int64]bool, len(open))
	for _, begin := range open {
		isOpen[begin] = true
	}
	ids := s.ids(names)
	for i, id := range ids {
		err := s.rollups(ctx, id, names[i].Counter, max(from, e.rollups.from), min(to, e.rollups.to), func(r rolled) {
			if !isOpen[r.ts-r.ts%hour] {
				each(i, r.ts, r.cell)
			}
		})
		if err != nil {
			return err
		}
	}
	for _, begin := range open {
		all := make([][]point, len(ids))
		err := s.raw(ctx, e, ids, begin-s.apart(), begin+hour, func(i int, p point) error {
			all[i] = append(all[i], p)
			return nil
		})
		if err != nil {
			return err
		}
		for i, t := range s.tallies(names) {
			for _, r := range roll(all[i], begin, t) {
				if r.ts >= from && r.ts < to {
					each(i, r.ts, r.cell)
				}
			}
		}
	}
	return nil
}

func (s *Store) tallies(names []ops.Series) []tally {
	all := make([]tally, len(names))
	for i, name := range names {
		all[i] = tally{counter: name.Counter, apart: s.apart()}
	}
	return all
}

// openHours are the beginnings of those hours that have rows; what is in rows is in no rollup.
func (s *Store) openHours(ctx context.Context, from, to int64) ([]int64, error) {
	var all []int64
	for from -= from % hour; ; {
		var first sql.NullInt64
		err := s.db.Read(ctx, "read samples", func(rows *sql.Rows) error { return rows.Scan(&first) },
			`SELECT min(ts) FROM scrape WHERE ts >= ? AND ts < ?`, from, to)
		if err != nil || !first.Valid {
			return all, err
		}
		begin := first.Int64 - first.Int64%hour
		all, from = append(all, begin), begin+hour
	}
}

// longStep is from how many milliseconds a column on rollups are read rather than samples: where it is the same picture for
// a tenth of the work.
const longStep = 6 * slot

// isCoarse tells whether rollups are to be read, for columns of that width: because they will do, or because the samples at the
// beginning are gone.
func (e extent) isCoarse(from, step int64) bool {
	if step >= longStep {
		return true
	}
	gone := e.rollups.from < e.chunks.from-e.chunks.from%day
	return !e.chunks.empty() && from < e.chunks.from && gone
}
