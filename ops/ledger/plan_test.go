package ledger

import (
	"strings"
	"testing"
)

// TestKnownEventIsFoundByItsIndex asks SQLite how it would look for an event: of hundreds of thousands, for each one that comes.
func TestKnownEventIsFoundByItsIndex(t *testing.T) {
	db, err := Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var id, parent, unused int
	var plan string
	if err := db.pool().QueryRowContext(t.Context(), "EXPLAIN QUERY PLAN "+knownEvent, "x").Scan(&id, &parent, &unused, &plan); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(plan, "USING INDEX event_uid") {
		t.Errorf("it would %s", plan)
	}
}
