package status

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops/incident"
)

// mostItems is how many items a feed has.
const mostItems = 30

// An item is an incident or a maintenance as the feeds have it: one for each, which changes when something is written of it.
type item struct {
	title, page, html string
	at, changed       time.Time
}

// items are those that changed last.
func (s *sheet) items() []item {
	var all []item
	for n := range s.page.Incidents {
		i := &s.page.Incidents[n]
		c := s.incidentCard(i, 0, 0)
		all = append(all, item{title: c.Word + s.W.Colon + i.Name, page: "incidents/" + number(i.ID), html: s.feedText(&c), at: i.Opened, changed: lastOf(i)})
	}
	for n := range s.page.Maintenance {
		m := &s.page.Maintenance[n]
		c := s.maintenanceCard(m, 0, 0)
		all = append(all, item{
			title: s.W.Maintenance + ", " + strings.ToLower(c.Word) + s.W.Colon + m.Name, page: "maintenance/" + number(m.ID), html: s.feedText(&c), at: m.Created, changed: m.Updated,
		})
	}
	slices.SortStableFunc(all, func(a, b item) int { return b.changed.Compare(a.changed) })
	return all[:min(len(all), mostItems)]
}

func lastOf(i *incident.Incident) time.Time {
	last := i.Opened
	for _, u := range i.Updates {
		if u.At.After(last) {
			last = u.At
		}
		if u.Updated.After(last) {
			last = u.Updated
		}
	}
	return last
}

// feedText is all that was written, as HTML.
func (s *sheet) feedText(c *card) string {
	var b strings.Builder
	if c.Span != nil {
		b.WriteString("<p>" + c.Span.From.Text + " – " + c.Span.To.Text + " (" + c.Long + ")</p>")
	}
	if len(c.Touched) > 0 {
		b.WriteString("<p>" + s.W.Touches + s.W.Colon + string(prose(strings.Join(c.Touched, ", "))) + "</p>")
	}
	if c.Text != "" {
		b.WriteString("<p>" + string(c.Text) + "</p>")
	}
	for _, u := range c.Updates {
		b.WriteString("<p><strong>" + u.Status + "</strong> · " + u.At.Text + "<br>" + string(u.Text) + "</p>")
	}
	return b.String()
}

// newest is when the newest item changed.
func (s *sheet) newest(items []item) time.Time {
	if len(items) == 0 {
		y, m, d := s.page.At.Date()
		return time.Date(y, m, d, 0, 0, 0, 0, s.page.At.Location()) // so that the feed of a calm pod changes once a day
	}
	return items[0].changed
}

// The elements of Atom (RFC 4287).
type (
	atomFeed struct {
		XMLName  xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		Lang     string      `xml:"xml:lang,attr"`
		Title    string      `xml:"title"`
		Subtitle string      `xml:"subtitle,omitempty"`
		ID       string      `xml:"id"`
		Updated  string      `xml:"updated"`
		Icon     string      `xml:"icon"`
		Links    []atomLink  `xml:"link"`
		Author   atomAuthor  `xml:"author"`
		Entries  []atomEntry `xml:"entry"`
	}
	atomLink struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr"`
		Href string `xml:"href,attr"`
	}
	atomAuthor struct {
		Name string `xml:"name"`
	}
	atomEntry struct {
		Title     string   `xml:"title"`
		ID        string   `xml:"id"`
		Published string   `xml:"published"`
		Updated   string   `xml:"updated"`
		Link      atomLink `xml:"link"`
		Content   atomText `xml:"content"`
	}
	atomText struct {
		Type string `xml:"type,attr"`
		HTML string `xml:",chardata"`
	}
)

func (s *sheet) atom() *answer {
	items := s.items()
	f := atomFeed{
		Lang: s.W.Lang, Title: s.title + " · " + s.W.Status, Subtitle: s.about, ID: s.id(""), Updated: iso(s.newest(items).UTC()), Icon: s.icon(),
		Links: []atomLink{
			{"self", "application/atom+xml", s.spoken("atom")}, {"alternate", "text/html", s.spoken("")},
		},
		Author: atomAuthor{s.title},
	}
	for _, i := range items {
		f.Entries = append(f.Entries, atomEntry{
			Title: i.title, ID: s.id(i.page), Published: iso(i.at.UTC()), Updated: iso(i.changed.UTC()),
			Link: atomLink{"alternate", "text/html", s.absolute(i.page)}, Content: atomText{"html", i.html},
		})
	}
	return s.xml("application/atom+xml; charset=utf-8", f)
}

// The elements of RSS 2.0 (https://www.rssboard.org/rss-specification).
type (
	rssFeed struct {
		XMLName xml.Name   `xml:"rss"`
		Version string     `xml:"version,attr"`
		Atom    string     `xml:"xmlns:atom,attr"`
		Channel rssChannel `xml:"channel"`
	}
	rssChannel struct {
		Title       string    `xml:"title"`
		Link        string    `xml:"link"`
		Description string    `xml:"description"`
		Language    string    `xml:"language"`
		Built       string    `xml:"lastBuildDate"`
		Minutes     int       `xml:"ttl"`
		Self        atomLink  `xml:"atom:link"`
		Items       []rssItem `xml:"item"`
	}
	rssItem struct {
		Title       string  `xml:"title"`
		Link        string  `xml:"link"`
		GUID        rssGUID `xml:"guid"`
		Date        string  `xml:"pubDate"`
		Description string  `xml:"description"`
	}
	rssGUID struct {
		Permanent bool   `xml:"isPermaLink,attr"`
		ID        string `xml:",chardata"`
	}
)

// rss has what atom has. A reader of RSS takes an item that changed for a new one only if its guid is new, so that has the time in it.
func (s *sheet) rss() *answer {
	items := s.items()
	c := rssChannel{
		Title: s.title + " · " + s.W.Status, Link: s.spoken(""), Description: s.title + " · " + s.W.Status, Language: s.W.Lang,
		Built: s.newest(items).UTC().Format(rssTime), Minutes: 5, Self: atomLink{"self", "application/rss+xml", s.spoken("rss")},
	}
	if s.about != "" {
		c.Description = s.about
	}
	for _, i := range items {
		c.Items = append(c.Items, rssItem{
			Title: i.title, Link: s.absolute(i.page), GUID: rssGUID{false, s.id(i.page) + "#" + url.QueryEscape(iso(i.changed.UTC()))},
			Date: i.changed.UTC().Format(rssTime), Description: i.html,
		})
	}
	return s.xml("application/rss+xml; charset=utf-8", rssFeed{Version: "2.0", Atom: "http://www.w3.org/2005/Atom", Channel: c})
}

// rssTime is RFC 822's with four digits of the year.
const rssTime = "Mon, 02 Jan 2006 15:04:05 GMT"

func (s *sheet) xml(kind string, feed any) *answer {
	body, err := xml.Marshal(feed)
	if err != nil {
		s.log.Error("a feed could not be made", "err", err)
		return &answer{}
	}
	return &answer{status: http.StatusOK, kind: kind, body: append([]byte(xml.Header), body...), open: true}
}
