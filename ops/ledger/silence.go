package ledger

import (
	"context"
	"database/sql"
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
	return db.Change(ctx, "silence "+s.Target, func(tx *sql.Tx) error { return silence(ctx, tx, "", s) })
}

func silence(ctx context.Context, tx *sql.Tx, holder string, s Silence) error {
	_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO silence (target, holder, until, why, person, at) VALUES (?, ?, ?, ?, ?, ?)`,
		s.Target, holder, toMillis(s.Until), s.Why, s.Person, toMillis(s.At))
	return err
}

// HoldIn has a holder, as a maintenance, silence these targets and no others, in a transaction of [DB.Change]. What people
// silence is theirs, and as long as they said. What the others kept back and still lasts is told by the next [DB.Wake].
func HoldIn(ctx context.Context, tx *sql.Tx, holder string, all ...Silence) error {
	if _, err := tx.ExecContext(ctx, `UPDATE silence SET until = 0 WHERE holder = ?`, holder); err != nil {
		return err
	}
	for _, s := range all {
		if err := silence(ctx, tx, holder, s); err != nil {
			return err
		}
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
