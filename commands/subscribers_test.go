package commands

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestSubscribersFromTheChat(t *testing.T) {
	d := newDesk(t, newHost(t, "board"))
	as := func(who, line, want string) {
		t.Helper()
		text, block := d.askAs(t, who, line)
		if got := strings.TrimSpace(text + "\n" + block); got != want {
			t.Errorf("%s: %s\ngot\n%s\nwant\n%s", who, line, got, want)
		}
	}
	as("dada", "subscribers", "0 subscribers; 0 asked and not confirmed yet")
	for _, s := range []struct {
		address   string
		of        []int64
		confirmed bool
	}{{"first@example.org", []int64{1}, true}, {"second@example.org", nil, true}, {"asked@example.org", nil, false}, {"Second@example.org", nil, false}} {
		if _, err := d.book.Subscribe(t.Context(), s.address, "en", s.of, s.confirmed); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.book.Refused(t.Context(), 2, true); err != nil {
		t.Fatal(err)
	}
	as("lulu", "subscribers", "2 subscribers; 2 asked and not confirmed yet; mail is refused by 1")
	as("dada", "subscribers", `2 subscribers; 2 asked and not confirmed yet; mail is refused by 1
1  f…@example.org  since 2026-11-26, of 1 component
2  s…@example.org  since 2026-11-26, refused since 2026-11-26
3  a…@example.org  not confirmed yet
4  S…@example.org  not confirmed yet`)
	as("olga", "subscribers remove 1", "✗ subscribers remove is for admins; you are a operator here")
	as("dada", "subscribers remove nobody@example.org", "✗ subscribers remove nobody@example.org: there is no such subscriber; try: subscribers")
	as("dada", "subscribers remove second@example.org", "s…@example.org is sent no more mail")
	as("dada", "subscribers remove 1", "f…@example.org is sent no more mail")
	as("lulu", "subscribers", "0 subscribers; 2 asked and not confirmed yet")
	for n := range 40 {
		*d.at.Load() = d.at.Load().Add(time.Minute)
		if _, err := d.book.Subscribe(t.Context(), fmt.Sprintf("a%d@example.org", n), "en", nil, true); err != nil {
			t.Fatal(err)
		}
	}
	text, block := d.askAs(t, "dada", "subscribers")
	if want := "40 subscribers; 2 asked and not confirmed yet; the newest 30:"; text != want || strings.Count(block, "\n") != 29 {
		t.Errorf("%s\n%s", text, block)
	}
}
