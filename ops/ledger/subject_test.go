package ledger_test

import (
	"database/sql"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops/ledger"
)

// Of one subject a room is owed the newest text alone, when the first was due; one under way stays owed if it has changed.
func TestOfOneSubjectOneTextIsOwed(t *testing.T) {
	db := open(t, "")
	defer db.Close()
	owe := func(debts ...ledger.Debt) {
		t.Helper()
		err := db.Change(t.Context(), "test", func(tx *sql.Tx) error { return ledger.OweIn(t.Context(), tx, night, debts...) })
		if err != nil {
			t.Fatal(err)
		}
	}
	debt := func(subject, text string, due time.Duration) ledger.Debt {
		return ledger.Debt{Chat: "xmpp", Room: "ops", Subject: subject, Text: text, Due: night.Add(due)}
	}
	owe(debt("a", "1", time.Minute), debt("b", "2", 0), debt("", "3", 0), debt("", "4", 0))
	owe(debt("a", "5", time.Hour))
	debts := owed(t, db, night.Add(time.Minute))
	if len(debts) != 4 || debts[0].Text != "5" || debts[1].Text != "2" {
		t.Fatalf("%+v", debts)
	}
	owe(debt("b", "6", 0))
	if err := db.Pay(t.Context(), "", night, debts...); err != nil {
		t.Fatal(err)
	}
	if debts = owed(t, db, night); len(debts) != 1 || debts[0].Text != "6" {
		t.Errorf("%+v", debts)
	}
}
