package commands

import (
	"slices"
	"time"

	"github.com/diaspote/vigie/ops/ledger"
)

// A downtime is when something was down, as far as was seen. Its parts are given in the order of their times.
type downtime struct {
	gaps     []gap
	open     time.Time   // since when it is down; zero while it is up
	fails    []time.Time // when each failure began
	brief    time.Time   // the last failure that was over before it was told, and whose length is not known
	restarts int
	planned  []gap // maintenance, which is no time that counts
}

// A gap is a time in which something was down.
type gap struct{ from, to time.Time }

// condition takes in an event about it.
func (d *downtime) condition(r ledger.Record) {
	switch {
	case r.Resolved:
		if !d.open.IsZero() {
			d.add(d.open, r.At)
			d.open = time.Time{}
		}
	case r.Lasting:
		if d.open.IsZero() {
			d.open = r.At
			d.fails = append(d.fails, r.At)
		}
	default:
		d.fails = append(d.fails, r.At)
		d.brief = r.At
	}
}

func (d *downtime) add(from, to time.Time) {
	if to.After(from) {
		d.gaps = append(d.gaps, gap{from, to})
	}
}

// restart is a time in which it was down because somebody wanted it.
func (d *downtime) restart(from, to time.Time) {
	d.restarts++
	d.add(from, to)
}

// merged are the gaps within a time, each moment in one of them at most.
func (d *downtime) merged(from, to time.Time) []gap {
	gaps := slices.Clone(d.gaps)
	if !d.open.IsZero() {
		gaps = append(gaps, gap{d.open, to})
	}
	slices.SortFunc(gaps, func(a, b gap) int { return a.from.Compare(b.from) })
	var all []gap
	for _, g := range gaps {
		g = gap{later(g.from, from), earlier(g.to, to)}
		switch n := len(all); {
		case !g.to.After(g.from):
		case n > 0 && !g.from.After(all[n-1].to):
			all[n-1].to = later(all[n-1].to, g.to)
		default:
			all = append(all, g)
		}
	}
	for _, p := range d.planned {
		all = without(all, p)
	}
	return all
}

// without are the gaps less a time.
func without(gaps []gap, t gap) []gap {
	var all []gap
	for _, g := range gaps {
		for _, part := range []gap{{g.from, earlier(g.to, t.from)}, {later(g.from, t.to), g.to}} {
			if part.to.After(part.from) {
				all = append(all, part)
			}
		}
	}
	return all
}

// within is how long it was down in that time.
func (d *downtime) within(from, to time.Time) time.Duration {
	var sum time.Duration
	for _, g := range d.merged(from, to) {
		sum += g.to.Sub(g.from)
	}
	return sum
}

// failures counts those that began since then, and not within a maintenance.
func (d *downtime) failures(since time.Time) int {
	n := 0
	for _, at := range d.fails {
		expected := slices.ContainsFunc(d.planned, func(p gap) bool { return !at.Before(p.from) && at.Before(p.to) })
		if !at.Before(since) && !expected {
			n++
		}
	}
	return n
}

// now says that it is down still.
func (d *downtime) now() string {
	if d.open.IsZero() {
		return ""
	}
	return ", and is down now"
}
