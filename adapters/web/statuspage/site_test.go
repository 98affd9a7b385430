package statuspage

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/node"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/ledger"
)

// A scene is the files over a book in a real file, with a clock of the test's.
type scene struct {
	testing.TB
	site    *Site
	book    *incident.Book
	handler http.Handler
	now     time.Time
}

func newScene(t testing.TB) *scene {
	t.Helper()
	db, err := ledger.Open(t.Context(), filepath.Join(t.TempDir(), "vigie.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{TB: t, now: time.Date(2026, 11, 20, 12, 0, 0, 123e6, zone)}
	if s.book, err = incident.Open(t.Context(), db, func() time.Time { return s.now }); err != nil {
		t.Fatal(err)
	}
	s.site = &Site{Title: "diaspote.org", Base: "https://status.example.org", Page: s.book.Page}
	s.handler = s.site.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "the rest") }))
	return s
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// fill writes a story: an incident over, one that goes on, a draft, and maintenance of each kind.
func (s *scene) fill() {
	ctx := s.Context()
	group := must(s.book.PutGroup(ctx, incident.Group{Name: "Mail"}))
	web := must(s.book.AddComponent(ctx, incident.Component{Name: "Web", About: "the pod"})).ID
	smtp := must(s.book.AddComponent(ctx, incident.Component{Name: "SMTP", Group: group.ID})).ID
	must(s.book.AddComponent(ctx, incident.Component{Name: "Hidden", Hidden: true}))
	must(s.book.OpenIncident(ctx, incident.Incident{Name: "secret draft", Impact: incident.Critical, Touched: []incident.Touch{{Component: web}}}, incident.Update{Text: "x"}))
	past := must(s.book.OpenIncident(ctx, incident.Incident{Name: "Web down", Public: true, Touched: []incident.Touch{{Component: web, State: incident.MajorOutage}, {Component: 3, State: incident.MajorOutage}}},
		incident.Update{Text: "We look.", Person: "dada"}))
	s.now = s.now.Add(time.Minute)
	must(s.book.AddUpdate(ctx, past.ID, incident.Update{Status: incident.Watching, Text: "Better.", Person: "dada"}))
	s.now = s.now.Add(time.Minute)
	must(s.book.AddUpdate(ctx, past.ID, incident.Update{Status: incident.Fixed, Text: "Over.", Person: "dada"}))
	s.now = s.now.Add(time.Minute)
	must(s.book.OpenIncident(ctx, incident.Incident{Name: "Mail slow", Public: true, Touched: []incident.Touch{{Component: smtp, State: incident.Degraded}}}, incident.Update{Text: "<b>slow</b>"}))
	plan := func(name string, in time.Duration, p incident.Phase) {
		m := must(s.book.Plan(ctx, incident.Maintenance{Name: name, Text: "half an hour", Starts: s.now.Add(in), Ends: s.now.Add(in + time.Hour), Person: "dada", Components: []int64{web}}))
		if p != incident.Upcoming {
			must(s.book.EditMaintenance(ctx, m.ID, &incident.Note{Text: "a note", Person: "dada"}, func(m *incident.Maintenance) error { m.Phase = p; return nil }))
		}
	}
	plan("PostgreSQL", 48*time.Hour, incident.Upcoming)
	plan("kernel", -30*time.Minute, incident.UnderWay)
	plan("disk", -24*time.Hour, incident.Complete)
	plan("never", 24*time.Hour, incident.Cancelled)
}

func (s *scene) get(path string, head ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	for n := 0; n < len(head); n += 2 {
		r.Header.Set(head[n], head[n+1])
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

func (s *scene) file(name string) map[string]any {
	s.Helper()
	var v map[string]any
	if w := s.get(root + name); w.Code != 200 || json.Unmarshal(w.Body.Bytes(), &v) != nil {
		s.Fatalf("%s: %d %s", name, w.Code, w.Body)
	}
	return v
}

// of are one field of each thing in a list.
func of(v any, field string) (all []any) {
	for _, one := range v.([]any) {
		all = append(all, one.(map[string]any)[field])
	}
	return all
}

func keys(v any) []string { return slices.Sorted(maps.Keys(v.(map[string]any))) }

func TestFiles(t *testing.T) {
	s := newScene(t)
	s.fill()
	check := func(what string, got, want any) {
		t.Helper()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, not %v", what, got, want)
		}
	}
	v := s.file("summary.json")
	check("the fields", keys(v), "[components incidents page scheduled_maintenances status]")
	check("the page", v["page"], map[string]any{"id": "status.example.org", "name": "diaspote.org", "url": "https://status.example.org", "time_zone": "Europe/Paris",
		"updated_at": "2026-11-20T12:03:00.123+01:00"})
	check("the status", v["status"], map[string]any{"indicator": "minor", "description": "Partially Degraded Service"})
	check("components", of(v["components"], "name"), "[Web Mail SMTP]")
	check("their states", of(v["components"], "status"), "[under_maintenance degraded_performance degraded_performance]")
	check("their groups", of(v["components"], "group_id"), "[<nil> <nil> group-1]")
	check("open incidents", of(v["incidents"], "name"), "[Mail slow]")
	check("maintenance at hand", of(v["scheduled_maintenances"], "name"), "[PostgreSQL kernel]")
	components := s.file("components.json")["components"].([]any)
	check("fields of a component", keys(components[0]), "[created_at description group group_id id name only_show_if_degraded page_id position showcase start_date status updated_at]")
	check("a group's components", components[1].(map[string]any)["components"], "[2]")

	all := s.file("incidents.json")["incidents"].([]any)
	check("incidents", of(all, "name"), "[Mail slow Web down]")
	check("fields of an incident", keys(all[1]), "[components created_at id impact incident_updates monitoring_at name page_id resolved_at shortlink started_at status updated_at]")
	past := all[1].(map[string]any)
	check("the status", past["status"], "resolved")
	check("the impact", past["impact"], "critical")
	check("monitoring", past["monitoring_at"], "2026-11-20T12:01:00.123+01:00")
	check("resolved", past["resolved_at"], "2026-11-20T12:02:00.123+01:00")
	check("the link", past["shortlink"], "https://status.example.org/incidents/2")
	check("what it touches", of(past["components"], "name"), "[Web]")
	updates := past["incident_updates"].([]any)
	check("the updates, newest first", of(updates, "status"), "[resolved monitoring investigating]")
	check("fields of an update", keys(updates[0]), "[affected_components body created_at display_at id incident_id status updated_at]")
	for n, want := range []string{"operational from major_outage", "major_outage from major_outage", "major_outage from operational"} {
		a := updates[n].(map[string]any)["affected_components"].([]any)[0].(map[string]any)
		check("affected", fmt.Sprintf("%s from %s", a["new_status"], a["old_status"]), want)
		check("affected", keys(a), "[code name new_status old_status]")
	}
	check("unresolved", of(s.file("incidents/unresolved.json")["incidents"], "name"), "[Mail slow]")

	check("maintenance", of(s.file("scheduled-maintenances.json")["scheduled_maintenances"], "name"), "[PostgreSQL kernel disk]")
	check("upcoming", of(s.file("scheduled-maintenances/upcoming.json")["scheduled_maintenances"], "status"), "[scheduled]")
	active := s.file("scheduled-maintenances/active.json")["scheduled_maintenances"].([]any)
	check("active", of(active, "status"), "[in_progress]")
	check("fields of it", keys(active[0]), "[components created_at id impact incident_updates monitoring_at name page_id resolved_at scheduled_for scheduled_until shortlink started_at status updated_at]")
	m := active[0].(map[string]any)
	check("from", m["scheduled_for"], "2026-11-20T11:33:00.123+01:00")
	check("until", m["scheduled_until"], "2026-11-20T12:33:00.123+01:00")
	check("its impact", m["impact"], "maintenance")
	check("its words", of(m["incident_updates"], "body"), "[a note half an hour]")

	// Ids are strings, and no two things share one; and nothing of a draft, a person or a hidden component is in any file.
	seen := map[any]string{}
	for name := range files {
		text := s.get(root + name).Body.String()
		for _, private := range []string{"secret", "dada", "Hidden", "never", "<b>"} {
			if strings.Contains(text, private) {
				t.Errorf("%s has %q: %s", name, private, text)
			}
		}
	}
	for _, name := range []string{"incidents.json", "scheduled-maintenances.json", "components.json"} {
		for list, v := range s.file(name) {
			if list == "page" {
				continue
			}
			for _, id := range of(v, "id") {
				if _, text := id.(string); !text || list != "components" && seen[id] != "" {
					t.Errorf("the id %v is that of %s and %s", id, list, seen[id])
				}
				seen[id] = list
			}
		}
	}
}

func TestNothing(t *testing.T) {
	s := newScene(t)
	for name := range files {
		text := s.get(root + name).Body.String()
		if strings.Contains(text, "null") || strings.Contains(text, "{}") {
			t.Errorf("%s: %s", name, text)
		}
	}
	if v := s.file("status.json")["status"]; fmt.Sprint(v) != "map[description:All Systems Operational indicator:none]" {
		t.Error(v)
	}
}

func TestOverall(t *testing.T) {
	u, o, d, p, m, w := incident.Unknown, incident.Operational, incident.Degraded, incident.PartialOutage, incident.MajorOutage, incident.Maintained
	for _, test := range []struct {
		states []incident.State
		want   status
	}{
		{nil, status{"none", "All Systems Operational"}},
		{[]incident.State{u}, status{"none", "All Systems Operational"}},
		{[]incident.State{o, u}, status{"none", "All Systems Operational"}},
		{[]incident.State{w}, status{"none", "Service Under Maintenance"}},
		{[]incident.State{o, w}, status{"none", "Service Under Maintenance"}},
		{[]incident.State{d}, status{"minor", "Partially Degraded Service"}},
		{[]incident.State{d, d}, status{"minor", "Degraded System Service"}},
		{[]incident.State{d, w}, status{"minor", "Partially Degraded Service"}},
		{[]incident.State{p}, status{"major", "Partial System Outage"}},
		{[]incident.State{p, o}, status{"minor", "Minor Service Outage"}},
		{[]incident.State{m}, status{"critical", "Major System Outage"}},
		{[]incident.State{m, m}, status{"critical", "Major System Outage"}},
		{[]incident.State{m, o, d}, status{"major", "Partial System Outage"}},
	} {
		page := &incident.Page{}
		for _, s := range test.states {
			page.Components = append(page.Components, incident.Shown{Component: incident.Component{State: s}})
		}
		if got := overall(page); got != test.want {
			t.Errorf("%v: %v, not %v", test.states, got, test.want)
		}
	}
	page := &incident.Page{Incidents: []incident.Incident{{Impact: incident.Critical, Resolved: time.Now()}, {Impact: incident.Major}}}
	if got := overall(page); got.Indicator != "major" {
		t.Errorf("without components: %v", got)
	}
}

func TestCaching(t *testing.T) {
	s := newScene(t)
	s.fill()
	first := s.get(root + "summary.json")
	tag := first.Header().Get("ETag")
	for name, want := range map[string]string{"Access-Control-Allow-Origin": "*", "Content-Type": "application/json; charset=utf-8", "Cache-Control": "public, max-age=0, must-revalidate"} {
		if got := first.Header().Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if w := s.get(root+"summary.json", "If-None-Match", tag); w.Code != 304 || w.Body.Len() != 0 || w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%d", w.Code)
	}
	edition := s.site.edition()
	s.now = s.now.Add(time.Hour)
	if err := s.book.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if w := s.get(root+"summary.json", "If-None-Match", tag); w.Code != 304 || s.site.edition() == edition {
		t.Errorf("%d of a page that is the same but for the hour", w.Code)
	}
	if edition = s.site.edition(); s.site.edition() != edition {
		t.Error("it is made for each visitor")
	}
	must(s.book.AddUpdate(t.Context(), 3, incident.Update{Text: "more"}))
	if w := s.get(root+"summary.json", "If-None-Match", tag); w.Code != 200 || w.Header().Get("ETag") == tag || !strings.Contains(w.Body.String(), `"body":"more"`) {
		t.Errorf("%d of a page that has changed", w.Code)
	}
	for _, test := range []struct {
		method, path string
		code         int
		text         string
	}{
		{"OPTIONS", root + "summary.json", 204, ""}, {"POST", root + "summary.json", 405, "this can be read"}, {"HEAD", root + "status.json", 200, ""},
		{"GET", root + "nothing.json", 200, "the rest"}, {"GET", "/", 200, "the rest"}, {"GET", root + "incidents", 200, "the rest"},
		{"GET", "/api/v2/..%2f..%2fetc/passwd", 200, "the rest"},
	} {
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, httptest.NewRequest(test.method, test.path, nil))
		if w.Code != test.code || !strings.Contains(w.Body.String(), test.text) || test.text == "" && w.Body.Len() > 0 && test.method != "HEAD" {
			t.Errorf("%s %s: %d %s", test.method, test.path, w.Code, w.Body)
		}
	}
}

// TestMany keeps the files to what they have at Atlassian: what is open is never left out.
func TestMany(t *testing.T) {
	s := newScene(t)
	page := &incident.Page{At: s.now}
	for n := range 200 {
		page.Incidents = append(page.Incidents, incident.Incident{ID: int64(n), Resolved: s.now, Status: incident.Fixed})
	}
	page.Incidents[150].Resolved, page.Incidents[150].Status = time.Time{}, incident.Watching
	s.site.Page = func() *incident.Page { return page }
	if got := s.file("incidents.json")["incidents"].([]any); len(got) != mostListed {
		t.Errorf("%d incidents", len(got))
	}
	if got := of(s.file("summary.json")["incidents"], "id"); fmt.Sprint(got) != "[150]" {
		t.Error(got)
	}
}

func TestCopy(t *testing.T) {
	s := newScene(t)
	s.fill()
	all, err := s.site.Files()
	if err != nil || len(all) != len(files) {
		t.Fatalf("%d files, %v", len(all), err)
	}
	for path, text := range all {
		if w := s.get("/" + path); w.Code != http.StatusOK || string(text) != w.Body.String() {
			t.Errorf("%s is %.80s, and not what is served", path, text)
		}
	}
}

// TestClient has a program made for Statuspage read the page.
func TestClient(t *testing.T) {
	s := newScene(t)
	s.fill()
	server := httptest.NewServer(s.handler)
	defer server.Close()
	want := map[string]string{"summary": "components", "components": "components", "incidents": "incidents", "unresolved": "incidents", "upcoming": "scheduled_maintenances"}
	calls := 0
	for line := range node.Run(t, "node", "client.mjs", "PAGE="+server.URL, "HTTP_PROXY=", "http_proxy=") {
		calls++
		call, _ := line["call"].(string)
		got, ok := line["got"].(map[string]any)
		if !ok || got["page"].(map[string]any)["name"] != "diaspote.org" {
			t.Errorf("%s: %v", call, line)
			continue
		}
		if field := want[call]; field != "" && len(got[field].([]any)) == 0 {
			t.Errorf("%s: %v", call, got)
		}
		if call == "status" && got["status"].(map[string]any)["indicator"] != "minor" {
			t.Error(got)
		}
	}
	if calls != 6 {
		t.Errorf("%d calls came to an end", calls)
	}
}

// large is a page as the figures have it: 20 components and 200 incidents.
func large(b *testing.B) *scene {
	s := newScene(b)
	page := &incident.Page{At: s.now}
	for n := range int64(20) {
		page.Components = append(page.Components, incident.Shown{Component: incident.Component{ID: n + 1, Name: fmt.Sprint("component ", n), State: incident.Operational}})
	}
	for n := range int64(200) {
		i := incident.Incident{ID: n + 1, Name: "something was slow", Status: incident.Fixed, Resolved: s.now, Touched: []incident.Touch{{Component: n%20 + 1, State: incident.Degraded}}}
		for u := range int64(4) {
			i.Updates = append(i.Updates, incident.Update{ID: 4*n + u, Status: incident.Status(u + 1), At: s.now, Text: strings.Repeat("what somebody wrote of it ", 5)})
		}
		if n%50 == 0 {
			i.Status, i.Resolved = incident.Watching, time.Time{}
		}
		page.Incidents = append(page.Incidents, i)
	}
	s.site.Page = func() *incident.Page { return page }
	return s
}

func BenchmarkMake(b *testing.B) {
	s := large(b)
	b.ReportAllocs()
	for b.Loop() {
		s.site.now = nil
		s.site.edition().file("summary.json")
	}
}

func BenchmarkSummary(b *testing.B) {
	s := large(b)
	r := httptest.NewRequest("GET", root+"summary.json", nil)
	b.ReportAllocs()
	for b.Loop() {
		s.handler.ServeHTTP(httptest.NewRecorder(), r)
	}
}

func BenchmarkUnchanged(b *testing.B) {
	s := large(b)
	r := httptest.NewRequest("GET", root+"summary.json", nil)
	r.Header.Set("If-None-Match", s.get(root+"summary.json").Header().Get("ETag"))
	b.ReportAllocs()
	for b.Loop() {
		s.handler.ServeHTTP(httptest.NewRecorder(), r)
	}
}
