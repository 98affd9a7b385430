package ledger_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops/ledger"
)

func TestJobs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vigie.db")
	db := open(t, path)
	ctx := t.Context()
	at := time.UnixMilli(1_780_000_000_123)
	for _, name := range []string{"weekly", "nightly"} {
		if err := db.AddJob(ctx, ledger.Job{Name: name, At: "20 4 * * *", Line: "restart 'x; y'", Person: "dada", Added: at}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.AddJob(ctx, ledger.Job{Name: "weekly"}); err == nil {
		t.Error("a name was taken twice")
	}
	if err := db.SetRun(ctx, ledger.Run{Name: "weekly", Due: at, Outcome: ledger.Started}); err != nil {
		t.Fatal(err)
	}
	db.Close()
	db = open(t, path)
	defer db.Close()
	jobs, err := db.Jobs(ctx)
	want := ledger.Job{Name: "nightly", At: "20 4 * * *", Line: "restart 'x; y'", Person: "dada", Added: at}
	if err != nil || len(jobs) != 2 || jobs[0] != want {
		t.Fatalf("%+v, %v", jobs, err)
	}
	if err := db.RemoveJob(ctx, "weekly"); err != nil {
		t.Fatal(err)
	}
	if err := db.RemoveJob(ctx, "weekly"); !errors.Is(err, ledger.ErrNoJob) {
		t.Errorf("removed twice: %v", err)
	}
	if runs, err := db.Runs(ctx); err != nil || len(runs) != 0 {
		t.Errorf("its run stayed: %+v, %v", runs, err)
	}
}

func TestRuns(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "vigie.db"))
	defer db.Close()
	ctx := t.Context()
	at := time.UnixMilli(1_780_000_000_123)
	if r, err := db.Run(ctx, "x"); err != nil || r != (ledger.Run{Name: "x"}) {
		t.Errorf("%+v, %v", r, err)
	}
	if err := db.PauseJob(ctx, "x", at.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	want := ledger.Run{Name: "x", Due: at, Start: at.Add(time.Second), Took: 1500 * time.Millisecond, Outcome: ledger.Failed, Detail: "no such unit"}
	if err := db.SetRun(ctx, want); err != nil {
		t.Fatal(err)
	}
	want.Paused = at.Add(time.Hour) // a run does not end a pause
	if r, err := db.Run(ctx, "x"); err != nil || r != want {
		t.Errorf("%+v, %v", r, err)
	}
	if err := db.PauseJob(ctx, "x", time.Time{}); err != nil {
		t.Fatal(err)
	}
	want.Paused = time.Time{}
	if r, err := db.Run(ctx, "x"); err != nil || r != want {
		t.Errorf("%+v, %v", r, err)
	}
	again := want
	again.Due, again.Outcome = time.Time{}, ledger.Done // what it came to leaves the time at which it was due
	if err := db.SetRun(ctx, again); err != nil {
		t.Fatal(err)
	}
	want.Due, want.Outcome = at.Add(time.Minute), ledger.Done
	if err := db.SetDue(ctx, "x", want.Due); err != nil {
		t.Fatal(err)
	}
	if err := db.SetDue(ctx, "y", at); err != nil {
		t.Fatal(err)
	}
	if err := db.ForgetRuns(ctx, []string{"x", "z"}); err != nil {
		t.Fatal(err)
	}
	if runs, err := db.Runs(ctx); err != nil || len(runs) != 1 || runs[0] != want {
		t.Errorf("%+v, %v", runs, err)
	}
}
