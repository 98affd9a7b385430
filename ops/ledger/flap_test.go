package ledger_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// A debt of a time to come is paid: the clock was years ahead when it was made.
func TestAClockThatWasAheadKeepsNothingBack(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "vigie.db"))
	defer db.Close()
	note(t, db, night.AddDate(4, 0, 0), podDown(night.AddDate(4, 0, 0)))
	if len(owed(t, db, night)) != 1 {
		t.Error("it waits for years")
	}
	slow := ops.Event{Kind: "pod", Key: "pod/slow", Severity: ops.Critical, At: night, Lasting: true, Title: "slow"}
	note(t, db, night, slow)
	remind := func(at time.Time) bool {
		said, err := db.Wake(t.Context(), at, time.Hour, toOps)
		if err != nil {
			t.Fatal(err)
		}
		return said
	}
	remind(night.AddDate(4, 0, 0)) // sets when it is to be said again
	if !remind(night.Add(time.Minute)) {
		t.Error("it is not said again for years")
	}
	note(t, db, night, podDown(night))
	all, err := db.Alerts(t.Context(), night, 10)
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
}

// What flaps is due once it was steady, and at the latest some time after what was not told.
func TestHoldDown(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "vigie.db"))
	defer db.Close()
	at := night
	turn := func() {
		e := podDown(at)
		note(t, db, at, e)
		at = at.Add(time.Minute)
		e.At, e.Resolved = at, true
		note(t, db, at, e)
		at = at.Add(time.Minute)
	}
	pay := func() int {
		debts := owed(t, db, at)
		if err := db.Pay(t.Context(), "post", at, debts...); err != nil {
			t.Fatal(err)
		}
		return len(debts)
	}
	for range 3 {
		turn()
		if pay() != 1 {
			t.Fatal("it is held down too soon")
		}
	}
	began, told := at, 0
	for at.Sub(began) < 40*time.Minute {
		turn()
		told += pay()
	}
	if told < 3 || told > 4 {
		t.Errorf("told %d times in 40 minutes", told)
	}
	at = at.Add(2 * time.Minute)
	if told == 4 && len(owed(t, db, at)) != 0 || told == 3 && pay() != 1 {
		t.Error("what it came to is not told")
	}
}

// What is owed and what lasts is kept, whatever else is forgotten.
func TestTrim(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "vigie.db"))
	defer db.Close()
	other := ops.Event{Kind: "job", Key: "job/other", At: night, Title: "ran"}
	over := ops.Event{Kind: "job", Key: "job/over", At: night, Title: "ran"}
	note(t, db, night, podDown(night), over)
	if err := db.Pay(t.Context(), "post", night, owed(t, db, night)...); err != nil {
		t.Fatal(err)
	}
	note(t, db, night, other)
	if err := db.Trim(t.Context(), 1<<40); err != nil {
		t.Fatal(err)
	}
	events, err := db.Events(t.Context(), ledger.EventQuery{})
	if err != nil || len(events) != 2 {
		t.Errorf("%+v, %v", events, err)
	}
	if debts := owed(t, db, night); len(debts) != 1 || debts[0].Alert == nil || debts[0].Alert.Event.Key != other.Key {
		t.Errorf("owed: %+v", debts)
	}
	all, err := db.Alerts(t.Context(), night, 10)
	if err != nil || len(all) != 1 || all[0].Event.Key != "pod/down" {
		t.Errorf("%+v, %v", all, err)
	}
	if _, err := db.Alert(t.Context(), 2); err == nil {
		t.Error("an alert that no event is left of is kept")
	}
}

// What is owed to one room goes to others, once each.
func TestForward(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "vigie.db"))
	defer db.Close()
	both := func(ops.Event, ops.Severity) []ledger.Debt {
		return []ledger.Debt{{Chat: "xmpp", Room: "old"}, {Chat: "xmpp", Room: "ops"}}
	}
	alone := func(ops.Event, ops.Severity) []ledger.Debt { return []ledger.Debt{{Chat: "xmpp", Room: "old"}} }
	for i, plan := range []ledger.Plan{both, alone} {
		if _, err := db.Note(t.Context(), night, plan, ops.Event{Kind: "x", Key: []string{"a", "b"}[i], At: night, Title: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	old := ledger.Debt{Chat: "xmpp", Room: "old"}
	if err := db.Owe(t.Context(), ledger.Debt{Chat: "xmpp", Room: "old", Text: "an answer", Made: night, Due: night}); err != nil {
		t.Fatal(err)
	}
	if n, err := db.Forward(t.Context(), old, true, ledger.Debt{Chat: "xmpp", Room: "ops"}); err != nil || n != 2 {
		t.Errorf("%d, %v", n, err)
	}
	if debts := owed(t, db, night); len(debts) != 2 || debts[0].Alert.Event.Key != "a" || debts[1].Alert.Event.Key != "b" {
		t.Errorf("owed: %+v", debts)
	}
	if n, err := db.Forward(t.Context(), old, false, ledger.Debt{Chat: "xmpp", Room: "ops"}); err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
	if debts := owed(t, db, night); len(debts) != 3 || debts[2].Text != "an answer" {
		t.Errorf("owed: %+v", debts)
	}
}
