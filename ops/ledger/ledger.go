// Package ledger is the one file in which vigie remembers: a SQLite database that survives a crash of
// the bot and of the host at any moment. It holds the audit of what was run; it decides nothing.
//
// The file is opened in WAL mode with synchronous=FULL, so what a method has returned from is on disk
// (https://www.sqlite.org/pragma.html#pragma_synchronous).
package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // registers the "sqlite" driver
)

// A DB is an open ledger. It may be used from several goroutines.
type DB struct{ sql *sql.DB }

// migrations bring a file from one version to the next; PRAGMA user_version counts how many were applied.
// What is here is never changed, only added to.
var migrations = []string{
	`CREATE TABLE audit (
		id      INTEGER PRIMARY KEY,
		at      INTEGER NOT NULL, -- when it was asked for, in ms since 1970
		person  TEXT NOT NULL,
		account TEXT NOT NULL,
		chat    TEXT NOT NULL,
		room    TEXT NOT NULL,
		thread  TEXT NOT NULL,
		line    TEXT NOT NULL,
		outcome TEXT NOT NULL,    -- an Outcome
		detail  TEXT NOT NULL,
		took    INTEGER NOT NULL  -- ms
	) STRICT;
	CREATE INDEX audit_open ON audit (id) WHERE outcome = 'started';`,
}

// Open opens the ledger at path and makes it if it is missing; "" keeps it in memory alone.
func Open(ctx context.Context, path string) (*DB, error) {
	db, err := open(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("open the ledger %s: %w", path, err)
	}
	return db, nil
}

func open(ctx context.Context, path string) (*DB, error) {
	pragmas := url.Values{"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "cache_size(-512)"}}
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + pragmas.Encode()
	if path == "" {
		dsn = "file::memory:"
	} else if err := private(path); err != nil {
		return nil, err
	}
	pool, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	// One connection: SQLite has one writer anyway, the statements here take microseconds, and each
	// connection costs about half a megabyte.
	pool.SetMaxOpenConns(1)
	if err := migrate(ctx, pool); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return &DB{pool}, nil
}

// private makes the file, if it is missing, such that nobody else can read it.
func private(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func migrate(ctx context.Context, pool *sql.DB) error {
	var version int
	if err := pool.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version > len(migrations) {
		return fmt.Errorf("it was written by a newer vigie (version %d, this one knows %d)", version, len(migrations))
	}
	for ; version < len(migrations); version++ {
		tx, err := pool.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, migrations[version]); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version+1)); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}

// Close writes what is pending and closes the file.
func (db *DB) Close() error { return db.sql.Close() }

func toMillis(t time.Time) int64    { return t.UnixMilli() }
func fromMillis(ms int64) time.Time { return time.UnixMilli(ms) }
