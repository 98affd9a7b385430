package history

import "encoding/binary"

// A stamp is the time of a sample from where its chunk begins.
type stamp struct {
	t   int64
	cut bool // the clock was set back before it
}

// Times are kept as runs: how many there are, then of each how long after the end of the one before it begins, the time
// from one of its samples to the next, twice, plus 1 if the clock was set back before its first, and how many it has. An hour
// without a gap is one run; all are varints.

func appendTimes(b []byte, times []stamp) []byte {
	type run struct {
		after, step int64
		count       int
		cut         bool
	}
	var runs []run
	last := int64(0)
	for _, s := range times {
		n := len(runs) - 1
		switch {
		case n >= 0 && !s.cut && (runs[n].count == 1 || runs[n].step == s.t-last):
			runs[n].step = s.t - last
			runs[n].count++
		default:
			runs = append(runs, run{after: s.t - last, count: 1, cut: s.cut})
		}
		last = s.t
	}
	b = binary.AppendUvarint(b, uint64(len(runs)))
	for _, r := range runs {
		step := uint64(r.step) << 1
		if r.cut {
			step |= 1
		}
		b = binary.AppendUvarint(binary.AppendUvarint(binary.AppendUvarint(b, uint64(r.after)), step), uint64(r.count))
	}
	return b
}

// readTimes adds to times what is at the beginning of b, and returns the rest of b. Times that do not grow, or are
// limit or more, are not ok.
func readTimes(times []stamp, b []byte, limit int64) (_ []stamp, rest []byte, ok bool) {
	runs, b, ok := uvarint(b, maxTimes)
	last, left, first := int64(0), int64(maxTimes), true
	for ; ok && runs > 0; runs-- {
		var after, step, count int64
		if after, b, ok = uvarint(b, limit-1); !ok {
			break
		}
		if step, b, ok = uvarint(b, 2*limit); !ok {
			break
		}
		if count, b, ok = uvarint(b, left); !ok {
			break
		}
		cut := step&1 == 1
		step >>= 1
		end := last + after + step*(count-1) // limit is small enough: no overflow
		if count == 0 || end >= limit || after == 0 && !first || step == 0 && count > 1 {
			return times, b, false
		}
		for i := range count {
			times = append(times, stamp{last + after + i*step, cut && i == 0})
		}
		last, left, first = end, left-count, false
	}
	return times, b, ok
}

// uvarint reads a number that is not more than most.
func uvarint(b []byte, most int64) (v int64, rest []byte, ok bool) {
	u, n := binary.Uvarint(b)
	if n <= 0 || u > uint64(most) {
		return 0, b, false
	}
	return int64(u), b[n:], true
}
