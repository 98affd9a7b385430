package mail

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/diaspote/vigie/ops/incident"
)

// mostUpdates is how many texts of an incident a mail has; the page has all.
const mostUpdates = 20

// news puts a thing into words as it is now; nil if the public is not to see it any more.
func (m *Mail) news(ctx context.Context, s incident.Subscriber, thing string) (*letter, error) {
	kind, id, _ := incident.Thing(thing)
	w := wordsIn(s.Language)
	var l *letter
	var err error
	switch kind {
	case "incident":
		l, err = m.incident(ctx, w, id)
	case "maintenance":
		l, err = m.maintenance(ctx, w, id)
	}
	if l == nil || errors.Is(err, incident.ErrNone) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	host := hostIn(m.From)
	l.thread = fmt.Sprintf("%s-%d@%s", kind, id, host)
	l.id = fmt.Sprintf("%s-%d.%s.%d@%s", kind, id, l.id, s.ID, host)
	l.subject = "[" + m.Title + "] " + l.subject
	l.list = listName(m.Title) + "<" + hostIn(m.Links.Base) + ">"
	l.unsubscribe = m.Links.Unsubscribe(s.Address)
	l.text += fmt.Sprintf("\n%s/%s/%d\n\n-- \n%s\n%s\n", m.Links.Base, paths[kind], id, fmt.Sprintf(w.why, m.Title), l.unsubscribe)
	return l, nil
}

// paths are where the status page shows things.
var paths = map[string]string{"incident": "incidents", "maintenance": "maintenance"}

// incident makes a letter, of which the ID is how far the incident is.
func (m *Mail) incident(ctx context.Context, w *language, id int64) (*letter, error) {
	i, err := m.Book.Incident(ctx, id)
	if err != nil || !i.Public || i.Merged != 0 {
		return nil, err
	}
	last := i.Updates[len(i.Updates)-1]
	l := &letter{id: fmt.Sprintf("%d-%d", last.ID, i.Status), subject: fmt.Sprintf(w.subject, w.statuses[i.Status], i.Name)}
	b := &strings.Builder{}
	fmt.Fprintf(b, "%s\n%s\n", i.Name, fmt.Sprintf(w.since, w.statuses[i.Status], w.moment(i.Opened.In(m.Now().Location()))))
	if !i.Open() {
		fmt.Fprintf(b, w.lasted+"\n", w.moment(i.Resolved.In(m.Now().Location())))
	}
	parts := m.names(func(c incident.Component) string {
		n := slices.IndexFunc(i.Touched, func(t incident.Touch) bool { return t.Component == c.ID })
		switch {
		case n < 0:
			return ""
		case !i.Open() || i.Touched[n].State == incident.Unknown:
			return c.Name
		}
		return c.Name + " (" + w.states[i.Touched[n].State] + ")"
	})
	if parts != "" {
		fmt.Fprintf(b, w.touches+"\n", parts)
	}
	for n, u := range slices.Backward(i.Updates) {
		if n < len(i.Updates)-mostUpdates {
			break
		}
		fmt.Fprintf(b, "\n%s · %s\n", w.moment(u.At.In(m.Now().Location())), w.statuses[u.Status])
		if u.Text != "" {
			b.WriteString(u.Text + "\n")
		}
	}
	l.text = b.String()
	return l, nil
}

// maintenance is likewise.
func (m *Mail) maintenance(ctx context.Context, w *language, id int64) (*letter, error) {
	t, err := m.Book.Maintenance(ctx, id)
	if err != nil {
		return nil, err
	}
	zone := m.Now().Location()
	from, to := w.moment(t.Starts.In(zone)), w.moment(t.Ends.In(zone))
	note := int64(0)
	for _, n := range t.Updates {
		note = max(note, n.ID)
	}
	l := &letter{id: fmt.Sprintf("%d-%d-%d-%d", note, t.Phase, t.Starts.Unix(), t.Ends.Unix())}
	l.subject = fmt.Sprintf(w.phases[t.Phase], t.Name)
	if t.Phase == incident.Upcoming {
		l.subject += ", " + from
	}
	b := &strings.Builder{}
	fmt.Fprintf(b, "%s\n%s\n", fmt.Sprintf(w.phases[t.Phase], t.Name), fmt.Sprintf(w.fromTo, from, to))
	if t.Phase == incident.Complete {
		fmt.Fprintf(b, w.lasted+"\n", w.moment(t.Ended.In(zone)))
	}
	parts := m.names(func(c incident.Component) string {
		if !slices.Contains(t.Components, c.ID) {
			return ""
		}
		return c.Name
	})
	if parts != "" {
		fmt.Fprintf(b, w.touches+"\n", parts)
	}
	if t.Text != "" {
		b.WriteString("\n" + t.Text + "\n")
	}
	for _, n := range slices.Backward(t.Updates) {
		if n.Text != "" {
			fmt.Fprintf(b, "\n%s\n%s\n", w.moment(n.At.In(zone)), n.Text)
		}
	}
	l.text = b.String()
	return l, nil
}

// names lists the components that everybody may see, as say calls them; "" leaves one out.
func (m *Mail) names(say func(incident.Component) string) string {
	var all []string
	for _, c := range m.Book.Page().Components {
		if name := say(c.Component); name != "" {
			all = append(all, name)
		}
	}
	return strings.Join(all, ", ")
}

// listName is a title as the phrase of a List-Id (RFC 2919), "" if it could not be one.
func listName(title string) string {
	for _, r := range title {
		if r >= 0x80 || r < ' ' || strings.ContainsRune(`"\<>()@,;:[]`, r) {
			return ""
		}
	}
	return `"` + title + `" `
}
