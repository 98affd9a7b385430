package history

import (
	"context"
	"database/sql"
	"encoding/binary"
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

// A rowReader reads a row, a series at a time.
type rowReader struct {
	rest  []byte
	id    int64
	cut   bool
	scale uint64
	raw   []byte // the value as it lies there
	bad   bool   // the row is damaged: what comes now cannot be read
}

// next tells whether there is another series.
func (r *rowReader) next() bool {
	if len(r.rest) == 0 || r.bad {
		return false
	}
	head, n := uint64(r.rest[0]), 1
	if head >= 0x80 {
		head, n = binary.Uvarint(r.rest)
	}
	r.bad = true
	if n <= 0 {
		return false
	}
	rest := r.rest[n:]
	r.id += unzigzag(head >> 3)
	r.cut, r.scale = head&1 == 1, head>>1&3
	size := 8
	if r.scale > 0 {
		for size = 1; size <= len(rest) && rest[size-1] >= 0x80; size++ {
		}
	}
	if size > len(rest) || size > binary.MaxVarintLen64 {
		return false
	}
	r.raw, r.rest, r.bad = rest[:size], rest[size:], false
	return true
}

// value is that of the series.
func (r *rowReader) value() float64 {
	if r.scale == 0 {
		return math.Float64frombits(binary.LittleEndian.Uint64(r.raw))
	}
	x, _ := binary.Varint(r.raw)
	return float64(x) / scales[r.scale]
}

// appendTo adds the sample to points; of a damaged row it may be none.
func (r *rowReader) appendTo(points []point, ts int64) []point {
	if v := r.value(); finite(v) {
		return append(points, point{ts, v, r.cut})
	}
	return points
}

// rowsAtOnce bounds how long a query for rows holds the connection.
const rowsAtOnce = 240

// readRows calls each for the rows from one time to before another, in the order of time. The connection is held meanwhile, so
// each only takes what it wants.
func (s *Store) readRows(ctx context.Context, from, to int64, each func(ts int64, row *rowReader)) error {
	for from < to {
		n := 0
		err := s.db.Read(ctx, "read samples", func(rows *sql.Rows) error {
			var ts int64
			var vals sql.RawBytes
			if err := rows.Scan(&ts, &vals); err != nil {
				return err
			}
			n, from = n+1, ts+1
			row := rowReader{rest: vals}
			if each(ts, &row); row.bad {
				s.Log.Error("samples are damaged and left out", "at", timeOf(ts))
			}
			return nil
		}, `SELECT ts, vals FROM scrape WHERE ts >= ? AND ts < ? ORDER BY ts LIMIT ?`, from, to, rowsAtOnce)
		if err != nil || n < rowsAtOnce {
			return err
		}
	}
	return nil
}
