package history

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"time"

	"github.com/diaspote/vigie/ops"
)

// Write keeps the samples of one scrape; when it returns they are on disk. It leaves out NaN and the infinities, and all but
// the first sample of a series. Whatever is wrong with some of them, the others are written: [ErrTooMany] and [ErrName]
// say what was not. [ErrClock] and [ErrFull] are about all of them, as is an error of the disk.
func (s *Store) Write(ctx context.Context, at time.Time, samples []ops.Sample) error {
	ts := at.UnixMilli()
	if ts < minTime || ts >= maxTime {
		return fmt.Errorf("keep the samples of %s: %w", at.Format(time.RFC3339), ErrClock)
	}
	if free, err := s.db.Free(); err != nil {
		return err
	} else if free < reserve {
		return fmt.Errorf("keep samples: %w", ErrFull)
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	fresh, left := s.news(samples, ts)
	if len(fresh) > 0 {
		gone := s.stalest(len(s.series)+len(fresh)-maxSeries, ts)
		if err := s.replace(ctx, gone, fresh, ts); err != nil {
			return err
		}
	}
	last, heard := s.compose(ts, samples)
	if ts <= s.newest {
		if err := s.composeOthers(ctx, ts, heard); err != nil {
			return err
		}
	}
	err := s.db.Change(ctx, "keep the samples", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO scrape (ts, vals) VALUES (?, ?)`, ts, s.row)
		return err
	})
	if err != nil {
		return err
	}
	s.prev, s.newest = ts, max(s.newest, ts)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range heard {
		k.first, k.last = min(k.first, ts), max(k.last, ts)
	}
	s.last, s.lastAt = last, at
	return left
}

// wrote tells whether the newest that was written is of that time.
func (s *Store) wrote(at time.Time) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.lastAt.Equal(at)
}

// news are the series of the samples that have no ID yet, as many as there is room for.
func (s *Store) news(samples []ops.Sample, ts int64) (fresh []ops.Series, left error) {
	room, seen := 0, map[ops.Series]bool(nil)
	for _, a := range samples {
		if s.series[a.Series] != nil || seen[a.Series] || !finite(a.Value) {
			continue
		}
		if n := len(a.Series.Name); n == 0 || n+len(a.Series.Labels) > maxName {
			left = ErrName
			continue
		}
		if seen == nil {
			room, seen = maxSeries-len(s.series)+len(s.stalest(maxSeries, ts)), map[ops.Series]bool{}
		}
		if len(fresh) >= room {
			left = ErrTooMany
			continue
		}
		seen[a.Series] = true
		fresh = append(fresh, a.Series)
	}
	return fresh, left
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// compose makes s.row of the samples, and returns those that are in it, and their series.
func (s *Store) compose(ts int64, samples []ops.Sample) (in []ops.Sample, heard []*known) {
	s.round++
	s.row = s.row[:0]
	cut, before := ts <= s.prev, int64(0)
	in, heard = make([]ops.Sample, 0, len(samples)), make([]*known, 0, len(samples))
	for _, a := range samples {
		k := s.series[a.Series]
		if k == nil || k.round == s.round || !finite(a.Value) {
			continue
		}
		k.round = s.round
		s.row = appendValue(s.row, k.id-before, cut, a.Value)
		before = k.id
		in, heard = append(in, a), append(heard, k)
	}
	return in, heard
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
	return s.readRows(ctx, ts, ts+1, func(id int64, p point) {
		if !have[id] {
			s.row = appendValue(s.row, id-before, p.cut, p.v)
			before = id
		}
	})
}
