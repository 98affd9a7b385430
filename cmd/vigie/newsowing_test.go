package main

import (
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/adapters/mail"
	"github.com/diaspote/vigie/cmd/vigie/config"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/ledger"
)

// TestTenUpdatesAreTwoMails has ten updates written within a minute, of which three subscribers are owed the first at once and the
// rest together; the webhook is kept waiting for none.
func TestTenUpdatesAreTwoMails(t *testing.T) {
	db, err := ledger.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	book, err := incident.Open(t.Context(), db, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	cfg := &config.Config{StatusPage: config.StatusPage{On: true, Mail: &config.Mail{}, Hooks: []config.PageHook{{Name: "relay"}}}}
	book.Owe(nil, newsOwing(cfg))
	for _, address := range []string{"a@example.org", "b@example.org", "c@example.org"} {
		if _, err := book.Subscribe(t.Context(), address, "en", nil, true); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := book.Subscribe(t.Context(), "asked@example.org", "en", nil, false); err != nil {
		t.Fatal(err)
	}
	// take is what is due by now, all of which is paid.
	take := func(chat, room string) (all []string) {
		t.Helper()
		debts, _, _, err := db.Owed(t.Context(), chat, room, now, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range debts {
			all = append(all, d.Text)
		}
		if err := db.Pay(t.Context(), "", now, debts...); err != nil {
			t.Fatal(err)
		}
		return all
	}
	if got := take(mail.Chat, mail.Question); !slices.Equal(got, []string{"4"}) {
		t.Errorf("asked: %q", got)
	}
	i, err := book.OpenIncident(t.Context(), incident.Incident{Name: "Pod slow", Public: true}, incident.Update{Text: "looking"})
	if err != nil {
		t.Fatal(err)
	}
	all := []string{"1 incident/1", "2 incident/1", "3 incident/1"}
	if got := take(mail.Chat, mail.News); !slices.Equal(got, all) {
		t.Errorf("at once: %q", got)
	}
	mails := 0
	for n := range 10 {
		now = now.Add(5 * time.Second)
		if _, err := book.AddUpdate(t.Context(), i.ID, incident.Update{Text: fmt.Sprint(n)}); err != nil {
			t.Fatal(err)
		}
		mails += len(take(mail.Chat, mail.News))
		if got := take("subscriber:relay", newsRoom); !slices.Equal(got, []string{"incident/1"}) {
			t.Errorf("the webhook: %q", got)
		}
	}
	if mails != 0 {
		t.Errorf("%d mails within the minute", mails)
	}
	now = now.Add(newsWaits)
	if got := take(mail.Chat, mail.News); !slices.Equal(got, all) {
		t.Errorf("after it: %q", got)
	}
	if _, err := book.OpenIncident(t.Context(), incident.Incident{Name: "Pod down", Public: true, Auto: true}, incident.Update{}); err != nil {
		t.Fatal(err)
	}
	if got := take(mail.Chat, mail.News); len(got) != 0 {
		t.Errorf("of one that opens by itself: %q", got)
	}
	now = now.Add(newsSettles)
	if got := take(mail.Chat, mail.News); len(got) != 3 {
		t.Errorf("of one that has opened by itself: %q", got)
	}
	now = now.AddDate(-10, 0, 0) // the clock was years ahead
	if _, err := book.AddUpdate(t.Context(), i.ID, incident.Update{Text: "set back"}); err != nil {
		t.Fatal(err)
	}
	if got := take(mail.Chat, mail.News); !slices.Equal(got, all) {
		t.Errorf("set back: %q", got)
	}
}

func TestMailProgramsThatWork(t *testing.T) {
	dir := t.TempDir()
	for name, test := range map[string]struct {
		mode fs.FileMode
		want string
	}{
		"msmtp": {0o755, ""}, "exim4": {0o755 | fs.ModeSetuid, "set-user-ID"}, "dma": {0o755 | fs.ModeSetgid, "set-group-ID"},
		"text": {0o644, "no program"}, ".": {0, "no program"}, "nothing": {0, "apt install msmtp"},
	} {
		path := filepath.Join(dir, name)
		if test.mode != 0 {
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, test.mode); err != nil {
				t.Fatal(err)
			}
		}
		err := tryMail(&config.Mail{Command: []string{path, "-t"}})
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, not %q", name, err, test.want)
		}
	}
}

// BenchmarkNews has as many as there may be owed a mail each, in the transaction of the change.
func BenchmarkNews(b *testing.B) {
	db, err := ledger.Open(b.Context(), b.TempDir()+"/vigie.db")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	book, err := incident.Open(b.Context(), db, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	err = db.Change(b.Context(), "subscribe many", func(tx *sql.Tx) error {
		for n := range incident.MostSubscribers {
			address := strings.Repeat("a", 20) + fmt.Sprint(n) + "@example.org"
			if _, err := tx.Exec(`INSERT INTO subscriber (address, box, language, created, asked, confirmed, refused) VALUES (?1, ?1, 'en', 1, 0, 1, 0)`, address); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	book.Owe(nil, newsOwing(&config.Config{StatusPage: config.StatusPage{On: true, Mail: &config.Mail{}}}))
	i, err := book.OpenIncident(b.Context(), incident.Incident{Name: "Pod slow", Public: true}, incident.Update{Text: "looking"})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := book.AddUpdate(b.Context(), i.ID, incident.Update{Text: "more"}); err != nil {
			b.Fatal(err)
		}
	}
}
