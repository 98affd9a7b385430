package incident

import (
	"fmt"
	"slices"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

const (
	sameTrouble = 15 * time.Minute // what is critical within that of the last event is the same trouble
	forgotten   = 24 * time.Hour   // after which nobody writes any more of an open incident in whose place the bot opens none
	beforeIt    = 5 * time.Minute  // what happened so long before an incident belongs to it too
	longPast    = 15 * time.Minute // what was over so long before it was noted opens nothing

	mostEvents = 500 // of one incident
	kindPod    = "pod"
)

// ownKinds are of the bot itself: they are no trouble of the pod, and no part of one.
var ownKinds = []string{KindIncident, KindMaintenance, "delivery", "webhook", "report", "not-understood", "crontab", "nodeinfo"}

// workKinds are of what the bot and others do to the host. That they fail is no trouble of the pod; what comes of it is.
var workKinds = []string{"rule", "job", "cron", "upgrade", "clock"}

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
