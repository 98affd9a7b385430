package status

import (
	"slices"
	"strconv"
	"time"

	"github.com/diaspote/vigie/ops/incident"
)

func number(id int64) string { return strconv.FormatInt(id, 10) }

// A past is a day with what happened on it, or a run of days without anything.
type past struct {
	Date string // "2026-11-26", of the last of them
	Day  string // "Thursday 26 November", or from when to when
	All  []card
	On   []link // what began on another day, and went on
}

// A happening is an incident that is over, or a maintenance that is.
type happening struct {
	from, to time.Time
	incident *incident.Incident
	work     *incident.Maintenance
}

// happenings are all that are over, the one that began last in front.
func (s *sheet) happenings() []happening {
	var all []happening
	for n := range s.page.Incidents {
		if i := &s.page.Incidents[n]; !i.Open() {
			all = append(all, happening{from: s.local(i.Opened), to: s.local(i.Resolved), incident: i})
		}
	}
	for n := range s.page.Maintenance {
		switch m := &s.page.Maintenance[n]; m.Phase {
		case incident.Complete:
			all = append(all, happening{from: s.local(m.Started), to: s.local(m.Ended), work: m})
		}
	}
	slices.SortStableFunc(all, func(a, b happening) int { return b.from.Compare(a.from) })
	return all
}

// past fills in the last days, today first.
func (s *sheet) past(f *front) {
	all := s.happenings()
	shown := 0
	y, m, d := s.page.At.Date()
	for n := range pastDays {
		from, to := time.Date(y, m, d-n, 0, 0, 0, 0, s.page.At.Location()), time.Date(y, m, d-n+1, 0, 0, 0, 0, s.page.At.Location())
		day := past{Date: from.Format(time.DateOnly), Day: s.W.Weekday(from)}
		quiet := true
		for _, h := range all {
			switch {
			case h.from.Before(from) && h.to.After(from):
				if quiet = false; len(day.On) < mostOpen {
					day.On = append(day.On, h.link(s, s.W.Goes))
				}
			case h.from.Before(from) || !h.from.Before(to):
			case shown < mostPast:
				day.All, shown, quiet = append(day.All, s.old(&h)), shown+1, false
			case shown < mostPast+mostLinks:
				day.On, shown, quiet = append(day.On, h.link(s, h.word(s))), shown+1, false
			default:
				quiet = false
			}
		}
		for i := range s.page.Incidents { // what goes on is said above, but the day was not without it
			if o := &s.page.Incidents[i]; o.Open() && o.Opened.Before(to) {
				if quiet = false; len(day.On) < mostOpen {
					day.On = append(day.On, (&happening{incident: o}).link(s, s.W.StillOpen))
				}
			}
		}
		if last := len(f.Past) - 1; quiet && last >= 0 && f.Past[last].Quiet() {
			f.Past[last].Day = s.W.Weekday(from) + " – " + s.W.Weekday(s.dayOf(f.Past[last].Date))
			continue
		}
		f.Past = append(f.Past, day)
	}
}

// Quiet tells a day on which nothing happened.
func (p past) Quiet() bool { return len(p.All) == 0 && len(p.On) == 0 }

// dayOf reads a date that the page has written itself.
func (s *sheet) dayOf(date string) time.Time {
	t, _ := time.ParseInLocation(time.DateOnly, date, s.page.At.Location())
	return t
}

// card has its last words, clipped.
func (h *happening) card(s *sheet) card {
	if h.work != nil {
		return s.maintenanceCard(h.work, 1, pastText)
	}
	return s.incidentCard(h.incident, 1, pastText)
}

// old is a card below the day on which it began.
func (s *sheet) old(h *happening) card {
	c := h.card(s)
	if c.Span != nil {
		*c.Span = s.W.hours(h.from, h.to)
	}
	return c
}

func (h *happening) word(s *sheet) string {
	if h.work != nil {
		return s.W.Phases[h.work.Phase]
	}
	return s.W.Statuses[h.incident.Status]
}

func (h *happening) link(s *sheet, word string) link {
	if h.work != nil {
		return link{h.work.Name, s.At.href("maintenance/" + number(h.work.ID)), word}
	}
	return link{h.incident.Name, s.At.href("incidents/" + number(h.incident.ID)), word}
}

// mostHistory is how much the history lists.
const mostHistory = 1000

// A history lists all that is known, without its texts.
type history struct {
	Days []past // each by itself
	More string
}

func (s *sheet) history() *history {
	s.Heading = s.W.History
	all := s.happenings()
	for n := range s.page.Incidents {
		if i := &s.page.Incidents[n]; i.Open() {
			all = append(all, happening{from: s.local(i.Opened), to: s.page.At, incident: i})
		}
	}
	slices.SortStableFunc(all, func(a, b happening) int { return b.from.Compare(a.from) })
	h := &history{}
	if len(all) > mostHistory {
		h.More, all = s.W.MoreOf(len(all)-mostHistory), all[:mostHistory]
	}
	for n := 0; n < len(all); {
		day := past{Date: all[n].from.Format(time.DateOnly), Day: s.W.DayOf(all[n].from)}
		for ; n < len(all) && all[n].from.Format(time.DateOnly) == day.Date; n++ {
			c := s.old(&all[n])
			c.Updates, c.Text = nil, ""
			day.All = append(day.All, c)
		}
		h.Days = append(h.Days, day)
	}
	return h
}
