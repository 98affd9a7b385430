package status

import (
	"cmp"
	"html/template"
	"slices"
	"time"

	"github.com/diaspote/vigie/ops/incident"
)

// What the front shows at most, so that a night of a hundred incidents is no page of a megabyte. The rest is a link away.
const (
	pastDays    = 14
	mostOpen    = 15
	mostPlanned = 20
	mostPast    = 20  // in full
	mostLinks   = 100 // and as links
	mostUpdates = 6
	openText    = 1000 // characters of each update of what goes on
	pastText    = 280  // of the last update of what is over
	aboutText   = 200
)

// A front is the page itself.
type front struct {
	State    string // a class
	Headline string
	Affected string   // "2 services are affected"
	Names    []string // of them
	More     string   // "3 more"

	Open, Current, Planned []card
	MoreOpen, MorePlanned  string
	Scale                  template.HTML
	Groups                 []group
	Past                   []past
}

// A group is a heading with components; the first has none.
type group struct {
	Name   string
	Folded bool // it can be opened
	Shut   bool
	State  string
	Word   string
	All    []component
}

type component struct {
	Name        string
	Href        template.HTMLAttr
	About       string
	Class, Word string
	Bars        template.HTML
	Uptime      string
}

// A card is an incident or a maintenance.
type card struct {
	Name    string
	Href    template.HTMLAttr
	Class   string
	Word    string   // its status or phase
	When    stamp    // when it began
	Span    *span    // from when to when it was, or is planned
	Long    string   // how long it was
	Touched []string // components
	Text    template.HTML
	Updates []told // the newest first
	More    bool   // there is more of it
}

func (s *sheet) front() *front {
	state := s.state()
	f := &front{State: class(state), Headline: s.W.Headlines[state]}
	if len(s.page.Components) == 0 && state == incident.Unknown {
		f.Headline = s.W.Nothing
	}
	var affected []string
	for n := range s.page.Components {
		if c := &s.page.Components[n]; bad(c.State) {
			affected = append(affected, c.Name)
		}
	}
	if len(affected) > 0 {
		f.Affected = s.W.Affected(len(affected))
		f.Names = affected[:min(len(affected), 4)]
		if more := len(affected) - len(f.Names); more > 0 {
			f.More = s.W.MoreOf(more)
		}
	}
	f.Groups = s.groups()
	if len(s.page.Components) > 0 {
		f.Scale = s.W.scale(s.page.Components[0].Days)
	}
	s.now(f)
	s.past(f)
	s.About = f.Headline
	return f
}

// groups puts the components below their headings; those without one come first.
func (s *sheet) groups() []group {
	all := []group{{}}
	for _, g := range s.page.Groups {
		all = append(all, group{Name: g.Name, Folded: g.Collapsed})
	}
	worst := make([]incident.State, len(all))
	for n := range s.page.Components {
		c := &s.page.Components[n]
		g := 1 + slices.IndexFunc(s.page.Groups, func(g incident.Group) bool { return g.ID == c.Group })
		about, _ := clip(c.About, aboutText)
		all[g].All = append(all[g].All, component{
			Name: c.Name, Href: s.At.href("components/" + number(c.ID)), About: about, Class: class(c.State), Word: s.W.States[c.State],
			Bars: s.W.bars(c.Days), Uptime: s.W.up(c.Uptime),
		})
		worst[g] = incident.Worst(worst[g], c.State)
	}
	for n := range all {
		all[n].State, all[n].Word = class(worst[n]), s.W.States[worst[n]]
		all[n].Shut = all[n].Folded && worst[n] <= incident.Operational
	}
	return slices.DeleteFunc(all, func(g group) bool { return len(g.All) == 0 })
}

// now fills in what goes on, and what is to come. What is sticky comes first, and stays when it is over; then
// the worst, and of what is as bad the newest.
func (s *sheet) now(f *front) {
	var open []*incident.Incident
	for n := range s.page.Incidents {
		if i := &s.page.Incidents[n]; i.Open() || i.Sticky {
			open = append(open, i)
		}
	}
	slices.SortStableFunc(open, func(a, b *incident.Incident) int {
		if a.Sticky == b.Sticky {
			return cmp.Compare(b.Impact, a.Impact)
		}
		if a.Sticky {
			return -1
		}
		return 1
	})
	for n, i := range open {
		if n == mostOpen {
			f.MoreOpen = s.W.MoreOf(len(open) - n)
			break
		}
		f.Open = append(f.Open, s.incidentCard(i, mostUpdates, openText))
	}
	for n := range s.page.Maintenance {
		m := &s.page.Maintenance[n]
		switch {
		case m.Phase == incident.UnderWay:
			f.Current = append(f.Current, s.maintenanceCard(m, mostUpdates, openText))
		case m.Phase == incident.Upcoming && len(f.Planned) < mostPlanned:
			f.Planned = append(f.Planned, s.maintenanceCard(m, mostUpdates, openText))
		case m.Phase == incident.Upcoming:
			f.MorePlanned = s.W.MoreOf(s.planned() - mostPlanned)
		}
	}
}

func (s *sheet) planned() (n int) {
	for i := range s.page.Maintenance {
		if s.page.Maintenance[i].Phase == incident.Upcoming {
			n++
		}
	}
	return n
}

// incidentCard shows an incident with its last updates, each clipped to so many characters; 0 does not clip.
func (s *sheet) incidentCard(i *incident.Incident, updates, most int) card {
	c := card{
		Name: i.Name, Href: s.At.href("incidents/" + number(i.ID)), Class: class(i.Impact.State()), Word: s.W.Statuses[i.Status],
		When: s.W.moment(s.local(i.Opened)), Touched: s.names(i.Touches),
	}
	if !i.Open() {
		between := s.W.span(s.local(i.Opened), s.local(i.Resolved))
		c.Span, c.Long = &between, s.W.long(i.Resolved.Sub(i.Opened))
	}
	c.More = c.backwards(len(i.Updates), updates, func(n int) told {
		u := &i.Updates[n]
		return s.told(u.At, s.W.Statuses[u.Status], u.Text, most)
	})
	return c
}

// maintenanceCard likewise.
func (s *sheet) maintenanceCard(m *incident.Maintenance, updates, most int) card {
	from, to := m.Starts, m.Ends
	if m.Phase == incident.Complete {
		from, to = m.Started, m.Ended
	}
	between := s.W.span(s.local(from), s.local(to))
	c := card{
		Name: m.Name, Href: s.At.href("maintenance/" + number(m.ID)), Class: class(incident.Maintained), Word: s.W.Phases[m.Phase], When: between.From,
		Span: &between, Long: s.W.long(to.Sub(from)), Touched: s.names(func(id int64) bool { return slices.Contains(m.Components, id) }),
	}
	text := s.told(m.Created, "", m.Text, most)
	more := c.backwards(len(m.Updates), updates, func(n int) told {
		u := &m.Updates[n]
		return s.told(u.At, s.W.Phases[u.Phase], u.Text, most)
	})
	c.Text, c.More = text.Text, text.More || more
	return c
}

// backwards takes the last of so many updates, the last one first, and tells whether there is more of them.
func (c *card) backwards(count, most int, update func(n int) told) (more bool) {
	first := 0
	if most > 0 {
		first = max(0, count-most)
	}
	more = first > 0
	for n := count - 1; n >= first; n-- {
		t := update(n)
		c.Updates, more = append(c.Updates, t), more || t.More
	}
	return more
}

func (s *sheet) told(at time.Time, status, text string, most int) told {
	t := told{At: s.W.moment(s.local(at)), Status: status}
	if most > 0 {
		text, t.More = clip(text, most)
	}
	t.Text = prose(text)
	return t
}

// local is a time in the zone of the page.
func (s *sheet) local(t time.Time) time.Time { return t.In(s.page.At.Location()) }
