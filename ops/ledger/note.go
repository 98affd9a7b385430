package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/diaspote/vigie/ops"
)

// A Debt is what is owed to a room.
type Debt struct {
	ID     int64
	Chat   string
	Room   string
	Thread string
	Text   string    // what to say, unless it is about an alert
	Alert  *Alert    // as it stands now; nil for a text of its own
	Made   time.Time // since when it is owed
	Due    time.Time // not to be paid before
	Fresh  bool      // wants a post of its own, even where the alert stands in the room already

	// Subject is what a text of its own is about, "" for nothing: what of one subject is owed already takes the place of
	// this one in the row, with its text. What is read is not in it.
	Subject string

	rev int64
}

// A Plan says to whom an event of that severity is owed: the Chat, Room and Due of each debt are taken from it.
type Plan func(e ops.Event, severity ops.Severity) []Debt

// apart is how long after the last event of its key another one begins an alert of its own.
const apart = time.Hour

// What flaps is held down: what comes back sooner than soon, heldTurns times in a row, is told only after it was steady for
// a while, or once HoldMost has passed since what was not told.
const (
	soon       = 10 * time.Minute
	heldTurns  = 3
	holdSteady = 2 * time.Minute
	HoldMost   = 10 * time.Minute
)

// Note writes events down, and what is owed for them, in one transaction: when it returns nil, both are on
// disk. An event whose ID is known already is not counted again; if it says something else than before, that is
// owed. It returns what is new, in the order of the events, with the numbers of their alerts.
func (db *DB) Note(ctx context.Context, now time.Time, plan Plan, events ...ops.Event) ([]Record, error) {
	tx, err := db.pool().BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("write an event: %w", err)
	}
	defer tx.Rollback() // does nothing after Commit
	fresh, err := NoteIn(ctx, tx, now, plan, events...)
	if err != nil {
		return nil, err
	}
	if err := tx.Commit(); err != nil {
		return nil, fmt.Errorf("write an event: %w", err)
	}
	return fresh, nil
}

// NoteIn is Note in a transaction of [DB.Change]: what makes the events and the events are on disk together, or neither is.
func NoteIn(ctx context.Context, tx *sql.Tx, now time.Time, plan Plan, events ...ops.Event) ([]Record, error) {
	quiet, err := silences(ctx, tx, `WHERE until > ?`, toMillis(now))
	if err != nil {
		return nil, err
	}
	n := noting{ctx: ctx, tx: tx, now: now, plan: plan, silences: quiet}
	var fresh []Record
	for _, e := range events {
		r, err := n.event(e)
		if err != nil {
			return nil, fmt.Errorf("write the event %s: %w", e.Key, err)
		}
		if r.Row != 0 {
			fresh = append(fresh, r)
		}
	}
	return fresh, nil
}

// A noting is one call of Note under way.
type noting struct {
	ctx      context.Context
	tx       *sql.Tx
	now      time.Time
	plan     Plan
	silences []Silence
}

// event writes one event; the Record is zero if it was known.
func (n *noting) event(e ops.Event) (Record, error) {
	details, err := json.Marshal(e.Details)
	if err != nil {
		return Record{}, err
	}
	if e.ID != "" {
		known, err := n.again(e, details)
		if known || err != nil {
			return Record{}, err
		}
	}
	silenced := slices.ContainsFunc(n.silences, func(s Silence) bool { return s.Covers(e) })
	r := Record{Event: e, Noted: n.now, Silenced: silenced}
	a, err := n.last(e.Key)
	if err != nil {
		return r, err
	}
	end := e.Resolved && a != nil && a.Ended.IsZero()
	if e.Aside {
		a = nil
	} else if end || !e.Resolved {
		if a == nil || !end && !joins(a, e) {
			a = &Alert{}
		}
		if a.ID, err = n.alert(a, e, silenced); err != nil {
			return r, err
		}
	} else {
		a = nil // the end of something that nobody was told of
	}
	if a != nil {
		r.Alert = a.ID
	}
	if r.Row, err = insertEvent(n.ctx, n.tx, e, details, n.now, silenced, r.Alert); err != nil || a == nil {
		return r, err
	}
	if _, err := n.tx.ExecContext(n.ctx, `UPDATE alert SET event = ? WHERE id = ?`, r.Row, a.ID); err != nil {
		return r, err
	}
	if silenced {
		return r, nil
	}
	return r, n.owe(a.ID, e, max(a.Severity, e.Severity), a.Held() && e.Severity <= a.Severity)
}

// knownEvent finds the event of an ID. The second term is for SQLite, which else would not see that the index over the IDs
// that are set has this one, and would read all events.
const knownEvent = `SELECT ` + eventColumns + `, id, silenced, alert FROM event WHERE uid = ? AND uid <> ''`

// again deals with an event that may be known already.
func (n *noting) again(e ops.Event, details []byte) (known bool, err error) {
	var row, alert int64
	var old Record
	old.Event, err = scanEvent(n.tx.QueryRowContext(n.ctx, knownEvent, e.ID), &row, &old.Silenced, &alert)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	was, err := json.Marshal(old.Details)
	if err != nil {
		return false, err
	}
	if old.Title == e.Title && old.Text == e.Text && old.Severity == e.Severity && string(was) == string(details) {
		return true, nil
	}
	if _, err = n.tx.ExecContext(n.ctx, `UPDATE event SET title = ?, text = ?, severity = ?, details = ? WHERE id = ?`,
		e.Title, e.Text, e.Severity, string(details), row); err != nil {
		return true, err
	}
	if alert == 0 || old.Silenced {
		return true, nil
	}
	var newest int64
	a := &Alert{ID: alert}
	if err = n.tx.QueryRowContext(n.ctx, `SELECT event, severity, turns FROM alert WHERE id = ?`, alert).Scan(&newest, &a.Severity, &a.Turns); err != nil {
		return true, err
	}
	if newest != row {
		return true, nil // the post speaks of a later one by now
	}
	severity := max(a.Severity, e.Severity)
	if _, err = n.tx.ExecContext(n.ctx, `UPDATE alert SET severity = ? WHERE id = ?`, severity, alert); err != nil {
		return true, err
	}
	return true, n.owe(alert, e, severity, a.Held() && e.Severity <= a.Severity)
}

// last is the newest alert of a key, nil if there is none.
func (n *noting) last(key string) (*Alert, error) {
	all, err := queryAlerts(n.ctx, n.tx, `WHERE a.key = ? ORDER BY a.id DESC LIMIT 1`, key)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}

// joins tells whether an event that is no end belongs to the last alert of its key: it lasts still, or was over
// so shortly before that this is one trouble.
func joins(a *Alert, e ops.Event) bool {
	if a.Ended.IsZero() {
		return true
	}
	return e.At.Sub(a.Ended).Abs() < apart && e.At.Sub(a.Last).Abs() < apart
}

// alert writes what e makes of its alert, and returns its number.
func (n *noting) alert(a *Alert, e ops.Event, silenced bool) (int64, error) {
	if e.Resolved {
		_, err := n.tx.ExecContext(n.ctx, `UPDATE alert SET ended = ?, remind = 0, calm = ? WHERE id = ?`, toMillis(e.At), silenced, a.ID)
		return a.ID, err
	}
	ended := int64(0)
	if !e.Lasting {
		ended = toMillis(e.At)
	}
	if a.ID == 0 {
		res, err := n.tx.ExecContext(n.ctx, `INSERT INTO alert (key, severity, first, since, last, ended, count, turns, calm, event, acked, acker, remind, reminded)
			VALUES (?1, ?2, ?3, ?3, ?3, ?4, 1, 0, ?5, 0, 0, '', 0, 0)`, e.Key, e.Severity, toMillis(e.At), ended, silenced)
		if err != nil {
			return 0, err
		}
		return res.LastInsertId()
	}
	if !a.Ended.IsZero() {
		if err := n.back(a, e); err != nil {
			return 0, err
		}
	}
	// Who took a warning did not take what it has become.
	_, err := n.tx.ExecContext(n.ctx, `UPDATE alert SET
			acker = CASE WHEN severity < ?1 THEN '' ELSE acker END, acked = CASE WHEN severity < ?1 THEN 0 ELSE acked END,
			severity = max(severity, ?1), last = max(last, ?2), ended = ?3, count = count + 1, calm = ?4, since = ?5, turns = ?6
		WHERE id = ?7`, e.Severity, toMillis(e.At), ended, silenced, toMillis(a.Since), a.Turns, a.ID)
	return a.ID, err
}

// back notes that an alert which was over has come back. A critical condition that was over for a while is told anew:
// whoever read that it was over would not see an edit.
func (n *noting) back(a *Alert, e ops.Event) error {
	a.Since = e.At
	if e.At.Sub(a.Ended).Abs() < soon {
		a.Turns++
		return nil
	}
	a.Turns = 0
	if !e.Lasting || e.Severity < ops.Critical {
		return nil
	}
	_, err := n.tx.ExecContext(n.ctx, `DELETE FROM post WHERE alert = ?`, a.ID)
	return err
}

// owe owes the alert, as it stands, to whom the plan names, hold holding it down. What is owed already is not owed twice.
func (n *noting) owe(alert int64, e ops.Event, severity ops.Severity, hold bool) error {
	for _, d := range n.plan(e, severity) {
		if heard, err := n.heard(alert, d); err != nil || heard {
			if err != nil {
				return err
			}
			continue
		}
		d.Made = n.now
		if err := owe(n.ctx, n.tx, d, alert, hold); err != nil {
			return err
		}
	}
	return nil
}
