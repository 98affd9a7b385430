package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// oweOne writes one debt down.
const oweOne = `INSERT INTO outbox (chat, room, thread, alert, text, made, due, fresh, rev, subject) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?11)
	ON CONFLICT (subject, chat, room) WHERE subject <> ''
	DO UPDATE SET rev = rev + 1, text = excluded.text, due = min(due, excluded.due)
	ON CONFLICT (alert, chat, room) WHERE alert <> 0
	DO UPDATE SET rev = rev + 1, fresh = max(fresh, excluded.fresh),
		due = CASE WHEN ?9 > 0 THEN max(?10, min(excluded.due, made + ?9)) ELSE min(due, excluded.due) END`

// owe writes one debt down; hold waits until what it is about is steady.
func owe(ctx context.Context, tx *sql.Tx, d Debt, alert int64, hold bool) error {
	_, err := tx.ExecContext(ctx, oweOne, oweArgs(d, alert, hold)...)
	return err
}

func oweArgs(d Debt, alert int64, hold bool) []any {
	due, latest := toMillis(d.Due), int64(0)
	if hold {
		due, latest = max(due, toMillis(d.Made.Add(holdSteady))), HoldMost.Milliseconds()
	}
	return []any{d.Chat, d.Room, d.Thread, alert, d.Text, toMillis(d.Made), due, d.Fresh, latest, toMillis(d.Due), d.Subject}
}

// OweIn writes down texts to be posted in a transaction of [DB.Change]: what makes them due and what is owed for it are on disk
// together, or neither is.
func OweIn(ctx context.Context, tx *sql.Tx, now time.Time, debts ...Debt) error {
	if len(debts) == 0 {
		return nil
	}
	one, err := tx.PrepareContext(ctx, oweOne) // there may be thousands
	if err != nil {
		return err
	}
	defer one.Close()
	for _, d := range debts {
		if d.Made.IsZero() {
			d.Made = now
		}
		if _, err := one.ExecContext(ctx, oweArgs(d, 0, false)...); err != nil {
			return err
		}
	}
	return nil
}

// Postpone has a debt wait until then, so that it does not keep up the others.
func (db *DB) Postpone(ctx context.Context, d Debt, due time.Time) error {
	if _, err := db.pool().ExecContext(ctx, `UPDATE outbox SET due = ? WHERE id = ? AND rev = ?`, toMillis(due), d.ID, d.rev); err != nil {
		return fmt.Errorf("have a post wait: %w", err)
	}
	return nil
}

// Owe writes down texts to be posted. When it returns nil they are on disk.
func (db *DB) Owe(ctx context.Context, debts ...Debt) error {
	return db.Change(ctx, "write down what to post", func(tx *sql.Tx) error {
		for _, d := range debts {
			if err := owe(ctx, tx, d, 0, false); err != nil {
				return err
			}
		}
		return nil
	})
}

// isDue is what is to be paid by the time ?1, in ms. What was owed at a time to come is due, too: the clock was set back since, and may
// have been years ahead.
const isDue = `(due <= ?1 OR made > ?1 + 60000)`

// Owed returns what is to be paid to a room by now, the oldest first, at most limit of those behind the debt of that ID;
// how much there is in all; and when the next of the rest falls due, zero for none.
func (db *DB) Owed(ctx context.Context, chat, room string, now time.Time, behind int64, limit int) (debts []Debt, all int, next time.Time, err error) {
	var soonest sql.NullInt64
	err = db.pool().QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE `+isDue+`), min(due) FILTER (WHERE NOT `+isDue+`) FROM outbox WHERE chat = ?2 AND room = ?3`,
		toMillis(now), chat, room).Scan(&all, &soonest)
	if err != nil {
		return nil, 0, next, fmt.Errorf("read what is to be posted: %w", err)
	}
	next = orZero(soonest.Int64)
	if all == 0 {
		return nil, 0, next, nil
	}
	rows, err := db.pool().QueryContext(ctx, `SELECT id, thread, alert, text, made, due, fresh, rev FROM outbox
		WHERE `+isDue+` AND chat = ?2 AND room = ?3 AND id > ?4 ORDER BY id LIMIT ?5`, toMillis(now), chat, room, behind, limit)
	if err != nil {
		return nil, 0, next, fmt.Errorf("read what is to be posted: %w", err)
	}
	alerts := map[int64][]int{}
	for rows.Next() {
		d := Debt{Chat: chat, Room: room}
		var alert, made, due int64
		if err := rows.Scan(&d.ID, &d.Thread, &alert, &d.Text, &made, &due, &d.Fresh, &d.rev); err != nil {
			return nil, 0, next, errors.Join(err, rows.Close())
		}
		d.Made, d.Due = fromMillis(made), fromMillis(due)
		if alert != 0 {
			alerts[alert] = append(alerts[alert], len(debts))
		}
		debts = append(debts, d)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, 0, next, fmt.Errorf("read what is to be posted: %w", err)
	}
	if len(alerts) == 0 {
		return debts, all, next, nil
	}
	found, err := db.alerts(ctx, `WHERE a.id IN (SELECT alert FROM outbox WHERE `+isDue+` AND chat = ?2 AND room = ?3 AND id > ?4 ORDER BY id LIMIT ?5)`,
		toMillis(now), chat, room, behind, limit)
	if err != nil {
		return nil, 0, next, err
	}
	for _, a := range found {
		for _, i := range alerts[a.ID] {
			debts[i].Alert = &a
		}
	}
	return debts, all, next, nil
}

// A Standing is where an alert was told, so that its post can be edited.
type Standing struct {
	Receipt  string
	At       time.Time
	Severity int // as it was told
}

// Stands returns where the alert stands in a room; the Receipt is "" if it does not.
func (db *DB) Stands(ctx context.Context, alert int64, chat, room string) (s Standing, err error) {
	var at int64
	err = db.pool().QueryRowContext(ctx, `SELECT receipt, at, severity FROM post WHERE alert = ? AND chat = ? AND room = ?`, alert, chat, room).
		Scan(&s.Receipt, &at, &s.Severity)
	if errors.Is(err, sql.ErrNoRows) {
		return Standing{}, nil
	}
	if err != nil {
		return s, fmt.Errorf("read where an alert was posted: %w", err)
	}
	s.At = fromMillis(at)
	return s, nil
}

// Pay strikes out debts that were posted under that receipt. One that was owed anew meanwhile stays. An alert now stands in
// the post of that receipt, unless it is "".
func (db *DB) Pay(ctx context.Context, receipt string, at time.Time, debts ...Debt) error {
	return db.Change(ctx, "strike out what was posted", func(tx *sql.Tx) error {
		for _, d := range debts {
			if _, err := tx.ExecContext(ctx, `DELETE FROM outbox WHERE id = ? AND rev = ?`, d.ID, d.rev); err != nil {
				return err
			}
			// What was owed anew meanwhile is an edit of what was just posted.
			if _, err := tx.ExecContext(ctx, `UPDATE outbox SET fresh = 0 WHERE id = ?`, d.ID); err != nil {
				return err
			}
			if d.Alert == nil || receipt == "" {
				continue
			}
			if _, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO post (alert, chat, room, receipt, at, severity) VALUES (?, ?, ?, ?, ?, ?)`,
				d.Alert.ID, d.Chat, d.Room, receipt, toMillis(at), d.Alert.Severity); err != nil {
				return err
			}
		}
		return nil
	})
}

// Creditors returns the rooms that something is owed to, as debts that have just Chat and Room.
func (db *DB) Creditors(ctx context.Context) ([]Debt, error) {
	rows, err := db.pool().QueryContext(ctx, `SELECT DISTINCT chat, room FROM outbox`)
	if err != nil {
		return nil, fmt.Errorf("read whom something is owed to: %w", err)
	}
	defer rows.Close()
	var all []Debt
	for rows.Next() {
		var d Debt
		if err := rows.Scan(&d.Chat, &d.Room); err != nil {
			return nil, fmt.Errorf("read whom something is owed to: %w", err)
		}
		all = append(all, d)
	}
	return all, rows.Err()
}

// OweAtMost writes a text down, and strikes out the oldest of what is owed to its room beyond so many: for what may be lost if
// there is too much of it.
func (db *DB) OweAtMost(ctx context.Context, most int, d Debt) error {
	return db.Change(ctx, "write down what to post", func(tx *sql.Tx) error {
		if err := owe(ctx, tx, d, 0, false); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM outbox WHERE chat = ?1 AND room = ?2 AND id <=
			(SELECT id FROM outbox WHERE chat = ?1 AND room = ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3)`, d.Chat, d.Room, most)
		return err
	})
}
