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
	times := make([]stamp, len(all))
	var columns [5][]float64
	for i, r := range all {
		times[i].t = (r.ts - begin) / slot
		row := [5]float64{float64(r.count), r.min, round(r.avg(false), avgDigits), r.max}
		if counter {
			row = [5]float64{float64(r.count), float64(r.span), round(r.min*perGrowth, growthDigits), round(r.max*perGrowth, growthDigits), round(r.sum, sumDigits)}
		}
		for k := range columns {
			columns[k] = append(columns[k], row[k])
		}
	}
	if counter {
		return p.pack(times, columns[:]...)
	}
	return p.pack(times, columns[:4]...)
}

func (u unpacker) unpackRollups(b blob, counter bool) ([]rolled, error) {
	var columns [5][]float64
	into := []*[]float64{&columns[0], &columns[1], &columns[2], &columns[3], &columns[4]}
	if !counter {
		into = into[:4]
	}
	times, err := u.unpack(b.data, day/slot, nil, into...)
	if err != nil {
		return nil, err
	}
	all := make([]rolled, 0, len(times))
	for i, at := range times {
		r := rolled{ts: days.begin(b.id) + at.t*slot}
		count := columns[0][i]
		if !(count >= 1 && count <= maxTimes) {
			return nil, errChunk
		}
		r.count = int(count)
		if counter {
			r.span, r.min, r.max, r.sum = int64(columns[1][i]), columns[2][i]/perGrowth, columns[3][i]/perGrowth, columns[4][i]
		} else {
			r.min, r.sum, r.max = columns[1][i], columns[2][i]*count, columns[3][i]
		}
		if !finite(r.min) || !finite(r.max) || math.IsNaN(r.sum) || counter && r.span <= 0 {
			return nil, errChunk
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
	for id != 0 && from < to {
		end := min(to, (from/day+rollupsAtOnce)*day)
		blobs, err := s.read(ctx, days, id, from, end)
		if err != nil {
			return err
		}
		for _, b := range blobs {
			all, err := s.unpacker.unpackRollups(b, counter)
			if err != nil {
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
