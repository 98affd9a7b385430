package status

import (
	"fmt"
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

// A scene is a book in a file, with a clock of the test's, and the site of it.
type scene struct {
	*incident.Book
	t    testing.TB
	db   *ledger.DB
	now  time.Time
	site *Site
	all  http.Handler
}

const base = "https://status.diaspote.org"

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
	s := &scene{t: t, db: db, now: time.Date(2026, 8, 28, 12, 0, 0, 0, zone)}
	if s.Book, err = incident.Open(t.Context(), db, func() time.Time { return s.now }); err != nil {
		t.Fatal(err)
	}
	s.site = New("diaspote.org", "A diaspora* pod run by two volunteers", base, s.Page, slog.New(slog.DiscardHandler))
	s.all = s.site.Handler(nowhere())
	return s
}

func must[T any](s *scene) func(T, error) T {
	return func(v T, err error) T {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
		return v
	}
}

// at moves the clock: "2026-11-26 22:00".
func (s *scene) at(when string) {
	s.t.Helper()
	t, err := time.ParseInLocation("2006-01-02 15:04", when, s.now.Location())
	if err != nil {
		s.t.Fatal(err)
	}
	s.now = t
	if err := s.Refresh(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scene) component(name string, group int64) int64 {
	s.t.Helper()
	return must[incident.Component](s)(s.AddComponent(s.t.Context(), incident.Component{Name: name, Group: group})).ID
}

// open opens a public incident.
func (s *scene) open(name, text string, impact incident.Impact, touched ...int64) int64 {
	s.t.Helper()
	i := incident.Incident{Name: name, Impact: impact, Public: true}
	for _, c := range touched {
		i.Touched = append(i.Touched, incident.Touch{Component: c})
	}
	return must[incident.Incident](s)(s.OpenIncident(s.t.Context(), i, incident.Update{Text: text, Person: "dada"})).ID
}

func (s *scene) update(id int64, status incident.Status, text string) {
	s.t.Helper()
	must[incident.Incident](s)(s.AddUpdate(s.t.Context(), id, incident.Update{Status: status, Text: text, Person: "dada"}))
}

func (s *scene) plan(name, text, from, to string, components ...int64) int64 {
	s.t.Helper()
	parse := func(when string) time.Time {
		t, err := time.ParseInLocation("2006-01-02 15:04", when, s.now.Location())
		if err != nil {
			s.t.Fatal(err)
		}
		return t
	}
	m := incident.Maintenance{Name: name, Text: text, Starts: parse(from), Ends: parse(to), Components: components, Person: "dada"}
	return must[incident.Maintenance](s)(s.Plan(s.t.Context(), m)).ID
}

func (s *scene) phase(id int64, phase incident.Phase, text string) {
	s.t.Helper()
	must[incident.Maintenance](s)(s.EditMaintenance(s.t.Context(), id, &incident.Note{Text: text, Person: "dada"}, func(m *incident.Maintenance) error {
		m.Phase = phase
		return nil
	}))
}

// nowhere is what the bot has besides the page.
func nowhere() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
}

// get asks for a path, with headers: "Accept-Language: fr".
func (s *scene) get(path string, headers ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	s.all.ServeHTTP(w, r)
	return w
}

// pod is a usual pod, seen on a usual day: components in two groups, and a few things that were.
func pod(t testing.TB) (s *scene, web, db, queue int64) {
	t.Helper()
	s = newScene(t)
	group := must[incident.Group](s)(s.PutGroup(t.Context(), incident.Group{Name: "Behind it", Order: 1, Collapsed: true}))
	web = must[incident.Component](s)(s.AddComponent(t.Context(), incident.Component{Name: "Web", About: "What you see in the browser", Link: "https://diaspote.org/"})).ID
	s.component("Federation", 0)
	s.component("Mail", 0)
	db, queue = s.component("Database", group.ID), s.component("Queue", group.ID)
	s.at("2026-09-17 03:00")
	one := s.open("Pod out of memory", "The pod was killed by the kernel: no memory was left.", incident.Critical, web, queue)
	s.at("2026-09-17 04:12")
	s.update(one, incident.Fixed, "It runs again.")
	s.at("2026-10-30 20:00")
	two := s.open("Federation is slow", "Posts of other pods arrive late.", incident.Minor, queue)
	s.at("2026-10-31 09:00")
	s.update(two, incident.Fixed, "The queue is empty again.")
	s.at("2026-11-17 13:00")
	work := s.plan("Upgrade to Debian 13.2", "A restart of all services.", "2026-11-18 22:00", "2026-11-18 23:00", web, db)
	s.at("2026-11-18 22:00")
	s.phase(work, incident.UnderWay, "We begin.")
	s.at("2026-11-18 22:41")
	s.phase(work, incident.Complete, "Done, nineteen minutes early.")
	s.at("2026-11-21 08:00")
	three := s.open("Pictures do not load", "We look for the cause.", incident.Major, web)
	s.at("2026-11-21 08:20")
	s.update(three, incident.Identified, "The disk of pictures is full; see https://discourse.diasporafoundation.org/t/1234.")
	s.at("2026-11-21 09:05")
	s.update(three, incident.Fixed, "There is room again, and a watch over it.")
	s.at("2026-11-26 16:45")
	return s, web, db, queue
}

// full is the largest page that figures are said of: 20 components, 90 days, 200 incidents.
func full(t testing.TB) *scene {
	t.Helper()
	s := newScene(t)
	var ids []int64
	for n := range 20 {
		ids = append(ids, s.component(fmt.Sprintf("Service %d", n+1), 0))
	}
	start := s.now
	for n := range 200 {
		s.now = start.Add(time.Duration(n) * 90 * 24 * time.Hour / 200)
		touched := []int64{ids[n*7%20]}
		if n%3 == 0 {
			touched = append(touched, ids[n*11%20])
		}
		id := s.open(fmt.Sprintf("Trouble of a service, number %d", n+1), "It does not answer as it should. We look for the cause.", incident.Impact(1+n%3), touched...)
		s.now = s.now.Add(time.Duration(20+n%7*17) * time.Minute)
		if n < 198 {
			s.update(id, incident.Fixed, "The service was restarted and answers again; we watch whether it stays so.")
		}
	}
	s.at("2026-11-26 16:45")
	return s
}
