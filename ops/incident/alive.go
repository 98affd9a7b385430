package incident

import (
	"context"
	"database/sql"
	"strconv"
	"time"
)

// cursorAlive names the cursor of the last sign of life, in ms since 1970.
const cursorAlive = "incident/alive"

// unwatched is how long nobody may have looked before that shows in the bars: a restart or an upgrade of the bot is no gap.
const unwatched = 5 * time.Minute

// noteAlive leaves a sign of life, and how far the events were read. It costs the disk next to nothing.
func (k *Keeper) noteAlive(ctx context.Context) error {
	return k.Book.db.ExecSoon(ctx, "leave a sign of life", `INSERT INTO cursor (name, value) VALUES (?1, ?2), (?3, ?4)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
		cursorAlive, strconv.FormatInt(ms(k.Book.now()), 10), cursorEvents, strconv.FormatInt(k.read, 10))
}

// noteGap notes that nothing is known of the time since the last sign of life, of all that is looked after.
func (k *Keeper) noteGap(ctx context.Context) error {
	text, err := k.Book.db.Cursor(ctx, cursorAlive)
	if err != nil {
		return err
	}
	alive, err := strconv.ParseInt(text, 10, 64)
	now := k.Book.now()
	if err != nil || moment(alive).Year() < firstYear || now.Sub(moment(alive)) <= unwatched {
		return nil
	}
	return k.Book.change(ctx, "note that nobody looked", func(w *writing) error {
		components, err := readComponents(w.rows, `WHERE deleted = 0 AND follows <> ''`)
		if err != nil {
			return err
		}
		for _, c := range components {
			at := alive
			// It may have turned since then, in the minute before the bot went.
			err := w.rows(func(r *sql.Rows) error { return r.Scan(&at) }, `SELECT max(?2, coalesce(max(at) + 1, 0)) FROM component_turn
				WHERE component = ?1 AND at <= ?3`, c.ID, alive, ms(now))
			if err != nil {
				return err
			}
			if err := w.exec(`INSERT OR REPLACE INTO component_turn (component, at, state) VALUES (?, ?, ?)`, c.ID, at, Unknown); err != nil {
				return err
			}
			if err := w.exec(`UPDATE component SET seen = 0, state = 0, since = ? WHERE id = ?`, at, c.ID); err != nil {
				return err
			}
		}
		return nil
	})
}
