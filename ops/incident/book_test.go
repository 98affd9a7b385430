package incident

import (
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops/ledger"
)

// A shelf is a book in a file, with a clock of the test's.
type shelf struct {
	*Book
	t   *testing.T
	db  *ledger.DB
	now time.Time
}

func newShelf(t *testing.T) *shelf {
	t.Helper()
	db, err := ledger.Open(t.Context(), filepath.Join(t.TempDir(), "vigie.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	s := &shelf{t: t, db: db, now: time.Date(2026, 11, 20, 12, 0, 0, 0, zone)}
	if s.Book, err = Open(t.Context(), db, func() time.Time { return s.now }); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *shelf) component(name, follows string) int64 {
	s.t.Helper()
	c, err := s.AddComponent(s.t.Context(), Component{Name: name, Follows: follows})
	if err != nil {
		s.t.Fatal(err)
	}
	return c.ID
}

func (s *shelf) state(id int64) State {
	s.t.Helper()
	for _, c := range s.Page().Components {
		if c.ID == id {
			return c.State
		}
	}
	return -1
}

func TestStates(t *testing.T) {
	s := newShelf(t)
	ctx := t.Context()
	web, db := s.component("Web", "nginx.service"), s.component("Database", "")
	if s.state(web) != Unknown || s.state(db) != Operational {
		t.Errorf("at first: %v, %v", s.state(web), s.state(db))
	}
	check := func(what string, want State) {
		t.Helper()
		if got := s.state(web); got != want {
			t.Errorf("%s: %v, not %v", what, got, want)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.See(ctx, map[int64]State{web: Operational}))
	check("seen up", Operational)
	draft, err := s.OpenIncident(ctx, Incident{Name: "Pod slow", Impact: Major, Touched: []Touch{{Component: web}}}, Update{Text: "looking"})
	must(err)
	check("a draft", Operational)
	if len(s.Page().Incidents) != 0 {
		t.Error("a draft is shown")
	}
	_, err = s.EditIncident(ctx, draft.ID, func(i *Incident) error { i.Public = true; return nil })
	must(err)
	check("published", PartialOutage)
	m, err := s.Plan(ctx, Maintenance{Name: "PostgreSQL", Starts: s.now.Add(time.Hour), Ends: s.now.Add(3 * time.Hour), Components: []int64{web}})
	must(err)
	check("planned", PartialOutage)
	_, err = s.EditMaintenance(ctx, m.ID, nil, func(m *Maintenance) error { m.Phase = UnderWay; return nil })
	must(err)
	check("under way", Maintained)
	_, err = s.EditMaintenance(ctx, m.ID, &Note{Text: "done"}, func(m *Maintenance) error { m.Phase = Complete; return nil })
	must(err)
	check("complete", PartialOutage)
	i, err := s.AddUpdate(ctx, draft.ID, Update{Status: Fixed, Text: "it was the cache", Person: "dada"})
	must(err)
	check("fixed", Operational)
	if i.Open() || len(i.Updates) != 2 || s.Page().Incidents[0].Updates[1].Person != "" {
		t.Errorf("%+v", i)
	}
	must(s.See(ctx, map[int64]State{web: MajorOutage}))
	check("down", MajorOutage)
}

// TestBars has a component down for a known time, over the night of a change to winter time.
func TestBars(t *testing.T) {
	s := newShelf(t)
	s.now = time.Date(2026, 10, 24, 12, 0, 0, 0, s.now.Location())
	web := s.component("Web", "")
	step := func(d time.Duration, state State) {
		s.now = s.now.Add(d)
		if _, err := s.EditComponent(t.Context(), web, func(c *Component) error { c.Hand = state; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	step(11*time.Hour, MajorOutage)  // 23:00
	step(2*time.Hour, PartialOutage) // 01:00
	step(10*time.Hour, Operational)  // 10:00, as an hour came twice
	s.now = time.Date(2026, 10, 26, 12, 0, 0, 0, s.now.Location())
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := s.Page().Components[0]
	if len(c.Days) != Days {
		t.Fatalf("%d days", len(c.Days))
	}
	last := c.Days[Days-3:]
	if d := last[0]; d.Known != 12*time.Hour || d.Down() != time.Hour || d.Worst != MajorOutage {
		t.Errorf("Saturday: %+v", d)
	}
	if d := last[1]; d.Known != 25*time.Hour || d.In[MajorOutage] != time.Hour || d.In[PartialOutage] != 10*time.Hour {
		t.Errorf("Sunday: %+v", d)
	}
	if d := last[2]; d.Known != 12*time.Hour || d.Worst != Operational {
		t.Errorf("Monday: %+v", d)
	}
	if want := 1 - 5.0/49; c.Uptime < want-1e-9 || c.Uptime > want+1e-9 {
		t.Errorf("up %v, not %v", c.Uptime, want)
	}
}

// TestWrongClock has a clock that was a day ahead, and one that boots in 1970.
func TestWrongClock(t *testing.T) {
	s := newShelf(t)
	right := s.now
	web := s.component("Web", "")
	set := func(state State) {
		t.Helper()
		if _, err := s.EditComponent(t.Context(), web, func(c *Component) error { c.Hand = state; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	s.now = right.Add(24 * time.Hour)
	set(MajorOutage)
	s.now = right.Add(time.Hour)
	set(Operational)
	s.now = time.Date(1970, 1, 1, 0, 5, 0, 0, right.Location())
	set(Degraded)
	s.now = right.Add(2 * time.Hour)
	set(Degraded)
	s.now = right.Add(26 * time.Hour) // past the time that the clock had once
	set(Degraded)
	s.now = right.Add(27 * time.Hour)
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	days := s.Page().Components[0].Days
	all := days[Days-2]
	if all.Known != 12*time.Hour || all.In[Degraded] != 10*time.Hour || all.Down() != 0 {
		t.Errorf("the day: %+v", all)
	}
	if last := days[Days-1]; last.Known != 15*time.Hour || last.In[Degraded] < 13*time.Hour {
		t.Errorf("the next: %+v", last)
	}
}

func TestMerge(t *testing.T) {
	s := newShelf(t)
	web, queue := s.component("Web", ""), s.component("Queue", "")
	one, err := s.OpenIncident(t.Context(), Incident{Name: "Web down", Public: true, Touched: []Touch{{web, MajorOutage}}}, Update{Text: "a"})
	if err != nil {
		t.Fatal(err)
	}
	s.now = s.now.Add(time.Minute)
	two, err := s.OpenIncident(t.Context(), Incident{Name: "Queue slow", Public: true, Touched: []Touch{{queue, Degraded}}}, Update{Text: "b"})
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.Merge(t.Context(), two.ID, one.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(all.Updates) != 2 || all.Updates[0].Text != "a" || !all.Opened.Equal(one.Opened) || all.Impact != Critical || len(all.Touched) != 2 {
		t.Errorf("%+v", all)
	}
	if n := len(s.Page().Incidents); n != 1 {
		t.Errorf("%d incidents are shown", n)
	}
	if _, err := s.AddUpdate(t.Context(), one.ID, Update{Text: "c"}); err == nil {
		t.Error("what is merged takes updates")
	}
	if _, err := s.Merge(t.Context(), one.ID, two.ID); err == nil {
		t.Error("they are merged in a circle")
	}
}

// TestOwed has a change and what it owes fail together.
func TestOwed(t *testing.T) {
	s := newShelf(t)
	paid := 0
	s.Owe(func() { paid++ }, func(c Change) []ledger.Debt {
		if c.Incident == nil {
			return nil
		}
		return []ledger.Debt{{Chat: "cachet", Room: "cachet", Text: c.Update.Text}}
	})
	if _, err := s.OpenIncident(t.Context(), Incident{Name: "x"}, Update{Text: strings.Repeat("x", MostText+1)}); err == nil {
		t.Error("a huge text is taken")
	}
	var wrong *Invalid
	if _, err := s.OpenIncident(t.Context(), Incident{Name: " \n"}, Update{Text: "x"}); !errors.As(err, &wrong) || wrong.Field != "name" {
		t.Error(err)
	}
	count := func(table string) (n int) {
		err := s.db.Read(t.Context(), "count", func(r *sql.Rows) error { return r.Scan(&n) }, `SELECT count(*) FROM `+table)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if count("incident")+count("outbox")+count("incident_update") != 0 || paid != 0 {
		t.Error("what was refused left something behind")
	}
	if _, err := s.OpenIncident(t.Context(), Incident{Name: "x"}, Update{Text: "y"}); err != nil {
		t.Fatal(err)
	}
	if count("incident") != 1 || count("outbox") != 1 || paid != 1 {
		t.Error("nothing is owed")
	}
}
