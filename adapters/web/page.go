package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"
)

const mostOnPage = 12

// usual are the graphs that are shown if none are asked for.
func usual() []string { return []string{"memory", "cpu", "load", "disk", "net"} }

// page shows the graphs. A link's token becomes a cookie, so that the address can be shown, and looked at, without it.
func (s *Site) page(w http.ResponseWriter, r *http.Request) {
	now := s.Now()
	if token := r.URL.Query().Get("token"); token != "" {
		s.enter(w, r, token, now)
		return
	}
	expires, ok := s.visitor(r, now)
	if !ok {
		s.closed(w)
		return
	}
	view, err := s.view(r, now)
	if err != nil {
		s.wrong(w, err)
		return
	}
	view.Expires = expires.In(now.Location()).Format("Mon 15:04")
	s.show(w, http.StatusOK, "page.html", view)
}

// A view is what the template shows.
type view struct {
	Host, When, Zone, Expires string
	Begin, End, Now           string   // as the form has them
	Asked                     []string // names
	Spans, Names              []choice
	Earlier, Later, Out       string // addresses, "" where there is nothing to see
	Graphs                    []shown
}

// A choice is a link that may be the present one.
type choice struct {
	Name, About, Link string
	On                bool
}

// shown is a graph on the page, by the addresses of its pictures from the narrowest to the widest.
type shown struct {
	Name, About, Link string
	Pictures          []picture
}

type picture struct {
	size
	Link string
}

// view reads what is asked for.
func (s *Site) view(r *http.Request, now time.Time) (view, error) {
	q := r.URL.Query()
	from, to, span, err := spanOf(q, now)
	if err != nil {
		return view{}, err
	}
	asked := q["g"]
	v := view{
		Host: s.Host, When: when(from, to), Zone: to.Format("MST"), Asked: asked,
		Begin: from.Format(localTime), End: to.Format(localTime), Now: now.Format(localTime),
	}
	for _, one := range spans() {
		v.Spans = append(v.Spans, choice{Name: one.Name, Link: address(asked, "range", one.Name), On: one.Name == span})
	}
	v.travel(from, to, now)
	same := func(names ...string) string { // the same time
		if span != "" {
			return address(names, "range", q.Get("range"))
		}
		return between(names, from, to)
	}
	for _, n := range s.Names() {
		v.Names = append(v.Names, choice{Name: n.Name, About: n.About, On: slices.Contains(asked, n.Name), Link: same(n.Name)})
	}
	found, err := s.asked(asked)
	for _, n := range found {
		one := shown{Name: n.Name, About: n.About, Link: same(n.Name)}
		for _, size := range sizes() {
			link := address([]string{n.Name}, "from", seconds(from), "to", seconds(to), "w", strconv.Itoa(size.Width))
			one.Pictures = append(one.Pictures, picture{size, "graphs/picture.svg" + link})
		}
		v.Graphs = append(v.Graphs, one)
	}
	return v, err
}

// asked are the graphs that names stand for; the usual ones for no names.
func (s *Site) asked(names []string) (all []Name, err error) {
	if len(names) == 0 {
		for _, name := range usual() {
			all = append(all, s.Find(name)...)
		}
		return all[:min(len(all), mostOnPage)], nil
	}
	if len(names) > mostOnPage {
		return nil, errors.New("that are too many graphs for one page")
	}
	for _, name := range names {
		found := s.Find(name)
		if len(found) == 0 {
			return nil, errors.New("there is no such graph")
		}
		all = append(all, found...)
	}
	return all[:min(len(all), mostOnPage)], nil
}

// travel sets the ways to other times: half the length earlier and later, and twice as long.
func (v *view) travel(from, to, now time.Time) {
	length := to.Sub(from)
	earliest := time.Unix(0, 0)
	if from.Add(-length / 2).After(earliest) {
		v.Earlier = between(v.Asked, from.Add(-length/2), to.Add(-length/2))
	}
	if to.Before(now) {
		end := min(length/2, now.Sub(to))
		v.Later = between(v.Asked, from.Add(end), to.Add(end))
	}
	if 2*length <= longestSpan {
		end := to.Add(min(length/2, now.Sub(to)))
		if end.Add(-2 * length).After(earliest) {
			v.Out = between(v.Asked, end.Add(-2*length), end)
		}
	}
}

// when says from when to when, in as few words as a phone has room for.
func when(from, to time.Time) string {
	begin, end := "2 Jan 2006 15:04", "2 Jan 2006 15:04 MST"
	if from.Year() == to.Year() {
		begin = "2 Jan 15:04"
		if from.YearDay() == to.YearDay() {
			end = "15:04 MST"
		}
	}
	if from.Format("MST") != to.Format("MST") {
		begin += " MST"
	}
	return from.Format(begin) + " – " + to.Format(end)
}
