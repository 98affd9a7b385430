package statuspage

import (
	"time"

	"github.com/diaspote/vigie/ops/incident"
)

// A component as it is there; so is a group of them.
type component struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Status      string   `json:"status"`
	Created     string   `json:"created_at"`
	Updated     string   `json:"updated_at"`
	Position    int      `json:"position"`
	Description *string  `json:"description"`
	Showcase    bool     `json:"showcase"` // its past is shown
	Start       *string  `json:"start_date"`
	GroupID     *string  `json:"group_id"`
	Page        string   `json:"page_id"`
	Group       bool     `json:"group"`
	OnlyBad     bool     `json:"only_show_if_degraded"`
	Components  []string `json:"components,omitempty"` // of a group
}

func word(s incident.State) string {
	switch s {
	case incident.Degraded:
		return "degraded_performance"
	case incident.PartialOutage:
		return "partial_outage"
	case incident.MajorOutage:
		return "major_outage"
	case incident.Maintained:
		return "under_maintenance"
	}
	return "operational"
}

// groupID is a number that no component has.
func groupID(n int64) string { return "group-" + id(n) }

// all are the components of the page, in order, each group before what is in it.
func (w *writer) all(p *incident.Page) []component {
	all := []component{}
	add := func(of int64) (worst incident.State) {
		worst = incident.Unknown
		place := 0
		for n := range p.Components {
			if c := &p.Components[n].Component; c.Group == of {
				place++
				worst = incident.Worst(worst, c.State)
				w.components[c.ID] = w.component(c, place)
				all = append(all, w.components[c.ID])
			}
		}
		return worst
	}
	add(0)
	alone := len(all)
	for n, g := range p.Groups {
		at := len(all)
		all = append(all, component{ID: groupID(g.ID), Name: g.Name, Created: w.at(g.Created), Updated: w.at(g.Updated), Position: alone + n + 1,
			Page: w.page, Group: true})
		all[at].Status = word(add(g.ID))
		for _, c := range all[at+1:] {
			all[at].Components = append(all[at].Components, c.ID)
		}
	}
	return all
}

func (w *writer) component(c *incident.Component, place int) component {
	start := c.Created.In(w.zone).Format(time.DateOnly)
	one := component{ID: id(c.ID), Name: c.Name, Status: word(c.State), Created: w.at(c.Created), Position: place, Showcase: true, Start: &start, Page: w.page}
	changed := c.Updated
	if c.Since.After(changed) {
		changed = c.Since
	}
	one.Updated = w.at(changed)
	if c.About != "" {
		one.Description = &c.About
	}
	if c.Group != 0 {
		group := groupID(c.Group)
		one.GroupID = &group
	}
	return one
}

// A status is that of the whole.
type status struct {
	Indicator   string `json:"indicator"`
	Description string `json:"description"`
}

// overall is the state of the whole as Statuspage works it out of its components
// (https://support.atlassian.com/statuspage/docs/top-level-status-and-incident-impact-calculations/). What all are counts for more
// than what some are; without any, the worst open incident counts. A maintenance is no trouble.
func overall(p *incident.Page) status {
	var in [incident.Maintained + 1]int
	for n := range p.Components {
		in[p.Components[n].State]++
	}
	all := len(p.Components)
	switch {
	case all == 0:
		return ofIncidents(p)
	case in[incident.MajorOutage] == all:
		return status{"critical", "Major System Outage"}
	case in[incident.MajorOutage] > 0, in[incident.PartialOutage] == all:
		return status{"major", "Partial System Outage"}
	case in[incident.PartialOutage] > 0:
		return status{"minor", "Minor Service Outage"}
	case in[incident.Degraded] == all && all > 1:
		return status{"minor", "Degraded System Service"}
	case in[incident.Degraded] > 0:
		return status{"minor", "Partially Degraded Service"}
	case in[incident.Maintained] > 0:
		return status{"none", "Service Under Maintenance"}
	}
	return status{"none", "All Systems Operational"}
}

func ofIncidents(p *incident.Page) status {
	worst := incident.NoImpact
	for n := range p.Incidents {
		if i := &p.Incidents[n]; i.Open() {
			worst = max(worst, i.Impact)
		}
	}
	switch worst {
	case incident.Minor:
		return status{"minor", "Minor Service Outage"}
	case incident.Major:
		return status{"major", "Partial System Outage"}
	case incident.Critical:
		return status{"critical", "Major System Outage"}
	}
	return status{"none", "All Systems Operational"}
}
