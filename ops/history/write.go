package history

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/diaspote/vigie/ops"
)

// Write keeps the samples of one scrape: once it has returned no crash of the bot takes them, and only a power cut the last
// few. It leaves out NaN and the infinities, and all but the first sample of a series. Whatever is wrong with some of them,
// the others are written: [ErrTooMany] and [ErrName] say what was not. [ErrClock] and [ErrFull] are about all of them, as is an error of the disk.
func (s *Store) Write(ctx context.Context, at time.Time, samples []ops.Sample) error {
	ts := at.UnixMilli()
	if ts < minTime || ts >= maxTime {
		return fmt.Errorf("keep the samples of %s: %w", at.Format(time.RFC3339), ErrClock)
	}
	free, err := s.db.Free()
	if err != nil {
		return err
	}
	if free < reserve {
		return fmt.Errorf("keep samples: %w", ErrFull)
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	last, heard, unknown := s.compose(ts, samples)
	var left error
	if unknown {
		if left, err = s.meet(ctx, ts, samples); err != nil {
			return err
		}
		last, heard, _ = s.compose(ts, samples)
	}
	if ts <= s.newest {
		if err := s.composeOthers(ctx, ts, heard); err != nil {
			return err
		}
	}
	if err := s.db.ExecSoon(ctx, "keep the samples", `INSERT OR REPLACE INTO scrape (ts, vals) VALUES (?, ?)`, ts, s.row); err != nil {
		return err
	}
	s.prev, s.newest = ts, max(s.newest, ts)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range heard {
		k.first, k.last = min(k.first, ts), max(k.last, ts)
	}
	s.last, s.heard, s.lastAt = last, heard, at
	return left
}

// wrote tells whether the newest that was written is of that time.
func (s *Store) wrote(at time.Time) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.lastAt.Equal(at)
}

// meet gives IDs to the series of the samples that have none, as far as there is room; left says what is not kept.
func (s *Store) meet(ctx context.Context, ts int64, samples []ops.Sample) (left, err error) {
	room := maxSeries - len(s.series) + len(s.stalest(maxSeries, ts))
	seen := map[ops.Series]bool{}
	var fresh []ops.Series
	for _, a := range samples {
		switch size := len(a.Series.Name) + len(a.Series.Labels); {
		case s.series[a.Series] != nil || seen[a.Series] || !finite(a.Value):
		case a.Series.Name == "" || size > maxName:
			left = ErrName
		case len(fresh) == room:
			left = ErrTooMany
		default:
			seen[a.Series] = true
			fresh = append(fresh, a.Series)
		}
	}
	if fresh == nil {
		return left, nil
	}
	return left, s.replace(ctx, s.stalest(len(s.series)+len(fresh)-maxSeries, ts), fresh, ts)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// compose makes s.row of the samples, and returns those that are in it, their series, and whether there are some of series that
// are not known.
func (s *Store) compose(ts int64, samples []ops.Sample) (in []ops.Sample, heard []*known, unknown bool) {
	s.round++
	s.row = s.row[:0]
	cut, before := ts <= s.prev, int64(0)
	in, heard = make([]ops.Sample, 0, len(samples)), make([]*known, 0, len(samples))
	for _, a := range samples {
		if !finite(a.Value) {
			continue
		}
		k := s.find(len(in), a.Series)
		if k == nil {
			unknown = true
			continue
		}
		if k.round == s.round {
			continue
		}
		k.round = s.round
		s.row = appendValue(s.row, k.id-before, cut, a.Value)
		before = k.id
		in, heard = append(in, a), append(heard, k)
	}
	return in, heard, unknown
}

// find returns a series that is known. It is mostly the one that was in this place of the last scrape, which is faster to see.
func (s *Store) find(place int, name ops.Series) *known {
	if place < len(s.heard) && s.last[place].Series == name {
		return s.heard[place]
	}
	return s.series[name]
}

// composeOthers adds to s.row, which has those heard, the other samples that were written for this time when the clock came to
// it before.
func (s *Store) composeOthers(ctx context.Context, ts int64, heard []*known) error {
	have := map[int64]bool{}
	before := int64(0)
	for _, k := range heard {
		have[k.id] = true
		before = k.id
	}
	return s.readRows(ctx, ts, ts+1, func(_ int64, row *rowReader) {
		for row.next() {
			if !have[row.id] {
				s.row = appendValue(s.row, row.id-before, row.cut, row.value())
				before = row.id
			}
		}
	})
}
