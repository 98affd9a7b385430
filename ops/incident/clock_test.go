package incident

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops/ledger"
)

// maintenance plans one that begins in so long, and takes so long.
func (n *night) maintenance(in, long time.Duration, components ...int64) Maintenance {
	n.t.Helper()
	m, err := n.Plan(n.t.Context(), Maintenance{Name: "PostgreSQL 15 → 17", Starts: n.now.Add(in), Ends: n.now.Add(in + long), Components: components, Person: "dada"})
	if err != nil {
		n.t.Fatal(err)
	}
	return m
}

func (n *night) phase(id int64) Phase {
	n.t.Helper()
	m, err := n.Book.Maintenance(n.t.Context(), id)
	if err != nil {
		n.t.Fatal(err)
	}
	return m.Phase
}

// hears checks what a room is told of maintenance: the beginnings of the texts.
func (n *night) hears(want ...string) {
	n.t.Helper()
	got := slices.DeleteFunc(n.owed("xmpp", "ops"), func(s string) bool { return !strings.Contains(s, "maintenance") })
	n.owed("slack", "#ops")
	ok := len(got) == len(want)
	for i := range got {
		ok = ok && strings.HasPrefix(got[i], want[i])
	}
	if !ok {
		n.t.Errorf("the room is told:\n%s\nand not:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func (n *night) silences() (all []string) {
	n.t.Helper()
	list, err := n.db.Silences(n.t.Context(), n.now)
	if err != nil {
		n.t.Fatal(err)
	}
	for _, s := range list {
		all = append(all, s.Target+" "+s.Why+" "+s.Until.Sub(n.now).String())
	}
	slices.Sort(all)
	return all
}

func TestMaintenanceByTheClock(t *testing.T) {
	n := newNight(t)
	web, pod := n.follower("Web", "web.service"), n.follower("Pod", FollowsPod)
	n.pass(time.Minute)
	own := ledger.Silence{Target: "web.service", Until: n.now.Add(200 * time.Hour), Why: "mine", Person: "lulu"}
	if err := n.db.Silence(t.Context(), own); err != nil {
		t.Fatal(err)
	}
	m := n.maintenance(48*time.Hour, 2*time.Hour, web, pod)
	n.hears("maintenance 1 is planned: PostgreSQL 15 → 17 | from 12:01 CET on Sunday 22 November, for 2 h · Web and Pod")
	n.skip(23 * time.Hour)
	n.hears()
	n.skip(time.Hour)
	n.hears("maintenance 1 begins in 1 day: PostgreSQL 15 → 17 | from 12:01 CET on Sunday 22 November, for 2 h · Web and Pod")
	n.start()
	n.skip(time.Hour)
	n.hears()
	n.skip(22 * time.Hour)
	n.hears("maintenance 1 begins in 1 h: ")
	n.start()
	n.pass(59 * time.Minute)
	n.hears()
	if got := n.silences(); len(got) != 1 || n.phase(m.ID) != Upcoming {
		t.Errorf("%q", got)
	}
	n.pass(time.Minute)
	n.hears("maintenance 1 is under way: PostgreSQL 15 → 17 | until 14:01 CET · Web and Pod\nThe maintenance has begun.")
	if n.phase(m.ID) != UnderWay || n.state(web) != Maintained {
		t.Errorf("%v, %v", n.phase(m.ID), n.state(web))
	}
	if got, want := n.silences(), []string{"pod/* maintenance 1 2h2m0s", "web.service maintenance 1 2h2m0s", "web.service mine 152h0m0s"}; !slices.Equal(got, want) {
		t.Errorf("%q and not %q", got, want)
	}
	n.real["web.service"] = MajorOutage
	n.raise(failed("web.service"))
	n.skip(2 * time.Hour)
	if n.phase(m.ID) != UnderWay || len(n.all()) != 0 {
		t.Errorf("it ends though it is down: %v %+v", n.phase(m.ID), n.all())
	}
	n.hears("maintenance 1 should have ended: PostgreSQL 15 → 17 | Web is down. Give it more time with: maintenance extend 1 1h\nor end it with: maintenance end 1")
	n.pass(10 * time.Minute)
	n.hears()
	if got := n.silences(); len(got) != 3 || got[0] != "pod/* maintenance 1 50m0s" {
		t.Errorf("%q", got)
	}
	extend := func(d time.Duration) {
		t.Helper()
		if _, err := n.EditMaintenance(t.Context(), m.ID, nil, func(m *Maintenance) error { m.Ends = n.now.Add(d); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	extend(5 * time.Minute)
	n.hears("✓ maintenance 1 goes on until 14:16 CET", "maintenance 1 is under way")
	n.pass(5 * time.Minute)
	n.hears("maintenance 1 should have ended")
	if _, err := n.EditMaintenance(t.Context(), m.ID, nil, func(m *Maintenance) error { m.Starts = m.Starts.Add(time.Minute); return nil }); err != nil {
		t.Fatal(err)
	}
	n.hears() // a program that puts its begin right does not make it less late
	extend(55 * time.Minute)
	n.hears("✓ maintenance 1 goes on until 15:11 CET", "maintenance 1 is under way: PostgreSQL 15 → 17 | until 15:11 CET")
	n.pass(25 * time.Minute)
	n.real["web.service"] = Operational
	e := failed("web.service")
	e.Resolved = true
	n.raise(e)
	n.pass(29 * time.Minute)
	if n.phase(m.ID) != UnderWay {
		t.Error("it ends before its time")
	}
	n.pass(time.Minute)
	n.hears("✓ maintenance 1 is complete: PostgreSQL 15 → 17 | The maintenance is complete.")
	if got, want := n.silences(), []string{"web.service mine 148h50m0s"}; !slices.Equal(got, want) || n.state(web) != Operational {
		t.Errorf("%q, %v", got, n.state(web))
	}
}

func TestMaintenanceLate(t *testing.T) {
	n := newNight(t)
	web := n.follower("Web", "web.service")
	n.maintenance(30*time.Minute, time.Hour, web)
	n.hears("maintenance 1 is planned")
	n.pass(29 * time.Minute)
	n.hears() // who plans it so late has just said so
	if _, err := n.EditMaintenance(t.Context(), 1, nil, func(m *Maintenance) error {
		m.Starts, m.Ends = n.now.Add(25*time.Hour), n.now.Add(26*time.Hour)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	n.hears("maintenance 1 is planned")
	n.now = n.now.Add(24*time.Hour + 30*time.Minute) // the bot is off
	n.start()
	n.round()
	n.hears("maintenance 1 begins in 30 min")
	n.now = n.now.Add(40 * time.Minute) // off again, for the start of it
	n.start()
	n.round()
	n.hears("maintenance 1 is under way")
	if _, err := n.EditMaintenance(t.Context(), 1, &Note{Person: "dada", Text: "not today"}, func(m *Maintenance) error { m.Phase = Cancelled; return nil }); err != nil {
		t.Fatal(err)
	}
	n.hears("✓ maintenance 1 is cancelled: PostgreSQL 15 → 17 | not today")
	if got := n.silences(); len(got) != 0 {
		t.Errorf("%q", got)
	}
	m := n.maintenance(time.Hour, time.Hour, web)
	n.hears("maintenance 2 is planned")
	n.now = n.now.Add(3 * time.Hour) // off for all of it
	n.start()
	n.round()
	if n.phase(m.ID) != Complete || n.state(web) != Operational {
		t.Errorf("%v, %v", n.phase(m.ID), n.state(web))
	}
}
