package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// primary is SQLite's primary result code (https://www.sqlite.org/rescode.html), 0 if err is not from SQLite.
func primary(err error) int {
	if e := (*sqlite.Error)(nil); errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

// Advice tells an admin what can be done about an error that lies in the file or its disk and not in what was to be
// written; "" for any other.
func Advice(err error) string {
	switch code := primary(err); {
	case code == sqlite3.SQLITE_FULL || errors.Is(err, syscall.ENOSPC):
		return "the disk is full: free some of it"
	case code == sqlite3.SQLITE_READONLY || code == sqlite3.SQLITE_PERM || errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EPERM):
		return "it may be read but not written: see who owns it, and whether its file system was mounted read-only after an error (dmesg)"
	case code == sqlite3.SQLITE_IOERR || code == sqlite3.SQLITE_CANTOPEN || ofFile(err):
		return "the system refuses it: see dmesg for errors of the disk, and whether its file system is full or read-only"
	case Damaged(err):
		return "the file is damaged: restart me, and I keep it aside and begin a new one"
	}
	return ""
}

// ofFile tells whether err is the system's word about a file.
func ofFile(err error) bool {
	path, link := (*fs.PathError)(nil), (*os.LinkError)(nil)
	return errors.As(err, &path) || errors.As(err, &link)
}

// errDamaged is what Sound says of a file in which something does not fit.
var errDamaged = errors.New("the file is damaged")

// Damaged tells whether err says that a file is no database, or a broken one.
func Damaged(err error) bool {
	code := primary(err)
	return code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB || errors.Is(err, errDamaged)
}

// soundTime bounds how long Sound takes: the events of many years, on a slow card.
const soundTime = 2 * time.Second

// Sound looks through the ledger for damage, as far as it gets in two seconds. It leaves out the samples of the history: they
// are by far the most of the file, and the history makes a gap of what is damaged among them.
func (db *DB) Sound(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, soundTime)
	defer cancel()
	for _, table := range []string{"audit", "event", "alert", "outbox", "post", "silence", "cursor", "job", "run", "series"} {
		var found string
		err := db.pool().QueryRowContext(ctx, "PRAGMA quick_check("+table+")").Scan(&found)
		switch {
		case err != nil && ctx.Err() != nil:
			return nil
		case err != nil:
			return fmt.Errorf("look through the ledger %s: %w", db.path, err)
		case found != "ok":
			return fmt.Errorf("look through the ledger %s: %w: %s", db.path, errDamaged, found)
		}
	}
	return nil
}

// belonging are the endings of the files of one database; the first is the database itself.
var belonging = []string{"", "-wal", "-shm"}

// SetAside renames the files of the ledger at path, so that they are kept and a new one can be made. It returns the new
// name.
func SetAside(path string, now time.Time) (kept string, err error) {
	kept = path + ".damaged-" + now.UTC().Format("20060102T150405Z")
	for _, end := range belonging {
		if err := os.Rename(path+end, kept+end); err != nil && !(end != "" && errors.Is(err, os.ErrNotExist)) {
			return "", fmt.Errorf("keep the damaged ledger aside: %w", err)
		}
	}
	return kept, nil
}

// OpenToRead opens a ledger that Open could not, to be read alone: as far as that can be done the file at path, else an
// empty one. Whatever would be written to it fails, until [DB.Check] finds that the file can be written.
func OpenToRead(ctx context.Context, path string) (*DB, error) {
	pool, err := toRead(ctx, path)
	if err != nil {
		return nil, err
	}
	db := newDB(path, pool)
	db.readOnly.Store(true)
	return db, nil
}

func toRead(ctx context.Context, path string) (*sql.DB, error) {
	if pool, err := openFile(ctx, path); err == nil {
		return pool, nil
	}
	pool, err := open(ctx, "")
	if err != nil {
		return nil, err
	}
	if _, err := pool.ExecContext(ctx, "PRAGMA query_only = 1"); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return pool, nil
}

// openFile opens a file without writing to it or beside it. SQLite wants to make the file of its shared memory, unless it
// is told that nobody changes the database; that holds where it has no log of changes to be read with it
// (https://www.sqlite.org/wal.html#read_only_databases).
func openFile(ctx context.Context, path string) (*sql.DB, error) {
	options := url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(5000)", "query_only(1)", "cache_size(-512)"}}
	if info, err := os.Stat(path + "-wal"); errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0 {
		options.Set("immutable", "1")
	}
	pool, err := sql.Open("sqlite", dsn(path, options))
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(1)
	var version int
	if err := pool.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	if version != len(migrations) {
		return nil, errors.Join(errors.New("it is from another version"), pool.Close())
	}
	return pool, nil
}

// Check tells whether so many bytes more can be written, by doing so. A ledger that was opened to be read alone
// is opened anew.
func (db *DB) Check(ctx context.Context, bytes int) error {
	if err := db.reopen(ctx); err != nil {
		return fmt.Errorf("open the ledger %s: %w", db.path, err)
	}
	if err := db.SetCursor(ctx, "check", strings.Repeat(".", bytes)); err != nil {
		return err
	}
	if bytes == 0 {
		return nil
	}
	return db.SetCursor(ctx, "check", "")
}

// reopen opens a ledger anew that was opened to be read alone. That has to be closed before: SQLite shares in one process
// what it holds of a file, and that it may only read it too.
func (db *DB) reopen(ctx context.Context) error {
	db.reopening.Lock()
	defer db.reopening.Unlock()
	if !db.readOnly.Load() {
		return nil
	}
	if err := private(db.path); err != nil {
		return err
	}
	if err := db.pool().Close(); err != nil {
		return err
	}
	pool, err := open(ctx, db.path)
	if err != nil {
		old, readErr := toRead(ctx, db.path)
		if readErr == nil {
			db.sql.Store(old)
		}
		return errors.Join(err, readErr)
	}
	db.sql.Store(pool)
	db.readOnly.Store(false)
	return nil
}
