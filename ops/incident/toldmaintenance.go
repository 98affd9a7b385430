package incident

import (
	"fmt"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops"
)

// tellMaintenance says how a maintenance stands; what is announced of it is told by the clock.
func (w *writing) tellMaintenance(c Change) ([]telling, error) {
	m := c.Maintenance
	if m.Over() && m.Created.Equal(w.now) {
		return nil, nil // it is written down afterwards
	}
	names, err := w.names(m.Components)
	if err != nil {
		return nil, err
	}
	name, key := ops.OneLine(m.Name, 120), fmt.Sprintf("maintenance/%d", m.ID)
	note := ""
	if len(m.Updates) > 0 {
		note = m.Updates[len(m.Updates)-1].Text
	}
	t := telling{Event: ops.Event{Kind: KindMaintenance, Key: key, At: w.now}, fresh: c.Note != nil && c.Note.Person != ""}
	switch {
	case !m.Deleted.IsZero():
		t.ID, t.Title = key+"/removed", fmt.Sprintf("maintenance %d is removed: %s", m.ID, name)
	case m.Phase == Upcoming:
		t.ID, t.Key = fmt.Sprintf("%s/plan/%d", key, ms(m.Starts)), key+"/plan"
		t.Title = fmt.Sprintf("maintenance %d is planned: %s", m.ID, name)
		t.Text = joined(Planned(m, w.now), names)
	case m.Phase == UnderWay:
		t.ID, t.At, t.Lasting = fmt.Sprintf("%s/%d", key, ms(m.Started)), m.Started, true
		t.Title = fmt.Sprintf("maintenance %d is under way: %s", m.ID, name)
		t.Text = strings.TrimPrefix(joined("until "+Hour(m.Ends, w.now), names)+"\n"+note, "\n")
	default:
		t.ID = fmt.Sprintf("%s/%d/over/%d", key, ms(m.Started), m.Phase)
		t.Title, t.Text = fmt.Sprintf("maintenance %d is %s: %s", m.ID, m.Phase, name), note
	}
	if !m.Started.IsZero() && m.Phase != UnderWay {
		t.Lasting, t.Resolved, t.At = true, true, later(m.Ended, m.Started)
	}
	all := []telling{t}
	if m.told&toldLate == 0 {
		return all, nil
	}
	late := telling{Event: ops.Event{Kind: KindMaintenance, Key: key + "/late", ID: fmt.Sprintf("%s/late/%d", key, ms(m.Ends)), At: m.Ends, Lasting: true, Severity: ops.Warning}}
	switch {
	case m.Phase != UnderWay:
		late.ID, late.At, late.Severity, late.Resolved = late.ID+"/over", w.now, ops.Info, true
		late.Title = fmt.Sprintf("maintenance %d has ended", m.ID)
	case w.lately != "":
		late.Title = fmt.Sprintf("maintenance %d should have ended: %s", m.ID, name)
		late.Text = fmt.Sprintf("%s. Give it more time with: maintenance extend %d 1h\nor end it with: maintenance end %[2]d", w.lately, m.ID)
	default:
		return all, nil
	}
	return append(all, late), nil
}

// names are those of components, as people list them; "" for none.
func (w *writing) names(ids []int64) (string, error) {
	var all []string
	for _, id := range ids {
		c, err := readComponents(w.rows, `WHERE id = ?`, id)
		if err != nil {
			return "", err
		}
		for _, c := range c {
			all = append(all, c.Name)
		}
	}
	return list(all), nil
}

func joined(when, names string) string {
	if names == "" {
		return when
	}
	return when + " · " + names
}

// Hour is a time as people plan by it, with its zone, seen from now: "22:00 CET", "22:00 CET on Sunday 29 November".
func Hour(at, now time.Time) string {
	at = at.In(now.Location())
	text := at.Format("15:04 MST")
	if at.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return text
	}
	text += at.Format(" on Monday 2 January")
	if at.Year() != now.Year() {
		text += at.Format(" 2006")
	}
	return text
}

// Planned is from when to when a maintenance is planned: "from 22:00 CET on Sunday 29 November, for 2 h".
func Planned(m *Maintenance, now time.Time) string {
	return "from " + Hour(m.Starts, now) + ", for " + ops.Span(m.Ends.Sub(m.Starts))
}
