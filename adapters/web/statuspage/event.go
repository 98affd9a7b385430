package statuspage

import (
	"fmt"
	"slices"
	"time"

	"github.com/diaspote/vigie/ops/incident"
)

// An event is an incident, or a maintenance.
type event struct {
	ID         string      `json:"id"`
	Name       string      `json:"name"`
	Status     string      `json:"status"`
	Created    string      `json:"created_at"`
	Updated    string      `json:"updated_at"`
	Monitoring *string     `json:"monitoring_at"`
	Resolved   *string     `json:"resolved_at"`
	Impact     string      `json:"impact"`
	Shortlink  string      `json:"shortlink"`
	Started    string      `json:"started_at"`
	Page       string      `json:"page_id"`
	Updates    []update    `json:"incident_updates"` // the newest first
	Components []component `json:"components"`
	From       string      `json:"scheduled_for,omitempty"`
	Until      string      `json:"scheduled_until,omitempty"`
}

type update struct {
	ID       string     `json:"id"`
	Status   string     `json:"status"`
	Body     string     `json:"body"`
	Incident string     `json:"incident_id"`
	Created  string     `json:"created_at"`
	Updated  string     `json:"updated_at"`
	Display  string     `json:"display_at"`
	Affected []affected `json:"affected_components"` // null for none, as there
}

type affected struct {
	Code string `json:"code"`
	Name string `json:"name"`
	Old  string `json:"old_status"`
	New  string `json:"new_status"`
}

func statusWord(s incident.Status) string {
	switch s {
	case incident.Identified:
		return "identified"
	case incident.Watching:
		return "monitoring"
	case incident.Fixed:
		return "resolved"
	}
	return "investigating"
}

func (w *writer) incident(i *incident.Incident) event {
	e := event{
		ID: id(i.ID), Name: i.Name, Status: statusWord(i.Status), Created: w.at(i.Created), Updated: w.at(i.Updated), Resolved: w.maybe(i.Resolved),
		Impact: i.Impact.String(), Shortlink: fmt.Sprintf("%s/incidents/%d", w.base, i.ID), Started: w.at(i.Opened), Page: w.page,
		Updates: []update{}, Components: []component{},
	}
	var bad []string // what it makes of each
	for _, t := range i.Touched {
		if c, ok := w.components[t.Component]; ok {
			e.Components, bad = append(e.Components, c), append(bad, word(t.State))
		}
	}
	before := incident.Fixed // before it was opened all was well
	for _, u := range i.Updates {
		one := update{ID: id(u.ID), Status: statusWord(u.Status), Body: u.Text, Incident: e.ID, Created: w.at(u.At), Updated: w.at(u.Updated), Display: w.at(u.At)}
		if u.Status == incident.Watching {
			e.Monitoring = &one.Display
		}
		for n, c := range e.Components {
			a := affected{c.ID, c.Name, bad[n], bad[n]}
			if before == incident.Fixed {
				a.Old = word(incident.Operational)
			}
			if u.Status == incident.Fixed {
				a.New = word(incident.Operational)
			}
			one.Affected = append(one.Affected, a)
		}
		before = u.Status
		e.Updates = append(e.Updates, one)
	}
	slices.Reverse(e.Updates)
	return e
}

func phaseWord(p incident.Phase) string {
	switch p {
	case incident.UnderWay:
		return "in_progress"
	case incident.Complete:
		return "completed"
	}
	return "scheduled"
}

// maintenance has the number of no incident: clients keep both by their ids.
func (w *writer) maintenance(m *incident.Maintenance) event {
	e := event{
		ID: "maintenance-" + id(m.ID), Name: m.Name, Status: phaseWord(m.Phase), Created: w.at(m.Created), Updated: w.at(m.Updated), Resolved: w.maybe(m.Ended),
		Impact: "maintenance", Shortlink: fmt.Sprintf("%s/maintenance/%d", w.base, m.ID), Started: w.at(m.Starts), Page: w.page,
		Components: []component{}, From: w.at(m.Starts), Until: w.at(m.Ends),
	}
	if !m.Started.IsZero() {
		e.Started = w.at(m.Started)
	}
	for _, c := range m.Components {
		if c, ok := w.components[c]; ok {
			e.Components = append(e.Components, c)
		}
	}
	add := func(key string, phase incident.Phase, text string, at time.Time) {
		one := update{ID: e.ID + "-" + key, Status: phaseWord(phase), Body: text, Incident: e.ID, Created: w.at(at), Updated: w.at(at), Display: w.at(at)}
		for _, c := range e.Components {
			state := word(incident.Operational)
			if phase == incident.UnderWay {
				state = word(incident.Maintained)
			}
			one.Affected = append(one.Affected, affected{c.ID, c.Name, word(incident.Operational), state})
		}
		e.Updates = append(e.Updates, one)
	}
	add("0", incident.Upcoming, m.Text, m.Created)
	for _, n := range m.Updates {
		add(id(n.ID), n.Phase, n.Text, n.At)
	}
	slices.Reverse(e.Updates)
	return e
}
