package incident

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// mostMaintenance is how long a maintenance may be planned for: longer ones are mistyped.
const mostMaintenance = 14 * 24 * time.Hour

const maintenanceColumns = `id, name, text, phase, starts, ends, started, ended, person, told, created, updated, deleted`

func readMaintenances(read reading, where string, args ...any) ([]Maintenance, error) {
	var all []Maintenance
	index := map[int64]int{}
	err := read(func(rows *sql.Rows) error {
		var m Maintenance
		var starts, ends, started, ended, created, updated, deleted int64
		if err := rows.Scan(&m.ID, &m.Name, &m.Text, &m.Phase, &starts, &ends, &started, &ended, &m.Person, &m.told, &created, &updated, &deleted); err != nil {
			return err
		}
		m.Starts, m.Ends, m.Started, m.Ended = moment(starts), moment(ends), moment(started), moment(ended)
		m.Created, m.Updated, m.Deleted = moment(created), moment(updated), moment(deleted)
		index[m.ID] = len(all)
		all = append(all, m)
		return nil
	}, `SELECT `+maintenanceColumns+` FROM maintenance `+where, args...)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	var of int64
	these := `(SELECT id FROM maintenance ` + where + `)`
	err = read(func(rows *sql.Rows) error {
		var n Note
		var at int64
		if err := rows.Scan(&of, &n.ID, &at, &n.Phase, &n.Text, &n.Person); err != nil {
			return err
		}
		n.At = moment(at)
		if i, ok := index[of]; ok {
			all[i].Updates = append(all[i].Updates, n)
		}
		return nil
	}, `SELECT maintenance, id, at, phase, text, person FROM maintenance_update WHERE maintenance IN `+these+` ORDER BY maintenance, at, id`, args...)
	if err != nil {
		return nil, err
	}
	err = read(func(rows *sql.Rows) error {
		var c int64
		if err := rows.Scan(&of, &c); err != nil {
			return err
		}
		if i, ok := index[of]; ok {
			all[i].Components = append(all[i].Components, c)
		}
		return nil
	}, `SELECT maintenance, component FROM maintenance_component WHERE maintenance IN `+these+` ORDER BY maintenance, component`, args...)
	return all, err
}

// Maintenances returns those that are not over, or ended since then; the one that starts first in front. A zero time is for all.
func (b *Book) Maintenances(ctx context.Context, since time.Time) ([]Maintenance, error) {
	return readMaintenances(b.reading(ctx, "read the maintenance"), `WHERE deleted = 0 AND (phase < 2 OR ended >= ?) ORDER BY starts, id`, ms(since))
}

// Maintenance returns one.
func (b *Book) Maintenance(ctx context.Context, id int64) (Maintenance, error) {
	return findMaintenance(b.reading(ctx, "read a maintenance"), id)
}

func findMaintenance(read reading, id int64) (Maintenance, error) {
	return one(readMaintenances(read, `WHERE deleted = 0 AND id = ?`, id))(fmt.Sprintf("maintenance %d", id))
}

// Plan writes a new maintenance down.
func (b *Book) Plan(ctx context.Context, m Maintenance) (Maintenance, error) {
	err := b.change(ctx, "plan a maintenance", func(w *writing) error { return w.plan(&m) })
	if err != nil {
		return m, err
	}
	return b.Maintenance(ctx, m.ID)
}

func (w *writing) plan(m *Maintenance) (err error) {
	m.Created, m.Updates, m.told = w.now, nil, announced(m.Starts.Sub(w.now))
	m.ID, err = w.insert(`INSERT INTO maintenance (name, text, phase, starts, ends, started, ended, person, told, created, updated, deleted)
		VALUES ('', '', 0, 0, 0, 0, 0, ?, 0, ?, ?2, 0)`, m.Person, ms(w.now))
	if err != nil {
		return err
	}
	return w.saveMaintenance(m, nil)
}

// EditMaintenance changes what f changes of one, and writes note if it is not nil. Into and out of a phase it notes the time,
// unless f has done so.
func (b *Book) EditMaintenance(ctx context.Context, id int64, note *Note, f func(*Maintenance) error) (Maintenance, error) {
	err := b.change(ctx, fmt.Sprintf("change maintenance %d", id), func(w *writing) error {
		m, err := findMaintenance(w.rows, id)
		if err != nil {
			return err
		}
		return w.editMaintenance(&m, note, f)
	})
	if err != nil {
		return Maintenance{}, err
	}
	return b.Maintenance(ctx, id)
}

func (w *writing) editMaintenance(m *Maintenance, note *Note, f func(*Maintenance) error) error {
	id, starts, ends := m.ID, m.Starts, m.Ends
	if err := f(m); err != nil {
		return err
	}
	m.ID = id
	if !m.Starts.Equal(starts) { // who moves it says so, and it is announced anew
		m.told = m.told&toldLate | announced(m.Starts.Sub(w.now))
	}
	if m.Ends.After(ends) && m.Ends.After(w.now) {
		if err := w.inTime(m); err != nil {
			return err
		}
	}
	if m.Phase == Upcoming {
		m.Started, m.Ended = time.Time{}, time.Time{}
	} else if m.Started.IsZero() && m.Phase != Cancelled {
		m.Started = w.now
	}
	if !m.Over() {
		m.Ended = time.Time{}
	} else if m.Ended.IsZero() {
		m.Ended = w.now
	}
	if note != nil {
		var err error
		n := *note
		if n.Text, err = text("message", n.Text); err != nil {
			return err
		}
		n.Phase = m.Phase
		if n.At.IsZero() {
			n.At = w.now
		}
		if n.ID, err = w.insert(`INSERT INTO maintenance_update (maintenance, at, phase, text, person) VALUES (?, ?, ?, ?, ?)`,
			id, ms(n.At), n.Phase, n.Text, n.Person); err != nil {
			return err
		}
		m.Updates = append(m.Updates, n)
		note = &n
	}
	return w.saveMaintenance(m, note)
}

// RemoveMaintenance takes it away as if it had not been announced.
func (b *Book) RemoveMaintenance(ctx context.Context, id int64) error {
	return b.change(ctx, fmt.Sprintf("remove maintenance %d", id), func(w *writing) error {
		m, err := findMaintenance(w.rows, id)
		if err != nil {
			return err
		}
		m.Deleted = w.now
		return w.saveMaintenance(&m, nil)
	})
}

func (w *writing) saveMaintenance(m *Maintenance, note *Note) (err error) {
	if m.Name, err = name("name", m.Name); err != nil {
		return err
	}
	if m.Text, err = text("message", m.Text); err != nil {
		return err
	}
	if m.Phase < Upcoming || m.Phase > Cancelled {
		return &Invalid{"status", fmt.Sprintf("is %d; it goes from 0 to 2", int(m.Phase))}
	}
	if err := date("scheduled_at", m.Starts); err != nil {
		return err
	}
	if err := date("completed_at", m.Ends); err != nil {
		return err
	}
	switch long := m.Ends.Sub(m.Starts); {
	case long <= 0:
		return &Invalid{"completed_at", "is not after the start"}
	case long > mostMaintenance:
		return &Invalid{"completed_at", fmt.Sprintf("is more than %d days after the start", int(mostMaintenance.Hours()/24))}
	}
	if err := w.exec(`DELETE FROM maintenance_component WHERE maintenance = ?`, m.ID); err != nil {
		return err
	}
	for _, c := range m.Components {
		known, err := readComponents(w.rows, `WHERE id = ?`, c)
		if err != nil {
			return err
		}
		if len(known) == 0 {
			return &Invalid{"components", fmt.Sprintf("hold %d, and there is no such component", c)}
		}
		if err := w.exec(`INSERT OR IGNORE INTO maintenance_component (maintenance, component) VALUES (?, ?)`, m.ID, c); err != nil {
			return err
		}
	}
	m.Updated = w.now
	if err := w.silence(m); err != nil {
		return err
	}
	w.changes = append(w.changes, Change{Maintenance: m, Note: note})
	return w.exec(`UPDATE maintenance SET name = ?, text = ?, phase = ?, starts = ?, ends = ?, started = ?, ended = ?, told = ?, updated = ?, deleted = ? WHERE id = ?`,
		m.Name, m.Text, m.Phase, ms(m.Starts), ms(m.Ends), ms(m.Started), ms(m.Ended), m.told, ms(w.now), ms(m.Deleted), m.ID)
}

// Overlaps are the other maintenances at that time that touch a component of m, or any if m names none.
func (m *Maintenance) Overlaps(others []Maintenance) []Maintenance {
	var all []Maintenance
	for _, o := range others {
		if o.ID == m.ID || o.Over() || !o.Starts.Before(m.Ends) || !m.Starts.Before(o.Ends) {
			continue
		}
		shared := len(m.Components) == 0 || len(o.Components) == 0
		for _, c := range m.Components {
			for _, d := range o.Components {
				shared = shared || c == d
			}
		}
		if shared {
			all = append(all, o)
		}
	}
	return all
}
