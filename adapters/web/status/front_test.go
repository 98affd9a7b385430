package status

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops/incident"
)

// TestHeadline has the banner say how it is as a whole, in words.
func TestHeadline(t *testing.T) {
	s := newScene(t)
	says := func(class string, words ...string) {
		t.Helper()
		page := s.get("/").Body.String()
		_, rest, _ := strings.Cut(page, `<section class="banner `)
		banner, _, _ := strings.Cut(rest, "</section>")
		for _, want := range append(words, class) {
			if !strings.Contains(banner, want) {
				t.Errorf("the banner is %q, want %q", banner, want)
			}
		}
	}
	says("s0", "No service is shown here yet.")
	web, db := s.component("Web", 0), s.component("Database", 0)
	says("s1", "All systems operational")
	s.open("Something", "Nobody knows of what.", incident.Minor)
	says("s2", "Degraded performance")
	one := s.open("Web down", "We look.", incident.Critical, web)
	says("s3", "Partial outage", `1 service is affected: <bdi lang="">Web</bdi>`)
	two := s.open("Database down", "We look.", incident.Critical, db)
	says("s4", "Major outage", `2 services are affected: <bdi lang="">Web</bdi>, <bdi lang="">Database</bdi>`)
	s.update(one, incident.Fixed, "")
	s.update(two, incident.Fixed, "")
	s.update(1, incident.Fixed, "")
	work := s.plan("Upgrade", "", "2026-08-28 12:00", "2026-08-28 14:00", db)
	says("s1", "All systems operational")
	s.phase(work, incident.UnderWay, "")
	says("s5", "Maintenance under way")
}

// TestPast has each of the last days told, with what went on from one to the next.
func TestPast(t *testing.T) {
	s := newScene(t)
	web := s.component("Web", 0)
	s.at("2026-11-20 23:30")
	id := s.open("Over night", "We look.", incident.Minor, web)
	s.at("2026-11-21 00:30")
	s.update(id, incident.Fixed, "Done.")
	s.at("2026-11-23 10:00")
	s.open("Goes on", "We look.", incident.Minor, web)
	s.at("2026-11-24 10:00")
	var f front
	(&sheet{Site: s.site, page: s.Page(), W: s.site.langs[0]}).past(&f)
	var got []string
	for _, p := range f.Past {
		line := p.Day + ":"
		for _, c := range p.All {
			line += " " + c.Name + " " + c.Span.From.Text + "–" + c.Span.To.Text
		}
		for _, l := range p.On {
			line += " " + l.Name + " " + l.Word
		}
		got = append(got, strings.ReplaceAll(line, hard, " "))
	}
	want := []string{
		"Tuesday 24 November: Goes on is still open", "Monday 23 November: Goes on is still open", "Sunday 22 November:", "Saturday 21 November: Over night went on",
		"Friday 20 November: Over night 20 November 2026, 23:30–21 November 2026, 00:30 CET", "Wednesday 11 November – Thursday 19 November:",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
}

// TestSticky has what is sticky stand in front of what is newer, and stay when it is over.
func TestSticky(t *testing.T) {
	s, web, _, _ := pod(t)
	id := s.open("Read this first", "It matters.", incident.Minor, web)
	must[incident.Incident](s)(s.EditIncident(t.Context(), id, func(i *incident.Incident) error { i.Sticky = true; return nil }))
	s.at("2026-11-26 16:50")
	newer := s.open("Newer", "We look.", incident.Major, web)
	least := s.open("Newest", "We look.", incident.Minor, web)
	names := func() string {
		var f front
		(&sheet{Site: s.site, page: s.Page(), W: s.site.langs[0]}).now(&f)
		var all []string
		for _, c := range f.Open {
			all = append(all, c.Name)
		}
		return strings.Join(all, ", ")
	}
	if got := names(); got != "Read this first, Newer, Newest" {
		t.Error(got)
	}
	s.update(id, incident.Fixed, "It is over.")
	s.update(newer, incident.Fixed, "It is over.")
	s.update(least, incident.Fixed, "It is over.")
	if got := names(); got != "Read this first" {
		t.Error(got)
	}
}

// TestNight has more happen than a page holds: it says that there is more, and where.
func TestNight(t *testing.T) {
	s := newScene(t)
	s.component("Web", 0)
	night := *s.Page()
	long := strings.Repeat("It is slow, and we look for the cause. ", 200)
	for n := range 150 {
		at := s.now.Add(-time.Duration(n) * time.Minute)
		i := incident.Incident{ID: int64(n + 1), Name: fmt.Sprintf("Trouble %d", n), Status: incident.Identified, Impact: incident.Minor, Public: true, Opened: at}
		if n >= 25 {
			i.Status, i.Resolved = incident.Fixed, s.now
		}
		for range 1 + n%12 {
			i.Updates = append(i.Updates, incident.Update{At: at, Status: i.Status, Text: long})
		}
		night.Incidents = append(night.Incidents, i)
	}
	s.all = New("diaspote.org", "", base, func() *incident.Page { return &night }, slog.New(slog.DiscardHandler)).Handler(nowhere())
	page := s.get("/").Body.String()
	count := func(in, what string, want int) {
		t.Helper()
		if got := strings.Count(in, what); got != want {
			t.Errorf("%q is there %d times, want %d", what, got, want)
		}
	}
	count(page, `<article class="card`, mostOpen)
	count(page, `<a href="history">10 more</a>`, 1)
	count(page, `<article class="old`, mostPast)
	count(page, `<p class="on">`, mostLinks)
	count(page, "All updates", mostOpen) // each has a text that is cut
	if len(page) > 150_000 {
		t.Errorf("the page has %d bytes", len(page))
	}
	one := s.get("/incidents/12").Body.String()
	count(one, "<li>", 12)
	count(one, "…", 0)
}
