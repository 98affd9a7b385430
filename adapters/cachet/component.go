package cachet

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/diaspote/vigie/ops/incident"
)

// group keeps a heading there, and returns its number there, 0 if it is not there.
func (p *Push) group(ctx context.Context, id int64) (int64, error) {
	g, err := p.Book.Group(ctx, id)
	if gone(err) {
		c, known, err := p.Book.Copy(ctx, p.Place, incident.OfGroup, id)
		if err != nil || !known {
			return 0, err
		}
		if !c.Ours {
			return 0, p.Book.DropCopy(ctx, c)
		}
		return 0, p.remove(ctx, thing{kind: incident.OfGroup, here: id, path: "components/groups"})
	}
	if err != nil {
		return 0, err
	}
	if g.Hidden {
		if _, known, err := p.Book.Copy(ctx, p.Place, incident.OfGroup, id); err != nil || !known {
			return 0, err
		}
	}
	body := struct {
		Name      string `json:"name"`
		Order     int    `json:"order"`
		Collapsed int    `json:"collapsed"`
		Visible   int    `json:"visible"`
	}{g.Name, g.Order, one(g.Collapsed), one(!g.Hidden)}
	return p.keep(ctx, thing{kind: incident.OfGroup, here: id, name: g.Name, path: "components/groups", body: body, adopt: true,
		find: func(ctx context.Context, name string, taken func(int64) bool) (there int64, err error) {
			err = list(ctx, p.Client, "components/groups", func(g group, _ int) (bool, error) {
				if strings.EqualFold(g.Name, name) && !taken(int64(g.ID)) {
					there = int64(g.ID)
				}
				return there == 0, nil
			})
			return there, err
		}})
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// A componentBody is a component as it is sent. Cachet has no state between those of a component that is shown and of one that is
// not: hidden is disabled.
type componentBody struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Status      int    `json:"status"`
	Link        string `json:"link"`
	Order       int    `json:"order"`
	GroupID     int64  `json:"group_id"`
	Enabled     bool   `json:"enabled"`
	Tags        string `json:"tags,omitempty"`
}

// component keeps a component there, and returns its number there, 0 if it is not there for everybody. One that is hidden is disabled
// there, and so is one that is gone, if it was there before us.
func (p *Push) component(ctx context.Context, id int64) (int64, error) {
	c, err := p.Book.Component(ctx, id)
	if gone(err) {
		return 0, p.dropComponent(ctx, id)
	}
	if err != nil {
		return 0, err
	}
	body := componentBody{Name: c.Name, Description: c.About, Status: stateCode(c.State, p.old), Link: c.Link, Order: c.Order, Enabled: !c.Hidden,
		Tags: strings.Join(c.Tags, ",")}
	if c.Group != 0 {
		g, err := p.Book.Group(ctx, c.Group)
		if err != nil && !gone(err) {
			return 0, err
		}
		body.Enabled = body.Enabled && !g.Hidden
		if body.Enabled {
			if body.GroupID, err = p.group(ctx, c.Group); err != nil {
				return 0, err
			}
		}
	}
	if !body.Enabled {
		if _, known, err := p.Book.Copy(ctx, p.Place, incident.OfComponent, id); err != nil || !known {
			return 0, err
		}
	}
	there, err := p.keep(ctx, thing{kind: incident.OfComponent, here: id, name: c.Name, path: "components", body: body, adopt: true, find: p.findComponent})
	if !body.Enabled {
		there = 0
	}
	return there, err
}

func (p *Push) findComponent(ctx context.Context, name string, taken func(int64) bool) (there int64, err error) {
	err = list(ctx, p.Client, "components", func(c component, _ int) (bool, error) {
		if strings.EqualFold(strings.TrimSpace(c.Name), name) && c.DeletedAt == "" && !taken(int64(c.ID)) {
			there = int64(c.ID)
		}
		return there == 0, nil
	})
	return there, err
}

func (p *Push) dropComponent(ctx context.Context, id int64) error {
	c, known, err := p.Book.Copy(ctx, p.Place, incident.OfComponent, id)
	if err != nil || !known {
		return err
	}
	if c.Ours {
		return p.remove(ctx, thing{kind: incident.OfComponent, here: id, path: "components", find: p.findComponent})
	}
	err = p.call(ctx, http.MethodPut, fmt.Sprintf("components/%d", c.There), struct {
		Enabled bool `json:"enabled"`
	}{}, nil)
	if err != nil && !isNone(err) {
		return err
	}
	return p.Book.DropCopy(ctx, c)
}

// worst is the component there that an incident is said to be about: of those that are shown the one that it touches worst, with its
// state; 0 for none.
func (p *Push) worst(ctx context.Context, i *incident.Incident) (there int64, state int, err error) {
	touched := slices.Clone(i.Touched)
	slices.SortStableFunc(touched, func(a, b incident.Touch) int {
		switch {
		case a.State == b.State:
			return 0
		case incident.Worst(a.State, b.State) == a.State:
			return -1
		}
		return 1
	})
	for _, t := range touched {
		c, err := p.Book.Component(ctx, t.Component)
		if gone(err) {
			continue
		}
		if err != nil {
			return 0, 0, err
		}
		if there, err = p.component(ctx, t.Component); err != nil || there != 0 {
			return there, stateCode(c.State, p.old), err
		}
	}
	return 0, 0, nil
}
