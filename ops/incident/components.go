package incident

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

const componentColumns = `id, name, about, link, grp, ord, hidden, tags, follows, seen, hand, state, since, created, updated, deleted`

func readComponents(read reading, where string, args ...any) ([]Component, error) {
	var all []Component
	err := read(func(rows *sql.Rows) error {
		var c Component
		var tags string
		var since, created, updated, deleted int64
		if err := rows.Scan(&c.ID, &c.Name, &c.About, &c.Link, &c.Group, &c.Order, &c.Hidden, &tags, &c.Follows, &c.Seen, &c.Hand,
			&c.State, &since, &created, &updated, &deleted); err != nil {
			return err
		}
		c.Since, c.Created, c.Updated, c.Deleted = moment(since), moment(created), moment(updated), moment(deleted)
		all = append(all, c)
		return json.Unmarshal([]byte(tags), &all[len(all)-1].Tags)
	}, `SELECT `+componentColumns+` FROM component `+where, args...)
	return all, err
}

// Components returns all, hidden ones too, in the order of the page.
func (b *Book) Components(ctx context.Context) ([]Component, error) {
	return readComponents(b.reading(ctx, "read the components"), `WHERE deleted = 0 ORDER BY ord, id`)
}

// Component returns one.
func (b *Book) Component(ctx context.Context, id int64) (Component, error) {
	return one(readComponents(b.reading(ctx, "read a component"), `WHERE deleted = 0 AND id = ?`, id))(fmt.Sprintf("component %d", id))
}

// one is the only one of a list that a number was looked for in.
func one[T any](all []T, err error) func(what string) (T, error) {
	return func(what string) (found T, _ error) {
		if err == nil && len(all) == 0 {
			err = fmt.Errorf("%s: %w", what, ErrNone)
		}
		if err != nil {
			return found, err
		}
		return all[0], nil
	}
}

// AddComponent adds one, at the end unless it has an Order.
func (b *Book) AddComponent(ctx context.Context, c Component) (Component, error) {
	err := b.change(ctx, "add a component", func(w *writing) error { return w.addComponent(&c) })
	if err != nil {
		return c, err
	}
	return b.Component(ctx, c.ID)
}

func (w *writing) addComponent(c *Component) (err error) {
	if err := w.checkComponent(c); err != nil {
		return err
	}
	c.Created, c.Since = w.now, w.now
	c.ID, err = w.insert(`INSERT INTO component (name, about, link, grp, ord, hidden, tags, follows, seen, hand, state, since, created, updated, deleted)
		VALUES ('', '', '', 0, 0, 0, '[]', '', 0, 0, -1, ?1, ?1, ?1, 0)`, ms(w.now))
	if err == nil && c.Order == 0 { // which all have that were never put in order: they stand as they were added
		err = w.rows(func(rows *sql.Rows) error { return rows.Scan(&c.Order) },
			`SELECT CASE max(ord) WHEN 0 THEN 0 ELSE max(ord) + 1 END FROM component WHERE deleted = 0`)
	}
	if err != nil {
		return err
	}
	return w.saveComponent(c)
}

// EditComponent changes what f changes of one. Its State, Seen and times are not f's to change.
func (b *Book) EditComponent(ctx context.Context, id int64, f func(*Component) error) (Component, error) {
	err := b.change(ctx, fmt.Sprintf("change component %d", id), func(w *writing) error {
		c, err := one(readComponents(w.rows, `WHERE deleted = 0 AND id = ?`, id))(fmt.Sprintf("component %d", id))
		if err != nil {
			return err
		}
		if err := f(&c); err != nil {
			return err
		}
		c.ID = id
		if err := w.checkComponent(&c); err != nil {
			return err
		}
		return w.saveComponent(&c)
	})
	if err != nil {
		return Component{}, err
	}
	return b.Component(ctx, id)
}

// RemoveComponent takes it off the page. What was written of it stays.
func (b *Book) RemoveComponent(ctx context.Context, id int64) error {
	return b.change(ctx, fmt.Sprintf("remove component %d", id), func(w *writing) error {
		c, err := one(readComponents(w.rows, `WHERE deleted = 0 AND id = ?`, id))(fmt.Sprintf("component %d", id))
		if err != nil {
			return err
		}
		c.Deleted = w.now
		w.changes = append(w.changes, Change{Component: &c})
		return w.exec(`UPDATE component SET deleted = ?, updated = ?1 WHERE id = ?`, ms(w.now), id)
	})
}

// See notes how what the components follow really is, by their numbers. An Unknown is told of those that nobody can look after.
func (b *Book) See(ctx context.Context, seen map[int64]State) error {
	return b.change(ctx, "note how the components are", func(w *writing) error {
		for id, s := range seen {
			if err := w.exec(`UPDATE component SET seen = ? WHERE id = ?`, s, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// mostTags bounds what one component has.
const mostTags = 50

func (w *writing) checkComponent(c *Component) (err error) {
	if c.Name, err = name("name", c.Name); err != nil {
		return err
	}
	if c.About, err = text("description", c.About); err != nil {
		return err
	}
	if c.Link, err = link("link", c.Link); err != nil {
		return err
	}
	var tags []string
	for _, t := range c.Tags {
		if t, err := name("tags", t); err == nil && !slices.Contains(tags, t) {
			tags = append(tags, t)
		}
	}
	if c.Tags = tags; len(tags) > mostTags {
		return &Invalid{"tags", fmt.Sprintf("are %d; there may be %d", len(tags), mostTags)}
	}
	if c.Hand < Unknown || c.Hand > MajorOutage {
		return &Invalid{"status", fmt.Sprintf("is %d; it goes from 0 to 4", int(c.Hand))}
	}
	if c.Group != 0 {
		groups, err := readGroups(w.rows, `WHERE id = ?`, c.Group)
		if err != nil {
			return err
		}
		if len(groups) == 0 {
			return &Invalid{"group_id", fmt.Sprintf("is %d, and there is no such group", c.Group)}
		}
	}
	same, err := readComponents(w.rows, `WHERE deleted = 0 AND id <> ?`, c.ID)
	if err != nil {
		return err
	}
	for _, other := range same {
		if strings.EqualFold(other.Name, c.Name) && other.Group == c.Group {
			return &Invalid{"name", "is that of component " + fmt.Sprint(other.ID)}
		}
	}
	return nil
}

func (w *writing) saveComponent(c *Component) error {
	tags, err := json.Marshal(append([]string{}, c.Tags...))
	if err != nil {
		return err
	}
	w.changes = append(w.changes, Change{Component: c})
	c.Updated = w.now
	// Nobody has looked yet at what it follows from now on.
	return w.exec(`UPDATE component SET name = ?, about = ?, link = ?, grp = ?, ord = ?, hidden = ?, tags = ?,
		seen = CASE follows WHEN ?8 THEN seen ELSE 0 END, follows = ?8, hand = ?, updated = ? WHERE id = ?`,
		c.Name, c.About, c.Link, c.Group, c.Order, c.Hidden, string(tags), c.Follows, c.Hand, ms(w.now), c.ID)
}

// turn works out the states that follow from what is written by now, and notes those that have turned.
func (w *writing) turn() error {
	components, err := readComponents(w.rows, `WHERE deleted = 0`)
	if err != nil {
		return err
	}
	states := map[int64]State{}
	for _, c := range components {
		states[c.ID] = Worst(Worst(c.Seen, c.Hand), c.base())
	}
	var id int64
	var s State
	err = w.rows(func(rows *sql.Rows) error {
		if err := rows.Scan(&id, &s); err != nil {
			return err
		}
		states[id] = Worst(states[id], s)
		return nil
	}, `SELECT t.component, t.state FROM incident_component t JOIN incident i ON i.id = t.incident
		WHERE i.resolved = 0 AND i.public = 1 AND i.deleted = 0 AND i.merged = 0
		AND NOT (i.auto = 1 AND i.well <> 0)`) // what it is about is well again, and only watched still
	if err != nil {
		return err
	}
	err = w.rows(func(rows *sql.Rows) error {
		if err := rows.Scan(&id); err != nil {
			return err
		}
		states[id] = Maintained
		return nil
	}, `SELECT t.component FROM maintenance_component t JOIN maintenance m ON m.id = t.maintenance WHERE m.phase = 1 AND m.deleted = 0`)
	if err != nil {
		return err
	}
	for _, c := range components {
		if err := w.note(&c, states[c.ID]); err != nil {
			return err
		}
	}
	return nil
}

// firstYear is the first in which a clock can be right: a board without one of its own boots in 1970.
const firstYear = 2020

// note has a component be in a state, if it is not yet. What was noted of a time to come, by a clock that was ahead, counts for
// nothing; and a time that cannot be right is noted for no turn, but the next one that can be.
func (w *writing) note(c *Component, s State) error {
	last := State(-1)
	err := w.rows(func(rows *sql.Rows) error { return rows.Scan(&last) },
		`SELECT state FROM component_turn WHERE component = ? AND at <= ? ORDER BY at DESC LIMIT 1`, c.ID, ms(w.now))
	if err != nil {
		return err
	}
	if s != last && w.now.Year() >= firstYear {
		if err := w.exec(`INSERT OR REPLACE INTO component_turn (component, at, state) VALUES (?, ?, ?)`, c.ID, ms(w.now), s); err != nil {
			return err
		}
	}
	if s == c.State {
		return nil
	}
	c.State, c.Since = s, w.now
	w.changes = append(w.changes, Change{Component: c})
	return w.exec(`UPDATE component SET state = ?, since = ? WHERE id = ?`, c.State, ms(w.now), c.ID)
}

// base is the state of a component of which nothing bad is known: one that follows something has to be looked at first.
func (c *Component) base() State {
	if c.Follows == "" {
		return Operational
	}
	return Unknown
}

// Groups returns the headings, in order.
func (b *Book) Groups(ctx context.Context) ([]Group, error) {
	return readGroups(b.reading(ctx, "read the groups of components"), `ORDER BY ord, id`)
}

func readGroups(read reading, where string, args ...any) ([]Group, error) {
	var all []Group
	err := read(func(rows *sql.Rows) error {
		var g Group
		var visible bool
		var created, updated int64
		if err := rows.Scan(&g.ID, &g.Name, &g.Order, &g.Collapsed, &visible, &created, &updated); err != nil {
			return err
		}
		g.Hidden, g.Created, g.Updated = !visible, moment(created), moment(updated)
		all = append(all, g)
		return nil
	}, `SELECT id, name, ord, collapsed, visible, created, updated FROM component_group `+where, args...)
	return all, err
}

// Group returns one.
func (b *Book) Group(ctx context.Context, id int64) (Group, error) {
	return one(readGroups(b.reading(ctx, "read a group of components"), `WHERE id = ?`, id))(fmt.Sprintf("group %d", id))
}

// PutGroup adds a group, or exchanges the one of its ID.
func (b *Book) PutGroup(ctx context.Context, g Group) (Group, error) {
	err := b.change(ctx, "write a group of components", func(w *writing) (err error) {
		if g.ID == 0 {
			g.Created = w.now
			if g.ID, err = w.insert(`INSERT INTO component_group (name, ord, collapsed, visible, created, updated) VALUES ('', 0, 0, 1, ?1, ?1)`, ms(w.now)); err != nil {
				return err
			}
		} else if _, err := one(readGroups(w.rows, `WHERE id = ?`, g.ID))(fmt.Sprintf("group %d", g.ID)); err != nil {
			return err
		}
		return w.saveGroup(&g)
	})
	if err != nil {
		return g, err
	}
	return b.Group(ctx, g.ID)
}

func (w *writing) saveGroup(g *Group) (err error) {
	if g.Name, err = name("name", g.Name); err != nil {
		return err
	}
	g.Updated = w.now
	w.changes = append(w.changes, Change{Group: g})
	return w.exec(`UPDATE component_group SET name = ?, ord = ?, collapsed = ?, visible = ?, updated = ? WHERE id = ?`,
		g.Name, g.Order, g.Collapsed, !g.Hidden, ms(w.now), g.ID)
}

// RemoveGroup takes a heading away; its components stay.
func (b *Book) RemoveGroup(ctx context.Context, id int64) error {
	return b.change(ctx, fmt.Sprintf("remove group %d", id), func(w *writing) error {
		if _, err := one(readGroups(w.rows, `WHERE id = ?`, id))(fmt.Sprintf("group %d", id)); err != nil {
			return err
		}
		if err := w.exec(`UPDATE component SET grp = 0 WHERE grp = ?`, id); err != nil {
			return err
		}
		return w.exec(`DELETE FROM component_group WHERE id = ?`, id)
	})
}

// Turns returns when the components turned, by their numbers: all since then, and for each the last before it.
func (b *Book) Turns(ctx context.Context, since time.Time) (map[int64][]Turn, error) {
	all := map[int64][]Turn{}
	err := b.db.Read(ctx, "read how the components were", func(rows *sql.Rows) error {
		var id, at int64
		var s State
		if err := rows.Scan(&id, &at, &s); err != nil {
			return err
		}
		all[id] = append(all[id], Turn{moment(at), s})
		return nil
	}, `SELECT t.component, t.at, t.state FROM component c CROSS JOIN component_turn t ON t.component = c.id
		AND t.at >= (SELECT coalesce(max(at), 0) FROM component_turn WHERE component = c.id AND at <= ?) ORDER BY c.id, t.at`, ms(since))
	return all, err
}
