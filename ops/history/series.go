package history

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/diaspote/vigie/ops"
)

const (
	seriesBits = 22   // of an ID, below the hour or day: 4 million series over the years
	maxSeries  = 2000 // at a time
	maxName    = 1024 // bytes of a name with its labels
	// stale is how many milliseconds after its last sample a series makes room for a new one, where there are too many.
	stale = day
)

// A known series is one that has an ID.
type known struct {
	id          int64
	first, last int64  // ms since 1970
	round       uint32 // the last one of Write that it was in
}

// Info is a series that there are samples of.
type Info struct {
	Series      ops.Series
	First, Last time.Time // of its samples; those of the oldest may be gone by now
}

// Series returns what there are samples of, by name and labels.
func (s *Store) Series() []Info {
	s.mu.RLock()
	all := make([]Info, 0, len(s.series))
	for name, k := range s.series {
		all = append(all, Info{name, time.UnixMilli(k.first), time.UnixMilli(k.last)})
	}
	s.mu.RUnlock()
	slices.SortFunc(all, func(a, b Info) int {
		return cmp.Or(cmp.Compare(a.Series.Name, b.Series.Name), cmp.Compare(a.Series.Labels, b.Series.Labels), a.First.Compare(b.First))
	})
	return all
}

// Last returns what the newest scrape of this process measured, and when; nothing before the first. The samples are not to
// be changed.
func (s *Store) Last() (time.Time, []ops.Sample) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.lastAt, s.last
}

// ErrTooMany says that there are more series than are kept.
var ErrTooMany = fmt.Errorf("there are more than %d series, so new ones are left out: let probes and scrapes measure less", maxSeries)

// ErrName says that a series cannot be kept under its name.
var ErrName = errors.New("the name of a series is empty or longer than 1,024 bytes with its labels")

// replace forgets series, and gives IDs to others that are new.
func (s *Store) replace(ctx context.Context, gone, fresh []ops.Series, at int64) error {
	ids, firsts := make([]int64, len(fresh)), make([]int64, len(fresh))
	err := s.db.Change(ctx, "note which series there are", func(tx *sql.Tx) error {
		for _, name := range gone {
			if _, err := tx.ExecContext(ctx, `DELETE FROM series WHERE id = ?`, s.series[name].id); err != nil {
				return err
			}
		}
		for i, name := range fresh {
			// A ledger that could only be read at first may know some of them by now.
			err := tx.QueryRowContext(ctx, `INSERT INTO series (name, labels, counter, first, last) VALUES (?1, ?2, ?3, ?4, ?4)
				ON CONFLICT DO UPDATE SET last = max(last, excluded.last) RETURNING id, first`, name.Name, name.Labels, name.Counter, at).Scan(&ids[i], &firsts[i])
			if err != nil {
				return err
			}
			if ids[i] >= 1<<seriesBits {
				return errors.New("there were four million of them, more than can be numbered: begin with a new file")
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if gone != nil {
		s.heard = nil // some may be among them
	}
	for _, name := range gone {
		delete(s.series, name)
	}
	for i, name := range fresh {
		s.series[name] = &known{id: ids[i], first: firsts[i], last: at}
	}
	return nil
}

// stalest are at most n series that nothing was heard of for longest, and not lately. What is kept of them is not
// found again, and deleted in its time.
func (s *Store) stalest(n int, at int64) []ops.Series {
	var all []ops.Series
	for name, k := range s.series {
		if k.last < at-stale {
			all = append(all, name)
		}
	}
	slices.SortFunc(all, func(a, b ops.Series) int { return cmp.Compare(s.series[a].last, s.series[b].last) })
	return all[:min(max(n, 0), len(all))]
}
