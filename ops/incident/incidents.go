package incident

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops/ledger"
)

// A Query says which incidents are wanted. What is zero does not matter.
type Query struct {
	Public bool      // leave drafts out
	Open   bool      // leave out what is resolved
	Since  time.Time // leave out what was over before
	Until  time.Time // and what was opened then or later
	Limit  int       // at most so many, the newest
}

// Incidents returns incidents, the newest first.
func (b *Book) Incidents(ctx context.Context, q Query) ([]Incident, error) {
	limit := -1
	if q.Limit > 0 {
		limit = q.Limit
	}
	return readIncidents(b.reading(ctx, "read the incidents"), `WHERE deleted = 0 AND merged = 0 AND (?1 = 0 OR public = 1) AND (?2 = 0 OR resolved = 0)
		AND (?3 = 0 OR opened >= ?3 OR resolved = 0 OR resolved >= ?3) AND (?5 = 0 OR opened < ?5)
		ORDER BY opened DESC, id DESC LIMIT ?4`, q.Public, q.Open, ms(q.Since), limit, ms(q.Until))
}

// Incident returns one: a draft too, and one that has become part of another. Deleted ones are gone.
func (b *Book) Incident(ctx context.Context, id int64) (Incident, error) {
	return findIncident(b.reading(ctx, "read an incident"), id)
}

func findIncident(read reading, id int64) (Incident, error) {
	return one(readIncidents(read, `WHERE deleted = 0 AND id = ?`, id))(fmt.Sprintf("incident %d", id))
}

const incidentColumns = `id, name, status, impact, public, sticky, auto, opened, resolved, created, updated, deleted, merged, well, last`

func readIncidents(read reading, where string, args ...any) ([]Incident, error) {
	var all []Incident
	index := map[int64]int{}
	err := read(func(rows *sql.Rows) error {
		var i Incident
		var opened, resolved, created, updated, deleted, well, last int64
		if err := rows.Scan(&i.ID, &i.Name, &i.Status, &i.Impact, &i.Public, &i.Sticky, &i.Auto, &opened, &resolved, &created, &updated,
			&deleted, &i.Merged, &well, &last); err != nil {
			return err
		}
		i.Opened, i.Resolved, i.Created, i.Updated, i.Deleted = moment(opened), moment(resolved), moment(created), moment(updated), moment(deleted)
		i.Well, i.Last = moment(well), moment(last)
		index[i.ID] = len(all)
		all = append(all, i)
		return nil
	}, `SELECT `+incidentColumns+` FROM incident `+where, args...)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	var of int64
	these := `(SELECT id FROM incident ` + where + `)`
	err = read(func(rows *sql.Rows) error {
		var u Update
		var at, updated int64
		if err := rows.Scan(&of, &u.ID, &at, &u.Status, &u.Text, &u.Person, &updated); err != nil {
			return err
		}
		u.At, u.Updated = moment(at), moment(updated)
		if n, ok := index[of]; ok {
			all[n].Updates = append(all[n].Updates, u)
		}
		return nil
	}, `SELECT incident, id, at, status, text, person, updated FROM incident_update WHERE incident IN `+these+` ORDER BY incident, at, id`, args...)
	if err != nil {
		return nil, err
	}
	err = read(func(rows *sql.Rows) error {
		var t Touch
		if err := rows.Scan(&of, &t.Component, &t.State); err != nil {
			return err
		}
		if n, ok := index[of]; ok {
			all[n].Touched = append(all[n].Touched, t)
		}
		return nil
	}, `SELECT incident, component, state FROM incident_component WHERE incident IN `+these+` ORDER BY incident, component`, args...)
	return all, err
}

// OpenIncident writes a new one down, with its first update. What is not said is filled in: it is being investigated since now,
// and touches components as its impact says, or has the impact of what it touches.
func (b *Book) OpenIncident(ctx context.Context, i Incident, first Update) (Incident, error) {
	err := b.change(ctx, "open an incident", func(w *writing) error { return w.open(&i, first) })
	if err != nil {
		return i, err
	}
	return b.Incident(ctx, i.ID)
}

func (w *writing) open(i *Incident, first Update) (err error) {
	if i.Opened.IsZero() {
		i.Opened = w.now
	}
	if i.Status == 0 {
		i.Status = Investigating
	}
	if first.At.IsZero() {
		first.At = i.Opened
	}
	if first.Status == 0 {
		first.Status = i.Status
	}
	i.Created = w.now
	i.ID, err = w.insert(`INSERT INTO incident (name, status, impact, public, sticky, auto, opened, resolved, created, updated, deleted, merged, well, last)
		VALUES ('', 1, 0, 0, 0, 0, 0, 0, ?1, ?1, 0, 0, 0, 0)`, ms(w.now))
	if err != nil {
		return err
	}
	if i.Status == Fixed && i.Resolved.IsZero() {
		i.Resolved = first.At
	}
	i.Updates = nil
	if err := w.write(i, &first); err != nil {
		return err
	}
	return w.save(i, &first)
}

// EditIncident changes what f changes of an incident: its name, impact, who may see it, what it touches, when it began. Its texts
// and its status are changed by updates.
func (b *Book) EditIncident(ctx context.Context, id int64, f func(*Incident) error) (Incident, error) {
	err := b.change(ctx, fmt.Sprintf("change incident %d", id), func(w *writing) error {
		i, err := findIncident(w.rows, id)
		if err != nil {
			return err
		}
		if err := f(&i); err != nil {
			return err
		}
		i.ID = id
		return w.save(&i, nil)
	})
	if err != nil {
		return Incident{}, err
	}
	return b.Incident(ctx, id)
}

// AddUpdate writes an update of an incident, which is then as far as that says: one that is fixed is resolved, any other that is
// resolved is open again. A Status of 0 leaves it as it is.
func (b *Book) AddUpdate(ctx context.Context, id int64, u Update) (Incident, error) {
	err := b.change(ctx, fmt.Sprintf("write an update of incident %d", id), func(w *writing) error {
		i, err := findIncident(w.rows, id)
		if err != nil {
			return err
		}
		if i.Merged != 0 {
			return fmt.Errorf("it has become part of incident %d", i.Merged)
		}
		return w.update(&i, u)
	})
	if err != nil {
		return Incident{}, err
	}
	return b.Incident(ctx, id)
}

func (w *writing) update(i *Incident, u Update) error {
	if u.At.IsZero() {
		u.At = w.now
	}
	if u.Status == 0 {
		u.Status = i.Status
	}
	i.Status = u.Status
	switch {
	case u.Status != Fixed:
		if !i.Open() && i.Auto { // whoever opens it again decides when it ends
			i.Auto = false
		}
		i.Resolved = time.Time{}
	case i.Open():
		i.Resolved = u.At
	}
	if err := w.write(i, &u); err != nil {
		return err
	}
	return w.save(i, &u)
}

// EditUpdate changes the text of an update, its status or its time, and whose it is: what nobody's is the bot may write anew.
func (b *Book) EditUpdate(ctx context.Context, id, update int64, f func(*Update) error) (Incident, error) {
	err := b.change(ctx, fmt.Sprintf("change an update of incident %d", id), func(w *writing) error {
		i, n, err := w.updateOf(id, update)
		if err != nil {
			return err
		}
		u := &i.Updates[n]
		if err := f(u); err != nil {
			return err
		}
		u.ID, u.Updated = update, w.now
		if err := w.checkUpdate(u); err != nil {
			return err
		}
		if err := w.exec(`UPDATE incident_update SET at = ?, status = ?, text = ?, person = ?, updated = ? WHERE id = ?`,
			ms(u.At), u.Status, u.Text, u.Person, ms(w.now), update); err != nil {
			return err
		}
		if n == len(i.Updates)-1 {
			i.Status = u.Status
			if i.Status != Fixed {
				i.Resolved = time.Time{}
			} else if i.Open() {
				i.Resolved = u.At
			}
		}
		return w.save(&i, nil)
	})
	if err != nil {
		return Incident{}, err
	}
	return b.Incident(ctx, id)
}

// RemoveUpdate takes an update away. The first of an incident stays.
func (b *Book) RemoveUpdate(ctx context.Context, id, update int64) error {
	return b.change(ctx, fmt.Sprintf("remove an update of incident %d", id), func(w *writing) error {
		i, n, err := w.updateOf(id, update)
		if err != nil {
			return err
		}
		if len(i.Updates) == 1 {
			return &Invalid{"update", "is the only one; remove the incident"}
		}
		if err := w.exec(`DELETE FROM incident_update WHERE id = ?`, update); err != nil {
			return err
		}
		i.Updates = slices.Delete(i.Updates, n, n+1)
		return w.save(&i, nil)
	})
}

func (w *writing) updateOf(id, update int64) (i Incident, n int, err error) {
	i, err = findIncident(w.rows, id)
	if err != nil {
		return i, 0, err
	}
	n = slices.IndexFunc(i.Updates, func(u Update) bool { return u.ID == update })
	if n < 0 {
		err = fmt.Errorf("update %d of incident %d: %w", update, id, ErrNone)
	}
	return i, n, err
}

// RemoveIncident takes it away as if it had not been. Its rows stay.
func (b *Book) RemoveIncident(ctx context.Context, id int64) error {
	return b.change(ctx, fmt.Sprintf("remove incident %d", id), func(w *writing) error {
		i, err := findIncident(w.rows, id)
		if err != nil {
			return err
		}
		i.Deleted = w.now
		return w.save(&i, nil)
	})
}

// touch adds a component, or makes it as bad as t says.
func (i *Incident) touch(t Touch) {
	n := slices.IndexFunc(i.Touched, func(have Touch) bool { return have.Component == t.Component })
	if n < 0 {
		i.Touched = append(i.Touched, t)
		return
	}
	i.Touched[n].State = Worst(i.Touched[n].State, t.State)
}

// write inserts an update.
func (w *writing) write(i *Incident, u *Update) (err error) {
	if err := w.checkUpdate(u); err != nil {
		return err
	}
	u.Updated = w.now
	u.ID, err = w.insert(`INSERT INTO incident_update (incident, at, status, text, person, updated) VALUES (?, ?, ?, ?, ?, ?)`,
		i.ID, ms(u.At), u.Status, u.Text, u.Person, ms(w.now))
	i.Updates = append(i.Updates, *u)
	slices.SortStableFunc(i.Updates, func(a, b Update) int { return a.At.Compare(b.At) })
	return err
}

func (w *writing) checkUpdate(u *Update) (err error) {
	if u.Status < Investigating || u.Status > Fixed {
		return &Invalid{"status", fmt.Sprintf("is %d; it goes from 1 to 4", int(u.Status))}
	}
	u.Text, err = text("message", u.Text)
	if err != nil {
		return err
	}
	return date("time", u.At)
}

// save checks an incident and writes it, and notes that it has changed, by u if that is not nil.
func (w *writing) save(i *Incident, u *Update) (err error) {
	if i.Name, err = name("name", i.Name); err != nil {
		return err
	}
	if i.Status < Investigating || i.Status > Fixed {
		return &Invalid{"status", fmt.Sprintf("is %d; it goes from 1 to 4", int(i.Status))}
	}
	if i.Impact < NoImpact || i.Impact > Critical {
		return &Invalid{"impact", "is none of minor, major and critical"}
	}
	if err := date("time", i.Opened); err != nil {
		return err
	}
	if !i.Resolved.IsZero() && i.Resolved.Before(i.Opened) {
		i.Resolved = i.Opened
	}
	if err := w.exec(`DELETE FROM incident_component WHERE incident = ?`, i.ID); err != nil {
		return err
	}
	worst := Unknown
	for n, t := range i.Touched {
		c, err := readComponents(w.rows, `WHERE id = ?`, t.Component)
		if err != nil {
			return err
		}
		if len(c) == 0 {
			return &Invalid{"component_id", fmt.Sprintf("is %d, and there is no such component", t.Component)}
		}
		if t.State == Unknown && i.Impact != NoImpact {
			t.State = i.Impact.State()
		}
		if t.State < Unknown || t.State > MajorOutage {
			return &Invalid{"component_status", fmt.Sprintf("is %d; it goes from 1 to 4", int(t.State))}
		}
		i.Touched[n], worst = t, Worst(worst, t.State)
		if err := w.exec(`INSERT OR REPLACE INTO incident_component (incident, component, state) VALUES (?, ?, ?)`, i.ID, t.Component, t.State); err != nil {
			return err
		}
	}
	if i.Impact == NoImpact {
		i.Impact = worst.Impact()
	}
	i.Updated = w.now
	w.changes = append(w.changes, Change{Incident: i, Update: u})
	return w.exec(`UPDATE incident SET name = ?, status = ?, impact = ?, public = ?, sticky = ?, auto = ?, opened = ?, resolved = ?, updated = ?,
		deleted = ?, merged = ?, well = ?, last = ? WHERE id = ?`, i.Name, i.Status, i.Impact, i.Public, i.Sticky, i.Auto, ms(i.Opened), ms(i.Resolved),
		ms(w.now), ms(i.Deleted), i.Merged, ms(i.Well), ms(i.Last), i.ID)
}

// Events returns what happened on the host that belongs to an incident, the oldest first. It is not for the public.
func (b *Book) Events(ctx context.Context, id int64) ([]ledger.Record, error) {
	return b.db.EventsOf(ctx, id)
}

// Belonging has the rows of the events that belong to any of these incidents.
func (b *Book) Belonging(ctx context.Context, incidents []int64) (map[int64]bool, error) {
	all, err := json.Marshal(incidents)
	if err != nil {
		return nil, err
	}
	of := map[int64]bool{}
	err = b.db.Read(ctx, "read what belongs to incidents", func(rows *sql.Rows) error {
		var event int64
		if err := rows.Scan(&event); err != nil {
			return err
		}
		of[event] = true
		return nil
	}, `SELECT event FROM incident_event WHERE incident IN (SELECT value FROM json_each(?))`, string(all))
	return of, err
}

// Names are those of components by their numbers, deleted ones too.
func (b *Book) Names(ctx context.Context) (map[int64]string, error) {
	all, err := readComponents(b.reading(ctx, "read the names of the components"), ``)
	names := map[int64]string{}
	for _, c := range all {
		names[c.ID] = strings.TrimSpace(c.Name)
	}
	return names, err
}
