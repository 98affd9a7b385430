package ledger

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops"
)

// A Silence keeps what is about its target out of the rooms for a while. The ledger has it all the same.
type Silence struct {
	Target string // a unit's full name, an event's key, or the beginning of keys with a * behind it
	Until  time.Time
	Why    string
	Person string
	At     time.Time
}

// Covers tells whether the silence is about that event.
func (s Silence) Covers(e ops.Event) bool {
	if start, open := strings.CutSuffix(s.Target, "*"); open {
		return strings.HasPrefix(e.Key, start)
	}
	return s.Target == e.Key || s.Target == e.Unit
}

// Silence keeps or exchanges the silence of a target.
func (db *DB) Silence(ctx context.Context, s Silence) error {
	_, err := db.pool().ExecContext(ctx, `INSERT OR REPLACE INTO silence (target, until, why, person, at) VALUES (?, ?, ?, ?, ?)`,
		s.Target, toMillis(s.Until), s.Why, s.Person, toMillis(s.At))
	if err != nil {
		return fmt.Errorf("silence %s: %w", s.Target, err)
	}
	return nil
}

// Unsilence ends the silence of a target now, and tells whether there was one. What it kept back and still lasts is
// told by the next [DB.Wake].
func (db *DB) Unsilence(ctx context.Context, target string) (bool, error) {
	res, err := db.pool().ExecContext(ctx, `UPDATE silence SET until = 0 WHERE target = ?`, target)
	if err != nil {
		return false, fmt.Errorf("end the silence of %s: %w", target, err)
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// Silences returns those that have not ended by now, the one that ends first in front.
func (db *DB) Silences(ctx context.Context, now time.Time) ([]Silence, error) {
	return silences(ctx, db.pool(), `WHERE until > ? ORDER BY until`, toMillis(now))
}

func silences(ctx context.Context, q querier, where string, args ...any) ([]Silence, error) {
	rows, err := q.QueryContext(ctx, `SELECT target, until, why, person, at FROM silence `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read the silences: %w", err)
	}
	defer rows.Close()
	var all []Silence
	for rows.Next() {
		var s Silence
		var until, at int64
		if err := rows.Scan(&s.Target, &until, &s.Why, &s.Person, &at); err != nil {
			return nil, fmt.Errorf("read the silences: %w", err)
		}
		s.Until, s.At = fromMillis(until), fromMillis(at)
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the silences: %w", err)
	}
	return all, nil
}
