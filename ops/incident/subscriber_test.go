package incident

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops/ledger"
)

func TestAddress(t *testing.T) {
	for in, want := range map[string]string{
		"dada@diaspote.org":                     "dada@diaspote.org",
		" Dada.b+pod@Diaspote.ORG ":             "Dada.b+pod@diaspote.org",
		"x@xn--bcher-kva.example":               "x@xn--bcher-kva.example",
		"o'hara_{1}@a-b.example":                "o'hara_{1}@a-b.example",
		"":                                      "",
		"dada":                                  "",
		"@diaspote.org":                         "",
		"dada@":                                 "",
		"dada@localhost":                        "",
		"dada@[127.0.0.1]":                      "",
		"a@b@c.org":                             "",
		"a b@c.org":                             "",
		"a@c.org, b@c.org":                      "",
		"a@c.org\r\nBcc: b@c.org":               "",
		"a@c.org\nb@c.org":                      "",
		`"a b"@c.org`:                           "",
		"a(b)@c.org":                            "",
		"<a@c.org>":                             "",
		"-oQ/tmp@c.org":                         "",
		"a..b@c.org":                            "",
		".a@c.org":                              "",
		"a.@c.org":                              "",
		"a@-c.org":                              "",
		"a@c-.org":                              "",
		"a@c..org":                              "",
		"a@.org":                                "",
		"é@c.org":                               "",
		"a@é.org":                               "",
		"a\x00@c.org":                           "",
		"|sh@c.org":                             "|sh@c.org", // is no pipe: it goes into a header, and no alias is looked up by it
		strings.Repeat("a", 65) + "@c.org":      "",
		"a@" + strings.Repeat("a", 64) + ".org": "",
		"a@" + strings.Repeat("aaaaaaaaa.", 20) + "org": "",
	} {
		got, err := Address(in)
		if bad := (*Invalid)(nil); got != want || (err == nil) != (want != "") || err != nil && !errors.As(err, &bad) {
			t.Errorf("%q: %q, %v, not %q", in, got, err, want)
		}
	}
}

// told collects what a change owes.
func (s *shelf) told() *[]string {
	var all []string
	s.Owe(nil, func(c Change) (debts []ledger.Debt) {
		if c.Subscriber != nil {
			all = append(all, "ask "+c.Subscriber.Address)
		}
		if c.News != nil {
			all = append(all, fmt.Sprint(c.News.Thing, c.News.Subscribers))
		}
		return nil
	})
	return &all
}

func (s *shelf) take(all *[]string, what string, want ...string) {
	s.t.Helper()
	if got := *all; !slices.Equal(got, want) {
		s.t.Errorf("%s: %q, not %q", what, got, want)
	}
	*all = nil
}

func (s *shelf) subscribe(address string, components ...int64) Subscriber {
	s.t.Helper()
	one, err := s.Subscribe(s.t.Context(), address, "en", components, false)
	if err != nil {
		s.t.Fatal(err)
	}
	return one
}

func (s *shelf) confirmed(address string, components ...int64) Subscriber {
	s.t.Helper()
	one, err := s.Confirm(s.t.Context(), s.subscribe(address, components...).ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return one
}

func TestSubscribing(t *testing.T) {
	s := newShelf(t)
	ctx := t.Context()
	web, mail := s.component("Web", ""), s.component("Mail", "")
	told := s.told()
	first := s.subscribe("a@example.org", web)
	s.take(told, "asked", "ask a@example.org")
	again := s.subscribe("A@EXAMPLE.org", mail)
	s.take(told, "asked again")
	if again.ID != first.ID || again.Components[0].Component != mail || !again.Confirmed.IsZero() {
		t.Errorf("%+v, then %+v", first, again)
	}
	for range 2 { // it may be pressed twice
		if first, err := s.Confirm(ctx, first.ID); err != nil || first.Confirmed.IsZero() {
			t.Errorf("%+v, %v", first, err)
		}
	}
	// Somebody else wants other things for that address: nothing changes until its owner says so.
	s.now = s.now.Add(AskedAgain + time.Minute)
	other := s.subscribe("a@example.org")
	s.take(told, "asked by somebody else", "ask a@example.org")
	if all, err := s.Subscribers(ctx); err != nil || len(all) != 2 || all[0].Confirmed.IsZero() || len(all[0].Components) != 1 || !all[1].Confirmed.IsZero() {
		t.Errorf("%+v, %v", all, err)
	}
	if _, err := s.Confirm(ctx, other.ID); err != nil {
		t.Error(err)
	}
	if all, err := s.Subscribers(ctx); err != nil || len(all) != 1 || all[0].ID != first.ID || len(all[0].Components) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
	if err := s.Unsubscribe(ctx, first.ID); err != nil {
		t.Error(err)
	}
	if err := s.Unsubscribe(ctx, other.ID); !errors.Is(err, ErrNone) {
		t.Error(err)
	}
	// A program that vouches for the address.
	both, err := s.Subscribe(ctx, "b@example.org", "fr", []int64{web, mail, web}, true)
	if err != nil || both.Confirmed.IsZero() || both.Language != "fr" || len(both.Components) != 2 {
		t.Errorf("%+v, %v", both, err)
	}
	for n, interest := range both.Components {
		if err := s.RemoveSubscription(ctx, interest.ID); err != nil {
			t.Error(err)
		}
		if all, _ := s.Subscribers(ctx); len(all) != 1-n {
			t.Errorf("%d interests fewer: %+v", n+1, all)
		}
	}
	if _, err := s.Subscribe(ctx, "c@example.org", "en", []int64{99}, false); err == nil {
		t.Error("there is no component 99")
	}
	if all, _ := s.Subscribers(ctx); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}

// TestAskedSeldom floods the book with addresses of one mailbox and of many.
func TestAskedSeldom(t *testing.T) {
	s := newShelf(t)
	told := s.told()
	for n := range 20 {
		s.subscribe(fmt.Sprintf("me+%d@example.org", n))
	}
	s.take(told, "labels", "ask me+0@example.org", "ask me+1@example.org", "ask me+2@example.org")
	if all, err := s.Subscribers(t.Context()); len(all) != 3 || err != nil {
		t.Errorf("%d are kept, of whom 3 were asked: %v", len(all), err)
	}
	crowded := 0
	for n := range 500 {
		_, err := s.Subscribe(t.Context(), fmt.Sprintf("a%d@example.org", n), "en", nil, false)
		switch {
		case errors.Is(err, ErrCrowded):
			crowded++
		case err != nil:
			t.Fatal(err)
		}
	}
	if len(*told) != MostAsked-3 || crowded != 500-len(*told) {
		t.Errorf("%d were asked, %d refused", len(*told), crowded)
	}
	// One that is known gets the answer of one that is not.
	if _, err := s.Subscribe(t.Context(), "a0@example.org", "en", nil, false); !errors.Is(err, ErrCrowded) {
		t.Error(err)
	}
	s.now = s.now.Add(time.Hour + time.Minute)
	*told = nil
	s.subscribe("b@example.org")
	s.subscribe("a0@example.org")
	s.take(told, "an hour later", "ask b@example.org")
}

// TestForgotten has the clock go on, and be years ahead and set back.
func TestForgotten(t *testing.T) {
	s := newShelf(t)
	told := s.told()
	count := func(what string, want int) {
		t.Helper()
		if err := s.ForgetUnconfirmed(t.Context()); err != nil {
			t.Fatal(err)
		}
		if all, err := s.Subscribers(t.Context()); err != nil || len(all) != want {
			t.Errorf("%s: %d, %v, not %d", what, len(all), err, want)
		}
	}
	s.confirmed("stays@example.org")
	late := s.subscribe("late@example.org")
	count("at first", 2)
	s.now = s.now.Add(ConfirmTime + time.Second)
	if _, err := s.Confirm(t.Context(), late.ID); !errors.Is(err, ErrNone) {
		t.Errorf("confirmed too late: %v", err)
	}
	count("two days later", 1)
	now := s.now
	s.now = now.AddDate(10, 0, 0)
	s.subscribe("ahead@example.org")
	s.now = now
	count("set back", 2)
	*told = nil
	s.subscribe("ahead@example.org")
	s.take(told, "asked ahead of time, and again")
	s.now = now.Add(ConfirmTime + time.Minute)
	count("two days after that", 1)
}

func TestNews(t *testing.T) {
	s := newShelf(t)
	ctx := t.Context()
	web, mail := s.component("Web", ""), s.component("Mail", "")
	all, onlyMail := s.confirmed("all@example.org"), s.confirmed("mail@example.org", mail)
	s.subscribe("nobody@example.org")
	told := s.told()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	i, err := s.OpenIncident(ctx, Incident{Name: "Pod slow", Impact: Major, Touched: []Touch{{Component: web}}}, Update{Text: "looking"})
	must(err)
	_, err = s.AddUpdate(ctx, i.ID, Update{Text: "a secret"})
	must(err)
	s.take(told, "a draft")
	edit := func(f func(*Incident)) {
		t.Helper()
		_, err := s.EditIncident(ctx, i.ID, func(i *Incident) error { f(i); return nil })
		must(err)
	}
	edit(func(i *Incident) { i.Public = true })
	s.take(told, "published", fmt.Sprintf("incident/1[%d]", all.ID))
	edit(func(i *Incident) { i.Name, i.Sticky = "Pod very slow", true })
	s.take(told, "a new name")
	edit(func(i *Incident) { i.touch(Touch{Component: mail}) })
	s.take(told, "it touches more", fmt.Sprintf("incident/1[%d]", onlyMail.ID))
	edit(func(i *Incident) { i.Touched = i.Touched[:1] })
	edit(func(i *Incident) { i.touch(Touch{Component: mail}) })
	s.take(told, "the same again")
	_, err = s.AddUpdate(ctx, i.ID, Update{Text: "it is the disk", Status: Identified})
	must(err)
	i, err = s.AddUpdate(Quietly(ctx), i.ID, Update{Text: "or not"})
	must(err)
	both := fmt.Sprintf("[%d %d]", all.ID, onlyMail.ID)
	s.take(told, "an update", "incident/1"+both)
	must(s.RemoveUpdate(ctx, i.ID, i.Updates[len(i.Updates)-1].ID))
	s.take(told, "one less")
	_, err = s.AddUpdate(Quietly(ctx), i.ID, Update{Text: "shh"})
	must(err)
	s.take(told, "quietly")
	_, err = s.AddUpdate(ctx, i.ID, Update{Text: "done", Status: Fixed})
	must(err)
	s.take(told, "its end", "incident/1"+both)
	edit(func(i *Incident) { i.Public = false })
	edit(func(i *Incident) { i.Public = true })
	s.take(told, "hidden and shown again")
	must(s.RemoveIncident(ctx, i.ID))
	s.take(told, "removed")

	old := s.now.AddDate(0, 0, -3)
	_, err = s.OpenIncident(ctx, Incident{Name: "Long ago", Public: true, Opened: old, Status: Fixed}, Update{At: old})
	must(err)
	s.take(told, "imported")

	m, err := s.Plan(ctx, Maintenance{Name: "PostgreSQL", Starts: s.now.Add(time.Hour), Ends: s.now.Add(3 * time.Hour), Components: []int64{web}})
	must(err)
	s.take(told, "planned", fmt.Sprintf("maintenance/1[%d]", all.ID))
	change := func(note *Note, f func(*Maintenance)) {
		t.Helper()
		_, err := s.EditMaintenance(ctx, m.ID, note, func(m *Maintenance) error { f(m); return nil })
		must(err)
	}
	change(nil, func(m *Maintenance) { m.Ends = m.Ends.Add(time.Hour) })
	s.take(told, "moved", fmt.Sprintf("maintenance/1[%d]", all.ID))
	change(&Note{Text: "be patient"}, func(*Maintenance) {})
	s.take(told, "noted", fmt.Sprintf("maintenance/1[%d]", all.ID))
	change(nil, func(m *Maintenance) { m.Name = "PostgreSQL 17" })
	s.take(told, "a new name")
	for _, p := range []Phase{UnderWay, Complete} {
		change(nil, func(m *Maintenance) { m.Phase = p })
		s.take(told, p.String(), fmt.Sprintf("maintenance/1[%d]", all.ID))
	}
}

// TestSubscribersStay opens the file again.
func TestSubscribersStay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vigie.db")
	for n := range 2 {
		db, err := ledger.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Open(t.Context(), db, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			if _, err := b.Subscribe(t.Context(), "a@example.org", "fr", nil, true); err != nil {
				t.Fatal(err)
			}
		} else if all, err := b.Subscribers(t.Context()); err != nil || len(all) != 1 || all[0].Address != "a@example.org" || all[0].Language != "fr" {
			t.Errorf("%+v, %v", all, err)
		}
		db.Close()
	}
}

// tokenIn is what a link proves itself by.
func tokenIn(link string) string {
	_, token, _ := strings.Cut(link, "?t=")
	return token
}

func TestLinks(t *testing.T) {
	l := &Links{Base: "https://status.example.org", Key: []byte("key")}
	token := tokenIn(l.Confirm(300))
	if id, ok := l.Confirms(token); id != 300 || !ok {
		t.Errorf("%d, %v", id, ok)
	}
	now := time.Now()
	list := func() ([]Subscriber, error) {
		return []Subscriber{{ID: 1, Address: "a@example.org", Confirmed: now}, {ID: 2, Address: "b@example.org"}, {ID: 3, Address: "b@example.org", Confirmed: now}}, nil
	}
	leave := tokenIn(l.Unsubscribe("B@example.org"))
	if these, ok, err := l.Unsubscribes(leave, list); !ok || err != nil || len(these) != 1 || these[0].ID != 3 {
		t.Errorf("%+v, %v, %v", these, ok, err)
	}
	if strings.Contains(leave, "b@") || tokenIn(l.Unsubscribe("c@example.org")) == leave {
		t.Error(leave)
	}
	never := func() ([]Subscriber, error) {
		t.Error("the ledger was asked for a link that was not signed")
		return nil, nil
	}
	if _, ok, _ := l.Unsubscribes(token, never); ok {
		t.Error("a link to confirm unsubscribes")
	}
	if _, ok := l.Confirms(leave); ok {
		t.Error("a link to unsubscribe confirms")
	}
	if _, ok := (&Links{Key: []byte("yek")}).Confirms(token); ok {
		t.Error("a link of another key opens")
	}
	for n := range token { // whatever letter is another one
		for _, other := range "AQgw-_" {
			guess := token[:n] + string(other) + token[n+1:]
			if _, ok := l.Confirms(guess); ok && guess != token {
				t.Errorf("%s opens what %s does", guess, token)
			}
		}
	}
}

func FuzzAddress(f *testing.F) {
	f.Add("dada@diaspote.org")
	f.Add("a@c.org\r\nBcc: b@c.org")
	f.Fuzz(func(t *testing.T, in string) {
		got, err := Address(in)
		if err != nil {
			return
		}
		if again, err := Address(got); err != nil || again != got {
			t.Errorf("%q, and of that %q, %v", got, again, err)
		}
		if strings.ContainsAny(got, "\r\n\x00 ,;:<>()[]\"\\") || strings.Count(got, "@") != 1 || got[0] == '-' || len(got) > 254 {
			t.Errorf("%q lets %q through", in, got)
		}
	})
}

func FuzzToken(f *testing.F) {
	l := &Links{Key: []byte("key")}
	f.Add(tokenIn(l.Confirm(7)) + "A")
	f.Add(tokenIn(l.Confirm(1 << 40)))
	f.Add(tokenIn(l.Confirm(1 << 40))[:9] + "\r" + tokenIn(l.Confirm(1 << 40))[9:])
	f.Add("")
	f.Fuzz(func(t *testing.T, token string) {
		if id, ok := l.Confirms(token); ok && token != tokenIn(l.Confirm(id)) {
			t.Errorf("%q opens", token)
		}
	})
}
