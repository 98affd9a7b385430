package cachet

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/diaspote/vigie/ops/incident"
)

// An incidentShown is an incident as Cachet's API has it.
type incidentShown struct {
	ID              int64         `json:"id"`
	User            *int          `json:"user_id"`
	Component       int64         `json:"component_id"` // 0 for none
	ComponentStatus int           `json:"component_status"`
	Name            string        `json:"name"`
	Status          int           `json:"status"`
	Visible         int           `json:"visible"`
	Stickied        bool          `json:"stickied"`
	Notifications   bool          `json:"notifications"`
	Message         string        `json:"message"`
	Occurred        string        `json:"occurred_at"`
	Scheduled       any           `json:"scheduled_at"`
	Created         string        `json:"created_at"`
	Updated         string        `json:"updated_at"`
	Deleted         any           `json:"deleted_at"`
	Resolved        bool          `json:"is_resolved"`
	Updates         []updateShown `json:"updates"` // all but the message, the newest first
	Human           string        `json:"human_status"`
	LatestID        *int64        `json:"latest_update_id"`
	LatestStatus    int           `json:"latest_status"`
	LatestHuman     string        `json:"latest_human_status"`
	LatestIcon      string        `json:"latest_icon"`
	Permalink       string        `json:"permalink"`
	Duration        int64         `json:"duration"` // in seconds, until it was over or the last word

	Components []touched `json:"components"` // not in Cachet
}

// touched is a component of an incident or a schedule, and what that makes of it.
type touched struct {
	ID         int64  `json:"id"`
	Name       string `json:"name"`
	Status     int    `json:"status"`
	StatusName string `json:"status_name"`
}

var (
	incidentStatus = map[incident.Status]string{incident.Investigating: "Investigating", incident.Identified: "Identified", incident.Watching: "Watching", incident.Fixed: "Fixed"}
	incidentIcon   = map[incident.Status]string{incident.Investigating: "icon ion-flag oranges", incident.Identified: "icon ion-alert yellows",
		incident.Watching: "icon ion-eye blues", incident.Fixed: "icon ion-checkmark greens"}
)

// names are those of the components that a client may know of.
func (a *API) names(ctx context.Context, c *call) (map[int64]string, error) {
	if c.trusted {
		return a.Book.Names(ctx)
	}
	names := map[int64]string{}
	for _, s := range a.Book.Page().Components {
		names[s.ID] = s.Name
	}
	return names, nil
}

func (a *API) presentIncident(i *incident.Incident, names map[int64]string) incidentShown {
	first, last := &i.Updates[0], &i.Updates[len(i.Updates)-1]
	end := last.At
	if !i.Open() {
		end = i.Resolved
	}
	s := incidentShown{
		ID: i.ID, Name: i.Name, Status: int(i.Status), Visible: bit(i.Public), Stickied: i.Sticky, Message: first.Text,
		// Cachet 2.3 has the time of the incident in the one field, 2.4 in the other.
		Occurred: a.stamp(i.Opened), Created: a.stamp(i.Opened), Updated: a.stamp(i.Updated),
		Resolved: !i.Open(), Human: incidentStatus[i.Status], LatestStatus: int(last.Status), LatestHuman: incidentStatus[last.Status],
		LatestIcon: incidentIcon[last.Status], Permalink: a.permalink(i), Duration: max(0, int64(end.Sub(i.Opened)/time.Second)),
		Updates: a.laterUpdates(i), Components: []touched{},
	}
	if len(s.Updates) > 0 {
		s.LatestID = &s.Updates[0].ID
	}
	for _, t := range i.Touched {
		if name, ok := names[t.Component]; ok {
			n := number(t.State)
			s.Components = append(s.Components, touched{t.Component, name, n, stateName(n)})
		}
	}
	if len(s.Components) > 0 {
		s.Component, s.ComponentStatus = s.Components[0].ID, s.Components[0].Status
	}
	return s
}

func (a *API) permalink(i *incident.Incident) string {
	return fmt.Sprintf("%s/incidents/%d", a.Base, i.ID)
}

var incidentSorts = map[string]incident.Field{
	"id": incident.ByID, "name": incident.ByName, "status": incident.ByStatus, "visible": incident.ByShown, "stickied": incident.BySticky,
	"occurred_at": incident.ByOpened, "created_at": incident.ByOpened, "updated_at": incident.ByUpdated,
}

func (a *API) incidents(ctx context.Context, c *call) (answer, error) {
	names, err := a.names(ctx, c)
	if err != nil {
		return answer{}, err
	}
	p := c.page()
	s, any := c.search(names)
	s.Offset, s.Limit = p.offset(), p.size
	if !any {
		return listed[incidentShown](a, c, p, nil, 0), nil
	}
	ids, total, err := a.Book.FindIncidents(ctx, s)
	if err != nil {
		return answer{}, err
	}
	all := make([]incidentShown, 0, len(ids))
	err = a.Book.EachIncident(ctx, ids, func(i *incident.Incident) error {
		if c.trusted || i.Public {
			all = append(all, a.presentIncident(i, names))
		}
		return nil
	})
	if err != nil {
		return answer{}, err
	}
	return listed(a, c, p, all, total), nil
}

// search is what incidents are wanted; any is false if there can be none.
func (c *call) search(names map[int64]string) (s incident.Search, any bool) {
	s.Public, any = !c.trusted, true
	by, down := c.order()
	s.Sort, s.Down = incidentSorts[by], down && incidentSorts[by] != incident.ByID || down && by == "id"
	id := func(name string, to **int64) {
		if wanted, ok := c.filter(name); ok {
			n, number := whole(wanted)
			long := int64(n)
			*to, any = &long, any && number
		}
	}
	flag := func(name string, to **bool) {
		if wanted, ok := c.filter(name); ok {
			yes, is := truth(wanted)
			*to, any = &yes, any && is
		}
	}
	id("id", &s.ID)
	id("component_id", &s.Component)
	id("status", &s.Status)
	flag("visible", &s.Shown)
	flag("stickied", &s.Sticky)
	if wanted, ok := c.filter("name"); ok {
		s.Name = &wanted
	}
	if s.Component != nil && names[*s.Component] == "" {
		any = false
	}
	return s, any
}

// find is an incident that the client may see.
func (a *API) find(ctx context.Context, c *call) (incident.Incident, error) {
	id, err := c.number("id")
	if err != nil {
		return incident.Incident{}, err
	}
	if !c.trusted {
		for _, i := range a.Book.Page().Incidents {
			if i.ID == id {
				return i, nil
			}
		}
	}
	i, err := a.Book.Incident(ctx, id)
	if err == nil && (!c.trusted && !i.Public || i.Merged != 0) { // what has become part of another has no texts of its own
		err = missing
	}
	return i, err
}

func (a *API) incident(ctx context.Context, c *call) (answer, error) {
	i, err := a.find(ctx, c)
	return a.incidentAnswer(ctx, c, i, err)
}

func (a *API) incidentAnswer(ctx context.Context, c *call, i incident.Incident, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	names, err := a.names(ctx, c)
	if err != nil {
		return answer{}, err
	}
	return answer{Data: a.presentIncident(&i, names)}, nil
}

// A report is what a client says of an incident.
type report struct {
	name, message    string
	named, told      bool
	status           incident.Status // 0 for nothing
	public, shown    bool
	sticky, stickied bool
	at               time.Time
	exact            time.Duration
	dated            bool
	touch            claim
}

// A claim is what is said of a component.
type claim struct {
	component int64
	state     incident.State
	named     bool // a component is
	stated    bool
}

// claimed is the claim in the fields. The component must be there; one that was removed may come back with an incident of before.
func (a *API) claimed(ctx context.Context, in *fields) (cl claim, err error) {
	id, named := in.number("component_id")
	state, stated := in.number("component_status")
	cl = claim{int64(id), incident.State(state), named, stated && id > 0}
	if named && id != 0 {
		known, err := a.Book.Names(ctx)
		if err != nil {
			return cl, err
		}
		if _, ok := known[cl.component]; !ok {
			in.blame("component_id", fmt.Sprintf("is %d, and there is no such component", id))
		}
	}
	if cl.stated && (state < int(incident.Unknown) || state > int(incident.MajorOutage)) {
		in.blame("component_status", fmt.Sprintf("is %d; it goes from 0 to 4", state))
	}
	return cl, nil
}

func (a *API) reported(ctx context.Context, in *fields) (r report, err error) {
	r.name, r.named = in.text("name")
	r.message, r.told = in.text("message")
	status, set := in.number("status")
	if r.status = incident.Status(status); set && (r.status < incident.Investigating || r.status > incident.Fixed) {
		in.blame("status", fmt.Sprintf("is %d; it goes from 1 to 4, and maintenance is under schedules", status))
	}
	r.public, r.shown = in.flag("visible")
	r.sticky, r.stickied = in.flag("stickied")
	r.at, r.exact, r.dated = in.date("occurred_at", a.Now().Location())
	if !r.dated {
		r.at, r.exact, r.dated = in.date("created_at", a.Now().Location())
	}
	if r.touch, err = a.claimed(ctx, in); err != nil {
		return r, err
	}
	return r, in.err()
}

// quietly has nobody told of what is done, if the fields say so.
func (f *fields) quietly(ctx context.Context) context.Context {
	if tell, ok := f.flag("notify"); ok && !tell {
		return incident.Quietly(ctx)
	}
	return ctx
}

// touch does to an incident what is claimed of a component, and returns what is then set of it by hand. In Cachet the component
// has that state from then on. Here it has it while the incident is open; what is said of it when that is over is
// set by hand, and what is well is not held down by an older word. A state that is the one that was shown changes nothing.
func (cl claim) touch(i *incident.Incident, fixed bool) map[int64]incident.State {
	if !cl.named {
		return nil
	}
	n := slices.IndexFunc(i.Touched, func(t incident.Touch) bool { return t.Component == cl.component })
	switch {
	case cl.component == 0:
		if len(i.Touched) == 1 {
			i.Touched = nil
		}
		return nil
	case n >= 0 && (!cl.stated || number(i.Touched[n].State) == int(cl.state)):
		return nil
	case n < 0 && len(i.Touched) == 1: // of the one that it can have there, another
		i.Touched[0], n = incident.Touch{Component: cl.component}, 0
	case n < 0:
		i.Touched, n = append(i.Touched, incident.Touch{Component: cl.component}), len(i.Touched)
	}
	if !cl.stated {
		return nil
	}
	if !fixed || i.Touched[n].State == incident.Unknown { // what it was stays written of one that is over
		i.Touched[n].State = cl.state
	}
	i.Impact = max(i.Impact, cl.state.Impact())
	switch {
	case !i.Public:
		return nil
	case cl.state <= incident.Operational:
		return map[int64]incident.State{cl.component: incident.Unknown}
	case fixed:
		return map[int64]incident.State{cl.component: cl.state}
	}
	return nil
}

func (a *API) addIncident(ctx context.Context, c *call) (answer, error) {
	c.in.need("name", "message", "status")
	r, err := a.reported(ctx, &c.in)
	if err != nil {
		return answer{}, err
	}
	if r.touch.component != 0 {
		if _, err := a.Book.Component(ctx, r.touch.component); err != nil {
			return answer{}, wrong([]string{fmt.Sprintf("The component_id is %d, and that component was removed.", r.touch.component)})
		}
	}
	i := incident.Incident{Name: r.name, Status: r.status, Public: r.public || !r.shown, Sticky: r.sticky, Opened: r.at}
	hands := r.touch.touch(&i, r.status == incident.Fixed)
	i, err = a.Book.Report(c.in.quietly(ctx), i, incident.Update{Text: r.message, Person: person}, hands)
	return a.incidentAnswer(ctx, c, i, err)
}

func (a *API) editIncident(ctx context.Context, c *call) (answer, error) {
	id, err := c.number("id")
	if err != nil {
		return answer{}, err
	}
	delete(c.in.all, "created_at") // comes back with the whole object; occurred_at is what can be changed
	r, err := a.reported(ctx, &c.in)
	if err != nil {
		return answer{}, err
	}
	i, err := a.Book.Amend(c.in.quietly(ctx), id, func(am *incident.Amendment) error {
		i := am.Incident
		put(&i.Name, r.name, r.named)
		put(&i.Public, r.public, r.shown)
		put(&i.Sticky, r.sticky, r.stickied)
		put(&i.Opened, r.at, r.dated && !same(r.at, r.exact, i.Opened))
		put(&am.First.Text, r.message, r.told)
		put(&am.First.Person, person, r.told && am.First.Person == "")
		now := i.Status
		if r.status != 0 && r.status != i.Status {
			now, am.Add = r.status, incident.Update{Status: r.status, Person: person}
		}
		am.Hands = r.touch.touch(i, now == incident.Fixed)
		return nil
	})
	return a.incidentAnswer(ctx, c, i, err)
}

func (a *API) removeIncident(ctx context.Context, c *call) (answer, error) {
	return c.remove(ctx, a.Book.RemoveIncident)
}
