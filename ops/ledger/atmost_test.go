package ledger

import (
	"fmt"
	"testing"
	"time"
)

func TestOweAtMost(t *testing.T) {
	db, err := Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Now()
	if err := db.Owe(t.Context(), Debt{Chat: "a", Room: "other", Text: "stays", Made: now, Due: now}); err != nil {
		t.Fatal(err)
	}
	for n := range 10 {
		if err := db.OweAtMost(t.Context(), 3, Debt{Chat: "a", Room: "b", Text: fmt.Sprint(n), Made: now, Due: now}); err != nil {
			t.Fatal(err)
		}
	}
	var texts string
	debts, _, _, err := db.Owed(t.Context(), "a", "b", now, 0, 100)
	for _, d := range debts {
		texts += d.Text
	}
	if err != nil || texts != "789" {
		t.Errorf("owed %q, %v", texts, err)
	}
	if debts, _, _, err := db.Owed(t.Context(), "a", "other", now, 0, 100); err != nil || len(debts) != 1 {
		t.Errorf("owed to the other room: %v, %v", debts, err)
	}
}
