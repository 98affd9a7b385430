package web

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops/graph"
)

const (
	cookie      = "vigie-graphs"
	pageWidth   = 960 // of a graph, in pixels
	pageHeight  = 300
	pageColumns = 800
	mostOnPage  = 12
	drawTime    = 20 * time.Second
	longestYear = 10
)

//go:embed page.html style.css script.js
var files embed.FS

// ranges are the steps that the page offers.
func ranges() []span {
	return []span{{"1h", time.Hour}, {"6h", 6 * time.Hour}, {"24h", 24 * time.Hour}, {"7d", 7 * 24 * time.Hour}, {"30d", 30 * 24 * time.Hour}, {"1y", 365 * 24 * time.Hour}}
}

type span struct {
	Name   string
	Length time.Duration
}

// usual are the graphs that are shown if none are asked for.
func usual() []string { return []string{"memory", "cpu", "load", "disk", "net"} }

// page shows the graphs. A link's token becomes a cookie, so that the address can be shown, and looked at, without it.
func (s *Site) page(w http.ResponseWriter, r *http.Request) {
	now := s.Now()
	if token := r.URL.Query().Get("token"); token != "" {
		expires, ok := s.Links.check(token, now)
		if !ok {
			s.expired(w)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: cookie, Value: token, Path: "/graphs", Expires: expires, HttpOnly: true,
			Secure: strings.HasPrefix(s.Links.Base, "https:"), SameSite: http.SameSiteLaxMode})
		http.Redirect(w, r, "/graphs", http.StatusSeeOther)
		return
	}
	c, err := r.Cookie(cookie)
	if err != nil {
		s.expired(w)
		return
	}
	expires, ok := s.Links.check(c.Value, now)
	if !ok {
		s.expired(w)
		return
	}
	view, err := s.view(r, now)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	view.Expires = expires.In(now.Location()).Format("Mon 15:04")
	var b bytes.Buffer
	if err := pageTemplate().Execute(&b, view); err != nil {
		s.Log.Error("the page of graphs could not be made", "err", err)
		http.Error(w, "the page could not be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write(b.Bytes())
}

func (s *Site) expired(w http.ResponseWriter) {
	http.Error(w, "This link is not good any more. Ask the bot for a new one: graph link", http.StatusForbidden)
}

// A view is what the template shows.
type view struct {
	Host, When, Expires string
	From, To            int64 // seconds since 1970
	Ranges              []choice
	Names               []choice
	Earlier, Later, Out string // addresses
	Graphs              []drawn
}

// A choice is a link that may be the present one.
type choice struct {
	Name, About, Link string
	On                bool
}

type drawn struct {
	Name string
	SVG  template.HTML
}

// view reads what is asked for, and draws it.
func (s *Site) view(r *http.Request, now time.Time) (view, error) {
	q := r.URL.Query()
	from, to, err := rangeOf(q, now)
	if err != nil {
		return view{}, err
	}
	names := q["g"]
	if len(names) == 0 {
		names = usual()
	}
	if len(names) > mostOnPage {
		return view{}, errors.New("that are too many graphs for one page")
	}
	v := view{Host: s.Host, From: from.Unix(), To: to.Unix(), When: from.Format("2 Jan 2006 15:04") + " – " + to.Format("2 Jan 2006 15:04 MST")}
	for _, one := range ranges() {
		v.Ranges = append(v.Ranges, choice{Name: one.Name, Link: address(q["g"], "range", one.Name),
			On: q.Get("from") == "" && q.Get("range") == one.Name || one.Name == "24h" && q.Get("range") == "" && q.Get("from") == ""})
	}
	length := to.Sub(from)
	v.Earlier = between(q["g"], from.Add(-length/2), to.Add(-length/2))
	v.Later = between(q["g"], from.Add(length/2), to.Add(length/2))
	v.Out = between(q["g"], from.Add(-length/2), to.Add(length/2))
	for _, n := range s.Names() {
		v.Names = append(v.Names, choice{Name: n.Name, About: n.About, On: slices.Contains(q["g"], n.Name), Link: withRange([]string{n.Name}, q)})
	}
	ctx, cancel := context.WithTimeout(r.Context(), drawTime)
	defer cancel()
	for _, name := range names {
		graphs, ok, err := s.Graph(ctx, name, from, to, pageColumns)
		if err != nil {
			return v, err
		}
		if !ok && len(q["g"]) > 0 {
			return v, errors.New("there is no such graph")
		}
		for _, g := range graphs {
			svg, err := s.draw(ctx, g)
			if err != nil {
				return v, err
			}
			v.Graphs = append(v.Graphs, drawn{name, template.HTML(svg)})
		}
	}
	return v, nil
}

// draw makes one picture at a time: several would take the memory that the host is short of.
func (s *Site) draw(ctx context.Context, g graph.Graph) ([]byte, error) {
	select {
	case s.drawing <- struct{}{}:
		defer func() { <-s.drawing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return g.SVG(pageWidth, pageHeight)
}

// rangeOf reads from and to, or range; the last 24 hours without either.
func rangeOf(q url.Values, now time.Time) (from, to time.Time, err error) {
	if q.Get("from") == "" && q.Get("to") == "" {
		name := q.Get("range")
		if name == "" {
			name = "24h"
		}
		for _, one := range ranges() {
			if one.Name == name {
				return now.Add(-one.Length), now, nil
			}
		}
		return from, to, errors.New("that range is not one of those that are offered")
	}
	a, aErr := strconv.ParseInt(q.Get("from"), 10, 64)
	b, bErr := strconv.ParseInt(q.Get("to"), 10, 64)
	if aErr != nil || bErr != nil || a < 0 || a > 1<<33 || b > 1<<33 {
		return from, to, errors.New("from and to are seconds since 1970")
	}
	from, to = time.Unix(a, 0).In(now.Location()), time.Unix(b, 0).In(now.Location())
	if to.After(now) {
		to = now
	}
	switch {
	case to.Sub(from) < time.Minute:
		return from, to, errors.New("that range is shorter than a minute, or ends before it begins")
	case from.AddDate(longestYear, 0, 0).Before(to):
		return from, to, errors.New("that range is longer than ten years")
	}
	return from, to, nil
}

func address(names []string, pairs ...string) string {
	q := url.Values{}
	for _, n := range names {
		q.Add("g", n)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return "/graphs"
	}
	return "/graphs?" + q.Encode()
}

func between(names []string, from, to time.Time) string {
	return address(names, "from", strconv.FormatInt(from.Unix(), 10), "to", strconv.FormatInt(to.Unix(), 10))
}

// withRange keeps the range that is looked at.
func withRange(names []string, q url.Values) string {
	return address(names, "range", q.Get("range"), "from", q.Get("from"), "to", q.Get("to"))
}

func pageTemplate() *template.Template { return template.Must(template.ParseFS(files, "page.html")) }

// asset serves a file that never changes while the bot runs.
func asset(name, kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		text, err := files.ReadFile(name)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Cache-Control", "max-age=3600")
		w.Write(text)
	}
}
