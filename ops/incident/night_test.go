package incident

import (
	"context"
	"database/sql"
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
