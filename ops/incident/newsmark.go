package incident

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A mark is how far the public was told of a thing.
type mark struct {
	state string  // numbers, the first of which is that of the newest text
	parts []int64 // the components that it has touched
}

// markOf is how far a thing is after a change; fresh tells whether that is news if nothing was ever told of it. thing is "" if the
// public does not see it.
func markOf(c *Change, now time.Time) (thing string, m mark, fresh bool) {
	switch {
	case c.Incident != nil && c.Incident.Public && c.Incident.Deleted.IsZero() && c.Incident.Merged == 0:
		i := c.Incident
		last := i.Updates[len(i.Updates)-1]
		m.state = fmt.Sprintf("%d %d", newest(i.Updates, func(u Update) int64 { return u.ID }), i.Status)
		for _, t := range i.Touched {
			m.parts = append(m.parts, t.Component)
		}
		return fmt.Sprintf("incident/%d", i.ID), m, i.Open() || now.Sub(last.At) < newsTime
	case c.Maintenance != nil && c.Maintenance.Deleted.IsZero():
		t := c.Maintenance
		m.state = fmt.Sprintf("%d %d %d %d", newest(t.Updates, func(n Note) int64 { return n.ID }), t.Phase, ms(t.Starts), ms(t.Ends))
		m.parts = t.Components
		return fmt.Sprintf("maintenance/%d", t.ID), m, !t.Over()
	}
	return "", m, false
}

func newest[T any](all []T, id func(T) int64) (n int64) {
	for _, one := range all {
		n = max(n, id(one))
	}
	return n
}

func (m mark) String() string {
	var parts []string
	for _, p := range m.parts {
		parts = append(parts, strconv.FormatInt(p, 10))
	}
	return m.state + "/" + strings.Join(parts, ",")
}

func readMark(s string) (m mark) {
	state, parts, _ := strings.Cut(s, "/")
	m.state = state
	for text := range strings.SplitSeq(parts, ",") {
		if p, err := strconv.ParseInt(text, 10, 64); err == nil {
			m.parts = append(m.parts, p)
		}
	}
	return m
}

// older tells whether nothing was said since before, though some of it may have been taken away.
func (m mark) older(before mark) bool {
	now, was := strings.Fields(m.state), strings.Fields(before.state)
	if len(was) == 0 || !slices.Equal(now[1:], was[1:]) {
		return false
	}
	n, _ := strconv.ParseInt(now[0], 10, 64)
	w, _ := strconv.ParseInt(was[0], 10, 64)
	return n <= w
}

// with is what was touched before and is now, and what of it is new. What touches nothing was told to everybody.
func (m mark) with(parts []int64) (all, added []int64) {
	all = slices.Clone(m.parts)
	for _, p := range parts {
		if !slices.Contains(all, p) {
			all, added = append(all, p), append(added, p)
		}
	}
	return all, added
}
