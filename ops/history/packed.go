package history

import (
	"context"
	"database/sql"
	"slices"
)

// A table of chunks: its name, and how many milliseconds each chunk is of.
type table struct {
	name string
	span int64
}

var (
	hours = table{"chunk", hour}
	days  = table{"rollup", day}
)

const seriesMask = 1<<seriesBits - 1

// id is the number of the chunk that a time is in.
func (t table) id(ts, series int64) int64 { return ts/t.span<<seriesBits | series }

// begin is the time at which a chunk begins.
func (t table) begin(id int64) int64 { return id >> seriesBits * t.span }

// A blob is a chunk as it lies in the file.
type blob struct {
	id   int64
	data []byte
}

// A blobName says which chunk of which table it is.
type blobName struct {
	table
	id int64
}

// read returns the chunks of a series from one time to before another; a few dozen are asked for at a time.
func (s *Store) read(ctx context.Context, t table, series, from, to int64) ([]blob, error) {
	var all []blob
	err := s.db.Read(ctx, "read the history", func(rows *sql.Rows) error {
		var b blob
		err := rows.Scan(&b.id, &b.data)
		all = append(all, b)
		return err
	}, `WITH RECURSIVE want (id) AS (SELECT ?1 UNION ALL SELECT id + ?3 FROM want WHERE id + ?3 <= ?2)
		SELECT c.id, c.data FROM want CROSS JOIN `+t.name+` c ON c.id = want.id`,
		t.id(from, series), t.id(to-1, series), 1<<seriesBits)
	return all, err
}

// readAll returns the chunks of one hour or day whose series are numbered from one to another.
func (s *Store) readAll(ctx context.Context, t table, ts, first, last int64) (map[int64][]byte, error) {
	all := map[int64][]byte{}
	err := s.db.Read(ctx, "read the history", func(rows *sql.Rows) error {
		var b blob
		err := rows.Scan(&b.id, &b.data)
		all[b.id&seriesMask] = b.data
		return err
	}, `SELECT id, data FROM `+t.name+` WHERE id BETWEEN ? AND ?`, t.id(ts, first), t.id(ts, last))
	return all, err
}

// chunks adds to all what the chunks of a series have from one time to before another. What is damaged is a gap, and
// logged.
func (s *Store) chunks(ctx context.Context, u *unpacker, all []point, series, from, to int64) ([]point, error) {
	if series == 0 {
		return all, nil
	}
	blobs, err := s.read(ctx, hours, series, from, to)
	for _, b := range blobs {
		all = s.unpackPoints(u, all, b)
	}
	all = slices.DeleteFunc(all, func(p point) bool { return p.ts < from || p.ts >= to })
	return all, err
}

func (s *Store) unpackPoints(u *unpacker, all []point, b blob) []point {
	if err := u.unpack(b.data, hour, 1); err != nil {
		s.damaged(hours, b.id, err)
		return all
	}
	all = slices.Grow(all, len(u.times))
	for i, at := range u.times {
		if v := u.columns[0][i]; finite(v) {
			all = append(all, point{hours.begin(b.id) + at.t, v, at.cut})
		}
	}
	return all
}

// mostTold bounds how many damaged chunks are remembered to have been told.
const mostTold = 1000

// damaged logs that a chunk cannot be read, once.
func (s *Store) damaged(t table, id int64, err error) {
	s.mu.Lock()
	told := s.told[blobName{t, id}] || len(s.told) >= mostTold
	if !told {
		s.told[blobName{t, id}] = true
	}
	name := "a series that is gone"
	for series, k := range s.series {
		if k.id == id&seriesMask {
			name = series.String()
		}
	}
	s.mu.Unlock()
	if !told {
		s.Log.Error("a part of the history cannot be read and is a gap", "of", name, "from", timeOf(t.begin(id)), "err", err)
	}
}
