package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// What else became of the run of a job, besides what becomes of any line.
const (
	Skipped Outcome = "skipped" // it was not needed
	Missed  Outcome = "missed"  // the bot was not there when it was due
)

// A Job is one that was added from a chat.
type Job struct {
	Name   string
	At     string // as crontab(5) has it: "20 4 * * *"
	Line   string // what it runs
	Person string // who added it, and as whom it runs
	Added  time.Time
}

// ErrNoJob is returned for a job that is not there.
var ErrNoJob = errors.New("no such job")

// AddJob keeps a job. A name that is taken is an error.
func (db *DB) AddJob(ctx context.Context, j Job) error {
	res, err := db.pool().ExecContext(ctx, `INSERT INTO job (name, at, line, person, added) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (name) DO NOTHING`, j.Name, j.At, j.Line, j.Person, toMillis(j.Added))
	if err != nil {
		return fmt.Errorf("keep the job %s: %w", j.Name, err)
	}
	if n, err := res.RowsAffected(); err == nil && n == 0 {
		return fmt.Errorf("keep the job %s: there is one of that name", j.Name)
	}
	return nil
}

// RemoveJob forgets a job, and what became of its runs.
func (db *DB) RemoveJob(ctx context.Context, name string) error {
	tx, err := db.pool().BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("remove the job %s: %w", name, err)
	}
	defer tx.Rollback()
	res, err := tx.ExecContext(ctx, `DELETE FROM job WHERE name = ?`, name)
	if err != nil {
		return fmt.Errorf("remove the job %s: %w", name, err)
	}
	if n, err := res.RowsAffected(); err == nil && n == 0 {
		return fmt.Errorf("remove the job %s: %w", name, ErrNoJob)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM run WHERE name = ?`, name); err != nil {
		return fmt.Errorf("remove the job %s: %w", name, err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("remove the job %s: %w", name, err)
	}
	return nil
}

// Jobs returns those that were added from a chat, by name.
func (db *DB) Jobs(ctx context.Context) ([]Job, error) {
	rows, err := db.pool().QueryContext(ctx, `SELECT name, at, line, person, added FROM job ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("read the jobs: %w", err)
	}
	defer rows.Close()
	var all []Job
	for rows.Next() {
		var j Job
		var added int64
		if err := rows.Scan(&j.Name, &j.At, &j.Line, &j.Person, &added); err != nil {
			return nil, fmt.Errorf("read the jobs: %w", err)
		}
		j.Added = fromMillis(added)
		all = append(all, j)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the jobs: %w", err)
	}
	return all, nil
}

// A Run is what became of a job the last time, and whether it is paused. A time that is not known is zero.
type Run struct {
	Name    string
	Due     time.Time // the last time that it was due and was dealt with
	Start   time.Time // of the last run
	Took    time.Duration
	Outcome Outcome // "" if it never ran
	Detail  string
	Paused  time.Time // until then; set by [DB.PauseJob] alone
}

// SetRun notes what became of a job. It leaves the pause as it is, and a Due that is zero too.
func (db *DB) SetRun(ctx context.Context, r Run) error {
	_, err := db.pool().ExecContext(ctx, `INSERT INTO run (name, due, start, took, outcome, detail, paused) VALUES (?, ?, ?, ?, ?, ?, 0)
		ON CONFLICT (name) DO UPDATE SET due = iif(excluded.due = 0, due, excluded.due), start = excluded.start, took = excluded.took,
			outcome = excluded.outcome, detail = excluded.detail`,
		r.Name, millisOrZero(r.Due), millisOrZero(r.Start), r.Took.Milliseconds(), r.Outcome, r.Detail)
	if err != nil {
		return fmt.Errorf("note the run of %s: %w", r.Name, err)
	}
	return nil
}

// SetDue notes up to when the times of a job were dealt with, and nothing else.
func (db *DB) SetDue(ctx context.Context, name string, due time.Time) error {
	_, err := db.pool().ExecContext(ctx, `INSERT INTO run (name, due, start, took, outcome, detail, paused) VALUES (?, ?, 0, 0, '', '', 0)
		ON CONFLICT (name) DO UPDATE SET due = excluded.due`, name, millisOrZero(due))
	if err != nil {
		return fmt.Errorf("note when %s was due: %w", name, err)
	}
	return nil
}

// PauseJob keeps a job from running until then; the zero time ends its pause.
func (db *DB) PauseJob(ctx context.Context, name string, until time.Time) error {
	_, err := db.pool().ExecContext(ctx, `INSERT INTO run (name, due, start, took, outcome, detail, paused) VALUES (?, 0, 0, 0, '', '', ?)
		ON CONFLICT (name) DO UPDATE SET paused = excluded.paused`, name, millisOrZero(until))
	if err != nil {
		return fmt.Errorf("pause %s: %w", name, err)
	}
	return nil
}

// Run returns what became of a job, with nothing but its name if that is not known.
func (db *DB) Run(ctx context.Context, name string) (Run, error) {
	r, err := scanRun(db.pool().QueryRowContext(ctx, selectRun+` WHERE name = ?`, name))
	if errors.Is(err, sql.ErrNoRows) {
		return Run{Name: name}, nil
	}
	if err != nil {
		return Run{}, fmt.Errorf("read the run of %s: %w", name, err)
	}
	return r, nil
}

// Runs returns what became of all jobs, by name.
func (db *DB) Runs(ctx context.Context) ([]Run, error) {
	rows, err := db.pool().QueryContext(ctx, selectRun+` ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("read the runs of the jobs: %w", err)
	}
	defer rows.Close()
	var all []Run
	for rows.Next() {
		r, err := scanRun(rows)
		if err != nil {
			return nil, fmt.Errorf("read the runs of the jobs: %w", err)
		}
		all = append(all, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the runs of the jobs: %w", err)
	}
	return all, nil
}

// ForgetRuns forgets the runs of the jobs that are not in names: there are no such jobs any more.
func (db *DB) ForgetRuns(ctx context.Context, names []string) error {
	runs, err := db.Runs(ctx)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if slices.Contains(names, r.Name) {
			continue
		}
		if _, err := db.pool().ExecContext(ctx, `DELETE FROM run WHERE name = ?`, r.Name); err != nil {
			return fmt.Errorf("forget the runs of %s: %w", r.Name, err)
		}
	}
	return nil
}

const selectRun = `SELECT name, due, start, took, outcome, detail, paused FROM run`

func scanRun(row interface{ Scan(...any) error }) (Run, error) {
	var r Run
	var due, start, ms, paused int64
	if err := row.Scan(&r.Name, &due, &start, &ms, &r.Outcome, &r.Detail, &paused); err != nil {
		return Run{}, err
	}
	r.Due, r.Start, r.Paused = timeOrZero(due), timeOrZero(start), timeOrZero(paused)
	r.Took = time.Duration(ms) * time.Millisecond
	return r, nil
}

func millisOrZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return toMillis(t)
}

func timeOrZero(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return fromMillis(ms)
}
