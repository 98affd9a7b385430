package webhook

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/logbook"
	"github.com/diaspote/vigie/ops"
)

const secret = "dada:s3cret"

// A house is a server with what it noted.
type house struct {
	*Server
	url string
	log *logbook.Book

	mu    sync.Mutex
	notes [][]ops.Event
	full  error
}

func newHouse(t testing.TB) *house {
	h := &house{log: &logbook.Book{}}
	note := func(_ context.Context, events []ops.Event) error {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.full == nil {
			h.notes = append(h.notes, events)
		}
		return h.full
	}
	var all []Source
	for _, kind := range Kinds() {
		all = append(all, Source{Path: "/in/" + kind, Kind: kind, Secret: secret, Room: "room of " + kind})
	}
	var err error
	h.Server, err = New(all, note, slog.New(slog.NewTextHandler(h.log, nil)), func() time.Time { return night })
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(h)
	t.Cleanup(web.Close)
	h.url = web.URL
	return h
}

func (h *house) noted() [][]ops.Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.notes
}

// ask sends a request; headers are "Name: value".
func (h *house) ask(t testing.TB, method, path, body string, headers ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequest(method, h.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp
}

func sign(header, body, key string) string {
	return header + ": sha256=" + hex.EncodeToString(signature([]byte(body), key))
}

const bearer = "Authorization: Bearer " + secret

func TestAnswers(t *testing.T) {
	const body = `{"title":"x","text":"y"}`
	basic := func(user, password string) string {
		r := httptest.NewRequest("POST", "/", nil)
		r.SetBasicAuth(user, password)
		return "Authorization: " + r.Header.Get("Authorization")
	}
	for name, test := range map[string]struct {
		method, path, body string
		headers            []string
		want               int
	}{
		"bearer":                     {"POST", "/in/json", body, []string{bearer}, 200},
		"bearer in small":            {"POST", "/in/json", body, []string{"Authorization: bearer " + secret}, 200},
		"a slash more":               {"POST", "/in/json/", body, []string{bearer}, 200},
		"basic":                      {"POST", "/in/json", body, []string{basic("dada", "s3cret")}, 200},
		"basic, all as password":     {"POST", "/in/json", body, []string{basic("grafana", secret)}, 200},
		"HMAC as GitHub":             {"POST", "/in/json", body, []string{sign("X-Hub-Signature-256", body, secret)}, 200},
		"HMAC, plain":                {"POST", "/in/json", body, []string{sign("X-Signature-256", body, secret)}, 200},
		"HMAC as Grafana":            {"POST", "/in/json", body, []string{"X-Grafana-Alerting-Signature: " + hex.EncodeToString(signature([]byte(body), secret))}, 200},
		"HMAC as vigie":              {"POST", "/in/json", body, []string{sign("X-Vigie-Signature-256", body, secret)}, 200},
		"Slack, secret in path":      {"POST", "/in/slack/" + secret, `{"text":"x"}`, nil, 200},
		"Slack, secret in query":     {"POST", "/in/slack?token=" + secret, `{"text":"x"}`, nil, 200},
		"Slack, bearer":              {"POST", "/in/slack", `{"text":"x"}`, []string{bearer}, 200},
		"not understood":             {"POST", "/in/json", `{"title":`, []string{bearer}, 200},
		"no secret":                  {"POST", "/in/json", body, nil, 401},
		"wrong bearer":               {"POST", "/in/json", body, []string{bearer + "x"}, 401},
		"empty bearer":               {"POST", "/in/json", body, []string{"Authorization: Bearer "}, 401},
		"half of the secret":         {"POST", "/in/json", body, []string{basic("", "s3cret")}, 401},
		"wrong basic":                {"POST", "/in/json", body, []string{basic("dada", "wrong")}, 401},
		"HMAC of another body":       {"POST", "/in/json", body, []string{sign("X-Hub-Signature-256", body+" ", secret)}, 401},
		"HMAC with another key":      {"POST", "/in/json", body, []string{sign("X-Hub-Signature-256", body, "x")}, 401},
		"HMAC that is none":          {"POST", "/in/json", body, []string{"X-Hub-Signature-256: sha256=zz"}, 401},
		"empty HMAC":                 {"POST", "/in/json", body, []string{"X-Hub-Signature-256: sha256="}, 401},
		"Slack, wrong secret":        {"POST", "/in/slack/x", `{"text":"x"}`, nil, 401},
		"Slack, empty secret":        {"POST", "/in/slack/", `{"text":"x"}`, nil, 401},
		"no Slack, secret in query":  {"POST", "/in/json?token=" + secret, body, nil, 401},
		"no Slack, secret in path":   {"POST", "/in/json/" + secret, body, nil, 404},
		"unknown path":               {"POST", "/nowhere", body, []string{bearer}, 404},
		"GET":                        {"GET", "/in/json", "", []string{bearer}, 405},
		"PUT":                        {"PUT", "/in/json", body, []string{bearer}, 405},
		"1 MiB":                      {"POST", "/in/json", body + strings.Repeat(" ", maxBody-len(body)), []string{bearer}, 200},
		"1 MiB and a byte":           {"POST", "/in/json", body + strings.Repeat(" ", maxBody-len(body)+1), []string{bearer}, 413},
		"1 MiB and a byte, unsigned": {"POST", "/in/json", body + strings.Repeat(" ", maxBody), nil, 401},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			resp := h.ask(t, test.method, test.path, test.body, test.headers...)
			if resp.StatusCode != test.want {
				t.Errorf("%s, want %d", resp.Status, test.want)
			}
			if (len(h.noted()) == 1) != (test.want == 200) {
				t.Errorf("noted: %v", h.noted())
			}
			if strings.Contains(h.log.String(), "s3cret") {
				t.Errorf("the secret is in the log: %s", h.log)
			}
		})
	}
}

// TestTooLarge finds out while it reads: a chunked body does not say how long it is.
func TestTooLarge(t *testing.T) {
	h := newHouse(t)
	req, err := http.NewRequest("POST", h.url+"/in/json", io.MultiReader(strings.NewReader(strings.Repeat(" ", maxBody)), strings.NewReader("{}")))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+secret)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Error(resp.Status)
	}
}

// TestNotStored asks the sender to come again while nothing can be written down.
func TestNotStored(t *testing.T) {
	h := newHouse(t)
	h.full = errors.New("disk full")
	resp := h.ask(t, "POST", "/in/json", `{"title":"x"}`, bearer)
	if resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" {
		t.Errorf("%s, Retry-After %q", resp.Status, resp.Header.Get("Retry-After"))
	}
	if !strings.Contains(h.log.String(), "disk full") {
		t.Errorf("logged: %s", h.log)
	}
}

// TestRefusalsAreLoggedOnce, however many there are.
func TestRefusalsAreLoggedOnce(t *testing.T) {
	h := newHouse(t)
	for range 20 {
		h.ask(t, "POST", "/in/json", "{}", "Authorization: Bearer guess")
	}
	if n := strings.Count(h.log.String(), "refused"); n != 1 || strings.Contains(h.log.String(), "guess") {
		t.Errorf("%d lines:\n%s", n, h.log)
	}
}

// TestBatch notes what came in one post in one go.
func TestBatch(t *testing.T) {
	h := newHouse(t)
	if resp := h.ask(t, "POST", "/in/alertmanager", manyAlerts(0, 300), bearer); resp.StatusCode != 200 {
		t.Fatal(resp.Status)
	}
	notes := h.noted()
	if len(notes) != 1 || len(notes[0]) != 300 {
		t.Fatalf("%d notes", len(notes))
	}
	ids := map[string]bool{}
	for _, e := range notes[0] {
		ids[e.ID] = true
		if e.Room != "room of alertmanager" {
			t.Errorf("room %q", e.Room)
		}
	}
	if len(ids) != 300 {
		t.Errorf("%d IDs", len(ids))
	}
}

func manyAlerts(from, n int) string {
	var b bytes.Buffer
	b.WriteString(`{"version":"4","status":"firing","alerts":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"status":"firing","labels":{"alertname":"A","instance":"i%d"},"annotations":{"summary":"it is so"},"startsAt":"2026-11-23T01:00:00Z"}`, from+i)
	}
	b.WriteString(`]}`)
	return b.String()
}

// TestGitHubHeaders takes the event and the delivery from them.
func TestGitHubHeaders(t *testing.T) {
	h := newHouse(t)
	const body = `{"action":"created","repository":{"full_name":"a/b"},"sender":{"login":"ada"}}`
	h.ask(t, "POST", "/in/github", body, sign("X-Hub-Signature-256", body, secret), "X-GitHub-Event: star", "X-GitHub-Delivery: 72d3162e")
	notes := h.noted()
	if len(notes) != 1 || notes[0][0].ID != "github/72d3162e" || notes[0][0].Title != "a/b: star created by ada" {
		t.Errorf("%+v", notes)
	}
}

// TestOtherSources has the sources exchanged.
func TestOtherSources(t *testing.T) {
	h := newHouse(t)
	if err := h.Use([]Source{{Path: "/x", Kind: plain, Secret: secret}}); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/x": 200, "/in/json": 404} {
		if resp := h.ask(t, "POST", path, `{"title":"a"}`, bearer); resp.StatusCode != want {
			t.Errorf("%s answers %s", path, resp.Status)
		}
	}
}

func TestBadSources(t *testing.T) {
	h := newHouse(t)
	for want, list := range map[string][]Source{
		"are two of that":  {{Path: "/x/", Kind: plain, Secret: "a"}, {Path: "/x", Kind: plain, Secret: "a"}},
		"no secret":        {{Path: "/x", Kind: plain}},
		"no such kind":     {{Path: "/x", Kind: "jason", Secret: "a"}},
		"begins with /":    {{Path: "x", Kind: plain, Secret: "a"}},
		"two of that path": {{Path: "/x", Kind: plain, Secret: "a"}, {Path: "/x", Kind: slack, Secret: "a"}},
	} {
		if err := h.Use(list); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if resp := h.ask(t, "POST", "/in/json", `{"title":"x"}`, bearer); resp.StatusCode != 200 {
		t.Errorf("the old sources answer %s", resp.Status)
	}
}
