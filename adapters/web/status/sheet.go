package status

import (
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/diaspote/vigie/ops/incident"
)

// A sheet is one page on its way, and what all pages have in common. The templates read it.
type sheet struct {
	*Site
	page    *incident.Page
	W       *words
	At      place
	Made    string // when a copy was made; "" on the site itself
	address string // where the copy is found; "" if that is not known

	Heading string // "" on the front
	About   string // for previews
	Body    any    // what the page's own template shows
}

// make makes what is at the sheet's path; nil if there is nothing.
func (s *sheet) make() *answer {
	kind, rest, _ := strings.Cut(s.At.page, "/")
	if rest == "" {
		switch kind {
		case "":
			return s.html("front", s.front())
		case "history":
			return s.html("history", s.history())
		case "atom":
			return s.atom()
		case "rss":
			return s.rss()
		case "calendar.ics":
			return s.calendar()
		case "badge.svg":
			return badge(s.title, s.W.States[s.state()], s.state())
		case "favicon.svg":
			return favicon(s.state())
		}
		return nil
	}
	number, picture, _ := strings.Cut(rest, "/")
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil || strconv.FormatInt(id, 10) != number {
		return nil
	}
	n := slices.IndexFunc(s.page.Components, func(c incident.Shown) bool { return c.ID == id })
	switch kind + "/" + picture {
	case "incidents/":
		return s.incident(id)
	case "maintenance/":
		return s.maintenance(id)
	case "components/":
		if n >= 0 {
			return s.component(&s.page.Components[n])
		}
	case "components/badge.svg", "component/shield":
		if n >= 0 {
			c := &s.page.Components[n]
			return badge(c.Name, s.W.States[c.State], c.State)
		}
	}
	return nil
}

// html fills in a page.
func (s *sheet) html(name string, body any) *answer {
	s.Body = body
	return &answer{status: http.StatusOK, kind: "text/html; charset=utf-8", body: s.fill(name, s)}
}

// missing is the page for what is not there: it does not say whether it ever was.
func (s *sheet) missing() *answer {
	s.Heading = s.W.Gone
	a := s.html("missing", nil)
	a.status = http.StatusNotFound
	return a
}

// What the templates ask for.

// Title is how the page calls what it is about.
func (s *sheet) Title() string { return s.title }

// Subtitle is the line below it.
func (s *sheet) Subtitle() string { return s.about }

// Style is the address of the style sheet, with its version.
func (s *sheet) Style() string { return s.At.top() + s.Site.Style() }

// Icon is the address of the favicon.
func (s *sheet) Icon() string { return s.At.top() + "favicon.svg" }

// Subscribe leads to where one subscribes; from a copy to the site itself.
func (s *sheet) Subscribe() string {
	if s.At.files {
		return s.base + "/subscribe"
	}
	return s.At.To("subscribe")
}

func (s *sheet) icon() string {
	if s.address != "" {
		return s.address + "/favicon.svg"
	}
	return s.absolute("favicon.svg")
}

// Feed leads to a feed. Its address names the language, as what reads it has none.
func (s *sheet) Feed(name string) string {
	at := s.At
	at.lang = s.W.Lang
	return at.To(name)
}

// Calendar is the address of the calendar.
func (s *sheet) Calendar() string { return s.Feed("calendar.ics") }

// Whole is the page's own address, wherever it is read.
func (s *sheet) Whole() string { return s.absolute(s.At.page) }

func (s *sheet) absolute(page string) string {
	if s.address != "" {
		return s.address + "/" + s.At.name(page)
	}
	return s.base + "/" + page
}

// id is what programs know a page by, wherever they found it.
func (s *sheet) id(page string) string { return s.base + "/" + page }

// spoken is the absolute address of a page in the language of this one.
func (s *sheet) spoken(page string) string {
	if s.address != "" {
		return s.absolute(page)
	}
	return s.absolute(page) + "?lang=" + s.W.Lang
}

// Elsewhere leads to the same page in the other language.
func (s *sheet) Elsewhere() string {
	folder := ""
	if s.W.Other != s.langs[0] {
		folder = s.W.Other.Lang
	}
	return s.At.in(s.W.Other.Lang, folder)
}

// Zone says in which zone the times are, if it has a name.
func (s *sheet) Zone() string {
	name := s.page.At.Location().String()
	if name == "Local" || name == "" {
		name = zone(s.page.At)
	}
	return fill(s.W.Zone, name)
}

// Copied says when a copy was made; on the pages that stay as they are from one copy to the next, where that is said.
func (s *sheet) Copied() string {
	switch {
	case s.Made == "":
		return ""
	case s.At.page == "" || s.At.page == "history":
		return fill(s.W.Copy, s.Made)
	}
	return s.W.CopyOf
}

// Home is the address of the site itself.
func (s *sheet) Home() string { return s.base + "/" }

// fill puts a value in the place of %s. A value with a % in it stays as it is.
func fill(words, value string) string { return strings.Replace(words, "%s", value, 1) }

// state is that of everything: of the components, and of open incidents that touch none.
func (s *sheet) state() incident.State {
	state := s.page.State
	for n := range s.page.Incidents {
		if i := &s.page.Incidents[n]; i.Open() && len(i.Touched) == 0 && i.Impact != incident.NoImpact {
			state = incident.Worst(state, i.Impact.State())
		}
	}
	if state == incident.MajorOutage && slices.ContainsFunc(s.page.Components, func(c incident.Shown) bool { return !c.State.Down() }) {
		return incident.PartialOutage // it is only some of it
	}
	return state
}

// With is the sheet for a part of it.
func (s *sheet) With(body any) *sheet {
	part := *s
	part.Body = body
	return &part
}

// names are those of components, in the order of the page.
func (s *sheet) names(touched func(id int64) bool) []string {
	var all []string
	for n := range s.page.Components {
		if touched(s.page.Components[n].ID) {
			all = append(all, s.page.Components[n].Name)
		}
	}
	return all
}

// A link leads somewhere.
type link struct {
	Name string
	Href template.HTMLAttr
	Word string // what is so of it
}

// A told is a text that somebody wrote of an incident or a maintenance.
type told struct {
	At     stamp
	Status string
	Text   template.HTML
	More   bool // it goes on
}
