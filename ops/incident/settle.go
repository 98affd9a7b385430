package incident

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/diaspote/vigie/ops"
)

// flaps is how often a trouble comes back before each time is no longer told.
const flaps = 3

// settle has the incidents go on by themselves, and maintenance by the clock. It returns how long there is nothing more to do.
func (k *Keeper) settle(ctx context.Context) (next time.Duration, err error) {
	err = k.Book.change(ctx, "see how the incidents stand", func(w *writing) error {
		w.unseen, next = true, every
		s, err := k.scene(w)
		if err != nil {
			return err
		}
		for n := range s.open {
			if i := &s.open[n]; i.Auto {
				left, err := s.settle(i)
				if err != nil {
					return err
				}
				next = min(next, left)
			}
		}
		left, err := s.byTheClock()
		next = min(next, left)
		return err
	})
	return max(next, gather), err
}

// settle has one incident go on, and returns how long it stands so if nothing happens.
func (s *scene) settle(i *Incident) (time.Duration, error) {
	well, err := s.well(i)
	if err != nil {
		return 0, err
	}
	since, calm := s.k.calms[i.ID]
	switch {
	case !well:
		delete(s.k.calms, i.ID)
		if i.Well.IsZero() {
			return every, nil
		}
		return every, s.relapse(i)
	case i.Well.IsZero():
		s.k.calms[i.ID] = s.k.Elapsed()
		return s.k.Rules.Calm, s.recover(i)
	case !calm: // the bot has just started, or something happened that is over already
		s.k.calms[i.ID] = s.k.Elapsed()
		return s.k.Rules.Calm, nil
	}
	if left := s.k.Rules.Calm - (s.k.Elapsed() - since); left > 0 {
		return left, nil
	}
	return every, s.end(i)
}

// well tells whether all is over that an incident is about, and its components work.
func (s *scene) well(i *Incident) (bool, error) {
	for _, c := range s.components {
		if i.Touches(c.ID) && c.Follows != "" && c.Seen.severity() > Operational.severity() && !s.maintained[c.ID] {
			return false, nil
		}
	}
	lasts := false
	err := s.rows(func(r *sql.Rows) error {
		var e ops.Event
		if err := r.Scan(&e.Kind, &e.Key, &e.Unit, &e.Severity); err != nil {
			return err
		}
		e.Lasting = true
		bears := e.Severity >= ops.Critical && !slices.Contains(workKinds, e.Kind) && e.Key != "pod/certificate"
		for _, t := range s.touches(e) {
			bears = bears || i.Touches(t.Component) && t.State != Unknown
		}
		lasts = lasts || bears
		return nil
	}, `SELECT DISTINCT last.kind, last.key, last.unit, a.severity FROM incident_event j JOIN event e ON e.id = j.event
		JOIN alert a ON a.id = e.alert JOIN event last ON last.id = a.event WHERE j.incident = ? AND a.ended = 0`, i.ID)
	return !lasts, err
}

// relapses is how often an incident came back, as far as that was written.
func relapses(i *Incident) (n int) {
	for u := 1; u < len(i.Updates); u++ {
		if i.Updates[u].Status == Investigating && i.Updates[u-1].Status == Watching {
			n++
		}
	}
	return n
}

// recover notes that all is well.
func (s *scene) recover(i *Incident) error {
	i.Well = s.now
	if relapses(i) >= flaps || i.Status == Watching {
		return s.quietly(i)
	}
	i.Status = Watching
	text := sentence(s.public, i.Touched, true)
	if text == "" {
		return s.say(i, "All is well since "+Hour(s.now, s.now)+"; we keep watching.")
	}
	return s.say(i, "Recovered at "+Hour(s.now, s.now)+"; we keep watching.")
}

// relapse notes that it has come back.
func (s *scene) relapse(i *Incident) error {
	i.Well = time.Time{}
	if relapses(i) >= flaps {
		return s.quietly(i)
	}
	i.Status = Investigating
	text := sentence(s.public, i.Touched, false)
	switch {
	case relapses(i) == flaps-1:
		return s.update(i, Update{Status: Investigating, Text: "It comes and goes; we write again once that is over."})
	case text == "":
		text = "There is trouble"
	}
	return s.update(i, Update{Status: Investigating, Text: text + " again since " + Hour(s.now, s.now) + "."})
}

// quietly writes since when all is well, which nobody is told of.
func (s *scene) quietly(i *Incident) error {
	return s.exec(`UPDATE incident SET well = ? WHERE id = ?`, ms(i.Well), i.ID)
}

// end resolves an incident as of the time since when all is well.
func (s *scene) end(i *Incident) error {
	delete(s.k.calms, i.ID)
	text := sentence(s.public, i.Touched, true)
	switch {
	case text == "":
		text = "The trouble lasted"
	case relapses(i) > 0:
		text += ", on and off,"
	}
	i.Resolved, i.Status = i.Well, Fixed
	return s.update(i, Update{Status: Fixed, Text: text + " from " + Hour(i.Opened, s.now) + " to " + Hour(i.Well, s.now) + "."})
}
