package incident

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"github.com/diaspote/vigie/ops"
)

// look has the components be as what they follow is: those that follow one of these or what was never looked at, or all.
func (k *Keeper) look(ctx context.Context, follows map[string]bool, all bool) error {
	components, err := k.Book.Components(ctx)
	if err != nil {
		return err
	}
	wanted := map[string]bool{}
	for _, c := range components {
		state, known := k.looked[c.Follows]
		begins := c.Seen == Unknown && (!known || state != Unknown) // another may follow the same already
		if c.Follows != "" && (all || follows[c.Follows] || begins) {
			wanted[c.Follows] = true
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	maps.Copy(k.looked, k.Look(ctx, slices.Sorted(maps.Keys(wanted))))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	alerted, err := k.alerted(ctx)
	if err != nil {
		return err
	}
	seen := map[int64]State{}
	for _, c := range components {
		if !wanted[c.Follows] {
			continue
		}
		state, known := k.looked[c.Follows]
		if !known { // nobody could tell yet
			state = c.Seen
		}
		if state = Worst(state, alerted[c.Follows]); state != c.Seen {
			seen[c.ID] = state
		}
	}
	if len(seen) == 0 {
		return nil
	}
	return k.Book.See(ctx, seen)
}

// alerted is how bad the alerts that last say things are, by what components follow.
func (k *Keeper) alerted(ctx context.Context) (map[string]State, error) {
	all := map[string]State{}
	err := k.Book.db.Read(ctx, "read what lasts", func(r *sql.Rows) error {
		e := ops.Event{Lasting: true}
		if err := r.Scan(&e.Kind, &e.Key, &e.Unit, &e.Severity); err != nil {
			return err
		}
		if slices.Contains(ownKinds, e.Kind) || slices.Contains(workKinds, e.Kind) {
			return nil
		}
		follows := e.Unit
		if e.Kind == kindPod {
			follows = FollowsPod
		}
		all[follows] = Worst(all[follows], stateOf(e))
		return nil
	}, `SELECT e.kind, e.key, e.unit, a.severity FROM alert a JOIN event e ON e.id = a.event WHERE a.ended = 0`)
	return all, err
}
