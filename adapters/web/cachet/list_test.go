package cachet

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops/incident"
)

func TestPages(t *testing.T) {
	s := newScene(t)
	for n := range 45 {
		s.data(request{method: "POST", path: fmt.Sprintf("/api/v1/components?status=1&name=c%02d", n)})
	}
	for _, test := range []struct {
		query                   string
		count, size, page, last int
		next, previous          string
	}{
		{"", 20, 20, 1, 3, "page=2", ""},
		{"page=2", 20, 20, 2, 3, "page=3", "page=1"},
		{"page=3", 5, 20, 3, 3, "", "page=2"},
		{"page=4", 0, 20, 4, 3, "", "page=3"},
		{"page=999999999999", 20, 20, 1, 3, "page=2", ""},
		{"page=2147483647&per_page=10000", 0, 10000, 1_000_000, 1, "", "page=999999&per_page=10000"},
		{"page=-1&per_page=-5", 20, 20, 1, 3, "page=2&per_page=-5", ""},
		{"page=x&per_page=x", 20, 20, 1, 3, "page=2&per_page=x", ""},
		{"per_page=0", 20, 20, 1, 3, "page=2&per_page=0", ""},
		{"per_page=10000", 45, 10000, 1, 1, "", ""},
		{"per_page=99999999", 45, 10000, 1, 1, "", ""},
		{"per_page=45", 45, 45, 1, 1, "", ""},
		{"per_page=44&sort=name&order=desc", 44, 44, 1, 2, "order=desc&page=2&per_page=44&sort=name", ""},
	} {
		l := s.list("/api/v1/components?"+test.query, "")
		m := l.Meta.Pagination
		link := func(query string) *string {
			if query == "" {
				return nil
			}
			query = "https://status.example.org/api/v1/components?" + query
			return &query
		}
		same := func(a, b *string) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }
		if m.Total != 45 || m.Count != test.count || len(l.Data) != test.count || m.PerPage != test.size || m.CurrentPage != test.page || m.TotalPages != test.last ||
			!same(m.Links.Next, link(test.next)) || !same(m.Links.Previous, link(test.previous)) {
			t.Errorf("%q: %d of %+v", test.query, len(l.Data), m)
		}
	}
}

// TestLists filters and sorts each list by what Cachet does, and by what it does not.
func TestLists(t *testing.T) {
	s := newScene(t)
	for _, c := range []string{"name=b&status=1&order=3", "name=a&status=4&order=1&enabled=0", "name=c&status=1&order=2"} {
		s.data(request{method: "POST", path: "/api/v1/components?" + c})
	}
	for _, i := range []string{"name=b&status=1&component_id=3&component_status=2", "name=a&status=4&stickied=1", "name=c&status=1&visible=0", "name=it's&status=2&component_id=1"} {
		s.data(request{method: "POST", path: "/api/v1/incidents?message=x&" + i})
	}
	for _, test := range []struct{ path, want string }{
		{"components", "[b a c]"},
		{"components?sort=name", "[a b c]"},
		{"components?sort=name&order=desc", "[c b a]"},
		{"components?sort=order", "[a c b]"},
		{"components?sort=enabled", "[a b c]"},
		{"components?sort=password", "[b a c]"},
		{"components?sort=(SELECT+1)&order='", "[b a c]"},
		{"components?name=a", "[a]"},
		{"components?name=A", "[]"},
		{"components?name=", "[b a c]"},
		{"components?name[]=a", "[b a c]"},
		{"components?status=4", "[a]"},
		{"components?status=4+OR+1=1", "[]"},
		{"components?enabled=True", "[b c]"},
		{"components?enabled=0&name=a", "[a]"},
		{"components?enabled=0&name=b", "[]"},
		{"components?nothing=1", "[b a c]"},
		{"components?id=99999999999999999999", "[]"},
		{"incidents", "[b a c it's]"},
		{"incidents?sort=id&order=desc", "[it's c a b]"},
		{"incidents?sort=name&order=asc", "[a b c it's]"},
		{"incidents?sort=nothing&order=desc", "[b a c it's]"},
		{"incidents?sort=status&order=desc", "[a it's c b]"},
		{"incidents?name=it%27s", "[it's]"},
		{"incidents?name=x%27+OR+%27%27=%27", "[]"},
		{"incidents?visible=false", "[c]"},
		{"incidents?visible=1&status=1", "[b]"},
		{"incidents?stickied=1", "[a]"},
		{"incidents?stickied=perhaps", "[]"},
		{"incidents?component_id=3", "[b]"},
		{"incidents?component_id=1;DELETE+FROM+incident", "[]"},
		{"incidents?component_id=99", "[]"},
		{"incidents?id=2", "[a]"},
		{"incidents?id=2&page=2", "[]"},
		{"incidents?per_page=2&page=2", "[c it's]"},
	} {
		if got := fmt.Sprint(append([]any{}, s.list("/api/v1/"+test.path, "").names("name")...)); got != test.want {
			t.Errorf("%s: %s, not %s", test.path, got, test.want)
		}
	}
}

// thousand fills a book with incidents, all of them public.
func (s *scene) thousand() {
	s.Helper()
	web, err := s.book.AddComponent(s.Context(), incident.Component{Name: "Web"})
	if err != nil {
		s.Fatal(err)
	}
	for range 1000 {
		i := incident.Incident{Name: "Web slow", Public: true, Status: incident.Fixed, Touched: []incident.Touch{{Component: web.ID, State: incident.Degraded}}}
		i.Opened, s.now = s.now, s.now.Add(40*24*time.Hour/1000)
		if _, err := s.book.OpenIncident(s.Context(), i, incident.Update{Text: "what somebody wrote of it"}); err != nil {
			s.Fatal(err)
		}
	}
}

// BenchmarkRead is what a stranger is answered of a thousand incidents.
func BenchmarkRead(b *testing.B) {
	s := newScene(b)
	s.thousand()
	h := s.api.Handler(http.NotFoundHandler())
	for what, path := range map[string]string{"list": "incidents?sort=id&order=desc", "one": "incidents/1000", "components": "components", "ping": "ping", "most": "incidents?per_page=10000"} {
		b.Run(what, func(b *testing.B) {
			r := httptest.NewRequest("GET", "/api/v1/"+path, nil)
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				if h.ServeHTTP(w, r); w.Code != 200 {
					b.Fatal(w.Body)
				}
			}
		})
	}
}

// BenchmarkWrite is how long the ledger takes for a write, as an alert makes one, while nobody reads, and while strangers ask for as
// much as they can.
func BenchmarkWrite(b *testing.B) {
	s := newScene(b)
	s.thousand()
	m, err := s.book.AddMetric(b.Context(), incident.Metric{Name: "Load", Suffix: "x"})
	if err != nil {
		b.Fatal(err)
	}
	h := s.api.Handler(http.NotFoundHandler())
	for what, strangers := range map[string]int{"calm": 0, "crowded": 32} {
		b.Run(what, func(b *testing.B) {
			var all sync.WaitGroup
			ctx, cancel := context.WithCancel(b.Context())
			for range strangers {
				all.Go(func() {
					for ctx.Err() == nil {
						h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", "/api/v1/incidents?per_page=10000", nil))
					}
				})
			}
			for b.Loop() {
				if _, err := s.book.AddPoint(ctx, m.ID, incident.Point{Value: 1}); err != nil {
					b.Fatal(err)
				}
			}
			cancel()
			all.Wait()
		})
	}
}
