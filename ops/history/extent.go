package history

import (
	"context"
	"database/sql"
)

// A period is from one time to before another, in ms since 1970; it is empty if they are the same.
type period struct{ from, to int64 }

func (p period) empty() bool { return p.from >= p.to }

// and is what both have and all between.
func (p period) and(q period) period {
	switch {
	case p.empty():
		return q
	case q.empty():
		return p
	}
	return period{min(p.from, q.from), max(p.to, q.to)}
}

// within is the part of p that is in q.
func (p period) within(q period) period { return period{max(p.from, q.from), min(p.to, q.to)} }

// An extent is of when there is something.
type extent struct {
	rows    period // not packed
	chunks  period // in whole hours
	rollups period // in whole days
}

// extent asks for it.
func (s *Store) extent(ctx context.Context) (e extent, err error) {
	err = s.db.Read(ctx, "read the history", func(rows *sql.Rows) error {
		var v [6]sql.NullInt64
		if err := rows.Scan(&v[0], &v[1], &v[2], &v[3], &v[4], &v[5]); err != nil {
			return err
		}
		if v[0].Valid {
			e.rows = period{v[0].Int64, v[1].Int64 + 1}
		}
		if v[2].Valid {
			e.chunks = period{hours.begin(v[2].Int64), hours.begin(v[3].Int64) + hour}
		}
		if v[4].Valid {
			e.rollups = period{days.begin(v[4].Int64), days.begin(v[5].Int64) + day}
		}
		return nil
	}, `SELECT (SELECT min(ts) FROM scrape), (SELECT max(ts) FROM scrape), (SELECT min(id) FROM chunk), (SELECT max(id) FROM chunk),
		(SELECT min(id) FROM rollup), (SELECT max(id) FROM rollup)`)
	return e, err
}
