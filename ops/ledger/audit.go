package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"
)

// An Outcome says how an audited line ended.
type Outcome string

// The outcomes. A line is Started until it has ended; one that is still Started when the bot starts was
// under way when the bot died, and becomes Interrupted.
const (
	Started     Outcome = "started"
	Done        Outcome = "done"
	Failed      Outcome = "failed"
	Refused     Outcome = "refused"
	Interrupted Outcome = "interrupted"
)

// An Audit is the record of one line that was to change the host.
type Audit struct {
	ID      int64
	At      time.Time // when it was asked for
	Person  string    // by the name the config gives
	Account string    // the account that spoke, as a URI
	Chat    string    // through what
	Room    string    // where
	Thread  string
	Line    string
	Outcome Outcome
	Detail  string        // what was answered
	Took    time.Duration // from the start to the end, to the millisecond
}

// keepAudits bounds the table: about ten years of two busy admins.
const keepAudits = 50_000

// Begin records a, and returns its ID once it is on disk. An Outcome of "" means Started.
func (db *DB) Begin(ctx context.Context, a Audit) (int64, error) {
	if a.Outcome == "" {
		a.Outcome = Started
	}
	tx, err := db.pool().BeginTx(ctx, nil)
	if err != nil {
		return 0, fmt.Errorf("write the audit: %w", err)
	}
	defer tx.Rollback() // does nothing after Commit
	res, err := tx.ExecContext(ctx,
		`INSERT INTO audit (at, person, account, chat, room, thread, line, outcome, detail, took)
		 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		toMillis(a.At), a.Person, a.Account, a.Chat, a.Room, a.Thread, a.Line, a.Outcome, a.Detail, a.Took.Milliseconds())
	if err != nil {
		return 0, fmt.Errorf("write the audit: %w", err)
	}
	id, err := res.LastInsertId()
	if err != nil {
		return 0, fmt.Errorf("write the audit: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM audit WHERE id <= ?`, id-keepAudits); err != nil {
		return 0, fmt.Errorf("trim the audit: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return 0, fmt.Errorf("write the audit: %w", err)
	}
	return id, nil
}

// Finish completes the line that Begin recorded.
func (db *DB) Finish(ctx context.Context, id int64, outcome Outcome, detail string, took time.Duration) error {
	_, err := db.pool().ExecContext(ctx, `UPDATE audit SET outcome = ?, detail = ?, took = ? WHERE id = ?`,
		outcome, detail, took.Milliseconds(), id)
	if err != nil {
		return fmt.Errorf("complete the audit: %w", err)
	}
	return nil
}

// Audits returns the last n lines, the newest first.
func (db *DB) Audits(ctx context.Context, n int) ([]Audit, error) {
	return db.audits(ctx, `SELECT id, at, person, account, chat, room, thread, line, outcome, detail, took
		FROM audit ORDER BY id DESC LIMIT ?`, n)
}

// AuditsIn returns the lines asked for from one time to before another, the oldest first; the newest n of them.
func (db *DB) AuditsIn(ctx context.Context, from, to time.Time, n int) ([]Audit, error) {
	all, err := db.audits(ctx, `SELECT id, at, person, account, chat, room, thread, line, outcome, detail, took
		FROM audit WHERE at >= ? AND at < ? ORDER BY id DESC LIMIT ?`, toMillis(from), toMillis(to), n)
	slices.Reverse(all)
	return all, err
}

// Interrupted returns the lines that have not ended, the oldest first. At the start of the bot, before anything
// runs, these were cut off.
func (db *DB) Interrupted(ctx context.Context) ([]Audit, error) {
	return db.audits(ctx, `SELECT id, at, person, account, chat, room, thread, line, outcome, detail, took
		FROM audit WHERE outcome = 'started' ORDER BY id`)
}

// Interrupt marks a line as Interrupted, and owes what is to be said of it, in one transaction.
func (db *DB) Interrupt(ctx context.Context, a Audit, debts ...Debt) error {
	return db.Change(ctx, "mark what was interrupted", func(tx *sql.Tx) error {
		for _, d := range debts {
			if err := owe(ctx, tx, d, 0, false); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `UPDATE audit SET outcome = 'interrupted' WHERE id = ?`, a.ID)
		return err
	})
}

func (db *DB) audits(ctx context.Context, query string, args ...any) ([]Audit, error) {
	rows, err := db.pool().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read the audit: %w", err)
	}
	defer rows.Close()
	var all []Audit
	for rows.Next() {
		var a Audit
		var at, took int64
		if err := rows.Scan(&a.ID, &at, &a.Person, &a.Account, &a.Chat, &a.Room, &a.Thread, &a.Line, &a.Outcome, &a.Detail, &took); err != nil {
			return nil, fmt.Errorf("read the audit: %w", err)
		}
		a.At, a.Took = fromMillis(at), time.Duration(took)*time.Millisecond
		all = append(all, a)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the audit: %w", err)
	}
	return all, nil
}
