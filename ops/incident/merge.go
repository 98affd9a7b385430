package incident

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Merge makes one incident part of another: its updates, components and events become those of into, which began when the
// first of the two did.
func (b *Book) Merge(ctx context.Context, into, id int64) (Incident, error) {
	var refused error // which is told as it is
	err := b.change(ctx, fmt.Sprintf("merge incident %d into %d", id, into), func(w *writing) error {
		var a, gone Incident
		if a, gone, refused = w.mergeable(into, id); refused != nil {
			return refused
		}
		if gone.Public && !a.Public { // what was told is not hidden by it
			a.Public = true
		}
		for _, t := range gone.Touched {
			a.touch(t)
		}
		a.Impact = max(a.Impact, gone.Impact)
		if gone.Opened.Before(a.Opened) {
			a.Opened = gone.Opened
		}
		if gone.Last.After(a.Last) {
			a.Last = gone.Last
		}
		if gone.Open() && !a.Open() { // the trouble goes on
			a.Resolved, a.Status = time.Time{}, gone.Status
		}
		for _, s := range []string{
			`UPDATE incident_update SET incident = ? WHERE incident = ?`,
			`UPDATE OR IGNORE incident_event SET incident = ? WHERE incident = ?`,
		} {
			if err := w.exec(s, into, id); err != nil {
				return err
			}
		}
		if err := w.exec(`UPDATE incident SET merged = ? WHERE id = ? OR merged = ?2`, into, id); err != nil {
			return err
		}
		gone.Merged, gone.Updates = into, nil
		if err := w.save(&gone, nil); err != nil {
			return err
		}
		again, err := findIncident(w.rows, into)
		if err != nil {
			return err
		}
		a.Updates = again.Updates
		return w.save(&a, nil)
	})
	if refused != nil {
		err = refused
	}
	if err != nil {
		return Incident{}, err
	}
	return b.Incident(ctx, into)
}

// mergeable returns the two, if they may become one.
func (w *writing) mergeable(into, id int64) (a, gone Incident, err error) {
	if a, err = findIncident(w.rows, into); err != nil {
		return a, gone, err
	}
	if gone, err = findIncident(w.rows, id); err != nil {
		return a, gone, err
	}
	switch {
	case into == id:
		return a, gone, &Invalid{"incident", "is the same one"}
	case a.Merged != 0:
		return a, gone, fmt.Errorf("incident %d has become part of %d", into, a.Merged)
	case gone.Merged != 0:
		return a, gone, fmt.Errorf("incident %d has become part of %d", id, gone.Merged)
	}
	return a, gone, mayMerge(a, gone)
}

// mayMerge is an error if a merge would show to everybody what somebody wrote in a draft.
func mayMerge(into, gone Incident) error {
	draft := gone
	if !into.Public {
		draft = into
	}
	shows := func(u Update) bool { // the name of the one that the other becomes part of stays
		return u.Person != "" && (u.Text != "" || draft.ID == into.ID)
	}
	if into.Public != gone.Public && slices.ContainsFunc(draft.Updates, shows) {
		return fmt.Errorf("incident %d is a draft, and what was written in it would be public; if it may be: incident publish %d", draft.ID, draft.ID)
	}
	return nil
}
