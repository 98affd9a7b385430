package statuspage

import (
	"strconv"
	"time"

	"github.com/diaspote/vigie/ops/incident"
)

// mostListed is how many incidents, or maintenances, are in a file, the newest, as there.
const mostListed = 50

// A view is a page in the terms of Statuspage.
type view struct {
	page       pageInfo
	status     status
	components []component
	incidents  []event
	planned    []event // maintenance, the one that starts last in front
	cancelled  []event // likewise, which is in no file
}

type pageInfo struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	URL     string `json:"url"`
	Zone    string `json:"time_zone"`
	Updated string `json:"updated_at"`
}

func (s *Site) view(p *incident.Page) *view {
	zone := p.At.Location()
	w := &writer{base: s.Base, page: s.id(), zone: zone, components: map[int64]component{}}
	v := &view{
		page:       pageInfo{w.page, s.Title, s.Base, zoneName(p.At), w.at(changed(p))},
		status:     overall(p),
		components: w.all(p),
	}
	for n := range p.Incidents {
		v.incidents = append(v.incidents, w.incident(&p.Incidents[n]))
	}
	for n := len(p.Maintenance) - 1; n >= 0; n-- {
		e := w.maintenance(&p.Maintenance[n])
		if p.Maintenance[n].Phase == incident.Cancelled {
			e.Status = phaseWord(incident.Complete)
			v.cancelled = append(v.cancelled, e)
		} else {
			v.planned = append(v.planned, e)
		}
	}
	return v
}

// zoneName is the zone's name, or, if it is the host's own, what is added to the hours now.
func zoneName(now time.Time) string {
	name := now.Location().String()
	if name == "Local" {
		name, _ = now.Zone()
	}
	return name
}

// changed is when something on the page was changed last, so that what is the same is the same to the letter.
func changed(p *incident.Page) time.Time {
	var last time.Time
	note := func(times ...time.Time) {
		for _, t := range times {
			if t.After(last) {
				last = t
			}
		}
	}
	for _, g := range p.Groups {
		note(g.Updated)
	}
	for n := range p.Components {
		note(p.Components[n].Updated, p.Components[n].Since)
	}
	for n := range p.Incidents {
		note(p.Incidents[n].Updated)
	}
	for n := range p.Maintenance {
		note(p.Maintenance[n].Updated)
	}
	if last.IsZero() {
		return p.At.Truncate(24 * time.Hour)
	}
	return last
}

// A writer writes things of a page.
type writer struct {
	base, page string
	zone       *time.Location
	components map[int64]component
}

// at is a time as they are written there: ISO 8601 with milliseconds and the zone.
func (w *writer) at(t time.Time) string { return t.In(w.zone).Format("2006-01-02T15:04:05.000Z07:00") }

// maybe is a time, or nil for none.
func (w *writer) maybe(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := w.at(t)
	return &s
}

func id(n int64) string { return strconv.FormatInt(n, 10) }

// some are the things that f takes, at most so many.
func some(all []event, most int, f func(*event) bool) []event {
	found := []event{}
	for n := range all {
		if len(found) < most && f(&all[n]) {
			found = append(found, all[n])
		}
	}
	return found
}

func every(*event) bool    { return true }
func open(e *event) bool   { return e.Status != "resolved" }
func coming(e *event) bool { return e.Status == "scheduled" }
func active(e *event) bool { return e.Status == "in_progress" }

type (
	pageOnly struct {
		Page pageInfo `json:"page"`
	}
	withStatus struct {
		pageOnly
		Status status `json:"status"`
	}
	withComponents struct {
		pageOnly
		Components []component `json:"components"`
	}
	withIncidents struct {
		pageOnly
		Incidents []event `json:"incidents"`
	}
	withMaintenance struct {
		pageOnly
		Maintenance []event `json:"scheduled_maintenances"`
	}
	withAll struct {
		pageOnly
		Components  []component `json:"components"`
		Incidents   []event     `json:"incidents"`
		Maintenance []event     `json:"scheduled_maintenances"`
		Status      status      `json:"status"`
	}
)

func (v *view) summary() any {
	near := func(e *event) bool { return coming(e) || active(e) }
	return withAll{pageOnly{v.page}, v.components, some(v.incidents, len(v.incidents), open), some(v.planned, len(v.planned), near), v.status}
}

func (v *view) statusFile() any     { return withStatus{pageOnly{v.page}, v.status} }
func (v *view) componentsFile() any { return withComponents{pageOnly{v.page}, v.components} }

func (v *view) incidentsFile() any {
	return withIncidents{pageOnly{v.page}, some(v.incidents, mostListed, every)}
}

func (v *view) unresolvedFile() any {
	return withIncidents{pageOnly{v.page}, some(v.incidents, len(v.incidents), open)}
}

func (v *view) maintenanceFile() any {
	return withMaintenance{pageOnly{v.page}, some(v.planned, mostListed, every)}
}

func (v *view) upcomingFile() any {
	return withMaintenance{pageOnly{v.page}, some(v.planned, len(v.planned), coming)}
}

func (v *view) activeFile() any {
	return withMaintenance{pageOnly{v.page}, some(v.planned, len(v.planned), active)}
}
