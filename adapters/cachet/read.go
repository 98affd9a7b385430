package cachet

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/diaspote/vigie/ops/incident"
)

// mostThings bounds what is read of one kind.
const mostThings = 20_000

// mostUpdates bounds what is read of one incident.
const mostUpdates = 500

// Read reads the groups, components, schedules and incidents of a Cachet, in that order, and hands them out in parts as they come:
// none is ever all in memory. What is of no use, as without a time, is handed to skip in a few words. now ends what nobody ended.
func (c *Client) Read(ctx context.Context, now time.Time, take func(kind string, some []incident.Foreign, total int) error, skip func(string)) error {
	v, err := c.Version(ctx)
	if err != nil {
		return err
	}
	if err := read(ctx, c, "components/groups", take, func(g group) (incident.Foreign, error) { return c.foreignGroup(&g), nil }); err != nil {
		return err
	}
	states := map[int64]incident.State{}
	err = read(ctx, c, "components", take, func(one component) (incident.Foreign, error) {
		states[int64(one.ID)] = incident.State(one.Status)
		return c.foreignComponent(&one), nil
	})
	if err != nil {
		return err
	}
	if !v.Old {
		err := read(ctx, c, "schedules", take, func(s schedule) (incident.Foreign, error) {
			f, why := c.foreignSchedule(&s, now)
			if why != "" {
				skip(fmt.Sprintf("the schedule %q (%d): %s", clip(s.Name, 60), s.ID, why))
			}
			return f, nil
		})
		if err != nil {
			return err
		}
	}
	return read(ctx, c, "incidents?sort=id&order=asc", take, func(i incidentThere) (incident.Foreign, error) {
		if !v.Old && i.Updates == nil {
			if err := c.readUpdates(ctx, &i); err != nil {
				return incident.Foreign{}, err
			}
		}
		f, why := c.foreignIncident(&i, states, now)
		if why != "" {
			skip(fmt.Sprintf("the incident %q (%d): %s", clip(i.Name, 60), i.ID, why))
		}
		return f, nil
	})
}

// read reads all of a kind.
func read[T any](ctx context.Context, c *Client, path string, take func(string, []incident.Foreign, int) error, foreign func(T) (incident.Foreign, error)) error {
	kind, _, _ := strings.Cut(path, "?")
	var some []incident.Foreign
	all, seen := 0, map[int64]bool{}
	err := list(ctx, c, path, func(one T, total int) (bool, error) {
		if all++; all > mostThings {
			return false, fmt.Errorf("%s: it has more than %d %s", c, mostThings, kind)
		}
		f, err := foreign(one)
		if err != nil {
			return false, err
		}
		if f.There > 0 && !seen[f.There] { // a list moves while it is read
			seen[f.There] = true
			some = append(some, f)
		}
		if len(some) < perPage/2 {
			return true, nil
		}
		part := some
		some = nil
		return true, take(kind, part, total)
	})
	if err != nil || len(some) == 0 {
		return err
	}
	return take(kind, some, all)
}

func (c *Client) readUpdates(ctx context.Context, i *incidentThere) error {
	i.Updates = []update{}
	err := list(ctx, c, fmt.Sprintf("incidents/%d/updates", i.ID), func(u update, _ int) (bool, error) {
		i.Updates = append(i.Updates, u)
		return len(i.Updates) < mostUpdates, nil
	})
	if isNone(err) {
		return nil
	}
	return err
}

func (c *Client) foreignGroup(g *group) incident.Foreign {
	return incident.Foreign{There: int64(g.ID), Group: &incident.Group{
		Name: title(g.Name, "group", g.ID), Order: small(g.Order), Collapsed: g.Collapsed == 1, Hidden: g.Visible == 0}}
}

func (c *Client) foreignComponent(one *component) incident.Foreign {
	if one.DeletedAt != "" {
		return incident.Foreign{}
	}
	link := strings.TrimSpace(one.Link)
	if !strings.HasPrefix(link, "http://") && !strings.HasPrefix(link, "https://") {
		link = "" // which visitors could not follow, or should not
	}
	tags := one.tags()
	slices.Sort(tags)
	return incident.Foreign{There: int64(one.ID), Component: &incident.Component{
		Name: title(one.Name, "component", one.ID), About: body(one.Description), Link: link, Group: int64(one.GroupID), Order: small(one.Order),
		Hidden: one.Enabled != nil && *one.Enabled == 0, Tags: tags, Hand: incident.State(one.Status)}}
}

// untilLine is the end that a maintenance was pushed with, and fromLine its beginning where there are no schedules.
var (
	untilLine = regexp.MustCompile(`(?:^|\n)` + until + `(\d{4}-\d\d-\d\d \d\d:\d\d) \S+$`)
	fromLine  = regexp.MustCompile(`^From (\d{4}-\d\d-\d\d \d\d:\d\d) \S+(?:\n|$)`)
	hourLine  = regexp.MustCompile(`\n\((\d{4}-\d\d-\d\d \d\d:\d\d) \S+\)$`)
)

// taken takes a line out of a text, and returns the time in it.
func (c *Client) taken(text *string, line *regexp.Regexp) time.Time {
	found := line.FindStringSubmatch(*text)
	if found == nil {
		return time.Time{}
	}
	*text = strings.TrimSpace(strings.Replace(*text, found[0], "\n", 1))
	return c.at(found[1])
}

func (c *Client) foreignSchedule(s *schedule, now time.Time) (f incident.Foreign, why string) {
	if s.DeletedAt != "" {
		return f, ""
	}
	m := &incident.Maintenance{Name: title(s.Name, "maintenance", s.ID), Text: body(s.Message), Phase: incident.Phase(s.Status), Starts: c.at(s.ScheduledAt)}
	end := c.at(s.CompletedAt)
	for _, one := range s.Components {
		m.Components = append(m.Components, int64(cmp.Or(one.ComponentID, one.ID)))
	}
	return c.foreignMaintenance(int64(s.ID), m, end, now)
}

// usualLength is that of a maintenance whose end nobody said.
const usualLength = time.Hour

func (c *Client) foreignMaintenance(there int64, m *incident.Maintenance, end, now time.Time) (f incident.Foreign, why string) {
	planned := c.taken(&m.Text, untilLine)
	if !planned.IsZero() {
		m.Ends = planned
	} else {
		m.Ends = end
	}
	if text, ok := strings.CutSuffix(m.Text, cancelled); ok && m.Phase == incident.Complete {
		m.Text, m.Phase = strings.TrimSpace(text), incident.Cancelled
	}
	if !usable(m.Starts) {
		return f, "it does not say when it is"
	}
	if !m.Ends.After(m.Starts) {
		m.Ends = m.Starts.Add(usualLength)
	}
	m.Ends = earlier(m.Ends, m.Starts.Add(14*24*time.Hour))
	if m.Phase != incident.Cancelled && (m.Phase < incident.Upcoming || m.Phase >= incident.Complete || m.Ends.Before(now)) {
		m.Phase = incident.Complete // many are left as they were planned
	}
	if m.Phase != incident.Upcoming {
		m.Started = m.Starts
	}
	if m.Over() {
		if m.Ended = end; !usable(end) || end.Before(m.Starts) && m.Phase == incident.Complete {
			m.Ended = m.Ends
		}
		if m.Phase == incident.Cancelled {
			m.Started = time.Time{}
		}
	}
	return incident.Foreign{There: there, Maintenance: m}, ""
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// usable tells a time that the book can keep.
func usable(t time.Time) bool { return t.Year() >= 2000 && t.Year() <= 2200 }

func (c *Client) foreignIncident(there *incidentThere, states map[int64]incident.State, now time.Time) (f incident.Foreign, why string) {
	if there.DeletedAt != "" {
		return f, ""
	}
	opened := c.at(cmp.Or(there.OccurredAt, there.CreatedAt))
	if text := body(there.Message); there.Status == 0 || there.ScheduledAt != "" || fromLine.MatchString(text) { // of 2.3
		m := &incident.Maintenance{Name: title(there.Name, "maintenance", there.ID), Text: text, Phase: incident.Upcoming}
		m.Starts = c.taken(&m.Text, fromLine)
		if m.Starts.IsZero() {
			m.Starts = c.at(cmp.Or(there.ScheduledAt, there.CreatedAt))
		}
		if there.ComponentID > 0 {
			m.Components = []int64{int64(there.ComponentID)}
		}
		switch incident.Status(there.Status) {
		case incident.Watching:
			m.Phase = incident.UnderWay
		case incident.Fixed:
			m.Phase = incident.Complete
		}
		return c.foreignMaintenance(int64(there.ID), m, time.Time{}, now)
	}
	if !usable(opened) {
		return f, "it does not say when it was"
	}
	i := &incident.Incident{Name: title(there.Name, "incident", there.ID), Public: there.Visible == nil || *there.Visible != 0, Sticky: there.Stickied == 1, Opened: opened}
	i.Created, i.Updated = orElse(c.at(there.CreatedAt), opened), orElse(c.at(there.UpdatedAt), opened)
	first := incident.Update{At: opened, Status: status(there.Status), Text: body(there.Message)}
	if first.Text == i.Name {
		first.Text = "" // it has to have one there
	}
	i.Updates = c.foreignUpdates(there, opened)
	last := first.Status
	if n := len(i.Updates); n > 0 { // the one status that it keeps is that of the last
		last = i.Updates[n-1].Status
		first.Status = incident.Investigating
	} else if last == incident.Fixed && i.Updated.After(opened) && i.Updated.Before(now.Add(time.Hour)) {
		i.Resolved = i.Updated
	}
	i.Updates = slices.Insert(i.Updates, 0, first)
	if i.Status = last; last == incident.Fixed && i.Resolved.IsZero() {
		i.Resolved = resolved(i.Updates)
	}
	if id := int64(there.ComponentID); id > 0 {
		t := incident.Touch{Component: id}
		if last != incident.Fixed && states[id] > incident.Operational && states[id] <= incident.MajorOutage {
			t.State = states[id]
		}
		i.Touched = []incident.Touch{t}
	}
	return incident.Foreign{There: int64(there.ID), Incident: i}, ""
}

// foreignUpdates are those of an incident, the oldest first.
func (c *Client) foreignUpdates(there *incidentThere, opened time.Time) []incident.Update {
	var all []incident.Update
	for _, u := range there.Updates[:min(len(there.Updates), mostUpdates)] {
		one := incident.Update{ID: int64(u.ID), At: c.at(u.CreatedAt), Status: status(u.Status), Text: body(u.Message)}
		if at := c.taken(&one.Text, hourLine); usable(at) {
			one.At = at
		}
		if !usable(one.At) || one.At.Before(opened) {
			one.At = opened
		}
		if one.Text == one.Status.String() {
			one.Text = ""
		}
		if one.ID > 0 {
			all = append(all, one)
		}
	}
	slices.SortFunc(all, func(a, b incident.Update) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return all
}

// resolved is when the last word was that it is fixed, and had not been before.
func resolved(updates []incident.Update) time.Time {
	at := updates[len(updates)-1].At
	for _, u := range slices.Backward(updates) {
		if u.Status != incident.Fixed {
			break
		}
		at = u.At
	}
	return at
}

func status(n number) incident.Status {
	return incident.Status(min(max(n, number(incident.Investigating)), number(incident.Fixed)))
}

func orElse(t, otherwise time.Time) time.Time {
	if usable(t) {
		return t
	}
	return otherwise
}

// title is a name that the book takes: one line, not too long, not empty. In names Cachet has no Markdown.
func title(s, kind string, id number) string {
	return cmp.Or(clip(s, incident.MostName), fmt.Sprintf("%s %d", kind, id))
}

// body is a text that the book takes.
func body(s string) string {
	s = plain(s)
	if utf8.RuneCountInString(s) <= incident.MostText {
		return s
	}
	return string([]rune(s)[:incident.MostText-1]) + "…"
}

func clip(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// small is an order; int has 32 bits on some machines.
func small(n number) int { return int(min(max(n, -1_000_000), 1_000_000)) }
