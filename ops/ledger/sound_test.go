package ledger

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops"
)

// TestSound damages a page of the samples, of which the ledger takes no notice, and one of the events.
func TestSound(t *testing.T) {
	for name, test := range map[string]struct {
		mark  []byte // what the damaged page holds
		sound bool
	}{
		"samples": {bytes.Repeat([]byte("sample"), 500), true},
		"events":  {bytes.Repeat([]byte("event!"), 500), false},
	} {
		path := filepath.Join(t.TempDir(), "vigie.db")
		db, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		nobody := func(ops.Event, ops.Severity) []Debt { return nil }
		if _, err := db.Note(t.Context(), time.Now(), nobody, ops.Event{Kind: "x", Key: "x", Text: string(bytes.Repeat([]byte("event!"), 500))}); err != nil {
			t.Fatal(err)
		}
		err = db.Change(t.Context(), "write samples", func(tx *sql.Tx) error {
			_, err := tx.ExecContext(t.Context(), `INSERT INTO chunk (id, data) VALUES (1, ?)`, bytes.Repeat([]byte("sample"), 500))
			return err
		})
		if err == nil {
			err = db.Sound(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		db.Close()
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		at := bytes.Index(file, test.mark)
		if at < 0 {
			t.Fatal("the page is not found")
		}
		copy(file[at-at%4096:], bytes.Repeat([]byte{0xff}, 4096))
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		if db, err = Open(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		if err := db.Sound(t.Context()); (err == nil) != test.sound {
			t.Errorf("%s: %v", name, err)
		}
		db.Close()
	}
}
