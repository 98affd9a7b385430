package incident

import (
	"fmt"
	"slices"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// What was told of a maintenance, as bits of told.
const (
	toldDay  = 1 << iota // that it begins within a day
	toldHour             // within an hour
	toldLate             // that it should have ended
)

// How long ahead a maintenance is announced.
const (
	aDay   = 24 * time.Hour
	anHour = time.Hour
)

// What the public reads when a maintenance begins and ends and nobody wrote anything.
const (
	BegunText    = "The maintenance has begun."
	CompleteText = "The maintenance is complete."
)

// slack is how long its silences outlast a maintenance, which ends within a moment of its time.
const slack = 2 * time.Minute

// announced are the announcements that come too late for something that begins so soon.
func announced(left time.Duration) (told int) {
	if left <= aDay {
		told |= toldDay
	}
	if left <= anHour {
		told |= toldHour
	}
	return told
}

// byTheClock starts, ends and announces maintenance, and returns how long there is nothing more to do.
func (s *scene) byTheClock() (time.Duration, error) {
	all, err := readMaintenances(s.rows, `WHERE deleted = 0 AND phase < 2 ORDER BY starts, id`)
	if err != nil {
		return 0, err
	}
	next := every
	for n := range all {
		m := &all[n]
		if err := s.tick(m); err != nil {
			return 0, fmt.Errorf("maintenance %d: %w", m.ID, err)
		}
		for _, at := range []time.Time{m.Starts.Add(-aDay), m.Starts.Add(-anHour), m.Starts, m.Ends} {
			if left := at.Sub(s.now); left > 0 {
				next = min(next, left)
			}
		}
	}
	return next, nil
}

func (s *scene) tick(m *Maintenance) error {
	switch left := m.Starts.Sub(s.now); {
	case m.Phase == Upcoming && !s.now.Before(m.Ends): // the bot was off all the while
		return s.editMaintenance(m, &Note{Text: "It was to be " + Planned(m, s.now) + "."}, func(m *Maintenance) error {
			m.Phase, m.Started, m.Ended = Complete, m.Starts, m.Ends
			return nil
		})
	case m.Phase == Upcoming && left <= 0:
		return s.editMaintenance(m, &Note{Text: BegunText}, func(m *Maintenance) error { m.Phase = UnderWay; return nil })
	case m.Phase == Upcoming:
		return s.announce(m, left)
	case s.now.Before(m.Ends):
		return nil
	}
	down, err := s.down(m)
	switch {
	case err != nil:
		return err
	case down == "":
		return s.editMaintenance(m, &Note{Text: CompleteText}, func(m *Maintenance) error { m.Phase = Complete; return nil })
	case m.told&toldLate != 0:
		return nil
	}
	s.lately = down
	return s.editMaintenance(m, nil, func(m *Maintenance) error { m.told |= toldLate; return nil })
}

// announce tells of a maintenance ahead, once a day before and once an hour before.
func (s *scene) announce(m *Maintenance, left time.Duration) error {
	due := announced(left)
	if due&^m.told == 0 {
		return nil
	}
	names, err := s.names(m.Components)
	if err != nil {
		return err
	}
	m.told |= due
	e := ops.Event{Kind: KindMaintenance, Key: fmt.Sprintf("maintenance/%d/ahead", m.ID), At: s.now}
	e.ID = fmt.Sprintf("%s/%d/%d", e.Key, ms(m.Starts), m.told)
	e.Title = fmt.Sprintf("maintenance %d begins in %s: %s", m.ID, ops.Span(left.Round(time.Minute)), ops.OneLine(m.Name, 120))
	e.Text = joined(Planned(m, s.now), names)
	s.tellings = append(s.tellings, telling{Event: e, fresh: true})
	return s.exec(`UPDATE maintenance SET told = ? WHERE id = ?`, m.told, m.ID)
}

// down says which components of a maintenance are not well really; "" for none.
func (s *scene) down(m *Maintenance) (string, error) {
	var touched []Touch
	names := map[int64]string{}
	for _, c := range s.components {
		if slices.Contains(m.Components, c.ID) && c.Seen.severity() > Operational.severity() {
			touched = append(touched, Touch{c.ID, c.Seen})
			names[c.ID] = c.Name
		}
	}
	return sentence(names, touched, false), nil
}

// silence keeps alerts of what a maintenance is about out of the rooms while it is under way. It may be an hour late: who has
// forgotten it is told of what lasts then.
func (w *writing) silence(m *Maintenance) error {
	holder := fmt.Sprintf("maintenance %d", m.ID)
	var all []ledger.Silence
	for _, id := range m.Components {
		components, err := readComponents(w.rows, `WHERE id = ?`, id)
		if err != nil {
			return err
		}
		for _, c := range components {
			until := m.Ends.Add(slack)
			if m.told&toldLate != 0 {
				until = later(until, w.now.Add(time.Hour))
			}
			silence := ledger.Silence{Target: c.Follows, Until: until, Why: holder, Person: m.Person, At: w.now}
			if c.Follows == FollowsPod {
				silence.Target = kindPod + "/*"
			}
			if c.Follows != "" {
				all = append(all, silence)
			}
		}
	}
	if m.Phase != UnderWay || !m.Deleted.IsZero() {
		all = nil
	}
	return ledger.HoldIn(w.ctx, w.tx, holder, all...)
}

// inTime takes back that a maintenance should have ended.
func (w *writing) inTime(m *Maintenance) error {
	if m.told&toldLate == 0 {
		return nil
	}
	m.told &^= toldLate
	key := fmt.Sprintf("maintenance/%d/late", m.ID)
	w.tellings = append(w.tellings, telling{Event: ops.Event{
		Kind: KindMaintenance, Key: key, ID: fmt.Sprintf("%s/%d/extended", key, ms(m.Ends)), At: w.now, Lasting: true, Resolved: true,
		Title: fmt.Sprintf("maintenance %d goes on until %s", m.ID, Hour(m.Ends, w.now)),
	}})
	return nil
}
