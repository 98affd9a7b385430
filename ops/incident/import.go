package incident

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Foreign is a thing as it was read from a status page elsewhere, by its number there. Exactly one of the pointers is set; the
// numbers of components, groups and updates in it are those of there, too, and the first update of an incident has none.
type Foreign struct {
	There       int64
	Group       *Group
	Component   *Component
	Incident    *Incident
	Maintenance *Maintenance
	Metric      *Metric
	Points      []Point // of Metric, some
}

// An Imported counts what came in.
type Imported struct {
	Groups, Components, Incidents, Updates, Maintenances, Metrics, Points int

	Known   int      // which were here already, and have nothing new
	Refused []string // what could not be taken, and why
}

// mostImported is how many things one transaction takes in: alerts wait for it.
const mostImported = 50

// Import writes down what was read in a place, with the times that it has. What was imported from there before is not written again,
// but gets the updates that it lacks; a component or a group whose name is known is that one. Nobody is told of any of it. The
// things are altered by it.
func (b *Book) Import(ctx context.Context, place string, things []Foreign) (all Imported, err error) {
	for some := range slices.Chunk(things, mostImported) {
		part := Imported{}
		err := b.change(Quietly(ctx), "import from another status page", func(w *writing) error {
			for n := range some {
				if err := w.take(place, &some[n], &part); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return all, err
		}
		all.Add(part)
	}
	return all, nil
}

// Add adds what more came in.
func (all *Imported) Add(more Imported) {
	all.Groups += more.Groups
	all.Components += more.Components
	all.Incidents += more.Incidents
	all.Updates += more.Updates
	all.Maintenances += more.Maintenances
	all.Metrics += more.Metrics
	all.Points += more.Points
	all.Known += more.Known
	all.Refused = append(all.Refused, more.Refused...)
}

// take takes one in, or says why not.
func (w *writing) take(place string, f *Foreign, to *Imported) error {
	before, changes := *to, len(w.changes)
	if err := w.exec(`SAVEPOINT one`); err != nil {
		return err
	}
	var err error
	var what string
	switch {
	case f.Group != nil:
		what, err = "the group "+f.Group.Name, w.takeGroup(place, f, to)
	case f.Component != nil:
		what, err = "the component "+f.Component.Name, w.takeComponent(place, f, to)
	case f.Incident != nil:
		what, err = "the incident "+f.Incident.Name, w.takeIncident(place, f, to)
	case f.Maintenance != nil:
		what, err = "the maintenance "+f.Maintenance.Name, w.takeMaintenance(place, f, to)
	case f.Metric != nil:
		what, err = "the metric "+f.Metric.Name, w.takeMetric(place, f, to)
	}
	if bad := (*Invalid)(nil); errors.As(err, &bad) {
		*to, w.changes = before, w.changes[:changes]
		to.Refused = append(to.Refused, fmt.Sprintf("%s (%d): %v", what, f.There, bad))
		err = w.exec(`ROLLBACK TO one`)
	}
	if err != nil {
		return err
	}
	return w.exec(`RELEASE one`)
}

// copyOf is the one of that number there; ok is false if there is none.
func (w *writing) copyOf(place, kind string, there int64) (c Copy, ok bool, err error) {
	err = readCopies(w.rows, func(found Copy) { c, ok = found, true }, `place = ? AND kind = ? AND there = ?`, place, kind, there)
	return c, ok, err
}

// note notes where a thing was read. Its Said is its own time, so that who writes there again writes nothing unless it has
// changed here since.
func (w *writing) noteCopy(place, kind string, here, there int64, as time.Time) error {
	return w.exec(keepCopy, place, kind, here, there, false, AsRead(as))
}

// AsRead is the Copy.Said of a thing that was read there, and not changed here since that time.
func AsRead(updated time.Time) string { return fmt.Sprint("read ", ms(updated)) }

func (w *writing) takeGroup(place string, f *Foreign, to *Imported) error {
	g := f.Group
	if _, known, err := w.copyOf(place, OfGroup, f.There); err != nil || known {
		to.Known++
		return err
	}
	all, err := readGroups(w.rows, ``)
	if err != nil {
		return err
	}
	if n := slices.IndexFunc(all, func(have Group) bool { return strings.EqualFold(have.Name, g.Name) }); n >= 0 {
		to.Known++
		return w.noteCopy(place, OfGroup, all[n].ID, f.There, all[n].Updated)
	}
	if g.Name, err = name("name", g.Name); err != nil {
		return err
	}
	id, err := w.insert(`INSERT INTO component_group (name, ord, collapsed, visible, created, updated) VALUES (?, ?, ?, ?, ?5, ?5)`,
		g.Name, g.Order, g.Collapsed, !g.Hidden, ms(w.now))
	if err != nil {
		return err
	}
	to.Groups++
	return w.noteCopy(place, OfGroup, id, f.There, w.now)
}

func (w *writing) takeComponent(place string, f *Foreign, to *Imported) error {
	c := f.Component
	if _, known, err := w.copyOf(place, OfComponent, f.There); err != nil || known {
		to.Known++
		return err
	}
	all, err := readComponents(w.rows, `WHERE deleted = 0`)
	if err != nil {
		return err
	}
	if n := slices.IndexFunc(all, func(have Component) bool { return strings.EqualFold(have.Name, c.Name) }); n >= 0 {
		to.Known++
		return w.exec(keepCopy, place, OfComponent, all[n].ID, f.There, false, "") // it is to say there how it is here
	}
	group, _, err := w.copyOf(place, OfGroup, c.Group)
	if err != nil {
		return err
	}
	c.Group = group.Here
	if c.Hand <= Operational || c.Hand > MajorOutage {
		c.Hand = Unknown
	}
	if err := w.checkComponent(c); err != nil {
		return err
	}
	c.ID, err = w.insert(`INSERT INTO component (name, about, link, grp, ord, hidden, tags, follows, seen, hand, state, since, created, updated, deleted)
		VALUES ('', '', '', 0, ?1, 0, '[]', '', 0, 0, -1, ?2, ?2, ?2, 0)`, c.Order, ms(w.now))
	if err != nil {
		return err
	}
	c.Created, c.Since = w.now, w.now
	if err := w.saveComponent(c); err != nil {
		return err
	}
	to.Components++
	return w.exec(keepCopy, place, OfComponent, c.ID, f.There, false, "")
}

func (w *writing) takeIncident(place string, f *Foreign, to *Imported) error {
	i := f.Incident
	if len(i.Updates) == 0 {
		return &Invalid{"message", "is missing"}
	}
	c, known, err := w.copyOf(place, OfIncident, f.There)
	if err != nil {
		return err
	}
	if known {
		return w.takeUpdates(place, &c, i, to)
	}
	if i.Touched, err = w.touchedHere(place, i.Touched); err != nil {
		return err
	}
	updates, status, resolved, created, updated := i.Updates, i.Status, i.Resolved, i.Created, i.Updated
	first := updates[0]
	i.Status, i.Resolved, i.Updates = first.Status, time.Time{}, nil
	if err := w.open(i, first); err != nil {
		return err
	}
	for n := range updates[1:] {
		u := updates[n+1]
		there := u.ID
		if err := w.write(i, &u); err != nil {
			return err
		}
		if err := w.noteCopy(place, OfUpdate(f.There), u.ID, there, u.Updated); err != nil {
			return err
		}
		to.Updates++
	}
	i.Status, i.Resolved = status, resolved
	if i.Status == Fixed && i.Resolved.IsZero() {
		i.Resolved = i.Updates[len(i.Updates)-1].At
	}
	w.changes = w.changes[:len(w.changes)-1] // by open
	if err := w.save(i, nil); err != nil {
		return err
	}
	if err := w.exec(`UPDATE incident SET created = ?, updated = ? WHERE id = ?`, ms(created), ms(updated), i.ID); err != nil {
		return err
	}
	to.Incidents++
	return w.noteCopy(place, OfIncident, i.ID, f.There, updated)
}

// touchedHere are the components of an incident by their numbers here.
func (w *writing) touchedHere(place string, touched []Touch) (all []Touch, err error) {
	for _, t := range touched {
		c, known, err := w.copyOf(place, OfComponent, t.Component)
		if err != nil {
			return nil, err
		}
		if known {
			all = append(all, Touch{c.Here, t.State})
		}
	}
	return all, nil
}

// takeUpdates adds to an incident that is known what was written of it since.
func (w *writing) takeUpdates(place string, c *Copy, there *Incident, to *Imported) error {
	i, err := findIncident(w.rows, c.Here)
	if errors.Is(err, ErrNone) || err == nil && i.Merged != 0 {
		to.Known++ // and was taken away here
		return nil
	}
	if err != nil {
		return err
	}
	same := c.Said == AsRead(i.Updated)
	added := false
	for _, u := range there.Updates[1:] {
		_, known, err := w.copyOf(place, OfUpdate(c.There), u.ID)
		if err != nil {
			return err
		}
		if known {
			continue
		}
		number := u.ID
		if err := w.update(&i, u); err != nil {
			return err
		}
		u = *newestOf(i.Updates)
		if err := w.noteCopy(place, OfUpdate(c.There), u.ID, number, u.Updated); err != nil {
			return err
		}
		to.Updates++
		added = true
	}
	if same && i.Status != there.Status { // an older Cachet has no updates
		if err := w.update(&i, Update{At: there.Updated, Status: there.Status}); err != nil {
			return err
		}
		added = true
	}
	if !added {
		to.Known++
		return nil
	}
	if !same {
		return nil
	}
	return w.noteCopy(place, OfIncident, i.ID, c.There, i.Updated)
}

// newestOf is the update that was written last.
func newestOf(all []Update) *Update {
	last := &all[0]
	for n := range all {
		if all[n].ID > last.ID {
			last = &all[n]
		}
	}
	return last
}

func (w *writing) takeMaintenance(place string, f *Foreign, to *Imported) error {
	m := f.Maintenance
	if _, known, err := w.copyOf(place, OfMaintenance, f.There); err != nil || known {
		to.Known++
		return err
	}
	var here []int64
	for _, there := range m.Components {
		c, known, err := w.copyOf(place, OfComponent, there)
		if err != nil {
			return err
		}
		if known {
			here = append(here, c.Here)
		}
	}
	m.Components = here
	if err := w.plan(m); err != nil {
		return err
	}
	to.Maintenances++
	return w.noteCopy(place, OfMaintenance, m.ID, f.There, m.Updated)
}
