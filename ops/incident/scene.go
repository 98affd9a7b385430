package incident

import (
	"database/sql"
	"slices"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// A scene is what is known while events are applied, in one transaction.
type scene struct {
	*writing
	k          *Keeper
	components []Component
	public     map[int64]string // the names of those that the public sees
	open       []Incident       // the newest first
	maintained map[int64]bool
	alerts     map[int64]int64 // which incident has events of it, as far as was asked
}

func (k *Keeper) scene(w *writing) (*scene, error) {
	s := &scene{writing: w, k: k, public: map[int64]string{}, maintained: map[int64]bool{}}
	var err error
	if s.components, err = readComponents(w.rows, `WHERE deleted = 0 ORDER BY ord, id`); err != nil {
		return nil, err
	}
	groups, err := readGroups(w.rows, `WHERE visible = 0`)
	if err != nil {
		return nil, err
	}
	for _, c := range s.components {
		if !c.Hidden && !slices.ContainsFunc(groups, func(g Group) bool { return g.ID == c.Group }) {
			s.public[c.ID] = c.Name
		}
	}
	if s.open, err = readIncidents(w.rows, `WHERE deleted = 0 AND merged = 0 AND resolved = 0 ORDER BY opened DESC, id DESC`); err != nil {
		return nil, err
	}
	var id int64
	err = w.rows(func(r *sql.Rows) error {
		err := r.Scan(&id)
		s.maintained[id] = true
		return err
	}, `SELECT t.component FROM maintenance_component t JOIN maintenance m ON m.id = t.maintenance WHERE m.phase = 1 AND m.deleted = 0`)
	return s, err
}

// moment is when an event happened, as far as that can be: not before clocks were right, and not to come.
func (s *scene) moment(r ledger.Record) time.Time {
	at := r.At
	if at.Year() < firstYear {
		at = r.Noted
	}
	if at.Year() < firstYear || at.After(s.now) {
		at = s.now
	}
	return at
}

// touches is what an event makes of the components that it is about. One that resolves something makes nothing of them: their
// State is Unknown.
func (s *scene) touches(e ops.Event) []Touch {
	var all []Touch
	for _, c := range s.components {
		if c.Follows != "" && (c.Follows == e.Unit || c.Follows == FollowsPod && e.Kind == kindPod) {
			all = append(all, Touch{c.ID, stateOf(e)})
		}
	}
	return all
}

// stateOf is how what an event is about is then.
func stateOf(e ops.Event) State {
	switch {
	case e.Resolved || e.Key == "pod/certificate": // that it will expire hurts nobody yet
		return Unknown
	case e.Severity < ops.Warning, e.Severity == ops.Warning && !e.Lasting:
		return Unknown
	case e.Severity == ops.Warning:
		return Degraded
	case e.Kind == "unit" || e.Kind == kindPod:
		return MajorOutage
	}
	return PartialOutage // a process was killed, somebody else says so: it may work for some still
}

// of is the incident that has events of the same alert, if it is open or this is the end of it; 0 for none.
func (s *scene) of(r ledger.Record) (int64, error) {
	if r.Alert == 0 {
		return 0, nil
	}
	if s.alerts == nil { // asked for once, as there may be a flood of events
		s.alerts = map[int64]int64{}
		err := s.rows(func(row *sql.Rows) error {
			var id, alert int64
			err := row.Scan(&id, &alert)
			s.alerts[alert] = id
			return err
		}, `SELECT DISTINCT i.id, e.alert FROM incident i JOIN incident_event j ON j.incident = i.id JOIN event e ON e.id = j.event
			WHERE i.deleted = 0 AND i.merged = 0 AND (i.resolved = 0 OR i.resolved > ?) AND e.alert <> 0 ORDER BY i.id`, ms(s.now.Add(-24*time.Hour)))
		if err != nil {
			return 0, err
		}
	}
	id := s.alerts[r.Alert]
	if !r.Resolved && s.incident(id) == nil {
		return 0, nil // somebody has resolved it
	}
	return id, nil
}

// trouble is the open incident that an event belongs to, nil for none.
func (s *scene) trouble(r ledger.Record, at time.Time, touched []Touch, opens bool) *Incident {
	touches := func(i *Incident) bool {
		return slices.ContainsFunc(touched, func(t Touch) bool { return i.Touches(t.Component) })
	}
	for n := range s.open {
		i := &s.open[n]
		if i.Auto && (touches(i) || opens && at.Sub(i.Last).Abs() <= sameTrouble) {
			return i
		}
	}
	for n := range s.open { // somebody writes of it: a draft beside that would be one post too many
		if i := &s.open[n]; !i.Auto && touches(i) && s.now.Sub(i.Updates[len(i.Updates)-1].At) < forgotten {
			return i
		}
	}
	if opens || !tells(r.Event) {
		return nil
	}
	for n := range s.open {
		if i := &s.open[n]; i.Auto && !at.Before(i.Opened.Add(-beforeIt)) {
			return i
		}
	}
	return nil
}

// tells tells whether an event that touches nothing of an incident tells something of it all the same.
func tells(e ops.Event) bool {
	return e.Severity >= ops.Warning || slices.Contains([]string{"unit", "oom", "oomd", kindPod, "pressure", "reboot", "rule", "job", "upgrade"}, e.Kind)
}

// incident is the one of that number, if it is open.
func (s *scene) incident(id int64) *Incident {
	n := slices.IndexFunc(s.open, func(i Incident) bool { return i.ID == id })
	if n < 0 {
		return nil
	}
	return &s.open[n]
}

// collect notes that an event belongs to an incident.
func (s *scene) collect(incident int64, r ledger.Record) error {
	if r.Alert != 0 && s.alerts != nil {
		s.alerts[r.Alert] = incident
	}
	return s.exec(`INSERT OR IGNORE INTO incident_event (incident, event) SELECT ?1, ?2
		WHERE (SELECT count(*) FROM incident_event WHERE incident = ?1) < ?3`, incident, r.Row, mostEvents)
}
