package upgrade

import (
	"slices"
	"time"
)

// sameSession is how long after one record of unattended-upgrades in apt's history the next may begin and
// still be of the same run, where its own log cannot be read: it makes one record for each small step.
const sameSession = 10 * time.Minute

// merge makes one run of each run of unattended-upgrades and what apt's history has of it, and puts the runs
// by hand between them, in the order in which they began.
func merge(unattended, history []Run) []Run {
	var all []Run
	steps := make([][]Run, len(unattended))
	var alone []Run // steps of a run whose own log is not there
	for _, h := range history {
		if !h.Unattended {
			all = append(all, h)
			continue
		}
		if i := belongs(unattended, h); i >= 0 {
			steps[i] = append(steps[i], h)
		} else {
			alone = append(alone, h)
		}
	}
	for i, u := range unattended {
		all = append(all, u.with(steps[i]))
	}
	all = append(all, sessions(alone)...)
	slices.SortStableFunc(all, func(a, b Run) int { return began(a).Compare(began(b)) })
	return all
}

// began is for comparing alone: both logs are in the host's time without saying which that is.
func began(r Run) time.Time { return stamp(r.Start, time.UTC) }

// belongs finds the last run that began before the record did, -1 for none.
func belongs(unattended []Run, record Run) int {
	for i := len(unattended) - 1; i >= 0; i-- {
		if !began(unattended[i]).After(began(record)) {
			return i
		}
	}
	return -1
}

func sessions(steps []Run) []Run {
	var runs []Run
	var group []Run
	flush := func() {
		if group != nil {
			runs = append(runs, Run{Start: group[0].Start, Unattended: true}.with(group))
			group = nil
		}
	}
	for _, s := range steps {
		if group != nil && began(s).Sub(stamp(lastOf(group), time.UTC)) > sameSession {
			flush()
		}
		group = append(group, s)
	}
	flush()
	return runs
}

func lastOf(group []Run) string {
	last := group[len(group)-1]
	if last.End != "" {
		return last.End
	}
	return last.Start
}

// with puts apt's records of a run beside what its own log says: the versions come from apt, which also knows
// of a run that failed what it had done before.
func (r Run) with(steps []Run) Run {
	if len(steps) == 0 {
		return r
	}
	security := map[string]*bool{}
	for _, p := range slices.Concat(r.Upgraded, r.Attempted) {
		security[p.Name] = p.Security
	}
	done := map[string]bool{}
	var upgraded, attempted []Package
	for _, s := range steps {
		for _, p := range s.Upgraded {
			p.Security = security[p.Name]
			upgraded = append(upgraded, p)
			done[p.Name] = true
		}
		attempted = append(attempted, s.Attempted...)
		r.Installed = append(r.Installed, s.Installed...)
		for _, p := range s.Removed {
			if !slices.Contains(names(r.Removed), p.Name) {
				r.Removed = append(r.Removed, p)
			}
		}
		if r.Error == "" {
			r.Error = s.Error
		}
		r.Open = r.Open || s.Open
		if s.End > r.End {
			r.End = s.End
		}
	}
	for _, p := range r.Upgraded {
		if !done[p.Name] {
			upgraded = append(upgraded, p)
			done[p.Name] = true
		}
	}
	var left []Package
	for _, p := range slices.Concat(attempted, r.Attempted) {
		if !done[p.Name] {
			p.Security = security[p.Name]
			left = append(left, p)
			done[p.Name] = true
		}
	}
	r.Upgraded, r.Attempted = upgraded, left
	return r
}
