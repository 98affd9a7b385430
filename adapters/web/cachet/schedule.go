package cachet

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/diaspote/vigie/ops/incident"
)

// usualLength is that of a maintenance of which nobody says when it ends.
const usualLength = time.Hour

// A schedule is planned maintenance as Cachet's API has it.
type schedule struct {
	ID         int64               `json:"id"`
	Name       string              `json:"name"`
	Message    string              `json:"message"`
	Status     int                 `json:"status"`
	Scheduled  string              `json:"scheduled_at"`
	Completed  string              `json:"completed_at"` // as planned until it is over
	Created    string              `json:"created_at"`
	Updated    string              `json:"updated_at"`
	Deleted    any                 `json:"deleted_at"`
	Components []scheduleComponent `json:"components"`
	Human      string              `json:"human_status"`
}

// A scheduleComponent is what a schedule has of a component, and enough of it for clients that take it for one.
type scheduleComponent struct {
	ID        int64  `json:"id"`
	Schedule  int64  `json:"schedule_id"`
	Component int64  `json:"component_id"`
	Status    int    `json:"component_status"`
	Name      string `json:"name"`
}

var phaseNames = [...]string{"Upcoming", "In Progress", "Complete"}

// over is when a maintenance ended, or is to.
func over(m *incident.Maintenance) time.Time {
	if m.Ended.IsZero() {
		return m.Ends
	}
	return m.Ended
}

func (a *API) presentSchedule(m *incident.Maintenance, names map[int64]string) schedule {
	phase := min(m.Phase, incident.Complete)
	s := schedule{
		ID: m.ID, Name: m.Name, Message: m.Text, Status: int(phase), Scheduled: a.stamp(m.Starts), Completed: a.stamp(over(m)),
		Created: a.stamp(m.Created), Updated: a.stamp(m.Updated), Human: phaseNames[phase], Components: []scheduleComponent{},
	}
	for _, id := range m.Components {
		if name, ok := names[id]; ok {
			s.Components = append(s.Components, scheduleComponent{id, m.ID, id, number(incident.Maintained), name})
		}
	}
	return s
}

var scheduleColumns = []column[schedule]{
	{"id", func(s *schedule) any { return s.ID }, true},
	{"name", func(s *schedule) any { return s.Name }, true},
	{"status", func(s *schedule) any { return int64(s.Status) }, true},
	{"scheduled_at", func(s *schedule) any { return s.Scheduled }, true},
	{"completed_at", func(s *schedule) any { return s.Completed }, true},
	{"created_at", func(s *schedule) any { return s.Created }, true},
	{"updated_at", func(s *schedule) any { return s.Updated }, true},
}

func (a *API) schedules(ctx context.Context, c *call) (answer, error) {
	found := a.Book.Page().Maintenance
	if c.trusted {
		var err error
		if found, err = a.Book.Maintenances(ctx, time.Time{}); err != nil {
			return answer{}, err
		}
	}
	names, err := a.names(ctx, c)
	if err != nil {
		return answer{}, err
	}
	var all []schedule
	for n := range found {
		if found[n].Phase != incident.Cancelled {
			all = append(all, a.presentSchedule(&found[n], names))
		}
	}
	slices.SortFunc(all, func(a, b schedule) int { return cmp.Compare(a.ID, b.ID) })
	return part(a, c, all, scheduleColumns), nil
}

func (a *API) schedule(ctx context.Context, c *call) (answer, error) {
	id, err := c.number("id")
	if err != nil {
		return answer{}, err
	}
	m, err := a.Book.Maintenance(ctx, id)
	if err == nil && m.Phase == incident.Cancelled {
		err = missing
	}
	return a.scheduleAnswer(ctx, c, m, err)
}

func (a *API) scheduleAnswer(ctx context.Context, c *call, m incident.Maintenance, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	names, err := a.names(ctx, c)
	if err != nil {
		return answer{}, err
	}
	return answer{Data: a.presentSchedule(&m, names)}, nil
}

// A plan is what a client says of a maintenance.
type plan struct {
	name, text       string
	named, told      bool
	phase            incident.Phase
	set              bool
	starts, ends     time.Time
	exactly, exact   time.Duration
	begins, finishes bool
	components       []int64
	listed           bool
}

func (a *API) planned(in *fields) (p plan, err error) {
	zone := a.Now().Location()
	p.name, p.named = in.text("name")
	p.text, p.told = in.text("message")
	phase, set := in.number("status")
	if p.phase, p.set = incident.Phase(phase), set; set && (p.phase < incident.Upcoming || p.phase > incident.Complete) {
		in.blame("status", fmt.Sprintf("is %d; it goes from 0 to 2", phase))
	}
	p.starts, p.exactly, p.begins = in.date("scheduled_at", zone)
	p.ends, p.exact, p.finishes = in.date("completed_at", zone)
	p.components, p.listed = in.ids("components")
	return p, in.err()
}

// note is what is written of a maintenance when its phase changes, as when the clock does it; nil for nothing.
func (p *plan) note(before incident.Phase) *incident.Note {
	switch {
	case !p.set || p.phase == before:
		return nil
	case p.phase == incident.UnderWay:
		return &incident.Note{Text: incident.BegunText, Person: person}
	case p.phase == incident.Complete:
		return &incident.Note{Text: incident.CompleteText, Person: person}
	}
	return nil
}

func (a *API) addSchedule(ctx context.Context, c *call) (answer, error) {
	c.in.need("name")
	p, err := a.planned(&c.in)
	if err != nil {
		return answer{}, err
	}
	now := a.Now()
	m := incident.Maintenance{Name: p.name, Text: p.text, Phase: p.phase, Starts: p.starts, Ends: p.ends, Person: person, Components: p.components}
	if !p.begins {
		if p.phase == incident.Upcoming {
			return answer{}, wrong([]string{"The scheduled_at field is required."})
		}
		m.Starts = now
	}
	if !p.finishes {
		m.Ends = m.Starts.Add(usualLength)
	}
	if p.phase != incident.Upcoming {
		m.Started = earlier(m.Starts, now)
	}
	if p.phase == incident.Complete {
		m.Ended = earlier(m.Ends, now)
	}
	m, err = a.Book.Plan(c.in.quietly(ctx), m)
	return a.scheduleAnswer(ctx, c, m, err)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func (a *API) editSchedule(ctx context.Context, c *call) (answer, error) {
	id, err := c.number("id")
	if err != nil {
		return answer{}, err
	}
	p, err := a.planned(&c.in)
	if err != nil {
		return answer{}, err
	}
	before, err := a.Book.Maintenance(ctx, id)
	if err != nil {
		return answer{}, err
	}
	m, err := a.Book.EditMaintenance(c.in.quietly(ctx), id, p.note(before.Phase), func(m *incident.Maintenance) error {
		if m.Phase == incident.Cancelled {
			return missing
		}
		length := m.Ends.Sub(m.Starts)
		ended := !m.Ended.IsZero()
		put(&m.Name, p.name, p.named)
		put(&m.Text, p.text, p.told)
		put(&m.Phase, p.phase, p.set)
		put(&m.Components, p.components, p.listed)
		shown, moved := over(m), p.begins && !same(p.starts, p.exactly, m.Starts)
		if moved {
			m.Starts = p.starts
			m.Ends = m.Starts.Add(length) // unless they say when
		}
		if p.finishes && (moved || !same(p.ends, p.exact, shown)) {
			if ended {
				m.Ended = p.ends
			} else {
				m.Ends = p.ends
			}
		}
		return nil
	})
	return a.scheduleAnswer(ctx, c, m, err)
}

func (a *API) removeSchedule(ctx context.Context, c *call) (answer, error) {
	return c.remove(ctx, a.Book.RemoveMaintenance)
}
