package cachet

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops/incident"
)

// secrets fills a book with things that are for nobody, beside things that are for all.
func (s *scene) secrets() (draft, merged int64) {
	s.Helper()
	ctx := s.Context()
	must := func(err error) {
		s.Helper()
		if err != nil {
			s.Fatal(err)
		}
	}
	all, err := s.book.PutGroup(ctx, incident.Group{Name: "All"})
	must(err)
	closed, err := s.book.PutGroup(ctx, incident.Group{Name: "secret group", Hidden: true})
	must(err)
	var ids []int64
	for _, c := range []incident.Component{{Name: "Web", Group: all.ID}, {Name: "secret component", Hidden: true, Group: all.ID}, {Name: "secret too", Group: closed.ID}} {
		made, err := s.book.AddComponent(ctx, c)
		must(err)
		ids = append(ids, made.ID)
	}
	touches := []incident.Touch{{Component: ids[1], State: incident.MajorOutage}, {Component: ids[0], State: incident.Degraded}, {Component: ids[2], State: incident.MajorOutage}}
	open := func(i incident.Incident) int64 {
		i.Touched = touches
		made, err := s.book.OpenIncident(ctx, i, incident.Update{Text: i.Name, Person: "secret person"})
		must(err)
		_, err = s.book.AddUpdate(ctx, made.ID, incident.Update{Text: "more of " + i.Name, Person: "secret person"})
		must(err)
		return made.ID
	}
	open(incident.Incident{Name: "Web slow", Public: true})
	draft = open(incident.Incident{Name: "secret draft"})
	merged = open(incident.Incident{Name: "secret merged"})
	gone := open(incident.Incident{Name: "secret removed", Public: true})
	_, err = s.book.Merge(ctx, draft, merged)
	must(err)
	must(s.book.RemoveIncident(ctx, gone))
	for _, m := range []incident.Metric{{Name: "Load", Suffix: "x", Seen: incident.Everyone}, {Name: "secret metric", Suffix: "x"}, {Name: "secret for all", Suffix: "x", Seen: incident.Nobody}} {
		made, err := s.book.AddMetric(ctx, m)
		must(err)
		_, err = s.book.AddPoint(ctx, made.ID, incident.Point{Value: 1})
		must(err)
	}
	_, err = s.book.Plan(ctx, incident.Maintenance{Name: "kernel", Starts: s.now.Add(time.Hour), Ends: s.now.Add(2 * time.Hour), Components: ids, Person: "secret person"})
	must(err)
	_, err = s.book.Subscribe(ctx, "secret@example.org", "en", nil, true)
	must(err)
	return draft, merged
}

// TestStrangers has somebody without the token, or with a wrong one, read all that there is, and look for what there is not.
func TestStrangers(t *testing.T) {
	s := newScene(t)
	draft, merged := s.secrets()
	paths := []string{"ping", "version", "status", "components", "components/groups", "incidents", "metrics", "schedules", "incidents/1", "incidents/1/updates",
		"metrics/1", "metrics/1/points", "schedules/1", "components/1", "components/groups/1"}
	for _, query := range []string{"visible=0", "id=2", "component_id=2", "component_id=3", "name=secret+draft", "status=1&sort=name", "enabled=0", "group_id=2", "sort=visible&order=desc",
		"id=2+OR+1=1", "name=%27+OR+%27%27=%27", "sort=id;DROP+TABLE+incident", "deleted_at=1", "page=2&per_page=1", "public=0", "tags=secret"} {
		for _, of := range []string{"components", "components/groups", "incidents", "metrics", "schedules", "incidents/1/updates", "metrics/1/points"} {
			paths = append(paths, of+"?"+query)
		}
	}
	for _, token := range []string{"-", "wrong"} {
		s.api.guesses = guesses{}
		for n, path := range paths {
			if n%8 == 0 {
				s.api.guesses = guesses{} // it is not about those here
			}
			got := s.do(request{method: "GET", path: "/api/v1/" + path, token: token})
			if got.code != 200 || strings.Contains(strings.ReplaceAll(got.text, "name=secret", ""), "secret") {
				t.Errorf("%s with %q: %d %s", path, token, got.code, got.text)
			}
		}
	}
	if l := s.list("/api/v1/incidents", "-"); l.Meta.Pagination.Total != 1 || l.Data[0]["component_id"] != 1.0 || len(l.Data[0]["components"].([]any)) != 1 {
		t.Errorf("%+v", l)
	}
	for _, query := range []string{"id=2", "component_id=2", "component_id=3", "visible=0", "name=secret+draft"} {
		if l := s.list("/api/v1/incidents?"+query, "-"); l.Meta.Pagination.Total != 0 || len(l.Data) != 0 {
			t.Errorf("%s: %+v", query, l)
		}
	}
	// What is private is answered to the letter as what never was, but for the number of the answer.
	never := s.do(request{method: "GET", path: "/api/v1/incidents/4711", token: "-"})
	for _, path := range []string{fmt.Sprint("incidents/", draft), fmt.Sprint("incidents/", draft, "/updates"), fmt.Sprint("incidents/", draft, "/updates/4"), fmt.Sprint("incidents/", merged),
		"components/2", "components/3", "components/groups/2", "metrics/2", "metrics/2/points", "metrics/3", "incidents/4", "schedules/9"} {
		got := s.do(request{method: "GET", path: "/api/v1/" + path, token: "-"})
		if got.code != never.code || blank(got.text) != blank(never.text) {
			t.Errorf("%s: %d %s", path, got.code, got.text)
		}
	}
	before := s.do(request{method: "GET", path: "/api/v1/incidents"}).text
	for path, methods := range s.api.addresses() {
		for method := range methods {
			for _, token := range []string{"-", "wrong", secret + "x", secret[1:], strings.ToLower(secret)} {
				s.api.guesses = guesses{}
				q := request{method: method, path: "/api/v1/" + strings.NewReplacer("{id}", "1", "{update}", "2", "{point}", "1").Replace(path), token: token, kind: asJSON, body: `{"name": "x"`}
				if method == "GET" {
					if path == "subscribers" {
						s.refused(q, 401, "X-Cachet-Token")
					}
					continue
				}
				s.refused(q, 401, "X-Cachet-Token")
			}
		}
	}
	if after := s.do(request{method: "GET", path: "/api/v1/incidents"}).text; after != before {
		t.Errorf("strangers have changed something: %s", after)
	}
	// Who has the token sees drafts.
	if l := s.list("/api/v1/incidents?visible=0", ""); len(l.Data) != 1 || l.Data[0]["name"] != "secret draft" || l.Data[0]["visible"] != 0.0 {
		t.Errorf("%+v", l)
	}
	if l := s.list("/api/v1/components?enabled=false", ""); len(l.Data) != 1 {
		t.Errorf("%+v", l)
	}
	// What has become part of another is not there any more for them either.
	for _, path := range []string{"", "/updates", "/updates/4"} {
		s.refused(request{method: "GET", path: fmt.Sprint("/api/v1/incidents/", merged, path)}, 404, "not here")
	}
	s.refused(request{method: "PUT", path: fmt.Sprint("/api/v1/incidents/", merged, "/updates/4"), kind: asJSON, body: `{"message": "x"}`}, 404, "not here")
	s.refused(request{method: "DELETE", path: fmt.Sprint("/api/v1/incidents/", merged, "/updates/4")}, 404, "not here")
}

// blank is an error without its number.
func blank(text string) string {
	var v struct{ Errors []map[string]any }
	if json.Unmarshal([]byte(text), &v) != nil || len(v.Errors) != 1 {
		return text
	}
	delete(v.Errors[0], "id")
	return fmt.Sprint(v)
}

// TestNoToken is a config without one: nobody writes, whatever they send.
func TestNoToken(t *testing.T) {
	s := newScene(t)
	s.api.Token = ""
	for _, token := range []string{"-", " ", "x"} {
		s.refused(request{method: "POST", path: "/api/v1/components?name=x&status=1", token: token}, 401, "")
	}
	if got := s.do(request{method: "GET", path: "/api/v1/components", token: "x"}); got.code != 200 {
		t.Error(got)
	}
}

// TestGuesses has somebody try tokens. Others are not locked out by it, nor do they fill the memory.
func TestGuesses(t *testing.T) {
	s := newScene(t)
	from := func(who string) map[string]string { return map[string]string{"X-Forwarded-For": "10.0.0.1, " + who} }
	for range mostGuesses {
		s.refused(request{method: "POST", path: "/api/v1/components", token: "x", head: from("192.0.2.1")}, 401, "")
	}
	for _, token := range []string{"x", ""} { // the right one is not looked at either
		s.refused(request{method: "POST", path: "/api/v1/components?name=x&status=1", token: token, head: from("192.0.2.1")}, 429, "Too many wrong tokens")
	}
	for _, token := range []string{"-", "x", ""} {
		if got := s.do(request{method: "GET", path: "/api/v1/components", token: token, head: from("192.0.2.1")}); got.code != 200 {
			t.Error("who guesses may not read", got)
		}
	}
	s.refused(request{method: "GET", path: "/api/v1/subscribers", head: from("192.0.2.1")}, 401, "")
	s.data(request{method: "POST", path: "/api/v1/components?name=x&status=1", head: from("192.0.2.2")})
	s.data(request{method: "POST", path: "/api/v1/components?name=y&status=1"}) // of nobody whom the proxy names
	s.now = s.now.Add(guessTime)
	s.data(request{method: "POST", path: "/api/v1/components?name=z&status=1", head: from("192.0.2.1")})

	for n := range 3 * mostGuesser {
		s.api.guesses.note(netip.PrefixFrom(netip.AddrFrom4([4]byte{198, 51, byte(n >> 8), byte(n)}), 32), s.now)
	}
	if n := len(s.api.guesses.all); n > mostGuesser {
		t.Errorf("%d are kept in mind", n)
	}
}

func TestVisitor(t *testing.T) {
	for _, test := range []struct{ remote, forwarded, want string }{
		{"192.0.2.1:80", "", "192.0.2.1/32"},
		{"192.0.2.1:80", "198.51.100.1", "192.0.2.1/32"}, // who is no proxy here says nothing of others
		{"127.0.0.1:80", "198.51.100.1", "198.51.100.1/32"},
		{"127.0.0.1:80", "1.1.1.1, 198.51.100.1", "198.51.100.1/32"},
		{"[::1]:80", "2001:db8::1", "2001:db8::/64"},
		{"[::ffff:192.0.2.1]:80", "", "192.0.2.1/32"},
		{"[fe80::1%eth0]:80", "", "fe80::/64"},
		{"127.0.0.1:80", "", "invalid Prefix"},
		{"127.0.0.1:80", "unknown", "invalid Prefix"},
		{"172.17.0.1:80", "1.1.1.1, 198.51.100.1", "198.51.100.1/32"}, // a proxy in a container
		{"[fd00::1]:80", "2001:db8::1", "2001:db8::/64"},
		{"172.17.0.1:80", "", "172.17.0.1/32"},
		{"172.17.0.1:80", "unknown", "172.17.0.1/32"},
		{"@", "", "invalid Prefix"},
	} {
		r := &http.Request{RemoteAddr: test.remote, Header: http.Header{}}
		if test.forwarded != "" {
			r.Header.Set("X-Forwarded-For", test.forwarded)
		}
		if got := network(r).String(); got != test.want {
			t.Errorf("%+v: %s", test, got)
		}
	}
}

// TestOthers leaves alone what is Prometheus' below /api/v1, and all else.
func TestOthers(t *testing.T) {
	s := newScene(t)
	for _, path := range []string{"/api/v1/query", "/api/v1/query_range", "/api/v1/series", "/api/v1/labels", "/api/v1/label/job/values", "/api/v1/metadata", "/api/v1/status/buildinfo",
		"/api/v1/rules", "/api/v1/alerts", "/api/v1/format_query", "/", "/metrics", "/api/v1", "/api/v1/", "/api/v1/incidents/1/2", "/api/v2/summary.json", "/alertmanager"} {
		for _, method := range []string{"GET", "POST", "OPTIONS"} {
			got := s.do(request{method: method, path: path, token: "-"})
			if got.text != "the rest: "+path || got.head.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %s: %+v", method, path, got)
			}
		}
	}
}

// TestMoved is where links to the pages of Cachet 2.3 lead.
func TestMoved(t *testing.T) {
	s := newScene(t)
	if got := s.do(request{method: "GET", path: "/incident/12", token: "-"}); got.text != "the rest: /incidents/12" {
		t.Errorf("%+v", got)
	}
	for _, path := range []string{"/incident/x", "/incident/-1", "/incident/%2f%2fexample.org"} {
		if got := s.do(request{method: "GET", path: path, token: "-"}); got.code != 404 {
			t.Errorf("%s: %+v", path, got)
		}
	}
	if got := s.do(request{method: "POST", path: "/incident/12", token: "-"}); got.text != "the rest: /incident/12" {
		t.Errorf("%+v", got)
	}
}

// TestElsewhere is what a page on another site can do.
func TestElsewhere(t *testing.T) {
	s := newScene(t)
	got := s.do(request{method: "OPTIONS", path: "/api/v1/incidents/1", token: "-", head: map[string]string{
		"Origin": "https://example.org", "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-cachet-token, content-type"}})
	head := got.head
	if got.code != 204 || head.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(head.Get("Access-Control-Allow-Headers"), "X-Cachet-Token") ||
		!strings.Contains(head.Get("Access-Control-Allow-Methods"), "PUT") || head.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("%+v", got)
	}
	for _, path := range []string{"ping", "incidents/99"} {
		if head := s.do(request{method: "GET", path: "/api/v1/" + path, token: "-"}).head; head.Get("Access-Control-Allow-Origin") != "*" || head.Get("Content-Type") != asJSON {
			t.Errorf("%s: %v", path, head)
		}
	}
	if got := s.do(request{method: "HEAD", path: "/api/v1/ping", token: "-"}); got.code != 200 || got.text != "" || got.head.Get("Content-Length") == "" {
		t.Errorf("%+v", got)
	}
	// A form on another site has the browser send what it remembers, which is not the token.
	s.refused(request{method: "POST", path: "/api/v1/components", token: "-", kind: asForm, body: "name=x&status=1",
		head: map[string]string{"Authorization": "Basic dmlnaWU6OUt4cXlUVFlWdnV6YlduQVVTcVo=", "Cookie": "X-Cachet-Token=" + secret}}, 401, "")
}

// A slowReader takes nothing of an answer until it is let go.
type slowReader struct {
	*httptest.ResponseRecorder
	began, let chan struct{}
}

func (w slowReader) Write(b []byte) (int, error) {
	close(w.began)
	<-w.let
	return w.ResponseRecorder.Write(b)
}

// TestSlow has a stranger read slowly: others are answered meanwhile.
func TestSlow(t *testing.T) {
	s := newScene(t)
	s.data(request{method: "POST", path: "/api/v1/incidents?name=Down&message=x&status=1"})
	w := slowReader{httptest.NewRecorder(), make(chan struct{}), make(chan struct{})}
	var slow sync.WaitGroup
	slow.Go(func() {
		s.api.serve("", methods{"GET": s.api.incidents}).ServeHTTP(w, httptest.NewRequest("GET", "/api/v1/incidents", nil))
	})
	<-w.began
	if l := s.list("/api/v1/incidents?per_page=10000", "-"); len(l.Data) != 1 || l.Meta.Pagination.PerPage != mostStranger {
		t.Errorf("%+v", l)
	}
	close(w.let)
	slow.Wait()
	if w.Code != 200 {
		t.Error(w.Code)
	}
}

// TestTurns has strangers come while one reads: they wait, and go when they have no time left.
func TestTurns(t *testing.T) {
	s := newScene(t)
	done, err := s.api.turn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	s.api.serve("", methods{"GET": s.api.ping}).ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/api/v1/ping", nil))
	if w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if got := s.data(request{method: "POST", path: "/api/v1/components?name=x&status=1"}); got["name"] != "x" { // who has the token waits for nobody
		t.Error(got)
	}
	done()
}

// TestTogether has many write at once: nothing is lost.
func TestTogether(t *testing.T) {
	s := newScene(t)
	s.data(request{method: "POST", path: "/api/v1/components?name=Web&status=1"})
	s.data(request{method: "POST", path: "/api/v1/metrics?name=Load&suffix=x"})
	s.data(request{method: "POST", path: "/api/v1/incidents?name=Down&message=x&status=1"})
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for range 5 {
				s.do(request{method: "POST", path: fmt.Sprintf("/api/v1/incidents/1/updates?status=2&message=%d", n)})
				s.do(request{method: "POST", path: "/api/v1/metrics/1/points?value=1&timestamp=1795170000"})
				s.do(request{method: "GET", path: "/api/v1/incidents", token: "-"})
			}
		})
	}
	all.Wait()
	if l := s.list("/api/v1/incidents/1/updates?per_page=100", "-"); l.Meta.Pagination.Total != 40 {
		t.Errorf("%d updates", l.Meta.Pagination.Total)
	}
	if l := s.list("/api/v1/metrics/1/points", "-"); l.Meta.Pagination.Total != 40 || len(l.Data) != 20 {
		t.Errorf("%d points", l.Meta.Pagination.Total)
	}
}
