package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/year"
	"github.com/diaspote/vigie/ops/history"
	"github.com/diaspote/vigie/ops/ledger"
)

// remember gives the daemon a ledger that has nothing but the history of some host: 250 series, for as long as that.
func (s *studio) remember(t testing.TB, long time.Duration) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vigie.db")
	db, err := ledger.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	store, err := history.Open(t.Context(), db, history.Options{})
	if err != nil {
		t.Fatal(err)
	}
	host, now := year.New(1), time.Now().Truncate(15*time.Second)
	for at := now.Add(-long); at.Before(now); at = at.Add(15 * time.Second) {
		if err := store.Write(t.Context(), at, host.Scrape(at)); err != nil {
			t.Fatal(err)
		}
	}
	for more := true; more; {
		if more, err = store.Pack(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s.stopBot(t)
	const kept = "/var/lib/vigie/vigie.db"
	s.Run(t, "root", "rm", "-f", kept, kept+"-wal", kept+"-shm")
	s.Copy(t, path, kept)
	s.Run(t, "root", "chown", "vigie:", kept)
	s.startBot(t)
}
