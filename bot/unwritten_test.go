package bot_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/ledger"
)

// A ledger that cannot be written is told of once, what happens meanwhile too, and both are made up for.
func TestWhatCannotBeWrittenIsToldAndKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state") // a file where the folder should be
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	open := func() (*ledger.DB, error) {
		return ledger.OpenToRead(context.Background(), filepath.Join(dir, "vigie.db"))
	}
	playOn(t, open, bot.Table{change("restart", echo)}, func(s *stage) {
		ended := make(chan error, 1)
		go func() { ended <- s.Emit(context.Background())(down(time.Now())) }()
		got := s.texts()
		if len(got) != 2 {
			t.Fatalf("posted %q", got)
		}
		told := strings.Join(got, "\n") // in either order
		want(t, told, "✗ my ledger cannot be written: it may be read but not written: see who owns it")
		want(t, told, "✗ pod down · 00:00:00")
		s.say(dada, "restart pod")
		want(t, s.last(), "restart pod was not run, because it cannot be recorded")
		if err := s.Raise(context.Background(), down(time.Now())); err == nil {
			t.Error("an event was taken that cannot be written")
		}
		time.Sleep(5 * time.Minute)
		if got := s.texts(); len(got) != 3 {
			t.Fatalf("posted %q", got)
		}
		if err := os.Remove(dir); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err != nil {
			t.Errorf("it was not written in the end: %v", err)
		}
		time.Sleep(time.Second)
		told = strings.Join(s.texts()[3:], "\n")
		want(t, told, "✓ my ledger can be written again, after 5 min")
		want(t, told, "✗ pod down · 00:00:00")
		s.say(dada, "restart pod")
		want(t, s.last(), "pod")
	})
}

// What was posted and cannot be struck out is not posted again, and keeps nothing else back.
func TestWhatCannotBeStruckOutIsPostedOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vigie.db")
	open := func() (*ledger.DB, error) { return ledger.Open(context.Background(), path) }
	playOn(t, open, nil, func(s *stage) {
		raw, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		defer raw.Close()
		if _, err := raw.Exec(`CREATE TRIGGER full BEFORE DELETE ON outbox BEGIN SELECT RAISE(ABORT, 'no'); END`); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"one", "two"} {
			if err := s.TellHomes(context.Background(), text); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Minute)
		}
		raise(t, s, down(time.Now()))
		time.Sleep(10 * time.Minute)
		if got := s.texts(); len(got) != 3 || got[0] != "one" || got[1] != "two" || !strings.HasPrefix(got[2], "✗ pod down") {
			t.Fatalf("posted %q", got)
		}
		raise(t, s, up(time.Now()))
		synctest.Wait() // the bot is not writing just now
		if _, err := raw.Exec(`DROP TRIGGER full`); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := s.texts(); len(got) != 3 || !strings.HasPrefix(got[2], "✓ pod answers again") {
			t.Fatalf("posted %q", got)
		}
		if owed, err := s.db.Creditors(context.Background()); err != nil || len(owed) != 0 {
			t.Errorf("still owed: %+v, %v", owed, err)
		}
	})
}
