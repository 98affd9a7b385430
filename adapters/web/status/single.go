package status

import (
	"html/template"
	"net/http"
	"slices"

	"github.com/diaspote/vigie/ops/incident"
)

// incident is the page of one incident. One that has become part of another leads there.
func (s *sheet) incident(id int64) *answer {
	if into := s.page.Merged[id]; into != 0 {
		at := s.At
		at.page = "incidents/" + number(into)
		return &answer{status: http.StatusMovedPermanently, kind: "text/plain; charset=utf-8", body: []byte(s.absolute(at.page) + "\n"), goes: s.At.To(at.page)}
	}
	n := slices.IndexFunc(s.page.Incidents, func(i incident.Incident) bool { return i.ID == id })
	if n < 0 {
		return nil
	}
	c := s.incidentCard(&s.page.Incidents[n], 0, 0)
	s.Heading, s.About = c.Name, c.Word
	return s.html("single", &single{card: c, Effect: s.W.Impacts[s.page.Incidents[n].Impact]})
}

// A single is the page of an incident or a maintenance.
type single struct {
	card
	Effect string
}

func (s *sheet) maintenance(id int64) *answer {
	n := slices.IndexFunc(s.page.Maintenance, func(m incident.Maintenance) bool { return m.ID == id })
	if n < 0 {
		return nil
	}
	c := s.maintenanceCard(&s.page.Maintenance[n], 0, 0)
	s.Heading, s.About = c.Name, s.W.Maintenance+", "+c.Word
	return s.html("single", &single{card: c})
}

// A part is the page of a component, with its days in a table.
type part struct {
	component
	Text    template.HTML
	Website string
	Since   stamp
	Scale   template.HTML
	Days    []day
	All     []card
	Badge   string
}

// A day is a line of the table.
type day struct {
	Date, Text  string
	Class, Word string
	Uptime      string
}

func (s *sheet) component(c *incident.Shown) *answer {
	p := &part{
		component: component{Name: c.Name, Class: class(c.State), Word: s.W.States[c.State], Bars: s.W.bars(c.Days), Uptime: s.W.up(c.Uptime)},
		Text:      prose(c.About), Website: c.Link, Scale: s.W.scale(c.Days), Badge: s.At.To("components/" + number(c.ID) + "/badge.svg"),
	}
	if !c.Since.IsZero() {
		p.Since = s.W.moment(s.local(c.Since))
	}
	for n := len(c.Days) - 1; n >= 0; n-- {
		d := &c.Days[n]
		line := day{Date: d.Date.Format("2006-01-02"), Text: s.W.Short(d.Date), Class: class(d.Worst), Word: s.W.dayState(d.Worst)}
		if long := troubled(d); long > 0 {
			line.Word += ", " + s.W.long(long)
		}
		if d.Known > 0 {
			line.Uptime = s.W.percent(1 - float64(d.Down())/float64(d.Known))
		}
		p.Days = append(p.Days, line)
	}
	for _, h := range s.happenings() {
		if h.incident != nil && h.incident.Touches(c.ID) || h.work != nil && slices.Contains(h.work.Components, c.ID) {
			one := h.card(s)
			one.Updates, one.Text = nil, ""
			if p.All = append(p.All, one); len(p.All) == mostPast {
				break
			}
		}
	}
	s.Heading, s.About = c.Name, p.Word
	return s.html("component", p)
}
