package cachet

import (
	"context"
	"strings"

	"github.com/diaspote/vigie/ops/incident"
)

// until begins the last line of a schedule's message, which says its end: once it has a completed_at, Cachet shows it no more
// (its scope "uncompleted"). One that fills in an end where none was given wants one: so does vigie.
const until, cancelled = "Until ", "Cancelled."

// kindEnds is the kind of what is noted of a Cachet that fills in ends.
const kindEnds = "ends"

// maintenance makes a maintenance stand there as it is.
func (p *Push) maintenance(ctx context.Context, id int64) error {
	m, err := p.Book.Maintenance(ctx, id)
	if err != nil && !gone(err) {
		return err
	}
	if err != nil {
		if p.old {
			return p.remove(ctx, thing{kind: incident.OfMaintenance, here: id, path: "incidents", find: p.findIncident})
		}
		return p.remove(ctx, thing{kind: incident.OfMaintenance, here: id, path: "schedules", find: p.findSchedule})
	}
	if p.old {
		return p.oldMaintenance(ctx, &m)
	}
	_, ends, err := p.Book.Copy(ctx, p.Place, kindEnds, 0)
	if err != nil {
		return err
	}
	type componentOf struct {
		ID     int64 `json:"id"`
		Status int   `json:"status"`
	}
	body := struct {
		Name        string        `json:"name"`
		Message     string        `json:"message"`
		Status      int           `json:"status"`
		ScheduledAt string        `json:"scheduled_at"`
		CompletedAt string        `json:"completed_at,omitempty"`
		Components  []componentOf `json:"components,omitempty"`
		Notify      *bool         `json:"notify,omitempty"`
	}{Name: m.Name, Message: p.said(&m, !ends), Status: int(min(m.Phase, incident.Complete)), ScheduledAt: p.in(m.Starts)}
	if m.Over() {
		body.CompletedAt = p.in(m.Ended)
	} else if ends {
		body.CompletedAt = p.in(m.Ends)
	}
	for _, c := range m.Components {
		there, err := p.component(ctx, c)
		if err != nil {
			return err
		}
		if there != 0 {
			body.Components = append(body.Components, componentOf{there, int(incident.Degraded)})
		}
	}
	once, fills := body, false
	once.Notify = &p.Notify
	_, err = p.keep(ctx, thing{kind: incident.OfMaintenance, here: id, name: p.named(m.Starts, m.Name), path: "schedules", body: body, once: once,
		read: incident.AsRead(m.Updated), find: p.findSchedule, made: func(completedAt string) { fills = completedAt != "" && body.CompletedAt == "" }})
	if err != nil || !fills {
		return err
	}
	if err := p.Book.KeepCopy(ctx, incident.Copy{Place: p.Place, Kind: kindEnds}); err != nil {
		return err
	}
	return p.maintenance(ctx, id)
}

// findSchedule finds the one of that name and time.
func (p *Push) findSchedule(ctx context.Context, named string, taken func(int64) bool) (there int64, err error) {
	err = list(ctx, p.Client, "schedules?sort=id&order=desc", func(s schedule, _ int) (bool, error) {
		if s.DeletedAt == "" && p.named(p.at(s.ScheduledAt), s.Name) == named && !taken(int64(s.ID)) {
			there = int64(s.ID)
		}
		return there == 0, nil
	})
	return there, err
}

// said is all that is written of a maintenance: its text, its notes, how long it is planned for if it is to say so, or that it does not
// take place.
func (p *Push) said(m *incident.Maintenance, end bool) string {
	var parts []string
	if m.Text != "" {
		parts = append(parts, markdown(m.Text))
	}
	for _, n := range m.Updates {
		if n.Text != "" {
			parts = append(parts, "**"+n.At.In(p.Zone).Format(hourLayout)+"**  \n"+markdown(n.Text))
		}
	}
	switch {
	case m.Phase == incident.Cancelled:
		parts = append(parts, cancelled)
	case end && !m.Over():
		parts = append(parts, until+m.Ends.In(p.Zone).Format(hourLayout))
	}
	return strings.Join(parts, "\n\n")
}

// oldMaintenance makes it an incident of the status 0, "scheduled", which becomes another as it goes on.
func (p *Push) oldMaintenance(ctx context.Context, m *incident.Maintenance) error {
	body := incidentBody{Name: m.Name, Visible: 1, Message: "From " + m.Starts.In(p.Zone).Format(hourLayout) + "\n\n" + p.said(m, true)}
	body.OccurredAt = p.in(m.Created)
	switch m.Phase {
	case incident.UnderWay:
		body.Status = int(incident.Watching)
	case incident.Complete, incident.Cancelled:
		body.Status = int(incident.Fixed)
	}
	_, err := p.keep(ctx, thing{kind: incident.OfMaintenance, here: m.ID, name: p.named(m.Created, m.Name), path: "incidents", body: body, find: p.findIncident})
	return err
}
