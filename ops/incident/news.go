package incident

import (
	"context"
	"database/sql"
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
// again; a maintenance as it is announced, moved, begins and ends, and with each note. Each is so once. That it touches more is
// news to those alone who were told nothing yet.
func (w *writing) tell(c *Change) error {
	thing, now, fresh := markOf(c, w.now)
	if thing == "" {
		return nil
	}
	before, last, err := w.toldOf(thing)
	if err != nil {
		return err
	}
	first, again := before.state == "", now.older(before)
	added := now.parts
	if again {
		now.state = before.state
	}
	if !first {
		now.parts, added = before.with(now.parts)
	}
	if again && len(added) == 0 {
		return nil
	}
	if err := w.exec(`INSERT INTO news (thing, mark, at) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET mark = ?2, at = ?3`, thing, now.String(), ms(w.now)); err != nil {
		return err
	}
	if w.ctx.Value(quiet{}) != nil || first && !fresh {
		return nil
	}
	c.News = &News{Thing: thing, Last: last}
	all, err := readSubscribers(w.rows, `WHERE s.confirmed <> 0`)
	for _, s := range all {
		if s.takes(now.parts) && !(again && s.takes(before.parts)) {
			c.News.Subscribers = append(c.News.Subscribers, s.ID)
		}
	}
	return err
}

// toldOf is how far was told of a thing, and when last.
func (w *writing) toldOf(thing string) (told mark, last time.Time, err error) {
	var text string
	var at int64
	err = w.rows(func(rows *sql.Rows) error { return rows.Scan(&text, &at) }, `SELECT mark, at FROM news WHERE thing = ?`, thing)
	return readMark(text), moment(at), err
}
