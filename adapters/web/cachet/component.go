package cachet

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/diaspote/vigie/ops/incident"
)

// A component as Cachet's API has it.
type component struct {
	ID          int64             `json:"id"`
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Link        string            `json:"link"`
	Status      int               `json:"status"`
	Order       int               `json:"order"`
	Group       int64             `json:"group_id"`
	Created     string            `json:"created_at"`
	Updated     string            `json:"updated_at"`
	Deleted     any               `json:"deleted_at"` // those that are not are not there
	Enabled     bool              `json:"enabled"`
	StatusName  string            `json:"status_name"`
	Tags        map[string]string `json:"tags"` // by how they stand in addresses
}

// number is a state in Cachet's numbers, which end with 4.
func number(s incident.State) int {
	if s == incident.Maintained {
		return int(incident.Degraded)
	}
	return int(s)
}

var componentStatus = [...]string{"Unknown", "Operational", "Performance Issues", "Partial Outage", "Major Outage"}

func stateName(n int) string {
	if n < 0 || n >= len(componentStatus) {
		n = 0
	}
	return componentStatus[n]
}

func (a *API) present(c *incident.Component) component {
	tags := map[string]string{}
	for _, t := range c.Tags {
		tags[slug(t)] = t
	}
	n := number(c.State)
	return component{
		ID: c.ID, Name: c.Name, Description: c.About, Link: c.Link, Status: n, Order: c.Order, Group: c.Group, Created: a.stamp(c.Created),
		Updated: a.stamp(c.Updated), Enabled: !c.Hidden, StatusName: stateName(n), Tags: tags,
	}
}

// slug is a tag as it stands in an address.
func slug(tag string) string {
	words := strings.FieldsFunc(strings.ToLower(tag), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.Join(words, "-")
}

// visible are the components that a client may see.
func (a *API) visible(ctx context.Context, c *call) ([]incident.Component, error) {
	if c.trusted {
		return a.Book.Components(ctx)
	}
	var all []incident.Component
	for _, s := range a.Book.Page().Components {
		all = append(all, s.Component)
	}
	return all, nil
}

var componentColumns = []column[component]{
	{"id", func(c *component) any { return c.ID }, true},
	{"name", func(c *component) any { return c.Name }, true},
	{"status", func(c *component) any { return int64(c.Status) }, true},
	{"order", func(c *component) any { return int64(c.Order) }, true},
	{"group_id", func(c *component) any { return c.Group }, true},
	{"enabled", func(c *component) any { return c.Enabled }, true},
	{"created_at", func(c *component) any { return c.Created }, true},
	{"updated_at", func(c *component) any { return c.Updated }, true},
}

func (a *API) components(ctx context.Context, c *call) (answer, error) {
	found, err := a.visible(ctx, c)
	if err != nil {
		return answer{}, err
	}
	wanted, tagged := c.filter("tags")
	var all []component
	for n := range found {
		if !tagged || slices.ContainsFunc(found[n].Tags, func(t string) bool { return among(wanted, t) }) {
			all = append(all, a.present(&found[n]))
		}
	}
	slices.SortFunc(all, func(a, b component) int { return cmp.Compare(a.ID, b.ID) })
	return part(a, c, all, componentColumns), nil
}

// among tells whether a tag is one of "a,b".
func among(wanted, tag string) bool {
	for one := range strings.SplitSeq(wanted, ",") {
		if one = strings.TrimSpace(one); one == tag || one == slug(tag) {
			return true
		}
	}
	return false
}

func (a *API) component(ctx context.Context, c *call) (answer, error) {
	id, err := c.number("id")
	if err != nil {
		return answer{}, err
	}
	all, err := a.visible(ctx, c)
	if err != nil {
		return answer{}, err
	}
	for n := range all {
		if all[n].ID == id {
			return answer{Data: a.present(&all[n])}, nil
		}
	}
	return answer{}, missing
}

func (a *API) addComponent(ctx context.Context, c *call) (answer, error) {
	c.in.need("name", "status")
	var new incident.Component
	change := componentChange(&c.in)
	if err := c.in.err(); err != nil {
		return answer{}, err
	}
	change(&new)
	made, err := a.Book.AddComponent(ctx, new)
	if err != nil {
		return answer{}, err
	}
	return answer{Data: a.present(&made)}, nil
}

// componentChange is what the fields change of a component.
func componentChange(in *fields) func(*incident.Component) {
	name, named := in.text("name")
	about, described := in.text("description")
	link, linked := in.text("link")
	status, set := in.number("status")
	order, ordered := in.number("order")
	group, grouped := in.number("group_id")
	enabled, shown := in.flag("enabled")
	tags, tagged := in.tags()
	return func(c *incident.Component) {
		put(&c.Name, name, named)
		put(&c.About, about, described)
		put(&c.Link, link, linked)
		put(&c.Order, order, ordered)
		put(&c.Group, int64(group), grouped)
		put(&c.Hidden, !enabled, shown)
		put(&c.Tags, tags, tagged)
		// The state that was shown comes back with a whole object, and is then not what somebody says of it.
		put(&c.Hand, incident.State(status), set && status != number(c.State))
	}
}

// put sets what was given.
func put[T any](to *T, value T, given bool) {
	if given {
		*to = value
	}
}

// tags are "a, b", a list, or as they are shown.
func (f *fields) tags() ([]string, bool) {
	one, ok := f.given("tags")
	if !ok {
		return nil, false
	}
	all := strings.Split(one.text, ",")
	for _, i := range one.items {
		all = append(all, i.text)
	}
	if len(all) > mostItems {
		f.blame("tags", "must be "+strconv.Itoa(mostItems)+" at most")
		return nil, false
	}
	return slices.DeleteFunc(all, func(s string) bool { return strings.TrimSpace(s) == "" }), true
}

func (a *API) editComponent(ctx context.Context, c *call) (answer, error) {
	id, err := c.number("id")
	if err != nil {
		return answer{}, err
	}
	change := componentChange(&c.in)
	if err := c.in.err(); err != nil {
		return answer{}, err
	}
	made, err := a.Book.EditComponent(ctx, id, func(c *incident.Component) error { change(c); return nil })
	if err != nil {
		return answer{}, err
	}
	return answer{Data: a.present(&made)}, nil
}

func (a *API) removeComponent(ctx context.Context, c *call) (answer, error) {
	return c.remove(ctx, a.Book.RemoveComponent)
}

// remove takes away what the address names.
func (c *call) remove(ctx context.Context, f func(context.Context, int64) error) (answer, error) {
	id, err := c.number("id")
	if err != nil {
		return answer{}, err
	}
	return answer{}, f(ctx, id)
}
