package history

import (
	"context"
	"math"
)

// slot is how many milliseconds one rollup is of.
const slot = 5 * 60_000

// A rolled cell is one with the time at which its five minutes begin.
type rolled struct {
	ts int64
	cell
}

// A chunk of rollups has slots as times, and as columns of a gauge the count of its samples, the lowest, the average and
// the highest; of a counter the count of intervals, how long they were in milliseconds, the lowest and the highest growth in
// 15 seconds, and the growth in all. What was not measured but computed is rounded, which packs far better.
const (
	perGrowth    = 15
	avgDigits    = 6
	growthDigits = 7
	sumDigits    = 12
)

func (p *packer) packRollups(begin int64, counter bool, all []rolled) []byte {
	p.times = p.times[:0]
	for k := range p.columns {
		p.columns[k] = p.columns[k][:0]
	}
	for _, r := range all {
		p.times = append(p.times, stamp{t: (r.ts - begin) / slot})
		row := [5]float64{float64(r.count), r.min, round(r.avg(false), avgDigits), r.max}
		if counter {
			row = [5]float64{float64(r.count), float64(r.span), round(r.min*perGrowth, growthDigits), round(r.max*perGrowth, growthDigits), round(r.sum, sumDigits)}
		}
		for k := range p.columns {
			p.columns[k] = append(p.columns[k], row[k])
		}
	}
	if counter {
		return p.pack(p.times, p.columns[:]...)
	}
	return p.pack(p.times, p.columns[:4]...)
}

// unpackRollups adds to all what is in a chunk.
func (u *unpacker) unpackRollups(all []rolled, b blob, counter bool) ([]rolled, error) {
	columns := 4
	if counter {
		columns = 5
	}
	if err := u.unpack(b.data, day/slot, columns); err != nil {
		return all, err
	}
	before := len(all)
	for i, at := range u.times {
		var row [5]float64
		for k := range columns {
			row[k] = u.columns[k][i]
		}
		count := row[0]
		r := rolled{days.begin(b.id) + at.t*slot, cell{count: int(count), min: row[1], sum: row[2] * count, max: row[3]}}
		if counter {
			r.cell = cell{int(count), int64(row[1]), row[2] / perGrowth, row[3] / perGrowth, row[4]}
		}
		if !(count >= 1 && count <= maxTimes) || !finite(r.min) || !finite(r.max) || math.IsNaN(r.sum) || counter && !(row[1] > 0 && row[1] <= day) {
			return all[:before], errChunk
		}
		all = append(all, r)
	}
	return all, nil
}

// round leaves a value that many decimal digits.
func round(v float64, digits int) float64 {
	if v == 0 {
		return 0
	}
	power := math.Pow10(digits - 1 - int(math.Floor(math.Log10(math.Abs(v)))))
	if r := math.Round(v*power) / power; finite(r) {
		return r
	}
	return v
}

// rollupsAtOnce is how many days are asked for at once.
const rollupsAtOnce = 60

// rollups calls each for what is kept of a series in rollups from one time to before another, in the order of time.
func (s *Store) rollups(ctx context.Context, id int64, counter bool, from, to int64, each func(rolled)) error {
	u := s.unpacker()
	var all []rolled
	for id != 0 && from < to {
		end := min(to, (from/day+rollupsAtOnce)*day)
		blobs, err := s.read(ctx, days, id, from, end)
		if err != nil {
			return err
		}
		for _, b := range blobs {
			if all, err = u.unpackRollups(all[:0], b, counter); err != nil {
				s.damaged(days, b.id, err)
			}
			for _, r := range all {
				if r.ts >= from && r.ts < end {
					each(r)
				}
			}
		}
		from = end
	}
	return nil
}

// roll makes rollups of the samples of an hour, with the last one before it, in the order of time.
func roll(points []point, begin int64, t tally) []rolled {
	var all []rolled
	for _, p := range points {
		c := t.next(p)
		if c.count == 0 || p.ts < begin {
			continue
		}
		if ts := p.ts - p.ts%slot; len(all) == 0 || all[len(all)-1].ts != ts {
			all = append(all, rolled{ts: ts})
		}
		all[len(all)-1].add(c)
	}
	return all
}
