// Package ledger is the one file in which vigie remembers: a SQLite database that survives a crash of
// the bot and of the host at any moment. It holds the audit of what was run, the events and what is owed to the
// rooms for them, and how far each source was read; it decides nothing.
//
// The file is opened in WAL mode with synchronous=FULL, so what a method has returned from is on disk, all but [DB.ExecSoon]
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
	"sync"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // registers the "sqlite" driver
)

// A DB is an open ledger. It may be used from several goroutines.
type DB struct {
	path string
	sql  atomic.Pointer[sql.DB]

	readOnly  atomic.Bool // it was opened by OpenToRead, and is to be opened anew
	reopening sync.Mutex
}

func (db *DB) pool() *sql.DB { return db.sql.Load() }

func newDB(path string, pool *sql.DB) *DB {
	db := &DB{path: path}
	db.sql.Store(pool)
	return db
}

// Open opens the ledger at path and makes it if it is missing; "" keeps it in memory alone.
func Open(ctx context.Context, path string) (*DB, error) {
	pool, err := open(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("open the ledger %s: %w", path, err)
	}
	return newDB(path, pool), nil
}

func open(ctx context.Context, path string) (*sql.DB, error) {
	pragmas := url.Values{"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "cache_size(-512)"}}
	// A transaction takes the lock to write as it begins, and waits for it: one that reads first would fail at once if another
	// process has written meanwhile, as an import does.
	pragmas.Set("_txlock", "immediate")
	dsn := dsn(path, pragmas)
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
	return pool, nil
}

func dsn(path string, options url.Values) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + options.Encode()
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

// Close writes what is pending and closes the file.
func (db *DB) Close() error { return db.pool().Close() }

func toMillis(t time.Time) int64    { return t.UnixMilli() }
func fromMillis(ms int64) time.Time { return time.UnixMilli(ms) }
