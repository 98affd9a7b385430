package cachet

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/ledger"
)

const secret = "9KxqyTTYVvuzbWnAUSqZ"

// A scene is the API over a book in a real file, behind a real server, with a clock of the test's.
type scene struct {
	testing.TB
	api  *API
	book *incident.Book
	url  string
	now  time.Time
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
	s := &scene{TB: t, now: time.Date(2026, 11, 20, 12, 30, 15, 0, zone)}
	now := func() time.Time { return s.now }
	if s.book, err = incident.Open(t.Context(), db, now); err != nil {
		t.Fatal(err)
	}
	s.api = &API{Book: s.book, Token: secret, Base: "https://status.example.org", Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Now: now}
	rest := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "the rest: "+r.URL.Path) })
	server := httptest.NewServer(s.api.Handler(rest))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// A request is one as a test writes it.
type request struct {
	method, path string
	kind, body   string
	token        string // "" for the right one, "-" for none
	head         map[string]string
}

// A reply is what came back.
type reply struct {
	code int
	head http.Header
	text string
}

func (s *scene) do(q request) reply {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), q.method, s.url+q.path, strings.NewReader(q.body))
	if err != nil {
		s.Fatal(err)
	}
	if q.body == "" {
		r.Body = nil
	}
	if q.kind != "" {
		r.Header.Set("Content-Type", q.kind)
	}
	switch q.token {
	case "":
		r.Header.Set("X-Cachet-Token", secret)
	case "-":
	default:
		r.Header.Set("X-Cachet-Token", q.token)
	}
	for name, value := range q.head {
		r.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, string(text)}
}

// data is what a good answer has, by its names.
func (s *scene) data(q request) map[string]any {
	s.Helper()
	got := s.do(q)
	var v struct{ Data map[string]any }
	if err := json.Unmarshal([]byte(got.text), &v); err != nil || got.code != http.StatusOK {
		s.Fatalf("%s %s: %d: %s (%v)", q.method, q.path, got.code, got.text, err)
	}
	return v.Data
}

// A list is an answer with several.
type list struct {
	Meta struct{ Pagination pagination }
	Data []map[string]any
}

func (s *scene) list(path, token string) list {
	s.Helper()
	got := s.do(request{method: "GET", path: path, token: token})
	var l list
	if err := json.Unmarshal([]byte(got.text), &l); err != nil || got.code != http.StatusOK {
		s.Fatalf("GET %s: %d: %s (%v)", path, got.code, got.text, err)
	}
	return l
}

// names are those of a list, or another field of it.
func (l list) names(field string) (all []any) {
	for _, one := range l.Data {
		all = append(all, one[field])
	}
	return all
}

func (s *scene) refused(q request, code int, says string) {
	s.Helper()
	got := s.do(q)
	var v struct {
		Errors []struct {
			ID, Title, Detail string
			Status            int
			Meta              struct{ Details []string }
		}
	}
	err := json.Unmarshal([]byte(got.text), &v)
	if err != nil || got.code != code || len(v.Errors) != 1 || v.Errors[0].Status != code || v.Errors[0].Title == "" || v.Errors[0].ID == "" {
		s.Errorf("%s %s %.60s: %d %s, not %d", q.method, q.path, q.body, got.code, got.text, code)
		return
	}
	if all := v.Errors[0].Detail + " " + strings.Join(v.Errors[0].Meta.Details, " "); !strings.Contains(all, says) {
		s.Errorf("%s %s: %q does not say %q", q.method, q.path, all, says)
	}
}
