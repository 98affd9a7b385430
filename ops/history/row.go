package history

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"math"
)

// A row is one scrape: a byte that is 1 if the clock was set back before it, then for each series the difference of its ID
// to the one before, as a varint, and its value, eight bytes in little endian.

func beginRow(b []byte, cut bool) []byte {
	if cut {
		return append(b, 1)
	}
	return append(b, 0)
}

func appendValue(b []byte, ids int64, v float64) []byte {
	return binary.LittleEndian.AppendUint64(binary.AppendVarint(b, ids), math.Float64bits(v))
}

var errRow = errors.New("a row of samples is damaged")

// eachValue calls value for all of a row that can be read.
func eachValue(row []byte, value func(cut bool, id int64, v float64)) error {
	if len(row) == 0 {
		return errRow
	}
	cut, id := row[0] == 1, int64(0)
	for row = row[1:]; len(row) > 0; {
		ids, n := binary.Varint(row)
		if n <= 0 || len(row) < n+8 {
			return errRow
		}
		id += ids
		v := math.Float64frombits(binary.LittleEndian.Uint64(row[n:]))
		row = row[n+8:]
		if finite(v) {
			value(cut, id, v)
		}
	}
	return nil
}

// rowsAtOnce bounds how long a query for rows holds the connection, and how much memory it takes.
const rowsAtOnce = 60

// readRows calls value for what is in the rows from one time to before another, in the order of time. It does not hold
// the connection meanwhile.
func (s *Store) readRows(ctx context.Context, from, to int64, value func(ts int64, cut bool, id int64, v float64)) error {
	var page [rowsAtOnce]struct {
		ts   int64
		vals []byte
	}
	for from < to {
		n := 0
		err := s.db.Read(ctx, "read samples", func(rows *sql.Rows) error {
			n++
			return rows.Scan(&page[n-1].ts, &page[n-1].vals)
		}, `SELECT ts, vals FROM scrape WHERE ts >= ? AND ts < ? ORDER BY ts LIMIT ?`, from, to, rowsAtOnce)
		if err != nil {
			return err
		}
		for _, row := range page[:n] {
			err := eachValue(row.vals, func(cut bool, id int64, v float64) { value(row.ts, cut, id, v) })
			if err != nil {
				s.Log.Error("samples are damaged and left out", "at", timeOf(row.ts), "err", err)
			}
		}
		if n < rowsAtOnce {
			return nil
		}
		from = page[n-1].ts + 1
	}
	return nil
}
