package ledger

import (
	"context"
	"database/sql"
	"slices"
	"time"
)

// Wake owes what time alone makes due: what a silence kept back that has ended, and critical alerts that nobody took:
// once more after that while and, as long as they last, then after twice as long, up to sixteen times. It tells whether
// there was any.
func (db *DB) Wake(ctx context.Context, now time.Time, while time.Duration, plan Plan) (owed bool, err error) {
	err = db.Change(ctx, "look what is due", func(tx *sql.Tx) error {
		n := noting{ctx: ctx, tx: tx, now: now, plan: plan}
		told, err := n.unsilence()
		if err != nil {
			return err
		}
		if while <= 0 {
			owed = told
			return nil
		}
		said, err := n.remind(while)
		owed = told || said
		return err
	})
	return owed, err
}

// unsilence forgets the silences that have ended.
func (n *noting) unsilence() (owed bool, err error) {
	over, err := silences(n.ctx, n.tx, `WHERE until <= ?`, toMillis(n.now))
	if err != nil || len(over) == 0 {
		return false, err
	}
	if _, err := n.tx.ExecContext(n.ctx, `DELETE FROM silence WHERE until <= ?`, toMillis(n.now)); err != nil {
		return false, err
	}
	rest, err := silences(n.ctx, n.tx, ``)
	if err != nil {
		return false, err
	}
	calm, err := queryAlerts(n.ctx, n.tx, `WHERE a.calm = 1 AND (a.ended = 0 OR
		e.resolved = 1 AND EXISTS (SELECT 1 FROM post p WHERE p.alert = a.id))`) // what was told stands there as if it lasted still
	if err != nil {
		return false, err
	}
	for _, a := range calm {
		covers := func(s Silence) bool { return s.Covers(a.Event) }
		if !slices.ContainsFunc(over, covers) || slices.ContainsFunc(rest, covers) {
			continue
		}
		if _, err := n.tx.ExecContext(n.ctx, `UPDATE alert SET calm = 0 WHERE id = ?`, a.ID); err != nil {
			return false, err
		}
		if err := n.owe(a.ID, a.Event, a.Severity, false); err != nil {
			return false, err
		}
		owed = true
	}
	return owed, nil
}

// mostDoublings bounds the pause between two reminders, and forgotten is when what happened and did not last is not said again.
const (
	mostDoublings = 4
	forgotten     = 24 * time.Hour
)

func (n *noting) remind(while time.Duration) (owed bool, err error) {
	now := toMillis(n.now)
	const waiting = ` a.severity = 2 AND a.acked = 0 AND a.calm = 0 AND (a.ended = 0 OR e.lasting = 0 AND e.resolved = 0 AND a.reminded = 0 AND a.last > ?1) `
	open, err := queryAlerts(n.ctx, n.tx, `WHERE (a.remind <= ?2 OR a.remind > ?3) AND`+waiting,
		toMillis(n.now.Add(-forgotten)), now, now+while.Milliseconds()<<mostDoublings) // the clock may have been set back
	if err != nil {
		return false, err
	}
	hushed, err := silences(n.ctx, n.tx, ``)
	if err != nil {
		return false, err
	}
	for _, a := range open {
		var remind int64
		if err := n.tx.QueryRowContext(n.ctx, `SELECT remind FROM alert WHERE id = ?`, a.ID).Scan(&remind); err != nil {
			return false, err
		}
		if remind == 0 {
			if _, err := n.tx.ExecContext(n.ctx, `UPDATE alert SET remind = ? WHERE id = ?`, now+while.Milliseconds(), a.ID); err != nil {
				return false, err
			}
			continue
		}
		if slices.ContainsFunc(hushed, func(s Silence) bool { return s.Covers(a.Event) }) {
			continue
		}
		if _, err := n.tx.ExecContext(n.ctx, `UPDATE alert SET reminded = reminded + 1, remind = ? + (? << min(reminded + 1, ?)) WHERE id = ?`,
			now, while.Milliseconds(), mostDoublings, a.ID); err != nil {
			return false, err
		}
		for _, d := range n.plan(a.Event, a.Severity) {
			d.Made, d.Fresh = n.now, true
			if err := owe(n.ctx, n.tx, d, a.ID, false); err != nil {
				return false, err
			}
			owed = true
		}
	}
	return owed, nil
}
