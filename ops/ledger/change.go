package ledger

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
)

// Change runs f in one transaction: when it returns nil, all that f wrote is on disk, and otherwise nothing is. The
// error begins with what was being done. There is one connection, and alerts wait for it too: f takes milliseconds,
// and calls nothing of the DB but tx. For a package that keeps tables of its own here.
func (db *DB) Change(ctx context.Context, doing string, f func(tx *sql.Tx) error) error {
	tx, err := db.pool().BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	defer tx.Rollback() // does nothing after Commit
	if err := f(tx); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// Exec runs one statement, which is a transaction by itself.
func (db *DB) Exec(ctx context.Context, doing, statement string, args ...any) error {
	if _, err := db.pool().ExecContext(ctx, statement, args...); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// Read calls row for each row of a query, which holds the only connection until the last of them: row keeps what it
// is given for later rather than work on it, and who has much to read asks several times for a little. It may use
// what it scans into a sql.RawBytes during the call alone.
func (db *DB) Read(ctx context.Context, doing string, row func(*sql.Rows) error, query string, args ...any) error {
	rows, err := db.pool().QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return fmt.Errorf("%s: %w", doing, err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// ExecSoon is Exec for what a power cut may take again, though no crash of the bot does: it does not wait until the
// disk has it (https://www.sqlite.org/pragma.html#pragma_synchronous, NORMAL). A disk of flash lasts longer for it. What is
// written after it by any other method takes it along.
func (db *DB) ExecSoon(ctx context.Context, doing, statement string, args ...any) error {
	conn, err := db.pool().Conn(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "PRAGMA synchronous = NORMAL"); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	_, err = conn.ExecContext(ctx, statement, args...)
	if _, back := conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA synchronous = FULL"); back != nil {
		conn.Raw(func(any) error { return driver.ErrBadConn }) // nothing else may be written so
		err = errors.Join(err, back)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
