package incident

import (
	"context"
	"database/sql"
	"math"
	"slices"
	"time"
)

// Days is how many days the page shows, today the last of them.
const Days = 90

// A Page is what everybody may see at one moment. It holds no drafts and nothing hidden or deleted.
type Page struct {
	At          time.Time     // in the zone of the days
	State       State         // the worst of the components
	Groups      []Group       // in order
	Components  []Shown       // in order
	Incidents   []Incident    // those open, and of the last 90 days; the newest first
	Maintenance []Maintenance // not over, or ended within 90 days; the one that starts first in front

	// Merged has the public incidents that have become part of another, which is in Incidents, and of which.
	Merged map[int64]int64
}

// A Shown is a component with what is known of its past.
type Shown struct {
	Component
	Days   []Day   // the oldest first, each of the last 90
	Uptime float64 // the share of the time of which anything is known in which it was up, 0 to 1; NaN for no such time
}

// A Day is what a component was on a day, from midnight to midnight in the page's zone.
type Day struct {
	Date  time.Time // its midnight
	Worst State     // Unknown if nothing is known
	Known time.Duration
	In    [Maintained + 1]time.Duration // how long it was in each state
}

// partialWeight is how much of a partial outage counts as down, as on Statuspage
// (https://support.atlassian.com/statuspage/docs/display-historical-uptime-of-components/).
const partialWeight = 0.3

// Down is how long it counts as down.
func (d *Day) Down() time.Duration {
	return d.In[MajorOutage] + time.Duration(partialWeight*float64(d.In[PartialOutage]))
}

// read makes a page of what is written now.
func (b *Book) read(ctx context.Context) (*Page, error) {
	now := b.now()
	since := midnight(now, 1-Days)
	p := &Page{At: now, State: Unknown}
	groups, err := b.Groups(ctx)
	if err != nil {
		return nil, err
	}
	p.Groups = slices.DeleteFunc(groups, func(g Group) bool { return g.Hidden })
	components, err := b.Components(ctx)
	if err != nil {
		return nil, err
	}
	turns, err := b.Turns(ctx, since)
	if err != nil {
		return nil, err
	}
	for _, c := range components {
		if c.Hidden || c.Group != 0 && !slices.ContainsFunc(p.Groups, func(g Group) bool { return g.ID == c.Group }) {
			continue
		}
		s := Shown{Component: c, Days: days(turns[c.ID], now)}
		s.Uptime = uptime(s.Days)
		p.Components, p.State = append(p.Components, s), Worst(p.State, c.State)
	}
	shown := func(id int64) bool {
		return slices.ContainsFunc(p.Components, func(s Shown) bool { return s.ID == id })
	}
	if p.Incidents, err = b.Incidents(ctx, Query{Public: true, Since: since}); err != nil {
		return nil, err
	}
	for n := range p.Incidents {
		p.Incidents[n].Touched = slices.DeleteFunc(p.Incidents[n].Touched, func(t Touch) bool { return !shown(t.Component) })
		for u := range p.Incidents[n].Updates {
			p.Incidents[n].Updates[u].Person = "" // who wrote it is nobody's business
		}
	}
	if p.Merged, err = b.merged(ctx, p.Incidents); err != nil {
		return nil, err
	}
	if p.Maintenance, err = b.Maintenances(ctx, since); err != nil {
		return nil, err
	}
	for n := range p.Maintenance {
		m := &p.Maintenance[n]
		m.Person, m.Components = "", slices.DeleteFunc(m.Components, func(id int64) bool { return !shown(id) })
		for u := range m.Updates {
			m.Updates[u].Person = ""
		}
	}
	return p, nil
}

// merged reads what has become part of one of those. A draft that did is not told of.
func (b *Book) merged(ctx context.Context, into []Incident) (map[int64]int64, error) {
	shown := map[int64]bool{}
	for n := range into {
		shown[into[n].ID] = true
	}
	all := map[int64]int64{}
	err := b.db.Read(ctx, "read the merged incidents", func(rows *sql.Rows) error {
		var id, of int64
		err := rows.Scan(&id, &of)
		if shown[of] {
			all[id] = of
		}
		return err
	}, `SELECT id, merged FROM incident WHERE merged <> 0 AND public = 1 AND deleted = 0`)
	return all, err
}

// midnight is that of the day so many days later. Where daylight saving leaves it out, it is the first moment of the day.
func midnight(t time.Time, later int) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+later, 0, 0, 0, 0, t.Location())
}

// days are the last days of a component, of which turns has the turns, the oldest first.
func days(turns []Turn, now time.Time) []Day {
	all := make([]Day, Days)
	var ends [Days]time.Time
	for n := range all {
		all[n] = Day{Date: midnight(now, n+1-Days), Worst: Unknown}
		ends[n] = midnight(now, n+2-Days)
	}
	first := 0 // the day on which the turn is, or the first that is shown
	for i, t := range turns {
		end := now
		if i+1 < len(turns) {
			end = earlier(turns[i+1].At, now)
		}
		for first < Days-1 && !t.At.Before(ends[first]) {
			first++
		}
		if t.State < Operational || t.State > Maintained {
			continue
		}
		for n := first; n < Days && all[n].Date.Before(end); n++ {
			if long := earlier(end, ends[n]).Sub(later(t.At, all[n].Date)); long > 0 {
				all[n].Known += long
				all[n].In[t.State] += long
				all[n].Worst = Worst(all[n].Worst, t.State)
			}
		}
	}
	return all
}

func uptime(days []Day) float64 {
	var known, down time.Duration
	for n := range days {
		known += days[n].Known
		down += days[n].Down()
	}
	if known == 0 {
		return math.NaN()
	}
	return 1 - float64(down)/float64(known)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
