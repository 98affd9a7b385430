package ledger

import (
	"context"
	"database/sql"
)

// Forward gives what is owed to one room to others, of alerts alone or of all, and tells how much that was. Where an alert stands or
// is owed already it is not owed again; to nobody, it is struck out.
func (db *DB) Forward(ctx context.Context, from Debt, alerts bool, to ...Debt) (n int64, err error) {
	const which = ` FROM outbox AS o WHERE o.chat = ?1 AND o.room = ?2 AND (o.alert <> 0 OR NOT ?3) `
	err = db.Change(ctx, "give to others what is owed to a room", func(tx *sql.Tx) error {
		for _, d := range to {
			if _, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO outbox (chat, room, thread, alert, text, made, due, fresh, rev)
				SELECT ?4, ?5, '', alert, text, made, due, 0, 0`+which+`
				AND NOT EXISTS (SELECT 1 FROM post p WHERE o.alert <> 0 AND p.alert = o.alert AND p.chat = ?4 AND p.room = ?5) ORDER BY id`,
				from.Chat, from.Room, alerts, d.Chat, d.Room); err != nil {
				return err
			}
		}
		res, err := tx.ExecContext(ctx, `DELETE`+which, from.Chat, from.Room, alerts)
		if err != nil {
			return err
		}
		n, err = res.RowsAffected()
		return err
	})
	return n, err
}
