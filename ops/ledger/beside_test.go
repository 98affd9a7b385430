package ledger

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"
)

// Another process may write, as an import does beside the daemon: neither fails for it, though one has read before it writes.
func TestTwoProcessesWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vigie.db")
	var both [2]*DB
	for n := range both {
		db, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		both[n] = db
	}
	other := make(chan error, 1)
	err := both[0].Change(t.Context(), "test", func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRow(`SELECT count(*) FROM outbox`).Scan(&n); err != nil {
			return err
		}
		go func() {
			other <- both[1].Owe(t.Context(), Debt{Chat: "b", Room: "b", Text: "b", Made: time.Now()})
		}()
		select {
		case err := <-other: // it did not wait
			other <- err
		case <-time.After(50 * time.Millisecond):
		}
		return OweIn(t.Context(), tx, time.Now(), Debt{Chat: "a", Room: "a", Text: "a"})
	})
	if err != nil {
		t.Error(err)
	}
	if err := <-other; err != nil {
		t.Error(err)
	}
	if owed, err := both[0].Creditors(t.Context()); err != nil || len(owed) != 2 {
		t.Errorf("owed to %v, %v", owed, err)
	}
}
