package ledger_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

var night = time.Date(2026, 11, 24, 3, 12, 44, 0, time.UTC)

// toOps owes everything to one room.
func toOps(ops.Event, ops.Severity) []ledger.Debt { return []ledger.Debt{{Chat: "xmpp", Room: "ops"}} }

func note(t *testing.T, db *ledger.DB, at time.Time, events ...ops.Event) []ledger.Record {
	t.Helper()
	fresh, err := db.Note(t.Context(), at, toOps, events...)
	if err != nil {
		t.Fatal(err)
	}
	return fresh
}

func owed(t *testing.T, db *ledger.DB, at time.Time) []ledger.Debt {
	t.Helper()
	debts, all, _, err := db.Owed(t.Context(), "xmpp", "ops", at, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	if all != len(debts) {
		t.Fatalf("%d debts are counted and %d returned", all, len(debts))
	}
	return debts
}

func podDown(at time.Time) ops.Event {
	return ops.Event{
		Kind: "pod", Key: "pod/down", Severity: ops.Critical, At: at, Lasting: true, Title: "pod down", Text: "refused",
		Details: ops.Details{{Name: "status", Value: 502.0}, {Name: "links", Value: []any{"a", "b"}}, {Name: "none", Value: nil}},
	}
}

// What was noted is there after a crash: the file is opened anew without having been closed.
func TestWhatIsNotedSurvives(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vigie.db")
	db := open(t, path)
	note(t, db, night, podDown(night))
	again := open(t, path)
	defer db.Close()
	defer again.Close()
	events, err := again.Events(t.Context(), ledger.EventQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if len(events) != 1 || fmt.Sprint(events[0].Details) != fmt.Sprint(podDown(night).Details) || !events[0].At.Equal(night) || events[0].Alert == 0 {
		t.Fatalf("events: %+v", events)
	}
	debts := owed(t, again, night)
	if len(debts) != 1 || debts[0].Alert == nil || debts[0].Alert.Event.Title != "pod down" {
		t.Fatalf("owed: %+v", debts)
	}
}

// While an alert is being posted it may change. That is still owed once the post was taken.
func TestAnAlertThatChangesWhileItIsPostedIsOwedStill(t *testing.T) {
	db := open(t, "")
	defer db.Close()
	note(t, db, night, podDown(night))
	posting := owed(t, db, night)
	note(t, db, night, ops.Event{Kind: "pod", Key: "pod/down", At: night.Add(time.Minute), Resolved: true, Title: "pod answers again"})
	if err := db.Pay(t.Context(), "post-1", night, posting...); err != nil {
		t.Fatal(err)
	}
	left := owed(t, db, night)
	if len(left) != 1 || left[0].Alert.Event.Title != "pod answers again" || left[0].Alert.Ended.IsZero() {
		t.Fatalf("left: %+v", left)
	}
	if at, err := db.Stands(t.Context(), left[0].Alert.ID, "xmpp", "ops"); err != nil || at.Receipt != "post-1" {
		t.Errorf("it stands in %+v, %v", at, err)
	}
	if err := db.Pay(t.Context(), "post-1", night, left...); err != nil {
		t.Fatal(err)
	}
	if left = owed(t, db, night); len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
}

func TestEventsOfOneKeyAreOneAlertWhileTheyAreClose(t *testing.T) {
	db := open(t, "")
	defer db.Close()
	failed := func(at time.Time) ops.Event {
		return ops.Event{Kind: "cron", Key: "cron/backup", Severity: ops.Warning, At: at, Title: "backup failed"}
	}
	a := note(t, db, night, failed(night))[0]
	b := note(t, db, night, failed(night.Add(59*time.Minute)))[0]
	c := note(t, db, night, failed(night.Add(3*time.Hour)))[0]
	if a.Alert != b.Alert || b.Alert == c.Alert {
		t.Errorf("alerts %d, %d, %d", a.Alert, b.Alert, c.Alert)
	}
	alerts, err := db.Alerts(t.Context(), night, 10)
	if err != nil || len(alerts) != 2 || alerts[1].Count != 2 {
		t.Errorf("alerts: %+v, %v", alerts, err)
	}
}

// An alert source repeats itself for as long as its alert fires.
func TestAnIDIsOneEvent(t *testing.T) {
	db := open(t, "")
	defer db.Close()
	e := podDown(night)
	e.ID = "am/1"
	if fresh := note(t, db, night, e, e); len(fresh) != 1 {
		t.Fatalf("%d are new", len(fresh))
	}
	if err := db.Pay(t.Context(), "post", night, owed(t, db, night)...); err != nil {
		t.Fatal(err)
	}
	note(t, db, night.Add(4*time.Hour), e)
	if left := owed(t, db, night.Add(4*time.Hour)); len(left) != 0 {
		t.Errorf("a repeat is owed: %+v", left)
	}
	e.Text = "refused, and slow before that"
	note(t, db, night, e)
	if left := owed(t, db, night); len(left) != 1 || left[0].Alert.Count != 1 {
		t.Errorf("its new words are not owed: %+v", left)
	}
}

func TestAnEndThatNobodyWaitsForIsKeptAndNotTold(t *testing.T) {
	db := open(t, "")
	defer db.Close()
	note(t, db, night, ops.Event{Kind: "pod", Key: "pod/down", At: night, Resolved: true, Title: "pod answers again"})
	if left := owed(t, db, night); len(left) != 0 {
		t.Errorf("owed: %+v", left)
	}
	if events, err := db.Events(t.Context(), ledger.EventQuery{Kind: "pod"}); err != nil || len(events) != 1 {
		t.Errorf("events: %+v, %v", events, err)
	}
}

func BenchmarkNote(b *testing.B) {
	db := open(b, filepath.Join(b.TempDir(), "vigie.db"))
	defer db.Close()
	for i := 0; b.Loop(); i++ {
		e := podDown(night)
		e.Key = fmt.Sprint("am/", i)
		if _, err := db.Note(b.Context(), night, toOps, e); err != nil {
			b.Fatal(err)
		}
	}
}

// What another event tells of is in the ledger, and nobody is owed it.
func TestAside(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "vigie.db"))
	defer db.Close()
	restart := ops.Event{Kind: "unit", Key: "unit/diaspora.service", Severity: ops.Warning, At: night, Title: "running again", Aside: true}
	if fresh := note(t, db, night, restart); len(fresh) != 1 || fresh[0].Alert != 0 {
		t.Errorf("noted is %+v", fresh)
	}
	if debts := owed(t, db, night); len(debts) != 0 {
		t.Errorf("owed is %+v", debts)
	}
	events, err := db.Events(t.Context(), ledger.EventQuery{Kind: "unit"})
	if err != nil || len(events) != 1 {
		t.Errorf("in the ledger: %v, %+v", err, events)
	}
}
