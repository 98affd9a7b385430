package history

import (
	"context"
	"database/sql"

	"github.com/diaspote/vigie/ops"
)

const (
	// trimAtOnce is how many milliseconds of history one trim gives up. A clock that is a year ahead for an hour so costs the
	// oldest day of it, and not all.
	trimAtOnce = day
	// keepAlways is how many milliseconds are kept, whatever else is too much.
	keepAlways = 2 * day
)

// trim deletes what is older than it is to be kept, and the oldest if there is too much; first samples, then
// rollups. It tells whether there is still too much.
func (s *Store) trim(ctx context.Context, e extent, now int64) (more bool, err error) {
	used, err := s.Bytes(ctx)
	if err != nil {
		return false, err
	}
	until, untilDay := now-s.Keep.Milliseconds(), now-s.KeepRollups.Milliseconds()
	over := used > s.MaxBytes
	switch {
	case over && min(e.chunks.to, now)-e.chunks.from > keepAlways:
		until = e.chunks.from + trimAtOnce
	case over && min(e.rollups.to, now)-e.rollups.from > keepAlways:
		untilDay = e.rollups.from + trimAtOnce
	default:
		over = false
	}
	if err := s.deleteUntil(ctx, hours, e.chunks.from, until); err != nil {
		return false, err
	}
	if err := s.deleteUntil(ctx, days, e.rollups.from, untilDay); err != nil {
		return false, err
	}
	return over, s.forget(ctx, min(e.chunks.from, e.rollups.from))
}

// deleteUntil deletes the chunks of a table that end by then; no more than trimAtOnce after the oldest.
func (s *Store) deleteUntil(ctx context.Context, t table, oldest, until int64) error {
	until = min(until, oldest+trimAtOnce)
	if until < oldest+t.span {
		return nil
	}
	return s.db.Exec(ctx, "delete the oldest history", `DELETE FROM `+t.name+` WHERE id < ?`, t.id(until, 0))
}

// forget forgets the series that ended before there was anything that is kept now.
func (s *Store) forget(ctx context.Context, oldest int64) error {
	var gone []ops.Series
	for name, k := range s.series {
		if k.last < oldest {
			gone = append(gone, name)
		}
	}
	if gone == nil {
		return nil
	}
	return s.replace(ctx, gone, nil, 0)
}

// Bytes is how much of the file is in use, for the history and all else that is in it.
func (s *Store) Bytes(ctx context.Context) (used int64, err error) {
	err = s.db.Read(ctx, "ask how large the history is", func(rows *sql.Rows) error { return rows.Scan(&used) },
		`SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size`)
	return used, err
}
