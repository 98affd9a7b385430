package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Cursor returns how far the source of that name was read, in the source's own words; "" if never.
func (db *DB) Cursor(ctx context.Context, name string) (value string, err error) {
	err = db.pool().QueryRowContext(ctx, `SELECT value FROM cursor WHERE name = ?`, name).Scan(&value)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read how far %s was read: %w", name, err)
	}
	return value, nil
}

// SetCursor remembers how far the source was read.
func (db *DB) SetCursor(ctx context.Context, name, value string) error {
	_, err := db.pool().ExecContext(ctx, `INSERT INTO cursor (name, value) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	if err != nil {
		return fmt.Errorf("remember how far %s was read: %w", name, err)
	}
	return nil
}
