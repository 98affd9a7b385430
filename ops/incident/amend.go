package incident

import (
	"context"
	"fmt"
)

// An Amendment is a change of several things of an incident at once, as programs make them: all of it is written, or nothing.
type Amendment struct {
	Incident *Incident       // as it is; its Status and texts are not changed here
	First    *Update         // what was written of it first; its Text may be changed, and its Person with that
	Add      Update          // is written if it has a Text or a Status
	Hands    map[int64]State // what is set of components by hand
}

// Report is [Book.OpenIncident], which sets the state of components by hand besides.
func (b *Book) Report(ctx context.Context, i Incident, first Update, hands map[int64]State) (Incident, error) {
	err := b.change(ctx, "open an incident", func(w *writing) error {
		if err := w.open(&i, first); err != nil {
			return err
		}
		return w.hands(hands)
	})
	if err != nil {
		return i, err
	}
	return b.Incident(ctx, i.ID)
}

// Amend changes what f changes of an incident.
func (b *Book) Amend(ctx context.Context, id int64, f func(*Amendment) error) (Incident, error) {
	err := b.change(ctx, fmt.Sprintf("change incident %d", id), func(w *writing) error {
		i, err := findIncident(w.rows, id)
		if err != nil {
			return err
		}
		if i.Merged != 0 {
			return &Invalid{"incident", fmt.Sprintf("has become part of incident %d", i.Merged)}
		}
		before := i.Updates[0]
		a := Amendment{Incident: &i, First: &i.Updates[0]}
		if err := f(&a); err != nil {
			return err
		}
		i.ID = id
		if a.First.Text != before.Text {
			if err := w.checkUpdate(a.First); err != nil {
				return err
			}
			if err := w.exec(`UPDATE incident_update SET text = ?, person = ?, updated = ? WHERE id = ?`, a.First.Text, a.First.Person, ms(w.now), before.ID); err != nil {
				return err
			}
		}
		if a.Add.Text != "" || a.Add.Status != 0 {
			err = w.update(&i, a.Add)
		} else {
			err = w.save(&i, nil)
		}
		if err != nil {
			return err
		}
		return w.hands(a.Hands)
	})
	if err != nil {
		return Incident{}, err
	}
	return b.Incident(ctx, id)
}

// hands sets states of components by hand.
func (w *writing) hands(states map[int64]State) error {
	for id, s := range states {
		c, err := one(readComponents(w.rows, `WHERE deleted = 0 AND id = ?`, id))(fmt.Sprintf("component %d", id))
		if err != nil {
			return err
		}
		if c.Hand == s {
			continue
		}
		c.Hand = s
		if err := w.checkComponent(&c); err != nil {
			return err
		}
		if err := w.saveComponent(&c); err != nil {
			return err
		}
	}
	return nil
}

// EditGroup changes what f changes of a heading.
func (b *Book) EditGroup(ctx context.Context, id int64, f func(*Group) error) (Group, error) {
	err := b.change(ctx, fmt.Sprintf("change group %d", id), func(w *writing) error {
		g, err := one(readGroups(w.rows, `WHERE id = ?`, id))(fmt.Sprintf("group %d", id))
		if err != nil {
			return err
		}
		if err := f(&g); err != nil {
			return err
		}
		g.ID = id
		return w.saveGroup(&g)
	})
	if err != nil {
		return Group{}, err
	}
	return b.Group(ctx, id)
}
