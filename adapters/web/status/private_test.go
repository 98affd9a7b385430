package status

import (
	"net/http"
	"strings"
	"testing"

	"github.com/diaspote/vigie/ops/incident"
)

// everywhere are all addresses that show what the book holds.
func (s *scene) everywhere() (all []string) {
	all = []string{"/", "/history", "/atom", "/rss", "/calendar.ics", "/badge.svg", "/favicon.svg"}
	for _, kind := range []string{"/incidents/", "/maintenance/", "/components/"} {
		for _, n := range strings.Fields("1 2 3 4 5 6 7 8 9") {
			all = append(all, kind+n)
		}
	}
	for _, n := range strings.Fields("1 2 3 4 5 6 7 8 9") {
		all = append(all, "/components/"+n+"/badge.svg", "/component/"+n+"/shield")
	}
	return all
}

// TestPrivate has drafts, what is hidden, deleted and merged, and who wrote it, nowhere; and their addresses like those of what never was.
func TestPrivate(t *testing.T) {
	s, web, _, _ := pod(t)
	ctx := t.Context()
	draft := must[incident.Incident](s)(s.OpenIncident(ctx, incident.Incident{Name: "SECRET draft", Impact: incident.Major, Touched: []incident.Touch{{Component: web}}},
		incident.Update{Text: "SECRET text", Person: "dada"}))
	deleted := s.open("SECRET deleted", "SECRET text", incident.Minor)
	if err := s.RemoveIncident(ctx, deleted); err != nil {
		t.Fatal(err)
	}
	other := must[incident.Incident](s)(s.OpenIncident(ctx, incident.Incident{Name: "SECRET merged draft"}, incident.Update{Text: "part of it"}))
	into := s.open("All is slow", "We look.", incident.Minor)
	public := s.open("Queue is slow", "We look.", incident.Minor)
	must[incident.Incident](s)(s.Merge(ctx, into, other.ID))
	must[incident.Incident](s)(s.Merge(ctx, into, public))
	hidden := must[incident.Component](s)(s.AddComponent(ctx, incident.Component{Name: "SECRET component", Hidden: true}))
	work := s.plan("SECRET work", "SECRET text", "2026-12-01 22:00", "2026-12-01 23:00")
	if err := s.RemoveMaintenance(ctx, work); err != nil {
		t.Fatal(err)
	}
	for _, path := range s.everywhere() {
		for _, lang := range []string{"en", "fr"} {
			w := s.get(path, "Accept-Language: "+lang)
			all := w.Body.String() + w.Header().Get("Location")
			if strings.Contains(all, "SECRET") || strings.Contains(all, "dada") {
				t.Errorf("%s tells what is private: %s", path, all)
			}
		}
	}
	for kind, gone := range map[string][]int64{
		"/incidents/":   {draft.ID, deleted, other.ID},
		"/maintenance/": {work},
		"/components/":  {hidden.ID},
	} {
		never := s.get(kind + "4711")
		for _, id := range gone {
			w := s.get(kind + number(id))
			if w.Code != http.StatusNotFound || w.Body.String() != never.Body.String() || w.Header().Get("Etag") != never.Header().Get("Etag") {
				t.Errorf("%s%d is not like what never was: %d", kind, id, w.Code)
			}
		}
	}
	if w := s.get("/incidents/" + number(public)); w.Code != http.StatusMovedPermanently || w.Header().Get("Location") != "../incidents/"+number(into) {
		t.Errorf("what is merged: %d, %q", w.Code, w.Header().Get("Location"))
	}
	for _, path := range []string{"/incidents/01", "/incidents/+1", "/incidents/1x", "/incidents/99999999999999999999", "/incidents/-1", "/components/x/badge.svg"} {
		if w := s.get(path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}
