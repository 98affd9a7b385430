package status

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"
	"github.com/mmcdole/gofeed"

	"github.com/diaspote/vigie/ops/incident"
)

// TestFeeds has a library that reads feeds of all kinds read both: they hold the same.
func TestFeeds(t *testing.T) {
	for name, s := range map[string]*scene{"trouble": trouble(t), "hostile": hostile(t), "empty": newScene(t)} {
		var both [2]*gofeed.Feed
		for n, path := range []string{"/atom", "/rss"} {
			w := s.get(path + "?lang=fr")
			feed, err := gofeed.NewParser().Parse(w.Body)
			if err != nil {
				t.Fatalf("%s%s: %v", name, path, err)
			}
			if want := []string{"atom", "rss"}[n]; feed.FeedType != want || feed.Language != "fr" || feed.Title != "diaspote.org · État" || feed.UpdatedParsed == nil {
				t.Errorf("%s%s: %+v", name, path, feed)
			}
			both[n] = feed
		}
		if len(both[0].Items) != len(both[1].Items) || (len(both[0].Items) == 0) != (name == "empty") {
			t.Fatalf("%s: %d and %d items", name, len(both[0].Items), len(both[1].Items))
		}
		for n, a := range both[0].Items {
			b := both[1].Items[n]
			if a.Title != b.Title || a.Link != b.Link || a.Content != b.Description || !a.UpdatedParsed.Truncate(time.Second).Equal(*b.PublishedParsed) || a.GUID != a.Link || b.GUID == b.Link {
				t.Errorf("%s: items %+v and %+v", name, a, b)
			}
			if n > 0 && a.UpdatedParsed.After(*both[0].Items[n-1].UpdatedParsed) {
				t.Errorf("%s: item %d is newer than the one before", name, n)
			}
			if strings.Contains(a.Content, "<script") || strings.Contains(a.Content, "<img") {
				t.Errorf("%s: %s", name, a.Content)
			}
		}
	}
}

// TestFeedItem has an incident stay one item of Atom, and be a new one of RSS each time that something is written of it.
func TestFeedItem(t *testing.T) {
	s, web, _, _ := pod(t)
	id := s.open("Pod <slow>", "We look & look.", incident.Minor, web)
	read := func(path string) *gofeed.Item {
		t.Helper()
		feed, err := gofeed.NewParser().Parse(s.get(path).Body)
		if err != nil {
			t.Fatal(err)
		}
		return feed.Items[0]
	}
	atom, rss := read("/atom"), read("/rss")
	if atom.Title != "Investigating: Pod <slow>" || atom.Link != base+"/incidents/"+number(id) || !strings.Contains(atom.Content, "We look &amp; look.") {
		t.Errorf("%+v", atom)
	}
	s.at("2026-11-26 17:30")
	s.update(id, incident.Fixed, "It was the cache.")
	later, anew := read("/atom"), read("/rss")
	if later.GUID != atom.GUID || !later.UpdatedParsed.Equal(s.now) || later.Title != "Resolved: Pod <slow>" {
		t.Errorf("%+v", later)
	}
	if anew.GUID == rss.GUID || !strings.Contains(anew.Description, "It was the cache.") {
		t.Errorf("%+v", anew)
	}
}

// TestCalendar has a library of calendars read the maintenance.
func TestCalendar(t *testing.T) {
	s, web, _, _ := pod(t)
	name, text := "Disk; 1, \\ 2 — "+strings.Repeat("é", 60), "One line,\nand another; "+strings.Repeat("日本", 100)
	id := s.plan(name, text, "2026-11-28 22:00", "2026-11-29 02:30", web)
	event := func(id int64) *ics.VEvent {
		t.Helper()
		w := s.get("/calendar.ics")
		for line := range strings.SplitSeq(w.Body.String(), "\r\n") {
			if len(line) > 75 || strings.ContainsAny(line, "\r\n") || !utf8.ValidString(line) {
				t.Errorf("a line of %d bytes: %q", len(line), line)
			}
		}
		cal, err := ics.ParseCalendar(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range cal.Events() {
			if e.Id() == "maintenance-"+number(id)+"@status.diaspote.org" {
				return e
			}
		}
		t.Fatalf("no maintenance %d", id)
		return nil
	}
	value := func(e *ics.VEvent, name ics.ComponentProperty) string {
		if p := e.GetProperty(name); p != nil {
			return p.Value
		}
		return ""
	}
	e := event(id)
	starts, err := e.GetStartAt()
	ends, endErr := e.GetEndAt()
	if err != nil || endErr != nil || !starts.Equal(time.Date(2026, 11, 28, 21, 0, 0, 0, time.UTC)) || !ends.Equal(time.Date(2026, 11, 29, 1, 30, 0, 0, time.UTC)) {
		t.Errorf("from %v to %v, %v, %v", starts, ends, err, endErr)
	}
	if got := value(e, ics.ComponentPropertySummary); got != name {
		t.Errorf("%q, want %q", got, name)
	}
	if got := value(e, ics.ComponentPropertyDescription); got != text+"\n\nAffects: Web" {
		t.Errorf("%q", got)
	}
	if value(e, ics.ComponentPropertySequence) != "0" || value(e, ics.ComponentPropertyStatus) != "CONFIRMED" || value(e, ics.ComponentPropertyDtstamp) != "20261126T154500Z" {
		t.Errorf("%+v", e)
	}
	s.at("2026-11-27 09:00")
	s.phase(id, incident.Cancelled, "Not needed.")
	e = event(id)
	if value(e, ics.ComponentPropertySequence) != "58500" || value(e, ics.ComponentPropertyStatus) != "CANCELLED" || value(e, ics.ComponentPropertyDtstamp) != "20261127T080000Z" {
		t.Errorf("%+v", e)
	}
	if done := event(1); value(done, ics.ComponentPropertyStatus) != "CONFIRMED" {
		t.Errorf("%+v", done)
	}
}

// TestPictures has badges be XML, whatever they are of.
func TestPictures(t *testing.T) {
	s := hostile(t)
	hidden := s.get("/components/99/badge.svg")
	if hidden.Code != 404 {
		t.Errorf("of no component: %d", hidden.Code)
	}
	for path, want := range map[string]string{
		"/badge.svg": "diaspote.org: Partial outage", "/components/2/badge.svg": `"><script>alert(2)</script>{{.}}: Major outage`, "/component/3/shield": "خدمة الويب 123 (Web): Operational",
		"/components/1/badge.svg?lang=fr": "DonaudampfschifffahrtDonaudampfschifffa…: Panne majeure", "/favicon.svg": "",
	} {
		w := s.get(path)
		title := ""
		for in := xml.NewDecoder(w.Body); ; {
			token, err := in.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			start, ok := token.(xml.StartElement)
			switch {
			case ok && start.Name.Local == "script":
				t.Errorf("%s has a script", path)
			case ok && start.Name.Local == "title":
				if err := in.DecodeElement(&title, &start); err != nil {
					t.Fatal(err)
				}
			}
		}
		if title != want || w.Header().Get("Content-Type") != "image/svg+xml" || w.Header().Get("Cross-Origin-Resource-Policy") != "cross-origin" {
			t.Errorf("%s: %q, %v", path, title, w.Header())
		}
	}
}
