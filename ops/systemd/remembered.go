package systemd

import (
	"context"
	"encoding/json"
	"time"
)

// remembered is what of the stories outlives the bot, as it stands in the ledger.
type remembered struct {
	Restarts map[string]uint32 `json:"restarts,omitempty"` // NRestarts, where it is not 0
	Told     map[string]told   `json:"told,omitempty"`     // what lasts
}

// told is an incident that was told and is not over.
type told struct {
	ID         string    `json:"id"`
	Looping    bool      `json:"looping,omitempty"`
	Crashes    int       `json:"crashes"`
	First      time.Time `json:"first"`
	End        time.Time `json:"end"`
	Why        string    `json:"why"`
	Invocation string    `json:"invocation"`
	GaveUp     bool      `json:"gave_up,omitempty"`
}

// load reads the cursor, unless this Watcher still knows better. first says that there never was one.
func (w *Watcher) load(ctx context.Context) (first bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stories != nil {
		return false, nil
	}
	text, err := w.Ledger.Cursor(ctx, cursorName)
	if err != nil {
		return false, err
	}
	w.stories = map[string]*story{}
	if text == "" {
		return true, nil
	}
	var r remembered
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		w.Log.Warn("what was remembered of the units cannot be read; beginning anew", "err", err)
		return true, nil
	}
	w.saved = text
	w.recall(r)
	return false, nil
}

// recall takes the stories up where the bot left them.
func (w *Watcher) recall(r remembered) {
	for name, n := range r.Restarts {
		w.stories[name] = &story{name: name, last: moment{Unit: Unit{Name: name, ActiveState: "active", Restarts: n}}}
	}
	for name, t := range r.Told {
		s := &story{name: name, last: moment{Unit: Unit{Name: name, ActiveState: "failed",
			InvocationID: t.Invocation, Restarts: r.Restarts[name]}}}
		s.bad = &incident{crashes: t.Crashes, first: t.First, end: t.End, why: t.Why, invocation: t.Invocation,
			gaveUp: t.GaveUp, changed: w.Now(), said: failing, id: t.ID, saidCrashes: t.Crashes}
		if t.Looping {
			s.bad.said = looping
			s.last.ActiveState, s.last.SubState = "activating", "auto-restart"
		}
		w.stories[name] = s
	}
}

// save writes the cursor if it changed.
func (w *Watcher) save(ctx context.Context) error {
	text, err := w.remember()
	if err != nil || text == w.saved {
		return err
	}
	// What was told is to be known as told, even if the bot is ending.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askFor)
	defer cancel()
	if err := w.Ledger.SetCursor(ctx, cursorName, text); err != nil {
		return err
	}
	w.saved = text
	return nil
}

func (w *Watcher) remember() (string, error) {
	r := remembered{Restarts: map[string]uint32{}, Told: map[string]told{}}
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, s := range w.stories {
		unsettled := s.bad != nil && s.bad.crashes > s.bad.saidCrashes
		if !unsettled {
			s.settled = s.last.Restarts
		}
		if s.settled > 0 {
			r.Restarts[name] = s.settled
		}
		b := s.bad
		if b == nil || b.said == nothing {
			continue
		}
		t := told{ID: b.id, Looping: b.said == looping, Crashes: b.saidCrashes, First: b.first, End: b.end,
			Why: b.why, Invocation: b.invocation, GaveUp: b.gaveUp}
		if unsettled {
			t.Invocation = "" // that one is to be found anew
		}
		r.Told[name] = t
	}
	text, err := json.Marshal(r)
	return string(text), err
}
