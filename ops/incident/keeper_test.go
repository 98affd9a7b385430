package incident

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// A night is a shelf with a keeper, a host of the test's, and two rooms.
type night struct {
	*shelf
	k       *Keeper
	real    map[string]State
	elapsed time.Duration
	fail    func() // called while the rooms are told, within the transaction
}

func newNight(t *testing.T) *night {
	n := &night{shelf: newShelf(t), real: map[string]State{}, elapsed: 1}
	n.Book.Tell(n.plan, func([]ledger.Record) {})
	n.start()
	return n
}

func (n *night) plan(time.Time) ledger.Plan {
	return func(ops.Event, ops.Severity) []ledger.Debt {
		if n.fail != nil {
			n.fail()
		}
		return []ledger.Debt{{Chat: "xmpp", Room: "ops"}, {Chat: "slack", Room: "#ops"}}
	}
}

// start is a start of the bot: what it had in its memory is gone.
func (n *night) start() {
	n.t.Helper()
	n.k = NewKeeper(n.Book)
	n.k.Rules = Rules{Calm: 10 * time.Minute, Host: "diaspote"}
	n.k.Elapsed = func() time.Duration { return n.elapsed }
	n.k.Look = func(_ context.Context, follows []string) map[string]State {
		seen := map[string]State{}
		for _, f := range follows {
			if s, ok := n.real[f]; ok {
				seen[f] = s
			}
		}
		return seen
	}
	if err := n.k.Begin(n.t.Context()); err != nil {
		n.t.Fatal(err)
	}
}

func (n *night) follower(name, follows string) int64 {
	n.t.Helper()
	n.real[follows] = Operational
	return n.component(name, follows)
}

func (n *night) round() time.Duration {
	n.t.Helper()
	next, err := n.k.round(n.t.Context())
	if err != nil {
		n.t.Fatal(err)
	}
	return next
}

// pass lets time pass, round by round.
func (n *night) pass(d time.Duration) {
	n.t.Helper()
	for end := n.now.Add(d); n.now.Before(end); {
		step := min(n.round(), end.Sub(n.now))
		n.now, n.elapsed = n.now.Add(step), n.elapsed+step
	}
	n.round()
}

// skip lets time pass in which nothing is due.
func (n *night) skip(d time.Duration) {
	n.t.Helper()
	n.now, n.elapsed = n.now.Add(d), n.elapsed+d
	n.round()
}

// raise has something happen now.
func (n *night) raise(events ...ops.Event) {
	n.t.Helper()
	for i := range events {
		if events[i].At.IsZero() {
			events[i].At = n.now
		}
	}
	if _, err := n.db.Note(n.t.Context(), n.now, n.plan(n.now), events...); err != nil {
		n.t.Fatal(err)
	}
}

// fails has a unit fail, and mends has it run again.
func (n *night) fails(unit string) {
	n.t.Helper()
	n.real[unit] = MajorOutage
	n.raise(failed(unit))
	n.round()
}

func failed(unit string) ops.Event {
	return ops.Event{Kind: "unit", Key: "unit/" + unit, Unit: unit, Severity: ops.Critical, Lasting: true, Title: "failed: secret of the log"}
}

func (n *night) mends(unit string) {
	n.t.Helper()
	n.real[unit] = Operational
	e := failed(unit)
	e.Resolved = true
	n.raise(e)
	n.round()
}

func (n *night) all() []Incident {
	n.t.Helper()
	all, err := n.Incidents(n.t.Context(), Query{})
	if err != nil {
		n.t.Fatal(err)
	}
	slices.Reverse(all)
	return all
}

// only is the one incident that there is.
func (n *night) only() Incident {
	n.t.Helper()
	all := n.all()
	if len(all) != 1 {
		n.t.Fatalf("%d incidents: %+v", len(all), all)
	}
	return all[0]
}

func texts(i Incident) string {
	var lines []string
	for _, u := range i.Updates {
		lines = append(lines, u.Status.String()+": "+u.Text)
	}
	return strings.Join(lines, "\n")
}

// says checks what the bot has written of an incident.
func (n *night) says(want ...string) {
	n.t.Helper()
	if got := texts(n.only()); got != strings.Join(want, "\n") {
		n.t.Fatalf("it says:\n%s\nand not:\n%s", got, strings.Join(want, "\n"))
	}
}

// owed is what stands to be posted in a room, and strikes it out as posted.
func (n *night) owed(chat, room string) []string {
	n.t.Helper()
	debts, _, _, err := n.db.Owed(n.t.Context(), chat, room, n.now.Add(time.Minute), 0, 100)
	if err != nil {
		n.t.Fatal(err)
	}
	var all []string
	for _, d := range debts {
		if d.Alert != nil {
			mark := ""
			if d.Alert.Event.Resolved {
				mark = "✓ "
			}
			all = append(all, mark+d.Alert.Event.Title+" | "+d.Alert.Event.Text)
		}
	}
	if len(debts) > 0 {
		if err := n.db.Pay(n.t.Context(), "post", n.now, debts...); err != nil {
			n.t.Fatal(err)
		}
	}
	return all
}

func (n *night) collected(id int64) (titles []string) {
	n.t.Helper()
	err := n.db.Read(n.t.Context(), "read", func(r *sql.Rows) error {
		var title string
		err := r.Scan(&title)
		titles = append(titles, title)
		return err
	}, `SELECT e.title FROM incident_event j JOIN event e ON e.id = j.event WHERE j.incident = ? ORDER BY e.id`, id)
	if err != nil {
		n.t.Fatal(err)
	}
	return titles
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

// TestKilledBetween has the bot die in the transaction that opens an incident, and after it.
func TestKilledBetween(t *testing.T) {
	n := newNight(t)
	n.follower("Web", "web.service")
	n.round()
	n.raise(failed("web.service"))
	ctx, cancel := context.WithCancel(t.Context())
	n.fail = cancel
	if _, err := n.k.round(ctx); err == nil {
		t.Fatal("it was not killed")
	}
	n.fail = nil
	if len(n.all()) != 0 || len(n.collected(1)) != 0 {
		t.Errorf("half of it is there: %+v", n.all())
	}
	if owed := n.owed("xmpp", "ops"); len(owed) != 1 {
		t.Errorf("the room is told of it: %q", owed)
	}
	n.start()
	if _, err := n.k.applyEvents(t.Context()); err != nil { // and no further
		t.Fatal(err)
	}
	n.only()
	if owed := n.owed("xmpp", "ops"); len(owed) != 1 || !strings.HasPrefix(owed[0], "incident 1 opened, a draft: Web is down | ") {
		t.Errorf("the room is told %q", owed)
	}
	before := n.only().Updates
	for range 3 {
		n.start()
		n.round()
	}
	if i := n.only(); len(i.Updates) != len(before) || len(n.collected(i.ID)) != 1 || len(n.owed("xmpp", "ops")) != 0 {
		t.Errorf("it is done twice: %+v", i)
	}
	n.fails("queue.service")
	n.raise(failed("queue.service"))
	n.now = n.now.Add(time.Hour)
	n.raise(failed("db.service"))
	if _, err := n.k.applyEvents(t.Context()); err != nil { // and is killed
		t.Fatal(err)
	}
	for _, i := range n.all() {
		if _, err := n.AddUpdate(t.Context(), i.ID, Update{Status: Fixed, Person: "dada"}); err != nil {
			t.Fatal(err)
		}
	}
	opened := len(n.all())
	n.start()
	n.round()
	if all := n.all(); len(all) != opened {
		t.Errorf("what somebody has resolved is opened by the same event: %+v", all)
	}
}

// TestOff has things recover while the bot is off.
func TestOff(t *testing.T) {
	n := newNight(t)
	web := n.follower("Web", "web.service")
	n.fails("web.service")
	n.pass(5 * time.Minute)
	last := n.now
	n.now = n.now.Add(8 * time.Hour)
	n.start()
	n.mends("web.service")
	began := n.now
	n.pass(10 * time.Minute)
	if i := n.only(); i.Open() || !i.Resolved.Equal(began) {
		t.Errorf("%+v", i)
	}
	turns, err := n.Turns(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	want := []Turn{{last, Unknown}, {began, Operational}}
	got := turns[web][len(turns[web])-2:]
	for i := range want {
		if got[i].State != want[i].State || !got[i].At.Equal(want[i].At) && got[i].At.Sub(want[i].At) > time.Second {
			t.Errorf("%+v, not %+v", got, want)
		}
	}
	n.now = n.now.Add(4 * time.Minute) // a restart is no gap
	n.start()
	n.round()
	if again, _ := n.Turns(t.Context(), time.Time{}); len(again[web]) != len(turns[web]) {
		t.Errorf("%+v", again[web])
	}
}

// TestClockSteps sets the clock in a calm, and starts the bot in 1970.
func TestClockSteps(t *testing.T) {
	n := newNight(t)
	n.follower("Web", "web.service")
	n.fails("web.service")
	n.mends("web.service")
	n.now = n.now.Add(3 * time.Hour)
	n.pass(5 * time.Minute)
	if i := n.only(); !i.Open() {
		t.Error("a clock that jumps ahead ends it")
	}
	n.now = n.now.Add(-3 * time.Hour)
	n.pass(5 * time.Minute)
	if i := n.only(); i.Open() {
		t.Error("a clock that is set back keeps it open")
	}
	right := n.now
	n.now = time.Unix(10, 0).In(right.Location())
	n.start()
	n.raise(failed("web.service"))
	n.real["web.service"] = MajorOutage
	n.round()
	n.only()
	n.now = right.Add(time.Hour)
	n.round()
	if all := n.all(); len(all) != 2 || !all[1].Opened.Equal(n.now) {
		t.Errorf("once the clock is right: %+v", all)
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

func TestSeed(t *testing.T) {
	n := newNight(t)
	names := func() (all []string) {
		components, err := n.Components(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range components {
			all = append(all, c.Name+" "+c.Follows)
		}
		return all
	}
	seed := func() {
		t.Helper()
		if err := n.Seed(t.Context(), Component{Name: "diaspote.org", Follows: FollowsPod}, Component{Name: "sidekiq", Follows: "sidekiq.service"}); err != nil {
			t.Fatal(err)
		}
	}
	seed()
	if got := names(); !slices.Equal(got, []string{"diaspote.org pod", "sidekiq sidekiq.service"}) {
		t.Error(got)
	}
	for id := range int64(2) {
		if err := n.RemoveComponent(t.Context(), id+1); err != nil {
			t.Fatal(err)
		}
	}
	seed()
	if got := names(); len(got) != 0 {
		t.Error(got)
	}
	db, err := ledger.Open(t.Context(), filepath.Join(t.TempDir(), "vigie.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	b, err := Open(t.Context(), db, func() time.Time { return n.now })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.AddComponent(t.Context(), Component{Name: "own"}); err != nil {
		t.Fatal(err)
	}
	n.Book = b
	seed()
	if got := names(); len(got) != 1 {
		t.Errorf("who has made components gets others: %v", got)
	}
}
