package history

import (
	"cmp"
	"context"
	"slices"
	"time"
)

func timeOf(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// hoursAtOnce bounds how long a query for chunks holds the connection, and how much memory the samples take that it is
// about. A day that does not begin on the hour is one query.
const hoursAtOnce = 25

// raw calls each for all samples of some series from one time to before another; those of one series come in the order
// of time. i is the index into ids; an ID of 0 has no samples.
func (s *Store) raw(ctx context.Context, e extent, ids []int64, from, to int64, each func(i int, p point) error) error {
	part := period{from, to}.within(e.rows.and(e.chunks))
	from, to = part.from, part.to
	all, u := make([][]point, len(ids)), s.unpacker()
	for from < to {
		end := min(to, (from/hour+hoursAtOnce)*hour)
		for i, id := range ids {
			var err error
			if all[i], err = s.chunks(ctx, u, all[i][:0], id, from, end); err != nil {
				return err
			}
		}
		rows := period{from, end}.within(e.rows)
		err := s.readRows(ctx, rows.from, rows.to, func(ts int64, row *rowReader) {
			for left := len(ids); left > 0 && row.next(); {
				for i, wanted := range ids {
					if row.id == wanted {
						all[i] = row.appendTo(all[i], ts)
						left--
					}
				}
			}
		})
		if err != nil {
			return err
		}
		for i := range all {
			all[i] = inOrder(all[i])
			for _, p := range all[i] {
				if err := each(i, p); err != nil {
					return err
				}
			}
		}
		from = end
	}
	return nil
}

// inOrder sorts points by time; of those of one time the one that was written last stays, which is last.
func inOrder(all []point) []point {
	byTime := func(a, b point) int { return cmp.Compare(a.ts, b.ts) }
	if !slices.IsSortedFunc(all, byTime) {
		slices.SortStableFunc(all, byTime)
	}
	n := 0
	for i, p := range all {
		if i+1 < len(all) && all[i+1].ts == p.ts {
			continue
		}
		all[n] = p
		n++
	}
	return all[:n]
}
