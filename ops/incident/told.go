package incident

import (
	"fmt"
	"slices"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// The kinds of the events by which the rooms are told of changes.
const (
	KindIncident    = "incident"
	KindMaintenance = "maintenance"
)

// settles is how long the rooms are not told yet of an incident that opens by itself: they have the alerts, and it may touch more
// within moments.
const settles = 5 * time.Second

// Tell has the rooms told of each change from now on: in the transaction that makes it, an event is noted by that plan. noted is
// called after it.
//
// An incident is one post in a room, a lasting event of no severity that is edited as it goes; so is a maintenance under way. It
// is no event that is told aside, since the alerts say nothing of drafts and of what people wrote elsewhere; but being [ops.Info]
// it waits for the end of quiet hours, is left out by routes that ask for more, and does not make a digest of the alerts that it is about.
func (b *Book) Tell(plan func(time.Time) ledger.Plan, noted func([]ledger.Record)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.plan, b.noted = plan, noted
}

// Unshown says whether incidents are shown nowhere but in the chat. A draft that nobody has written of is then no post of its own: the
// alerts say all that it does, and there is nothing to publish it on.
func (b *Book) Unshown(unshown bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unshown = unshown
}

// A telling is an event, and how it is told.
type telling struct {
	ops.Event
	late  time.Duration // not before so long
	fresh bool          // in a post of its own
}

// tellRooms notes what there is to say of the changes: of each thing as it is after the last of them.
func (w *writing) tellRooms(plan ledger.Plan) (fresh []ledger.Record, err error) {
	if w.ctx.Value(quiet{}) != nil {
		return nil, nil
	}
	all := w.tellings
	for n, c := range w.changes {
		if w.changedAgain(n) {
			continue
		}
		switch {
		case c.Incident != nil:
			all = append(all, w.tellIncident(c)...)
		case c.Maintenance != nil:
			more, err := w.tellMaintenance(c)
			if err != nil {
				return nil, err
			}
			all = append(all, more...)
		}
	}
	for _, t := range all {
		told := func(e ops.Event, severity ops.Severity) []ledger.Debt {
			debts := plan(e, severity)
			for n := range debts {
				debts[n].Fresh = t.fresh
				debts[n].Due = later(debts[n].Due, w.now.Add(t.late))
			}
			return debts
		}
		r, err := ledger.NoteIn(w.ctx, w.tx, w.now, told, t.Event)
		if err != nil {
			return nil, err
		}
		fresh = append(fresh, r...)
	}
	return fresh, nil
}

// changedAgain tells whether a later change is of the same thing.
func (w *writing) changedAgain(n int) bool {
	for _, c := range w.changes[n+1:] {
		if a, b := c.Incident, w.changes[n].Incident; a != nil && b != nil && a.ID == b.ID {
			return true
		}
		if a, b := c.Maintenance, w.changes[n].Maintenance; a != nil && b != nil && a.ID == b.ID {
			return true
		}
	}
	return false
}

// tellIncident says how an incident stands. What it says twice is said once, since its event has the same ID until it ends, or is
// opened again.
func (w *writing) tellIncident(c Change) []telling {
	i := c.Incident
	ends := 0
	for _, u := range i.Updates {
		if u.Status == Fixed {
			ends++
		}
	}
	if !i.Open() && i.Created.Equal(w.now) {
		return nil // it is written down afterwards
	}
	t := telling{Event: ops.Event{Kind: KindIncident, Key: fmt.Sprintf("incident/%d", i.ID), At: i.Opened, Lasting: true}}
	name := ops.OneLine(i.Name, 120)
	last := lastWords(i)
	switch {
	case i.Merged != 0:
		t.Resolved, t.Title = true, fmt.Sprintf("incident %d is part of incident %d now: %s", i.ID, i.Merged, name)
	case !i.Deleted.IsZero():
		t.Resolved, t.Title = true, fmt.Sprintf("incident %d is removed: %s", i.ID, name)
	case !i.Open():
		t.Resolved, t.Title, t.Text = true, fmt.Sprintf("incident %d is over: %s", i.ID, name), last
	case i.Public:
		t.Title, t.Text = fmt.Sprintf("incident %d: %s", i.ID, name), last
	default:
		t.Title = fmt.Sprintf("incident %d opened, a draft: %s", i.ID, name)
		if t.Text = last; !w.unshown {
			t.Text += fmt.Sprintf("\nPublish it with: incident publish %d", i.ID)
		}
	}
	if t.Resolved {
		t.ID = fmt.Sprintf("incident/%d/%d/over", i.ID, ends)
		t.At = later(i.Resolved, i.Opened)
		if i.Open() {
			t.At = w.now
		}
	} else {
		t.ID = fmt.Sprintf("incident/%d/%d", i.ID, ends)
		if ends > 0 {
			t.At = w.now
		}
	}
	if w.unshown && !i.Public && !i.written() {
		t.Aside = true
		t.ID += "/aside"
	}
	if c.Update != nil && c.Update.Person != "" {
		t.fresh = true
	} else if i.Auto && i.Created.Equal(w.now) {
		t.late = settles
	}
	return []telling{t}
}

// written tells whether a person has written of it.
func (i *Incident) written() bool {
	return slices.ContainsFunc(i.Updates, func(u Update) bool { return u.Person != "" })
}

// lastWords are those of the last update, with who wrote it.
func lastWords(i *Incident) string {
	if len(i.Updates) == 0 {
		return ""
	}
	u := i.Updates[len(i.Updates)-1]
	text := u.Status.String()
	if u.Text != "" {
		text += ": " + u.Text
	}
	if u.Person != "" {
		text += " (" + u.Person + ")"
	}
	return text
}
