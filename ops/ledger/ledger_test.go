package ledger_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops/ledger"
)

func open(t testing.TB, path string) *ledger.DB {
	t.Helper()
	db, err := ledger.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func TestAnUnfinishedLineIsInterruptedAtTheNextOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "a b#?.db")
	at := time.Date(2026, 11, 23, 4, 20, 0, 123e6, time.UTC)
	db := open(t, path)
	first, err := db.Begin(t.Context(), ledger.Audit{At: at, Person: "dada", Line: "restart diaspora", Room: "ops"})
	if err != nil {
		t.Fatal(err)
	}
	second, err := db.Begin(t.Context(), ledger.Audit{At: at, Person: "dada", Line: "stop sidekiq"})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Finish(t.Context(), second, ledger.Done, "stopped in 1.2 s", 1234*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	db.Close()

	db = open(t, path)
	defer db.Close()
	cut, err := db.Interrupted(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(cut) != 1 || cut[0].ID != first || cut[0].Line != "restart diaspora" || !cut[0].At.Equal(at) {
		t.Fatalf("interrupted: %+v", cut)
	}
	if err := db.Interrupt(t.Context(), cut[0]); err != nil {
		t.Fatal(err)
	}
	again, err := db.Interrupted(t.Context())
	if err != nil || len(again) != 0 {
		t.Fatalf("interrupted twice: %+v, %v", again, err)
	}
	all, err := db.Audits(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || all[0].Outcome != ledger.Done || all[0].Took != 1234*time.Millisecond || all[1].Outcome != ledger.Interrupted {
		t.Fatalf("audits: %+v", all)
	}
}

func TestTheFileIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vigie.db")
	open(t, path).Close()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode().Perm())
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{garbage, dir} {
		if db, err := ledger.Open(context.Background(), path); err == nil {
			db.Close()
			t.Errorf("%s was opened", path)
		} else if !strings.Contains(err.Error(), path) {
			t.Errorf("error does not name the file: %v", err)
		}
	}
}

func TestInMemory(t *testing.T) {
	db := open(t, "")
	defer db.Close()
	if _, err := db.Begin(t.Context(), ledger.Audit{Line: "x"}); err != nil {
		t.Fatal(err)
	}
	if all, err := db.Audits(t.Context(), 1); err != nil || len(all) != 1 {
		t.Fatalf("%v, %v", all, err)
	}
}

// A line that is refused its record leaves none: it will not run, and must not be called interrupted later.
func TestBeginRecordsAllOrNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vigie.db")
	db := open(t, path)
	defer db.Close()
	if _, err := db.Begin(t.Context(), ledger.Audit{Line: "old", Outcome: ledger.Done}); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	if _, err := raw.Exec(`INSERT INTO audit SELECT 60000, at, person, account, chat, room, thread, line, outcome, detail, took FROM audit;
		CREATE TRIGGER full BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Begin(t.Context(), ledger.Audit{Line: "restart diaspora"}); err == nil || !strings.Contains(err.Error(), "the disk is full") {
		t.Fatalf("begun: %v", err)
	}
	if cut, err := db.Interrupted(t.Context()); err != nil || len(cut) != 0 {
		t.Errorf("interrupted: %+v, %v", cut, err)
	}
}
