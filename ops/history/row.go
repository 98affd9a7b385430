package history

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"math"
)

// A row is one scrape. Each series has a varint: the difference of its ID to that of the one before, as zigzag, eight times, plus a
// scale times two, plus 1 if the clock was set back before this sample. With a scale its value follows as a zigzag varint, that many
// times smaller; without, as the eight bytes of a float64 in little endian.

// scales are those of whole numbers, hundredths and millionths, which is what a kernel counts in.
var scales = [4]float64{1: 1, 2: 1e2, 3: 1e6}

func appendValue(b []byte, ids int64, cut bool, v float64) []byte {
	head := zigzag(ids) << 3
	if cut {
		head |= 1
	}
	for i, scale := range scales {
		x := v * scale
		if i > 0 && math.Abs(x) < 1<<40 && math.RoundToEven(x)/scale == v {
			return binary.AppendVarint(binary.AppendUvarint(b, head|uint64(i)<<1), int64(math.RoundToEven(x)))
		}
	}
	return binary.LittleEndian.AppendUint64(binary.AppendUvarint(b, head), math.Float64bits(v))
}

var errRow = errors.New("a row of samples is damaged")

// eachValue calls value for all of a row that can be read.
func eachValue(row []byte, value func(id int64, cut bool, v float64)) error {
	id := int64(0)
	for len(row) > 0 {
		head, n := binary.Uvarint(row)
		if n <= 0 {
			return errRow
		}
		row = row[n:]
		id += unzigzag(head >> 3)
		var v float64
		if scale := head >> 1 & 3; scale > 0 {
			x, n := binary.Varint(row)
			if n <= 0 {
				return errRow
			}
			row, v = row[n:], float64(x)/scales[scale]
		} else {
			if len(row) < 8 {
				return errRow
			}
			row, v = row[8:], math.Float64frombits(binary.LittleEndian.Uint64(row))
		}
		if finite(v) {
			value(id, head&1 == 1, v)
		}
	}
	return nil
}

// rowsAtOnce bounds how long a query for rows holds the connection.
const rowsAtOnce = 240

// readRows calls value for what is in the rows from one time to before another, in the order of time. The connection is held
// meanwhile, so value only takes what it wants.
func (s *Store) readRows(ctx context.Context, from, to int64, value func(id int64, p point)) error {
	for from < to {
		n := 0
		err := s.db.Read(ctx, "read samples", func(rows *sql.Rows) error {
			var ts int64
			var vals sql.RawBytes
			if err := rows.Scan(&ts, &vals); err != nil {
				return err
			}
			n, from = n+1, ts+1
			if err := eachValue(vals, func(id int64, cut bool, v float64) { value(id, point{ts, v, cut}) }); err != nil {
				s.Log.Error("samples are damaged and left out", "at", timeOf(ts), "err", err)
			}
			return nil
		}, `SELECT ts, vals FROM scrape WHERE ts >= ? AND ts < ? ORDER BY ts LIMIT ?`, from, to, rowsAtOnce)
		if err != nil || n < rowsAtOnce {
			return err
		}
	}
	return nil
}
