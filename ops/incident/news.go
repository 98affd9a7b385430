package incident

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// News is what the public is to be told of. It names the thing alone: what there is to say of it is read when it is told, so that
// who is told late is told how things are by then.
type News struct {
	Thing       string    // "incident/12", "maintenance/3"
	Last        time.Time // when there was the last news of it; zero for never
	Subscribers []int64   // who wants to be sent it
}

// newsTime is how old the last word of something that is over may be to be news: what is written up later, or imported, is none.
const newsTime = 24 * time.Hour

type quiet struct{}

// Quietly returns a context for changes that are told to nobody, though they are shown.
func Quietly(ctx context.Context) context.Context { return context.WithValue(ctx, quiet{}, true) }

// Thing takes apart what [News] names.
func Thing(name string) (kind string, id int64, ok bool) {
	kind, number, _ := strings.Cut(name, "/")
	id, err := strconv.ParseInt(number, 10, 64)
	return kind, id, err == nil && id > 0 && (kind == "incident" || kind == "maintenance")
}

// tell finds what of a change is news. An incident is news when it is published, with each update, and when it ends or opens
// again; a maintenance as it is announced, moved, begins and ends, and with each note. Each is so once.
func (w *writing) tell(c *Change) error {
	var thing, mark string
	var fresh bool // it is news if nothing was ever told of it
	var touched []int64
	switch {
	case c.Incident != nil && c.Incident.Public && c.Incident.Deleted.IsZero() && c.Incident.Merged == 0:
		i := c.Incident
		last := i.Updates[len(i.Updates)-1]
		thing, fresh = fmt.Sprintf("incident/%d", i.ID), i.Open() || w.now.Sub(last.At) < newsTime
		mark = fmt.Sprintf("%d %d", newest(i.Updates, func(u Update) int64 { return u.ID }), i.Status)
		for _, t := range i.Touched {
			touched = append(touched, t.Component)
		}
	case c.Maintenance != nil && c.Maintenance.Deleted.IsZero():
		m := c.Maintenance
		thing, touched, fresh = fmt.Sprintf("maintenance/%d", m.ID), m.Components, !m.Over()
		mark = fmt.Sprintf("%d %d %d %d", newest(m.Updates, func(n Note) int64 { return n.ID }), m.Phase, ms(m.Starts), ms(m.Ends))
	default:
		return nil
	}
	var before string
	var last int64
	if err := w.rows(func(rows *sql.Rows) error { return rows.Scan(&before, &last) }, `SELECT mark, at FROM news WHERE thing = ?`, thing); err != nil {
		return err
	}
	if before == mark || before != "" && older(mark, before) {
		return nil
	}
	if err := w.exec(`INSERT INTO news (thing, mark, at) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET mark = ?2, at = ?3`, thing, mark, ms(w.now)); err != nil {
		return err
	}
	if w.ctx.Value(quiet{}) != nil || before == "" && !fresh {
		return nil
	}
	c.News = &News{Thing: thing, Last: moment(last)}
	all, err := readSubscribers(w.rows, `WHERE s.confirmed <> 0`)
	for _, s := range all {
		if s.takes(touched) {
			c.News.Subscribers = append(c.News.Subscribers, s.ID)
		}
	}
	return err
}

func newest[T any](all []T, id func(T) int64) (n int64) {
	for _, one := range all {
		n = max(n, id(one))
	}
	return n
}

// older tells a mark that differs from the one before by nothing but texts that were taken away.
func older(mark, before string) bool {
	now, was := strings.Fields(mark), strings.Fields(before)
	n, _ := strconv.ParseInt(now[0], 10, 64)
	m, _ := strconv.ParseInt(was[0], 10, 64)
	return n < m && slices.Equal(now[1:], was[1:])
}
