package ledger

import (
	"context"
	"database/sql"
	"slices"
	"time"
)

// Wake owes what time alone makes due: alerts that outlasted the silence that kept them back, and critical ones
// that last and that nobody took, once more after that while, then after twice as long, up to sixteen times. It
// tells whether there was any.
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
	calm, err := queryAlerts(n.ctx, n.tx, `WHERE a.ended = 0 AND a.calm = 1`)
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
		if err := n.owe(a.ID, a.Event, a.Severity); err != nil {
			return false, err
		}
		owed = true
	}
	return owed, nil
}

// mostDoublings bounds the pause between two reminders.
const mostDoublings = 4

func (n *noting) remind(while time.Duration) (owed bool, err error) {
	const waiting = `ended = 0 AND severity = 2 AND acked = 0 AND calm = 0`
	if _, err := n.tx.ExecContext(n.ctx, `UPDATE alert SET remind = ? WHERE remind = 0 AND `+waiting, toMillis(n.now.Add(while))); err != nil {
		return false, err
	}
	due, err := queryAlerts(n.ctx, n.tx, `WHERE a.remind <> 0 AND a.remind <= ? AND a.ended = 0 AND a.severity = 2 AND a.acked = 0 AND a.calm = 0`, toMillis(n.now))
	if err != nil {
		return false, err
	}
	for _, a := range due {
		if _, err := n.tx.ExecContext(n.ctx, `UPDATE alert SET reminded = reminded + 1, remind = ? + (? << min(reminded + 1, ?)) WHERE id = ?`,
			toMillis(n.now), while.Milliseconds(), mostDoublings, a.ID); err != nil {
			return false, err
		}
		for _, d := range n.plan(a.Event, a.Severity) {
			d.Made, d.Fresh = n.now, true
			if err := owe(n.ctx, n.tx, d, a.ID); err != nil {
				return false, err
			}
			owed = true
		}
	}
	return owed, nil
}
