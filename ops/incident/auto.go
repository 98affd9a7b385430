package incident

import (
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

const (
	sameTrouble = 15 * time.Minute // what is critical within that of the last event is the same trouble
	beforeIt    = 5 * time.Minute  // what happened so long before an incident belongs to it too
	longPast    = 15 * time.Minute // what was over so long before it was noted opens nothing

	mostEvents = 500 // of one incident
	kindPod    = "pod"
)

// ownKinds are of the bot itself: they are no trouble of the pod, and no part of one.
var ownKinds = []string{KindIncident, KindMaintenance, "delivery", "webhook", "report", "not-understood", "crontab", "nodeinfo"}

// workKinds are of what the bot and others do to the host. That they fail is no trouble of the pod; what comes of it is.
var workKinds = []string{"rule", "job", "cron", "upgrade", "clock"}

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

// apply makes of an event what it makes of the incidents, and tells whether it mattered.
func (s *scene) apply(r ledger.Record) (bool, error) {
	if slices.Contains(ownKinds, r.Kind) {
		return false, nil
	}
	at := s.moment(r)
	touched := s.touches(r.Event)
	opens := s.opens(r, touched)
	of, err := s.of(r)
	if err != nil {
		return false, err
	}
	if of == 0 {
		if i := s.trouble(r, at, touched, opens); i != nil {
			of = i.ID
		}
	}
	switch {
	case of != 0:
		return true, s.join(of, r, at, touched, opens)
	case opens && !s.k.Rules.Off:
		return true, s.begin(r, at, touched)
	}
	return false, nil
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

// opens tells whether an event is a trouble that people should be told of.
func (s *scene) opens(r ledger.Record, touched []Touch) bool {
	if r.Severity < ops.Critical || r.Resolved || r.Silenced || r.Alert == 0 || slices.Contains(workKinds, r.Kind) || r.Key == "pod/certificate" {
		return false
	}
	if !r.Lasting && r.Noted.Sub(r.At).Abs() > longPast && r.At.Year() >= firstYear {
		return false
	}
	return len(touched) == 0 || slices.ContainsFunc(touched, func(t Touch) bool { return !s.maintained[t.Component] })
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
	for n := range s.open { // somebody has written of it already: a draft beside that would be one post too many
		if i := &s.open[n]; !i.Auto && touches(i) {
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

// begin opens an incident.
func (s *scene) begin(r ledger.Record, at time.Time, touched []Touch) error {
	i := Incident{Auto: true, Opened: at, Last: at, Touched: s.unmaintained(touched)}
	i.Name = s.name(i.Touched)
	i.Public = s.k.Rules.AtOnce && sentence(s.public, i.Touched, false) != "" // else visitors could make nothing of it
	if len(i.Touched) == 0 {
		i.Impact = Minor
	}
	if err := s.writing.open(&i, Update{Text: s.opening(&i)}); err != nil {
		return err
	}
	s.open = slices.Insert(s.open, 0, i)
	earlier, err := ledger.EventsBefore(s.ctx, s.tx, r.Row, at.Add(-beforeIt), 50)
	if err != nil {
		return err
	}
	for _, e := range earlier {
		if slices.Contains(ownKinds, e.Kind) || !tells(e.Event) || e.At.After(at) {
			continue
		}
		if err := s.collect(i.ID, e); err != nil {
			return err
		}
	}
	return s.collect(i.ID, r)
}

func (s *scene) unmaintained(touched []Touch) []Touch {
	return slices.DeleteFunc(slices.Clone(touched), func(t Touch) bool { return s.maintained[t.Component] })
}

// name is what an incident is called that touches those components.
func (s *scene) name(touched []Touch) string {
	if text := sentence(s.public, touched, false); text != "" {
		return text
	}
	return "Trouble on " + s.k.Rules.Host
}

func (s *scene) opening(i *Incident) string {
	text := sentence(s.public, i.Touched, false)
	if text == "" {
		return "There is trouble since " + Hour(i.Opened, s.now) + "."
	}
	return text + " since " + Hour(i.Opened, s.now) + "."
}

// join adds an event to an incident.
func (s *scene) join(id int64, r ledger.Record, at time.Time, touched []Touch, opens bool) error {
	if err := s.collect(id, r); err != nil {
		return err
	}
	i := s.incident(id)
	if i == nil || !i.Auto {
		return nil
	}
	if opens {
		delete(s.k.calms, id) // the calm begins anew
		i.Last = later(i.Last, at)
		if err := s.exec(`UPDATE incident SET last = ? WHERE id = ?`, ms(i.Last), id); err != nil {
			return err
		}
	}
	was, called := slices.Clone(i.Touched), s.name(i.Touched)
	for _, t := range s.unmaintained(touched) {
		if t.State != Unknown {
			i.touch(t)
		}
	}
	if slices.Equal(was, i.Touched) {
		return nil
	}
	if i.Name == called { // nobody has given it a better one
		i.Name = s.name(i.Touched)
	}
	if worst := worstOf(i.Touched).Impact(); i.Impact == worstOf(was).Impact() || len(was) == 0 {
		i.Impact = worst
	}
	return s.say(i, s.opening(i))
}

func worstOf(touched []Touch) State {
	worst := Unknown
	for _, t := range touched {
		worst = Worst(worst, t.State)
	}
	return worst
}

// mostSaid bounds what the bot writes of one incident by itself.
const mostSaid = 12

// amend is how long what the bot wrote last is written anew rather than followed by more of the same.
const amend = 5 * time.Minute

// say has the bot write how far an incident is, at the status that it has. What it wrote just now of the same status, or when it has
// written much already, is written anew.
func (s *scene) say(i *Incident, text string) error {
	said := 0
	for _, u := range i.Updates {
		if u.Person == "" {
			said++
		}
	}
	last := &i.Updates[len(i.Updates)-1]
	if last.Person != "" || !(last.Status == i.Status && s.now.Sub(last.At).Abs() < amend || said >= mostSaid && i.Status != Fixed) {
		return s.update(i, Update{Status: i.Status, Text: text})
	}
	last.Text, last.Status, last.Updated = text, i.Status, s.now
	if err := s.exec(`UPDATE incident_update SET text = ?, status = ?, updated = ? WHERE id = ?`, text, i.Status, ms(s.now), last.ID); err != nil {
		return fmt.Errorf("write an update anew: %w", err)
	}
	return s.save(i, last)
}
