package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/graph"
)

// TestManyPictures asks for a thousand at once: one is drawn at a time, a few wait, the others are told to come again.
func TestManyPictures(t *testing.T) {
	s, _ := open(t)
	var drawing, most atomic.Int32
	release := make(chan struct{})
	s.Graph = func(_ context.Context, name string, from, to time.Time, _ int) (graph.Graph, bool, error) {
		most.Store(max(most.Load(), drawing.Add(1)))
		<-release
		drawing.Add(-1)
		return graph.Graph{Title: name, From: from, To: to}, true, nil
	}
	h := s.Handler(http.NotFoundHandler())
	visitor := &http.Cookie{Name: cookie, Value: s.Links.token(s.Now().Add(time.Minute))}
	const all = 1000
	answers := make(chan *httptest.ResponseRecorder, all)
	for i := range all {
		go func() {
			address := "/graphs/picture.svg?g=memory&w=360"
			if i%2 == 0 {
				address = "/api/v1/query?query=node_load1" // takes its turn as well
			}
			r, w := httptest.NewRequest(http.MethodGet, address, nil), httptest.NewRecorder()
			r.AddCookie(visitor)
			r.Header.Set("Authorization", "Bearer "+token)
			h.ServeHTTP(w, r)
			answers <- w
		}()
	}
	refused, served := 0, 0
	count := func(w *httptest.ResponseRecorder) {
		switch w.Code {
		case http.StatusOK:
			served++
		case http.StatusServiceUnavailable:
			refused++
		default:
			t.Errorf("%d: %s", w.Code, w.Body)
		}
	}
	for served+refused < all-mostWait-1 { // the others hold a picture, or wait for it
		count(<-answers)
	}
	close(release)
	for served+refused < all {
		count(<-answers)
	}
	if most.Load() > 1 || served == 0 || refused == 0 {
		t.Errorf("%d at a time, %d served, %d refused", most.Load(), served, refused)
	}
}

// Whatever way is tried, what is shown is what is to be shown, and nobody is sent elsewhere.
func TestWays(t *testing.T) {
	s, server := open(t)
	c := enter(t, s, server.URL)
	for _, one := range []struct {
		method, path string
		status       int
	}{
		{"HEAD", "/graphs", 200}, {"POST", "/graphs", 404}, {"DELETE", "/graphs", 404}, {"OPTIONS", "/graphs", 404}, {"TRACE", "/graphs", 404},
		{"GET", "/graphs/page.html", 404}, {"GET", "/graphs/site.go", 404}, {"GET", "/graphs/", 404}, {"GET", "/graphs/%2e%2e/metrics", 404},
		{"GET", "/graphs/style.css/..%2f..%2fsite.go", 404}, {"GET", "//evil.example/graphs", 307}, {"GET", "/graphs?g=" + strings.Repeat("x", 8000), 400},
		{"GET", "/graphs/picture.svg?w=360&g=../../etc/passwd", 404}, {"GET", "/metrics", 401}, {"GET", "/api/v1/label/..%2f..%2fx/values", 401},
		{"PUT", "/metrics", 404}, {"GET", "/graphs?g=%00%ff", 400}, {"GET", "/graphs?%zz", 200},
	} {
		req, err := http.NewRequestWithContext(t.Context(), one.method, server.URL+one.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Cookie", c)
		req.Header.Set("X-Forwarded-Host", "evil.example")
		req.Header.Set("X-Forwarded-Proto", "https")
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if to := resp.Header.Get("Location"); resp.StatusCode != one.status || strings.HasPrefix(to, "//") || strings.Contains(to, ":") || strings.Contains(string(body), "package web") {
			t.Errorf("%s %.60s: %d to %q", one.method, one.path, resp.StatusCode, to)
		}
	}
}

// A token is in no log, and a cookie of a site behind TLS never goes without it.
func TestTokensStayHere(t *testing.T) {
	s, _ := open(t)
	var log bytes.Buffer
	s.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.Links.Base = "https://status.example/vigie"
	s.Graph = func(context.Context, string, time.Time, time.Time, int) (graph.Graph, bool, error) {
		return graph.Graph{}, true, fmt.Errorf("the disk is gone")
	}
	h := s.Handler(http.NotFoundHandler())
	good := s.Links.token(s.Now().Add(time.Minute))
	visit := func(path, shown string) *httptest.ResponseRecorder {
		r, w := httptest.NewRequest(http.MethodGet, path, nil), httptest.NewRecorder()
		r.AddCookie(&http.Cookie{Name: cookie, Value: shown})
		h.ServeHTTP(w, r)
		if strings.Contains(w.Body.String()+w.Header().Get("Location"), good) || w.Header().Get("Referrer-Policy") != "no-referrer" || w.Header().Get("Cache-Control") == "" {
			t.Errorf("%s answers %v\n%s", path, w.Header(), w.Body)
		}
		return w
	}
	set := visit("/graphs?token="+good, "").Header().Get("Set-Cookie")
	for _, want := range []string{"; Secure", "; HttpOnly", "; Path=/vigie/graphs;", "; Max-Age=60;"} {
		if !strings.Contains(set, want) {
			t.Errorf("the cookie has no %q: %s", want, set)
		}
	}
	visit("/graphs?token="+good+"x", good)
	visit("/graphs", good)
	if w := visit("/graphs/picture.svg?g=memory&w=360", good); w.Code != 500 || strings.Contains(w.Body.String(), "disk") || !strings.Contains(log.String(), "the disk is gone") {
		t.Errorf("what went wrong: %d, %s\nlogged: %s", w.Code, w.Body, &log)
	}
	if strings.Contains(log.String(), good) {
		t.Errorf("the log has the token:\n%s", &log)
	}
}

// What is too large is refused before it takes memory.
func TestTooLarge(t *testing.T) {
	_, handler := open(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	up := make(chan struct{}, 1)
	server := &Server{Listen: l.Addr().String(), Handler: handler.Config.Handler, Log: slog.New(slog.DiscardHandler), Up: func() { up <- struct{}{} }}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx) }()
	<-up
	defer func() { stop(); <-served }()
	base := "http://" + server.Listen
	long, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/graphs?"+strings.Repeat("a", 64<<10), nil)
	if err != nil {
		t.Fatal(err)
	}
	form, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/api/v1/query_range", strings.NewReader("query="+strings.Repeat("a", 1<<20)))
	if err != nil {
		t.Fatal(err)
	}
	form.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	form.Header.Set("Authorization", "Bearer "+token)
	for want, req := range map[int]*http.Request{http.StatusRequestHeaderFieldsTooLarge: long, http.StatusBadRequest: form} {
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			continue // the connection was closed in the midst of it
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%.60s: %d, want %d", req.URL, resp.StatusCode, want)
		}
	}
}

// Many series over many steps are refused, and not read.
func TestTooManyValues(t *testing.T) {
	s, server := open(t)
	var samples []ops.Sample
	for i := range 101 {
		samples = append(samples, ops.Sample{Series: ops.Series{Name: "app", Labels: ops.Labels("n", fmt.Sprint(i), "few", fmt.Sprint(i < 30))}, Value: 1})
	}
	if err := s.Store.Write(t.Context(), s.Now(), samples); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{"app": "101 series; at most 100", `app{few="true"}`: "30 series in 10001 steps"} {
		q := map[string][]string{"query": {query}, "start": {text(s.Now().Unix() - 100_000)}, "end": {text(s.Now().Unix())}, "step": {"10"}}
		if status, err := ask(t, server, "query_range", q, nil); status != 400 || !strings.Contains(err, want) {
			t.Errorf("%s: %d, %s", query, status, err)
		}
	}
}
