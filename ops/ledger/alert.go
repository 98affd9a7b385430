package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/diaspote/vigie/ops"
)

// An Alert is a condition that people are told of, from its first event until it is over. All events of one key
// that come close to each other belong to one alert.
type Alert struct {
	ID       int64
	Event    ops.Event    // the newest, in whose words it is told
	Severity ops.Severity // the highest of its events
	First    time.Time    // of its first event
	Since    time.Time    // when it last began: it may have been over and come back
	Last     time.Time    // of its last one that was not an end
	Ended    time.Time    // zero while it lasts
	Count    int          // how often it happened
	Turns    int          // how often in a row it came back soon after it was over
	Silenced bool         // nobody was told of the newest event
	Acker    string       // who took it, "" for nobody
	Acked    time.Time
}

// Held tells whether the alert comes and goes so often that not each turn is told at once.
func (a *Alert) Held() bool { return a.Turns >= heldTurns }

// ErrNoAlert says that there is no alert of that number.
var ErrNoAlert = errors.New("there is no such alert")

const alertColumns = `a.id, a.severity, a.first, a.since, a.last, a.ended, a.count, a.turns, a.calm, a.acker, a.acked`

const alertJoin = ` FROM alert a JOIN event e ON e.id = a.event `

// Alerts returns those that last, and those that happened since then for which nobody had an answer: more than
// good to know, and not taken. The worst come first, then the newest. At most limit, 0 for all.
func (db *DB) Alerts(ctx context.Context, since time.Time, limit int) ([]Alert, error) {
	return db.alerts(ctx, `WHERE a.ended = 0 OR (e.lasting = 0 AND a.severity > 0 AND a.acked = 0 AND a.last >= ?)
		ORDER BY a.severity DESC, a.last DESC LIMIT ?`, toMillis(since), cmp.Or(limit, -1))
}

// Ack notes that person has taken the alert, so that it is not said again, and owes that to the rooms where it was posted since
// then and lasts.
func (db *DB) Ack(ctx context.Context, id int64, person string, at, since time.Time) (Alert, error) {
	err := db.Change(ctx, fmt.Sprintf("take alert %d", id), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE alert SET acker = ?, acked = ?, remind = 0 WHERE id = ?`, person, toMillis(at), id)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT OR IGNORE INTO outbox (chat, room, thread, alert, text, made, due, fresh, rev)
			SELECT p.chat, p.room, '', p.alert, '', ?1, ?1, 0, 0 FROM post p JOIN alert a ON a.id = p.alert
			WHERE a.id = ?2 AND a.ended = 0 AND p.at > ?3 AND p.chat NOT LIKE 'hook:%'`, toMillis(at), id, toMillis(since))
		return err
	})
	if err != nil {
		return Alert{}, err
	}
	return db.Alert(ctx, id)
}

// Alert returns the one of that number; the error is [ErrNoAlert] if there is none.
func (db *DB) Alert(ctx context.Context, id int64) (Alert, error) {
	all, err := db.alerts(ctx, `WHERE a.id = ?`, id)
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("alert %d: %w", id, ErrNoAlert)
	}
	if err != nil {
		return Alert{}, err
	}
	return all[0], nil
}

func (db *DB) alerts(ctx context.Context, where string, args ...any) ([]Alert, error) {
	return queryAlerts(ctx, db.pool(), where, args...)
}

// A querier is the database or a transaction on it.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func queryAlerts(ctx context.Context, q querier, where string, args ...any) ([]Alert, error) {
	rows, err := q.QueryContext(ctx, `SELECT e.uid, e.kind, e.key, e.unit, e.severity, e.at, e.lasting, e.resolved, e.title, e.text,
		e.details, e.room, `+alertColumns+alertJoin+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read the alerts: %w", err)
	}
	defer rows.Close()
	var all []Alert
	for rows.Next() {
		var a Alert
		var first, since, last, ended, acked int64
		a.Event, err = scanEvent(rows, &a.ID, &a.Severity, &first, &since, &last, &ended, &a.Count, &a.Turns, &a.Silenced, &a.Acker, &acked)
		if err != nil {
			return nil, fmt.Errorf("read the alerts: %w", err)
		}
		a.First, a.Since, a.Last = fromMillis(first), fromMillis(since), fromMillis(last)
		a.Ended, a.Acked = orZero(ended), orZero(acked)
		all = append(all, a)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the alerts: %w", err)
	}
	return all, nil
}

// orZero is a time of which 0 says that there is none.
func orZero(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return fromMillis(ms)
}
