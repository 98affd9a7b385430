package ledger

import (
	"context"
	"database/sql"
	"errors"
)

// Trim forgets the events up to that row, as writing new ones does with those that are too many.
func (db *DB) Trim(ctx context.Context, last int64) error {
	return db.Change(ctx, "forget old events", func(tx *sql.Tx) error {
		return errors.Join(trimEvents(ctx, tx, last), trimAlerts(ctx, tx))
	})
}
