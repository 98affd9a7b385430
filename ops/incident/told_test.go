package incident

import (
	"slices"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops/ledger"
)

// TestTold looks at what the rooms are told.
func TestTold(t *testing.T) {
	n := newNight(t)
	n.follower("Web", "web.service")
	said := ledger.SaidIn(t.Context(), "xmpp", "ops")
	tells := func(chat, room string, want ...string) {
		t.Helper()
		if got := n.owed(chat, room); !slices.Equal(got, want) {
			t.Errorf("%s is told:\n%q\nand not:\n%q", room, got, want)
		}
	}
	i, err := n.OpenIncident(said, Incident{Name: "Pod slow", Public: true, Impact: Minor}, Update{Person: "dada", Text: "looking"})
	if err != nil {
		t.Fatal(err)
	}
	tells("xmpp", "ops")
	tells("slack", "#ops", "incident 1: Pod slow | investigating: looking (dada)")
	if _, err := n.AddUpdate(ledger.SaidIn(t.Context(), "slack", "#ops"), i.ID, Update{Person: "lulu", Status: Identified, Text: "the cache"}); err != nil {
		t.Fatal(err)
	}
	tells("xmpp", "ops", "incident 1: Pod slow | identified: the cache (lulu)")
	tells("slack", "#ops", "incident 1: Pod slow | identified: the cache (lulu)") // an edit of what stands there
	if _, err := n.EditIncident(t.Context(), i.ID, func(i *Incident) error { i.Sticky = true; return nil }); err != nil {
		t.Fatal(err)
	}
	tells("xmpp", "ops")
	n.now = n.now.Add(time.Minute)
	if _, err := n.AddUpdate(said, i.ID, Update{Person: "dada", Status: Fixed, Text: "done"}); err != nil {
		t.Fatal(err)
	}
	tells("xmpp", "ops", "✓ incident 1 is over: Pod slow | fixed: done (dada)")
	tells("slack", "#ops", "✓ incident 1 is over: Pod slow | fixed: done (dada)")
	n.fails("web.service")
	tells("xmpp", "ops", "failed: secret of the log | ",
		"incident 2 opened, a draft: Web is down | investigating: Web is down since 12:01 CET.\nPublish it with: incident publish 2")
	n.mends("web.service")
	n.pass(10 * time.Minute)
	tells("xmpp", "ops", "✓ failed: secret of the log | ", "✓ incident 2 is over: Web is down | fixed: Web was down from 12:01 CET to 12:01 CET.")
	if _, err := n.OpenIncident(Quietly(t.Context()), Incident{Name: "Of old"}, Update{Text: "x"}); err != nil {
		t.Fatal(err)
	}
	tells("xmpp", "ops")
	past, err := n.db.Events(t.Context(), ledger.EventQuery{Kind: KindIncident})
	if err != nil || len(past) != 4 {
		t.Errorf("the history has %d events of incidents, %v", len(past), err)
	}
}

// TestUnshown has no page: a draft beside the alert would be one post too many, until somebody writes of it.
func TestUnshown(t *testing.T) {
	n := newNight(t)
	n.Unshown(true)
	n.follower("Web", "web.service")
	tells := func(want ...string) {
		t.Helper()
		if got := n.owed("slack", "#ops"); !slices.Equal(got, want) {
			t.Errorf("told:\n%q\nand not:\n%q", got, want)
		}
	}
	n.fails("web.service")
	tells("failed: secret of the log | ")
	if _, err := n.AddUpdate(t.Context(), 1, Update{Person: "dada", Text: "I look at it"}); err != nil {
		t.Fatal(err)
	}
	tells("incident 1 opened, a draft: Web is down | investigating: I look at it (dada)")
	n.mends("web.service")
	n.pass(10 * time.Minute)
	tells("✓ failed: secret of the log | ", "✓ incident 1 is over: Web is down | fixed: Web was down from 12:00 CET to 12:00 CET.")

	n.skip(time.Hour)
	n.fails("web.service")
	n.mends("web.service")
	n.pass(10 * time.Minute)
	tells("✓ failed: secret of the log | ")
	past, err := n.db.Events(t.Context(), ledger.EventQuery{Kind: KindIncident})
	if err != nil || len(past) != 5 {
		t.Errorf("the history has %d events of incidents, %v", len(past), err)
	}
}
