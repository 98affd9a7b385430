package statuspage

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/diaspote/vigie/ops/incident"
)

func TestCall(t *testing.T) {
	s := newScene(t)
	s.fill()
	page := s.book.Page()
	told := map[string]bool{}
	for _, i := range page.Incidents {
		told[s.calls(fmt.Sprintf("incident/%d", i.ID), i.Name)] = true
	}
	for _, m := range page.Maintenance {
		status := s.calls(fmt.Sprintf("maintenance/%d", m.ID), m.Name)
		told[status] = true
		if m.Phase == incident.Cancelled && status != "completed" {
			t.Errorf("one that was cancelled is %s", status)
		}
	}
	for _, want := range []string{"investigating", "resolved", "scheduled", "in_progress", "completed"} {
		if !told[want] {
			t.Errorf("none is %s: %v", want, told)
		}
	}
	for _, thing := range []string{"incident/1", "incident/99", "maintenance/99", "maintenance/-1", "user/2", ""} { // the first is a draft
		if body, ok, err := s.site.Call(thing); ok || err != nil {
			t.Errorf("%q: %s, %v", thing, body, err)
		}
	}
}

// calls returns the status that a webhook is told.
func (s *scene) calls(thing, name string) string {
	s.Helper()
	body, ok, err := s.site.Call(thing)
	if err != nil || !ok {
		s.Fatalf("%s: %v, %v", thing, ok, err)
	}
	var got struct {
		Page struct {
			ID        string
			Indicator string `json:"status_indicator"`
		}
		Incident struct {
			ID, Name, Status string
			Updates          []struct{ Body string } `json:"incident_updates"`
		}
	}
	if err := json.Unmarshal(body, &got); err != nil {
		s.Fatal(err)
	}
	if got.Page.ID == "" || got.Page.Indicator == "" || got.Incident.Name != name || len(got.Incident.Updates) == 0 || strings.Contains(string(body), "dada") || strings.Contains(string(body), "Hidden") {
		s.Errorf("%s: %s", thing, body)
	}
	return got.Incident.Status
}
