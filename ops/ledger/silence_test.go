package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops"
)

// TestOlderSilences has a ledger of an older version be opened, in which a silence has no holder.
func TestOlderSilences(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vigie.db")
	older := slices.IndexFunc(migrations, func(m string) bool { return strings.HasPrefix(m, "ALTER TABLE silence ") })
	pool, err := sql.Open("sqlite", dsn(path, nil))
	if err != nil {
		t.Fatal(err)
	}
	until := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	for _, m := range migrations[:older] {
		if _, err := pool.Exec(m); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := pool.Exec(`INSERT INTO silence VALUES ('web.service', ?, 'why', 'dada', 1)`, toMillis(until)); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(fmt.Sprintf(`PRAGMA user_version = %d`, older)); err != nil {
		t.Fatal(err)
	}
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	all, err := db.Silences(t.Context(), time.Now())
	if err != nil || len(all) != 1 || all[0].Target != "web.service" || !all[0].Until.Equal(until) || all[0].Person != "dada" {
		t.Errorf("%+v, %v", all, err)
	}
}

// TestHolders has a maintenance silence what somebody has silenced for longer, and end; and then the other way round.
func TestHolders(t *testing.T) {
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "vigie.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Now()
	owed := 0
	plan := func(ops.Event, ops.Severity) []Debt { owed++; return []Debt{{Chat: "xmpp", Room: "ops"}} }
	hold := func(all ...Silence) {
		t.Helper()
		if err := db.Change(t.Context(), "hold", func(tx *sql.Tx) error { return HoldIn(context.Background(), tx, "maintenance 3", all...) }); err != nil {
			t.Fatal(err)
		}
	}
	wake := func() {
		t.Helper()
		if _, err := db.Wake(t.Context(), now, 0, plan); err != nil {
			t.Fatal(err)
		}
	}
	own := Silence{Target: "web.service", Until: now.Add(2 * time.Hour), Person: "dada"}
	if err := db.Silence(t.Context(), own); err != nil {
		t.Fatal(err)
	}
	hold(Silence{Target: "web.service", Until: now.Add(time.Hour)})
	down := ops.Event{Kind: "unit", Key: "unit/web.service", Unit: "web.service", Severity: ops.Critical, Lasting: true, At: now}
	if _, err := db.Note(t.Context(), now, plan, down); err != nil {
		t.Fatal(err)
	}
	hold()
	if wake(); owed != 0 {
		t.Error("what somebody has silenced is told as a maintenance ends")
	}
	hold(Silence{Target: "web.service", Until: now.Add(5 * time.Hour)})
	now = now.Add(3 * time.Hour)
	if wake(); owed != 0 {
		t.Error("what is worked at is told as somebody's silence ends")
	}
	hold()
	if wake(); owed != 1 {
		t.Errorf("what lasts at the end is told %d times", owed)
	}
}
