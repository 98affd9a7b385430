package history

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"math"
)

// A row is one scrape: for each series the difference of its ID to the one before, as zigzag, twice, plus 1 if the clock
// was set back before this sample, as a varint; and its value, eight bytes in little endian.

func appendValue(b []byte, ids int64, cut bool, v float64) []byte {
	head := zigzag(ids) << 1
	if cut {
		head |= 1
	}
	return binary.LittleEndian.AppendUint64(binary.AppendUvarint(b, head), math.Float64bits(v))
}

var errRow = errors.New("a row of samples is damaged")

// eachValue calls value for all of a row that can be read.
func eachValue(row []byte, value func(id int64, cut bool, v float64)) error {
	id := int64(0)
	for len(row) > 0 {
		head, n := binary.Uvarint(row)
		if n <= 0 || len(row) < n+8 {
			return errRow
		}
		id += unzigzag(head >> 1)
		v := math.Float64frombits(binary.LittleEndian.Uint64(row[n:]))
		row = row[n+8:]
		if finite(v) {
			value(id, head&1 == 1, v)
		}
	}
	return nil
}

// rowsAtOnce bounds how long a query for rows holds the connection, and how much memory it takes.
const rowsAtOnce = 60

// readRows calls value for what is in the rows from one time to before another, in the order of time. It does not hold
// the connection meanwhile.
func (s *Store) readRows(ctx context.Context, from, to int64, value func(id int64, p point)) error {
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
			err := eachValue(row.vals, func(id int64, cut bool, v float64) { value(id, point{row.ts, v, cut}) })
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
