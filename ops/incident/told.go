package incident

import (
	"fmt"
	"strings"
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
		t.Text = fmt.Sprintf("%s\nPublish it with: incident publish %d", last, i.ID)
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
	if c.Update != nil && c.Update.Person != "" {
		t.fresh = true
	} else if i.Auto && i.Created.Equal(w.now) {
		t.late = settles
	}
	return []telling{t}
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

// tellMaintenance says how a maintenance stands; what is announced of it is told by the clock.
func (w *writing) tellMaintenance(c Change) ([]telling, error) {
	m := c.Maintenance
	if m.Over() && m.Created.Equal(w.now) {
		return nil, nil // it is written down afterwards
	}
	names, err := w.names(m.Components)
	if err != nil {
		return nil, err
	}
	name, key := ops.OneLine(m.Name, 120), fmt.Sprintf("maintenance/%d", m.ID)
	note := ""
	if len(m.Updates) > 0 {
		note = m.Updates[len(m.Updates)-1].Text
	}
	t := telling{Event: ops.Event{Kind: KindMaintenance, Key: key, At: w.now}, fresh: c.Note != nil && c.Note.Person != ""}
	switch {
	case !m.Deleted.IsZero():
		t.ID, t.Title = key+"/removed", fmt.Sprintf("maintenance %d is removed: %s", m.ID, name)
	case m.Phase == Upcoming:
		t.ID, t.Key = fmt.Sprintf("%s/plan/%d", key, ms(m.Starts)), key+"/plan"
		t.Title = fmt.Sprintf("maintenance %d is planned: %s", m.ID, name)
		t.Text = joined(Planned(m, w.now), names)
	case m.Phase == UnderWay:
		t.ID, t.At, t.Lasting = fmt.Sprintf("%s/%d", key, ms(m.Started)), m.Started, true
		t.Title = fmt.Sprintf("maintenance %d is under way: %s", m.ID, name)
		t.Text = strings.TrimPrefix(joined("until "+Hour(m.Ends, w.now), names)+"\n"+note, "\n")
	default:
		t.ID = fmt.Sprintf("%s/%d/over/%d", key, ms(m.Started), m.Phase)
		t.Title, t.Text = fmt.Sprintf("maintenance %d is %s: %s", m.ID, m.Phase, name), note
	}
	if !m.Started.IsZero() && m.Phase != UnderWay {
		t.Lasting, t.Resolved, t.At = true, true, later(m.Ended, m.Started)
	}
	all := []telling{t}
	if m.told&toldLate == 0 {
		return all, nil
	}
	late := telling{Event: ops.Event{Kind: KindMaintenance, Key: key + "/late", ID: fmt.Sprintf("%s/late/%d", key, ms(m.Ends)), At: m.Ends, Lasting: true, Severity: ops.Warning}}
	switch {
	case m.Phase != UnderWay:
		late.ID, late.At, late.Severity, late.Resolved = late.ID+"/over", w.now, ops.Info, true
		late.Title = fmt.Sprintf("maintenance %d has ended", m.ID)
	case w.lately != "":
		late.Title = fmt.Sprintf("maintenance %d should have ended: %s", m.ID, name)
		late.Text = fmt.Sprintf("%s. Give it more time with: maintenance extend %d 1h\nor end it with: maintenance end %[2]d", w.lately, m.ID)
	default:
		return all, nil
	}
	return append(all, late), nil
}

// names are those of components, as people list them; "" for none.
func (w *writing) names(ids []int64) (string, error) {
	var all []string
	for _, id := range ids {
		c, err := readComponents(w.rows, `WHERE id = ?`, id)
		if err != nil {
			return "", err
		}
		for _, c := range c {
			all = append(all, c.Name)
		}
	}
	return list(all), nil
}

func joined(when, names string) string {
	if names == "" {
		return when
	}
	return when + " · " + names
}

// Hour is a time as people plan by it, with its zone, seen from now: "22:00 CET", "22:00 CET on Sunday 29 November".
func Hour(at, now time.Time) string {
	at = at.In(now.Location())
	text := at.Format("15:04 MST")
	if at.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return text
	}
	text += at.Format(" on Monday 2 January")
	if at.Year() != now.Year() {
		text += at.Format(" 2006")
	}
	return text
}

// Planned is from when to when a maintenance is planned: "from 22:00 CET on Sunday 29 November, for 2 h".
func Planned(m *Maintenance, now time.Time) string {
	return "from " + Hour(m.Starts, now) + ", for " + ops.Span(m.Ends.Sub(m.Starts))
}
