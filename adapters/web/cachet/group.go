package cachet

import (
	"cmp"
	"context"
	"slices"

	"github.com/diaspote/vigie/ops/incident"
)

// A group of components as Cachet's API has it.
type group struct {
	ID        int64       `json:"id"`
	Name      string      `json:"name"`
	Created   string      `json:"created_at"`
	Updated   string      `json:"updated_at"`
	Order     int         `json:"order"`
	Collapsed int         `json:"collapsed"` // 0 never, 1 always; 2, until something is wrong, is 1 here
	Visible   int         `json:"visible"`
	Enabled   []component `json:"enabled_components"`
	Lowest    []component `json:"enabled_components_lowest"` // the worst first
	Human     *string     `json:"lowest_human_status"`
}

func bit(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// presentGroups are groups with the components that are shown in them.
func (a *API) presentGroups(ctx context.Context, c *call) ([]group, error) {
	found := a.Book.Page().Groups
	if c.trusted {
		var err error
		if found, err = a.Book.Groups(ctx); err != nil {
			return nil, err
		}
	}
	components, err := a.visible(ctx, c)
	if err != nil {
		return nil, err
	}
	var all []group
	for _, g := range found {
		one := group{ID: g.ID, Name: g.Name, Created: a.stamp(g.Created), Updated: a.stamp(g.Updated), Order: g.Order,
			Collapsed: bit(g.Collapsed), Visible: bit(!g.Hidden), Enabled: []component{}}
		for n := range components {
			if components[n].Group == g.ID && !components[n].Hidden {
				one.Enabled = append(one.Enabled, a.present(&components[n]))
			}
		}
		one.Lowest = slices.Clone(one.Enabled)
		slices.SortStableFunc(one.Lowest, func(a, b component) int { return b.Status - a.Status })
		if len(one.Lowest) > 0 {
			one.Human = &one.Lowest[0].StatusName
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b group) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

var groupColumns = []column[group]{
	{"id", func(g *group) any { return g.ID }, true},
	{"name", func(g *group) any { return g.Name }, true},
	{"order", func(g *group) any { return int64(g.Order) }, true},
	{"collapsed", func(g *group) any { return int64(g.Collapsed) }, true},
	{"visible", func(g *group) any { return int64(g.Visible) }, true},
}

func (a *API) groups(ctx context.Context, c *call) (answer, error) {
	all, err := a.presentGroups(ctx, c)
	if err != nil {
		return answer{}, err
	}
	return part(a, c, all, groupColumns), nil
}

func (a *API) group(ctx context.Context, c *call) (answer, error) {
	id, err := c.number("id")
	if err != nil {
		return answer{}, err
	}
	return a.groupAnswer(ctx, c, id)
}

func (a *API) groupAnswer(ctx context.Context, c *call, id int64) (answer, error) {
	all, err := a.presentGroups(ctx, c)
	if err != nil {
		return answer{}, err
	}
	n := slices.IndexFunc(all, func(g group) bool { return g.ID == id })
	if n < 0 {
		return answer{}, missing
	}
	return answer{Data: all[n]}, nil
}

// groupChange is what the fields change of a group.
func groupChange(in *fields) func(*incident.Group) {
	name, named := in.text("name")
	order, ordered := in.number("order")
	visible, shown := in.flag("visible")
	collapsed, folds := false, false
	if s, ok := in.word("collapsed"); ok && s == "2" {
		collapsed, folds = true, true
	} else {
		collapsed, folds = in.flag("collapsed")
	}
	return func(g *incident.Group) {
		put(&g.Name, name, named)
		put(&g.Order, order, ordered)
		put(&g.Collapsed, collapsed, folds)
		put(&g.Hidden, !visible, shown)
	}
}

func (a *API) addGroup(ctx context.Context, c *call) (answer, error) {
	c.in.need("name")
	var new incident.Group
	change := groupChange(&c.in)
	if err := c.in.err(); err != nil {
		return answer{}, err
	}
	change(&new)
	made, err := a.Book.PutGroup(ctx, new)
	if err != nil {
		return answer{}, err
	}
	return a.groupAnswer(ctx, c, made.ID)
}

func (a *API) editGroup(ctx context.Context, c *call) (answer, error) {
	id, err := c.number("id")
	if err != nil {
		return answer{}, err
	}
	change := groupChange(&c.in)
	if err := c.in.err(); err != nil {
		return answer{}, err
	}
	if _, err := a.Book.EditGroup(ctx, id, func(g *incident.Group) error { change(g); return nil }); err != nil {
		return answer{}, err
	}
	return a.groupAnswer(ctx, c, id)
}

func (a *API) removeGroup(ctx context.Context, c *call) (answer, error) {
	return c.remove(ctx, a.Book.RemoveGroup)
}
