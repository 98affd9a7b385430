package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/diaspote/vigie/ops"
)

// A Record is an event as it stands in the ledger.
type Record struct {
	ops.Event
	Row      int64
	Noted    time.Time // when it was written
	Silenced bool      // nobody was told, because of a silence
	Alert    int64     // the alert that it belongs to, 0 for none
}

// An EventQuery says which events are wanted. What is zero does not matter.
type EventQuery struct {
	Kind  string
	Since time.Time // not before
	Until time.Time // before
	Limit int       // at most so many, the newest; 0 for no limit
}

// keepEvents bounds the table: years of a busy host. What is more than that, and the alerts and posts that no event is left
// of, is looked for once in trimEvery events.
const (
	keepEvents = 200_000
	trimEvery  = 1000
)

const eventColumns = `uid, kind, key, unit, severity, at, lasting, resolved, title, text, details, room`

// Events returns what happened, the newest first.
func (db *DB) Events(ctx context.Context, q EventQuery) ([]Record, error) {
	until := int64(1<<62 - 1)
	if !q.Until.IsZero() {
		until = toMillis(q.Until)
	}
	since := int64(-1 << 62)
	if !q.Since.IsZero() {
		since = toMillis(q.Since)
	}
	limit := -1
	if q.Limit > 0 {
		limit = q.Limit
	}
	return queryEvents(ctx, db.pool(), `WHERE at >= ? AND at < ? AND (? = '' OR kind = ?) ORDER BY at DESC, id DESC LIMIT ?`,
		since, until, q.Kind, q.Kind, limit)
}

// EventsOf returns those that belong to an incident, the oldest first.
func (db *DB) EventsOf(ctx context.Context, incident int64) ([]Record, error) {
	return queryEvents(ctx, db.pool(), `WHERE id IN (SELECT event FROM incident_event WHERE incident = ?) ORDER BY at, id`, incident)
}

// EventsAfter returns, in a transaction of [DB.Change], the next events that were written after that row, in order.
func EventsAfter(ctx context.Context, tx *sql.Tx, row int64, limit int) ([]Record, error) {
	return queryEvents(ctx, tx, `WHERE id > ? ORDER BY id LIMIT ?`, row, limit)
}

// EventsBefore returns, in such a transaction, the events since then that were written before that row, in order; the newest of
// them if there are more than limit.
func EventsBefore(ctx context.Context, tx *sql.Tx, row int64, since time.Time, limit int) ([]Record, error) {
	all, err := queryEvents(ctx, tx, `WHERE at >= ? AND id < ? ORDER BY id DESC LIMIT ?`, toMillis(since), row, limit)
	slices.Reverse(all)
	return all, err
}

func queryEvents(ctx context.Context, q querier, where string, args ...any) ([]Record, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+eventColumns+`, id, noted, silenced, alert FROM event `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read the events: %w", err)
	}
	defer rows.Close()
	var all []Record
	for rows.Next() {
		var r Record
		var noted int64
		if r.Event, err = scanEvent(rows, &r.Row, &noted, &r.Silenced, &r.Alert); err != nil {
			return nil, fmt.Errorf("read the events: %w", err)
		}
		r.Noted = fromMillis(noted)
		all = append(all, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the events: %w", err)
	}
	return all, nil
}

// scanEvent reads eventColumns, and what was asked for after them.
func scanEvent(row interface{ Scan(...any) error }, more ...any) (e ops.Event, err error) {
	var at int64
	var details []byte
	err = row.Scan(append([]any{&e.ID, &e.Kind, &e.Key, &e.Unit, &e.Severity, &at, &e.Lasting, &e.Resolved,
		&e.Title, &e.Text, &details, &e.Room}, more...)...)
	if err != nil {
		return e, err
	}
	e.At = fromMillis(at)
	return e, json.Unmarshal(details, &e.Details)
}

// insertEvent writes a new event, and trims the table now and then.
func insertEvent(ctx context.Context, tx *sql.Tx, e ops.Event, details []byte, noted time.Time, silenced bool, alert int64) (int64, error) {
	res, err := tx.ExecContext(ctx, `INSERT INTO event (`+eventColumns+`, noted, silenced, alert)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		e.ID, e.Kind, e.Key, e.Unit, e.Severity, toMillis(e.At), e.Lasting, e.Resolved, e.Title, e.Text, string(details), e.Room,
		toMillis(noted), silenced, alert)
	if err != nil {
		return 0, err
	}
	id, err := res.LastInsertId()
	if err != nil {
		return 0, err
	}
	if id%trimEvery != 0 {
		return id, nil
	}
	if err := trimEvents(ctx, tx, id-keepEvents); err != nil {
		return id, err
	}
	return id, trimAlerts(ctx, tx)
}

// trimEvents forgets the events up to that one, but for those of what is owed still and those of what lasts.
func trimEvents(ctx context.Context, tx *sql.Tx, last int64) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM event WHERE id <= ?
		AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.alert = event.alert AND o.alert <> 0)
		AND NOT EXISTS (SELECT 1 FROM alert a WHERE a.ended = 0 AND a.id = event.alert AND a.event = event.id)`, last)
	return err
}

// trimAlerts forgets the alerts whose newest event was forgotten, and where they stood.
func trimAlerts(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM alert WHERE event <> 0 AND NOT EXISTS (SELECT 1 FROM event e WHERE e.id = alert.event)`)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM post WHERE NOT EXISTS (SELECT 1 FROM alert a WHERE a.id = post.alert)`)
	return err
}
