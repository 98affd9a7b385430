package incident

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// TestCorrected has somebody write the bot's words anew before more fails.
func TestCorrected(t *testing.T) {
	n := newNight(t)
	n.follower("Web", "web.service")
	n.follower("Queue", "queue.service")
	n.round()
	n.fails("web.service")
	if _, err := n.EditUpdate(t.Context(), 1, n.only().Updates[0].ID, func(u *Update) error {
		u.Text, u.Person = "The disk is full.", "dada"
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	n.skip(time.Minute)
	n.fails("queue.service")
	n.says("investigating: The disk is full.", "investigating: Web and Queue are down since 12:00 CET.")
}

func TestOneTrouble(t *testing.T) {
	n := newNight(t)
	web, queue := n.follower("Web", "web.service"), n.follower("Queue", "queue.service")
	n.follower("Search", "search.service")
	n.pass(time.Minute)
	n.raise(ops.Event{Kind: "pressure", Key: "memory/pressure", Severity: ops.Warning, Lasting: true, Title: "memory is short"},
		ops.Event{Kind: "nodeinfo", Key: "nodeinfo", Title: "new version"})
	n.pass(2 * time.Minute)
	n.fails("web.service")
	n.now = n.now.Add(20 * time.Second)
	n.fails("queue.service")
	if n.state(web) != MajorOutage || n.state(queue) != MajorOutage {
		t.Error("the components do not follow their units")
	}
	i := n.only()
	if i.Name != "Web and Queue are down" || i.Public || !i.Auto || i.Impact != Critical || len(i.Touched) != 2 {
		t.Errorf("%+v", i)
	}
	n.says("investigating: Web and Queue are down since 12:03 CET.")
	if got, want := n.collected(i.ID), []string{"memory is short", "failed: secret of the log", "failed: secret of the log"}; !slices.Equal(got, want) {
		t.Errorf("it has %q, and not %q", got, want)
	}
	if len(n.Page().Incidents) != 0 {
		t.Error("a draft is shown")
	}
	if _, err := n.EditIncident(t.Context(), i.ID, func(i *Incident) error { i.Public = true; return nil }); err != nil {
		t.Fatal(err)
	}
	n.pass(3 * time.Minute)
	n.mends("web.service")
	n.says("investigating: Web and Queue are down since 12:03 CET.")
	n.mends("queue.service")
	if i := n.only(); i.Status != Watching || !i.Open() || !i.Well.Equal(n.now) || n.state(queue) != Operational {
		t.Errorf("recovered: %+v, the queue is in %v", i, n.state(queue))
	}
	n.pass(9 * time.Minute)
	n.fails("web.service") // within the calm
	n.pass(2 * time.Minute)
	if i := n.only(); i.Status != Investigating || n.state(web) != MajorOutage {
		t.Errorf("it came back: %+v", i)
	}
	n.mends("web.service")
	n.pass(10*time.Minute - time.Second)
	if i := n.only(); !i.Open() {
		t.Error("it is over before the calm is")
	}
	n.pass(time.Second)
	n.says("investigating: Web and Queue are down since 12:03 CET.", "watching: Recovered at 12:06 CET; we keep watching.",
		"investigating: Web and Queue are down again since 12:15 CET.", "watching: Recovered at 12:17 CET; we keep watching.",
		"fixed: Web and Queue were down, on and off, from 12:03 CET to 12:17 CET.")
	if i := n.only(); i.Open() || !i.Resolved.Equal(i.Well) {
		t.Errorf("%+v", i)
	}
	if text := fmt.Sprint(n.Page()); strings.Contains(text, "secret") {
		t.Error("the page shows an event's text")
	}
	n.skip(time.Hour)
	n.fails("web.service")
	if all := n.all(); len(all) != 2 || all[1].Name != "Web is down" {
		t.Errorf("a new trouble: %+v", all)
	}
}

// TestItComesAndGoes has a unit flap.
func TestItComesAndGoes(t *testing.T) {
	if testing.Short() {
		t.Skip("left out of a short run: it is long, and of one goroutine")
	}
	n := newNight(t)
	n.follower("Web", "web.service")
	for range 50 {
		n.fails("web.service")
		n.pass(time.Minute)
		n.mends("web.service")
		n.pass(2 * time.Minute)
	}
	i := n.only()
	if len(i.Updates) != 2*flaps+1 || i.Updates[2*flaps].Text != "It comes and goes; we write again once that is over." || i.Status != Investigating {
		t.Errorf("%d updates:\n%s", len(i.Updates), texts(i))
	}
	n.pass(10 * time.Minute)
	if i := n.only(); i.Open() || len(i.Updates) != 2*flaps+2 || !strings.HasPrefix(i.Updates[2*flaps+1].Text, "Web was down, on and off, from 12:00 CET to 14:2") {
		t.Errorf("in the end:\n%s", texts(i))
	}
}

func TestWhatOpensNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("left out of a short run: it is long, and of one goroutine")
	}
	critical := ops.Event{Kind: "unit", Key: "unit/web.service", Unit: "web.service", Severity: ops.Critical, Lasting: true}
	with := func(f func(*ops.Event)) ops.Event {
		e := critical
		f(&e)
		return e
	}
	for what, test := range map[string]struct {
		event ops.Event
		setUp func(n *night, web int64)
		opens bool
	}{
		"what is critical":    {event: critical, opens: true},
		"a warning":           {event: with(func(e *ops.Event) { e.Severity = ops.Warning })},
		"an end":              {event: with(func(e *ops.Event) { e.Resolved = true })},
		"what is told aside":  {event: with(func(e *ops.Event) { e.Aside = true })},
		"a job":               {event: with(func(e *ops.Event) { e.Kind = "job" })},
		"a rule":              {event: with(func(e *ops.Event) { e.Kind = "rule" })},
		"deaf to webhooks":    {event: with(func(e *ops.Event) { e.Kind = "webhook" })},
		"an incident":         {event: with(func(e *ops.Event) { e.Kind = KindIncident })},
		"a certificate":       {event: ops.Event{Kind: "pod", Key: "pod/certificate", Severity: ops.Critical, Lasting: true}},
		"the pod":             {event: ops.Event{Kind: "pod", Key: "pod/down", Severity: ops.Critical, Lasting: true}, opens: true},
		"yesterday's kill":    {event: ops.Event{Kind: "oom", Key: "oom/x", Severity: ops.Critical, At: time.Date(2026, 11, 19, 12, 0, 0, 0, time.UTC)}},
		"what fails for long": {event: with(func(e *ops.Event) { e.At = time.Date(2026, 11, 19, 12, 0, 0, 0, time.UTC) }), opens: true},
		"what is silenced": {event: critical, setUp: func(n *night, _ int64) {
			if err := n.db.Silence(n.t.Context(), ledger.Silence{Target: "web.service", Until: n.now.Add(time.Hour)}); err != nil {
				n.t.Fatal(err)
			}
		}},
		"what is worked at": {event: critical, setUp: func(n *night, web int64) {
			n.maintenance(0, time.Hour, web)
			n.round()
		}},
		"what is worked at aloud": {event: critical, setUp: func(n *night, web int64) {
			n.maintenance(0, time.Hour, web)
			n.round()
			if _, err := n.db.Unsilence(n.t.Context(), "web.service"); err != nil {
				n.t.Fatal(err)
			}
		}},
		"what is off": {event: critical, setUp: func(n *night, _ int64) { n.k.Rules.Off = true }},
		"what somebody has written of": {event: critical, setUp: func(n *night, web int64) {
			if _, err := n.OpenIncident(n.t.Context(), Incident{Name: "Pod slow", Touched: []Touch{{Component: web}}, Impact: Minor}, Update{Person: "dada"}); err != nil {
				n.t.Fatal(err)
			}
		}},
	} {
		t.Run(what, func(t *testing.T) {
			n := newNight(t)
			web := n.follower("Web", "web.service")
			if test.setUp != nil {
				test.setUp(n, web)
			}
			n.raise(test.event)
			n.round()
			opened := slices.ContainsFunc(n.all(), func(i Incident) bool { return i.Auto })
			if opened != test.opens {
				t.Errorf("%+v", n.all())
			}
		})
	}
}

// TestPublicWords looks at what the public reads of troubles that it cannot place.
func TestPublicWords(t *testing.T) {
	n := newNight(t)
	n.k.Rules.AtOnce = true
	n.raise(ops.Event{Kind: "disk", Key: "disk/srv/secret", Severity: ops.Critical, Lasting: true, Title: "disk /srv/secret is full"})
	n.round()
	if i := n.only(); i.Name != "Trouble on diaspote" || i.Public {
		t.Errorf("%+v", i)
	}
	n.now = n.now.Add(time.Hour)
	hidden, err := n.AddComponent(t.Context(), Component{Name: "Intranet", Hidden: true, Follows: "intranet.service"})
	if err != nil {
		t.Fatal(err)
	}
	n.real["intranet.service"] = MajorOutage
	n.raise(failed("intranet.service"))
	n.round()
	if i := n.all()[1]; i.Name != "Trouble on diaspote" || i.Public || !i.Touches(hidden.ID) || strings.Contains(texts(i), "Intranet") {
		t.Errorf("%+v", i)
	}
	n.now = n.now.Add(time.Hour)
	n.follower("Web", "web.service")
	n.fails("web.service")
	if i := n.all()[2]; i.Name != "Web is down" || !i.Public || len(n.Page().Incidents) != 1 {
		t.Errorf("%+v", i)
	}
}

// TestPeopleSayOtherwise has people change what the bot has opened.
func TestPeopleSayOtherwise(t *testing.T) {
	n := newNight(t)
	n.follower("Web", "web.service")
	queue := n.follower("Queue", "queue.service")
	n.fails("web.service")
	edit := func(f func(*Incident) error) {
		t.Helper()
		if _, err := n.EditIncident(t.Context(), 1, f); err != nil {
			t.Fatal(err)
		}
	}
	update := func(u Update) {
		t.Helper()
		if _, err := n.AddUpdate(t.Context(), 1, u); err != nil {
			t.Fatal(err)
		}
		n.round()
	}
	edit(func(i *Incident) error { i.Name, i.Impact = "The disk broke", Minor; return nil })
	n.fails("queue.service")
	if i := n.only(); i.Name != "The disk broke" || i.Impact != Minor || !i.Touches(queue) {
		t.Errorf("%+v", i)
	}
	update(Update{Person: "dada", Status: Fixed, Text: "a new disk"})
	n.skip(time.Hour)
	if i := n.only(); i.Open() || len(i.Updates) != 2 {
		t.Errorf("%+v", i)
	}
	update(Update{Person: "dada", Status: Investigating, Text: "no"})
	n.mends("web.service")
	n.mends("queue.service")
	n.skip(time.Hour)
	if i := n.only(); !i.Open() || len(i.Updates) != 3 {
		t.Errorf("opened again, it ends by itself: %+v", i)
	}
}
