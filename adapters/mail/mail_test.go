package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/fixtures/mailbox"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/ledger"
)

// A desk is a Mail with a book, and a clock of the test's.
type desk struct {
	*Mail
	t       *testing.T
	book    *incident.Book
	now     time.Time
	refused []string
}

func newDesk(t *testing.T, command ...string) *desk {
	t.Helper()
	db, err := ledger.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, now: time.Date(2026, 11, 1, 9, 5, 0, 0, zone)}
	now := func() time.Time { return d.now }
	if d.book, err = incident.Open(t.Context(), db, now); err != nil {
		t.Fatal(err)
	}
	d.Mail = New(Config{
		Title: "diaspote.example", From: "status@diaspote.example", Command: command, PerHour: 100, Book: d.book, Now: now,
		Links:   &incident.Links{Base: "https://status.diaspote.example", Key: []byte("key")},
		Refuses: func(_ context.Context, s incident.Subscriber, why error) { d.refused = append(d.refused, why.Error()) },
	}, slog.New(slog.DiscardHandler))
	return d
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) subscriber(address, lang string) incident.Subscriber {
	d.t.Helper()
	s, err := d.book.Subscribe(d.t.Context(), address, lang, nil, true)
	d.must(err)
	return s
}

func (d *desk) open(name, text string) incident.Incident {
	d.t.Helper()
	c, err := d.book.AddComponent(d.t.Context(), incident.Component{Name: "Part of " + name})
	d.must(err)
	i, err := d.book.OpenIncident(d.t.Context(), incident.Incident{Name: name, Public: true, Impact: incident.Major, Touched: []incident.Touch{{Component: c.ID}}},
		incident.Update{Text: text, Person: "dada"})
	d.must(err)
	return i
}

func (d *desk) post(room, text string) error {
	d.t.Helper()
	_, err := d.Post(d.t.Context(), bot.Post{Room: room, Text: text})
	return err
}

// TestMailArrives sends through a real mail program to a real server.
func TestMailArrives(t *testing.T) {
	box := mailbox.Open(t)
	d := newDesk(t, box.Command...)
	reader, lectrice := d.subscriber("reader@example.org", "en"), d.subscriber("lectrice@example.org", "fr")
	asked, err := d.book.Subscribe(t.Context(), "asked@example.org", "en", nil, false)
	d.must(err)
	d.must(d.post(Question, fmt.Sprint(asked.ID)))
	ask := box.Wait(1)[0]
	if link := d.Links.Confirm(asked.ID); ask.To != "asked@example.org" || !strings.Contains(ask.Text, "\n"+link+"\n") || ask.Header.Has("List-Unsubscribe") {
		t.Errorf("%s", ask.Raw)
	}

	i := d.open("Pod slow – très lent", "We look.\n.\nFrom here = there\nhttps://diaspote.example/?a=b&c=d "+strings.Repeat("long ", 100))
	thing := fmt.Sprintf("incident/%d", i.ID)
	d.must(d.post(News, NewsText(reader.ID, thing)))
	d.must(d.post(News, NewsText(reader.ID, thing))) // nothing new since
	d.now = d.now.Add(10 * time.Minute)
	_, err = d.book.AddUpdate(t.Context(), i.ID, incident.Update{Status: incident.Fixed, Text: "It was the disk.", Person: "dada"})
	d.must(err)
	d.must(d.post(News, NewsText(reader.ID, thing)))
	d.must(d.post(News, NewsText(lectrice.ID, thing)))
	all := box.Wait(4)
	if len(all) != 4 {
		t.Fatalf("%d mails", len(all))
	}
	first, end, fin := all[1], all[2], all[3]
	if got, want := first.Subject(), "[diaspote.example] Investigating: Pod slow – très lent"; got != want {
		t.Errorf("%q, not %q", got, want)
	}
	for _, want := range []string{"We look.\n.\nFrom here = there\nhttps://diaspote.example/?a=b&c=d long long", "Sunday 1 November 2026, 09:05 CET",
		"Affects: Part of Pod slow – très lent (partial outage)", "\nhttps://status.diaspote.example/incidents/1\n", "\n-- \n", "\n" + d.Links.Unsubscribe(reader.Address) + "\n"} {
		if !strings.Contains(first.Text, want) {
			t.Errorf("no %q in %q", want, first.Text)
		}
	}
	if strings.Contains(string(first.Raw), "dada") {
		t.Error("it tells who wrote it")
	}
	for name, want := range map[string]string{
		"To": "<reader@example.org>", "List-Unsubscribe": "<" + d.Links.Unsubscribe(reader.Address) + ">", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"Auto-Submitted": "auto-generated", "List-Id": `"diaspote.example" <status.diaspote.example>`, "Precedence": "list", "Content-Language": "en",
	} {
		if got := first.Header.Get(name); got != want {
			t.Errorf("%s is %q, not %q", name, got, want)
		}
	}
	if from, err := first.Header.AddressList("From"); err != nil || len(from) != 1 || from[0].Address != "status@diaspote.example" || from[0].Name != "diaspote.example" {
		t.Errorf("from %v, %v", from, err)
	}
	if at, err := end.Header.Date(); err != nil || !at.Equal(d.now) {
		t.Errorf("at %v, %v", at, err)
	}
	one, _ := first.Header.MessageID()
	two, _ := end.Header.MessageID()
	thread, _ := first.Header.MsgIDList("References")
	again, _ := end.Header.MsgIDList("In-Reply-To")
	if one == "" || one == two || len(thread) != 1 || len(again) != 1 || thread[0] != again[0] {
		t.Errorf("%s and %s are of %s and %s", one, two, thread, again)
	}
	for _, want := range []string{"Ended on Sunday 1 November 2026, 09:15 CET", "It was the disk.", "We look."} {
		if !strings.Contains(end.Text, want) {
			t.Errorf("no %q in %q", want, end.Text)
		}
	}
	if got, want := fin.Subject(), "[diaspote.example] Résolu\u00a0: Pod slow – très lent"; got != want || !strings.Contains(fin.Text, "dimanche 1er novembre 2026, 9\u00a0h\u00a005 CET") {
		t.Errorf("%q, not %q: %q", got, want, fin.Text)
	}
	for _, m := range all {
		for line := range strings.SplitSeq(string(m.Raw), "\r\n") {
			if len(line) > 78 && !strings.HasPrefix(line, "Message-I") && !strings.Contains(line, "/unsubscribe?t=") || len(line) > 900 {
				t.Errorf("a line of %d: %s", len(line), line)
			}
		}
	}
}

// TestMaintenanceIsSaid goes through the phases of one.
func TestMaintenanceIsSaid(t *testing.T) {
	box := mailbox.Open(t)
	d := newDesk(t, box.Command...)
	s := d.subscriber("reader@example.org", "en")
	m, err := d.book.Plan(t.Context(), incident.Maintenance{Name: "PostgreSQL 15 → 17", Text: "All sleeps.", Person: "dada", Starts: d.now.Add(time.Hour), Ends: d.now.Add(3 * time.Hour)})
	d.must(err)
	for n, want := range []string{"Planned maintenance: PostgreSQL 15 → 17, Sunday 1 November 2026, 10:05 CET", "Maintenance has begun: PostgreSQL 15 → 17",
		"Maintenance is over: PostgreSQL 15 → 17", "Maintenance is cancelled: PostgreSQL 15 → 17"} {
		_, err = d.book.EditMaintenance(t.Context(), m.ID, &incident.Note{Text: fmt.Sprintf("Note %d", n), Person: "dada"}, func(m *incident.Maintenance) error {
			m.Phase = incident.Phase(n)
			return nil
		})
		d.must(err)
		d.must(d.post(News, NewsText(s.ID, fmt.Sprintf("maintenance/%d", m.ID))))
		got := box.Wait(n + 1)[n]
		if got.Subject() != "[diaspote.example] "+want {
			t.Errorf("%q, not %q", got.Subject(), want)
		}
		if !strings.Contains(got.Text, "All sleeps.") || !strings.Contains(got.Text, fmt.Sprintf("Note %d", n)) || strings.Contains(string(got.Raw), "dada") {
			t.Errorf("%s", got.Raw)
		}
	}
}

// TestPointless has nothing sent of what is not for the public, or for nobody any more.
func TestPointless(t *testing.T) {
	box := mailbox.Open(t)
	d := newDesk(t, box.Command...)
	s, gone := d.subscriber("reader@example.org", "en"), d.subscriber("gone@example.org", "en")
	asked, err := d.book.Subscribe(t.Context(), "asked@example.org", "en", nil, false)
	d.must(err)
	d.must(d.book.Unsubscribe(t.Context(), gone.ID))
	i, hidden, removed := d.open("Seen", ""), d.open("Hidden", ""), d.open("Removed", "")
	_, err = d.book.EditIncident(t.Context(), hidden.ID, func(i *incident.Incident) error { i.Public = false; return nil })
	d.must(err)
	d.must(d.book.RemoveIncident(t.Context(), removed.ID))
	for _, text := range []string{
		NewsText(s.ID, fmt.Sprintf("incident/%d", hidden.ID)), NewsText(s.ID, fmt.Sprintf("incident/%d", removed.ID)), NewsText(s.ID, "incident/99"), NewsText(s.ID, "maintenance/99"),
		NewsText(s.ID, "user/1"), NewsText(gone.ID, fmt.Sprintf("incident/%d", i.ID)), NewsText(asked.ID, fmt.Sprintf("incident/%d", i.ID)), NewsText(99, "incident/1"),
	} {
		d.must(d.post(News, text))
	}
	d.must(d.post(Question, fmt.Sprint(s.ID))) // is confirmed
	d.must(d.post(Question, fmt.Sprint(gone.ID)))
	if err := d.post(News, "nonsense"); err == nil {
		t.Error("nonsense was taken")
	}
	if all := box.All(); len(all) != 0 {
		t.Errorf("%d mails were sent: %s", len(all), all[0].Raw)
	}
}

// TestRefusals has a real server refuse an address for now and for good.
func TestRefusals(t *testing.T) {
	box := mailbox.Open(t)
	d := newDesk(t, box.Command...)
	s := d.subscriber("reader@example.org", "en")
	text := NewsText(s.ID, fmt.Sprintf("incident/%d", d.open("Pod slow", "").ID))
	box.Refuse(s.Address, 451)
	if err := d.post(News, text); err == nil || len(d.refused) != 0 || strings.Contains(err.Error(), s.Address) {
		t.Errorf("later: %v, %q", err, d.refused)
	}
	box.Refuse(s.Address, 550)
	d.must(d.post(News, text))
	if len(d.refused) != 1 || !strings.Contains(d.refused[0], "550") || strings.Contains(d.refused[0], s.Address) {
		t.Errorf("never: %q", d.refused)
	}
	box.Refuse(s.Address, 0)
	_, err := d.book.AddUpdate(t.Context(), 1, incident.Update{Text: "more"})
	d.must(err)
	d.must(d.post(News, text))
	if n := len(box.Wait(1)); n != 1 {
		t.Errorf("%d mails", n)
	}
}

// script is a mail program of the test's, which gets the path of a file that it may write.
func script(t *testing.T, lines string) (command []string, file string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sendmail")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+lines+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	file = path + ".got"
	return []string{path, file}, file
}

func TestExitCodes(t *testing.T) {
	for code, want := range map[int]error{
		0: nil, 65: errAddress, 67: errAddress, 68: errAddress, 75: bot.ErrOffline, 71: bot.ErrOffline, 78: bot.ErrOffline, 64: bot.ErrOffline, 1: nil, 69: nil,
	} {
		command, _ := script(t, fmt.Sprintf("cat >/dev/null; echo it says; echo so >&2; exit %d", code))
		err := sendmail(command).send(t.Context(), []byte("x"))
		if (err == nil) != (code == 0) || want != nil && !errors.Is(err, want) || want == nil && (errors.Is(err, errAddress) || errors.Is(err, bot.ErrOffline)) {
			t.Errorf("%d: %v, not %v", code, err, want)
		}
		if err != nil && !strings.Contains(err.Error(), "it says so") {
			t.Errorf("%d: %v", code, err)
		}
	}
	if err := (sendmail{"/nonexistent/sendmail"}).send(t.Context(), nil); !errors.Is(err, bot.ErrOffline) {
		t.Error(err)
	}
	command, _ := script(t, "kill -9 $$")
	if err := sendmail(command).send(t.Context(), nil); !errors.Is(err, bot.ErrOffline) {
		t.Error(err)
	}
	command, _ = script(t, "sleep 60 & sleep 60")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := sendmail(command).send(ctx, nil); !errors.Is(err, bot.ErrOffline) {
		t.Error(err)
	}
	command, _ = script(t, "yes | head -c 1000000; exit 75")
	if err := sendmail(command).send(t.Context(), nil); err == nil || len(err.Error()) > 2*mostSaid {
		t.Errorf("%.2000v", err)
	}
}

// TestRefusedOnce has an address that is none told once, until it takes mail again.
func TestRefusedOnce(t *testing.T) {
	command, file := script(t, `cat >/dev/null; test -e "$1" || { echo "<reader@example.org>: no such user"; exit 67; }`)
	d := newDesk(t, command...)
	s := d.subscriber("reader@example.org", "en")
	text := NewsText(s.ID, fmt.Sprintf("incident/%d", d.open("Pod slow", "").ID))
	for range 3 {
		d.must(d.post(News, text))
		_, err := d.book.AddUpdate(t.Context(), 1, incident.Update{Text: "more"})
		d.must(err)
	}
	if len(d.refused) != 1 || !strings.Contains(d.refused[0], "r…@example.org>: no such user") {
		t.Errorf("%q", d.refused)
	}
	d.must(os.WriteFile(file, nil, 0o600))
	_, err := d.book.AddUpdate(t.Context(), 1, incident.Update{Text: "more"})
	d.must(err)
	d.must(d.post(News, text))
	if s, err := d.book.Subscriber(t.Context(), s.ID); err != nil || !s.Refused.IsZero() {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestArguments has no address in the arguments of the mail program, nor secrets of the bot in its environment.
func TestArguments(t *testing.T) {
	t.Setenv("CREDENTIALS_DIRECTORY", "/run/secret")
	t.Setenv("NOTIFY_SOCKET", "/run/secret")
	command, file := script(t, `{ tr '\0' ' ' </proc/$$/cmdline; env; } >"$1"; cat >/dev/null`)
	d := newDesk(t, command...)
	s := d.subscriber("reader@example.org", "en")
	d.must(d.post(News, NewsText(s.ID, fmt.Sprintf("incident/%d", d.open("Pod slow", "").ID))))
	got, err := os.ReadFile(file)
	d.must(err)
	if !strings.Contains(string(got), "PATH=") || strings.Contains(string(got), "reader") || strings.Contains(string(got), "/run/secret") {
		t.Errorf("%s", got)
	}
}

// TestPace lets no more through in an hour than it may, whatever the clock does.
func TestPace(t *testing.T) {
	command, file := script(t, `echo x >>"$1"; cat >/dev/null`)
	d := newDesk(t, command...)
	d.pace.most = 5
	thing := fmt.Sprintf("incident/%d", d.open("Pod slow", "").ID)
	busy := 0
	for n := range 12 {
		err := d.post(News, NewsText(d.subscriber(fmt.Sprintf("a%d@example.org", n), "en").ID, thing))
		if errors.Is(err, bot.ErrBusy) {
			busy++
		} else {
			d.must(err)
		}
	}
	if got, _ := os.ReadFile(file); busy != 7 || len(got) != 10 {
		t.Errorf("%d had to wait; %d bytes", busy, len(got))
	}
	for _, step := range []struct {
		by   time.Duration
		want bool
	}{{59 * time.Minute, false}, {2 * time.Minute, true}, {-48 * time.Hour, true}} {
		d.now = d.now.Add(step.by)
		if got := d.pace.take(d.now); got != step.want {
			t.Errorf("%v later: %v", step.by, got)
		}
	}
}
