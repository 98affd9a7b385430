package bot

import (
	"slices"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// ReportKind are the events that somebody asked for, as the answer of a job. A route takes them if it names their kind; without one
// all rooms are told, and never in a digest.
const ReportKind = "report"

// A Route says who is told of which events. What is empty in it does not matter.
type Route struct {
	Kinds    []string
	Units    []string     // full names
	Severity ops.Severity // at least
	To       []Home       // rooms, and people by their own address
}

func (r Route) takes(e ops.Event, severity ops.Severity) bool {
	return severity >= r.Severity &&
		(len(r.Kinds) == 0 || slices.Contains(r.Kinds, e.Kind)) &&
		(len(r.Units) == 0 || slices.Contains(r.Units, e.Unit))
}

// Quiet are the hours in which only what cannot wait is posted. The zero Quiet has none.
type Quiet struct {
	From, To time.Duration // since midnight; To may be before From, for a night
	Passes   ops.Severity  // what is posted all the same
}

// until returns when a post of that severity may be made: now, or as the quiet hours end.
func (q Quiet) until(now time.Time, severity ops.Severity) time.Time {
	if q.From == q.To || severity >= q.Passes {
		return now
	}
	midnight := func(days int) time.Time {
		return time.Date(now.Year(), now.Month(), now.Day()+days, 0, 0, 0, 0, now.Location())
	}
	clock := func(days int, d time.Duration) time.Time { // by the clock on the wall, not by hours passed
		m := midnight(days)
		return time.Date(m.Year(), m.Month(), m.Day(), 0, 0, int(d/time.Second), 0, now.Location())
	}
	for days := -1; days <= 0; days++ { // a night that began yesterday, or the hours of today
		from, to := clock(days, q.From), clock(days, q.To)
		if q.To < q.From {
			to = clock(days+1, q.To)
		}
		if !now.Before(from) && now.Before(to) {
			return to
		}
	}
	return now
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// plan is the [ledger.Plan] of the settings at that time.
func (s *Settings) plan(now time.Time) ledger.Plan {
	return func(e ops.Event, severity ops.Severity) (debts []ledger.Debt) {
		due := s.Quiet.until(now, severity)
		seen := map[Home]bool{}
		owe := func(to []Home, due time.Time) {
			for _, home := range to {
				if !seen[home] {
					seen[home] = true
					debts = append(debts, ledger.Debt{Chat: home.Chat, Room: home.Room, Due: due})
				}
			}
		}
		owe(s.told(e, severity), due)
		for _, r := range s.Hooks {
			if r.takes(e, severity) {
				owe(r.To, now) // programs do not sleep
			}
		}
		return debts
	}
}

// told are the rooms and people who are to read of an event.
func (s *Settings) told(e ops.Event, severity ops.Severity) []Home {
	if e.Room != "" {
		for _, home := range s.Rooms {
			if home.Room == e.Room {
				return []Home{home}
			}
		}
	}
	if len(s.Routes) == 0 {
		return s.Rooms
	}
	var to []Home
	for _, r := range s.Routes {
		if e.Kind == ReportKind && !slices.Contains(r.Kinds, ReportKind) {
			continue
		}
		if r.takes(e, severity) {
			to = append(to, r.To...)
		}
	}
	if len(to) == 0 && (severity >= ops.Critical || e.Kind == ReportKind) {
		return s.Rooms // nobody meant to have nobody told of these
	}
	return to
}
