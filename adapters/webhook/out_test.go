package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/fixtures/logbook"
	"github.com/diaspote/vigie/ops"
)

// A got is a request as the receiver had it.
type got struct {
	*http.Request
	body []byte
}

// receiver answers as the handler does, and hands on what it was sent.
func receiver(t *testing.T, handle http.HandlerFunc) (address string, requests chan got) {
	requests = make(chan got, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		requests <- got{r, body}
		if handle != nil {
			handle(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL + "/path-s3cret", requests
}

func newHook(t *testing.T, address string) *Hook {
	t.Helper()
	h, err := NewHook("pager", "board", address, "key", func() time.Time { return night })
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHook(t *testing.T) {
	address, requests := receiver(t, nil)
	h := newHook(t, address)
	e := &ops.Event{ID: "oom/1", Kind: "oom", Key: "oom/x.service", Unit: "x.service", Severity: ops.Critical, At: night, Title: "OOM kill", Text: "a\nb",
		Details: ops.Details{{Name: "pid", Value: 7}, {Name: "cgroup", Value: nil}}}
	p := bot.Post{Text: "✗ OOM kill", Event: e, Alert: 3, Count: 2}
	if _, err := h.Post(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	r := <-requests
	const want = `{"host":"board","id":"oom/1","kind":"oom","key":"oom/x.service","severity":"critical","at":"2026-11-24T03:00:00Z","lasting":false,"resolved":false,` +
		`"count":2,"title":"OOM kill","text":"a\nb","details":{"pid":7,"cgroup":null},"unit":"x.service"}`
	if string(r.body) != want {
		t.Errorf("body\n%s\nwant\n%s", r.body, want)
	}
	mac := hmac.New(sha256.New, []byte("key"))
	mac.Write(r.body)
	for name, want := range map[string]string{"X-Vigie-Signature-256": "sha256=" + hex.EncodeToString(mac.Sum(nil)), "X-Vigie-Timestamp": "1795489200", "Content-Type": "application/json"} {
		if r.Method != "POST" || r.Header.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, r.Header.Get(name), want)
		}
	}
	again := p
	if _, err := h.Post(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	if s := <-requests; s.Header.Get(deliveryHeader) != r.Header.Get(deliveryHeader) {
		t.Error("the same state of the alert is another delivery")
	}
	again.Count++
	if _, err := h.Post(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	if s := <-requests; s.Header.Get(deliveryHeader) == r.Header.Get(deliveryHeader) {
		t.Error("another state of the alert is the same delivery")
	}
	if _, err := h.Post(t.Context(), bot.Post{Text: "hello", Block: "table"}); err != nil {
		t.Fatal(err)
	}
	if s := <-requests; string(s.body) != `{"host":"board","text":"hello\ntable"}` {
		t.Errorf("a text: %s", s.body)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.Listen(ctx, nil); err != nil || h.Name() != "hook:pager" {
		t.Error(err, h.Name())
	}
}

// TestHookToServer lets one vigie tell another.
func TestHookToServer(t *testing.T) {
	there := newHouse(t)
	h, err := NewHook("other", "board", there.url+"/in/json", secret, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	e := &ops.Event{ID: "disk/1", Kind: "disk", Key: "disk//", Severity: ops.Warning, At: night, Lasting: true, Title: "/ is nearly full", Text: "1 GiB left"}
	for _, resolved := range []bool{false, true} {
		e.Resolved = resolved
		if _, err := h.Post(t.Context(), bot.Post{Event: e, Count: 1}); err != nil {
			t.Fatal(err)
		}
	}
	notes := there.noted()
	if len(notes) != 2 {
		t.Fatalf("%+v", notes)
	}
	first, last := notes[0][0], notes[1][0]
	if first.Title != e.Title || !strings.HasPrefix(first.Text, e.Text) || !first.At.Equal(e.At) || first.Severity != ops.Warning || !first.Lasting || first.Resolved {
		t.Errorf("%+v", first)
	}
	if last.Key != first.Key || last.ID == first.ID || !last.Resolved {
		t.Errorf("%+v", last)
	}
}

func TestHookErrors(t *testing.T) {
	for code, offline := range map[int]bool{200: false, 204: false, 400: false, 404: false, 410: false, 408: true, 429: true, 500: true, 503: true} {
		address, _ := receiver(t, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(code)
			if code != 204 {
				io.WriteString(w, "no "+r.URL.Path)
			}
		})
		_, err := newHook(t, address).Post(t.Context(), bot.Post{Text: "x"})
		if (err == nil) != (code < 300) || errors.Is(err, bot.ErrOffline) != offline {
			t.Errorf("%d: %v", code, err)
		}
		hidden(t, err)
	}
	gone := httptest.NewServer(nil)
	gone.Close()
	_, err := newHook(t, gone.URL+"/path-s3cret").Post(t.Context(), bot.Post{Text: "x"})
	if !errors.Is(err, bot.ErrOffline) || !strings.Contains(err.Error(), "refused") {
		t.Error(err)
	}
	hidden(t, err)
	tls := httptest.NewUnstartedServer(nil)
	tls.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	tls.StartTLS()
	t.Cleanup(tls.Close)
	if _, err = newHook(t, tls.URL+"/path-s3cret").Post(t.Context(), bot.Post{Text: "x"}); err == nil || errors.Is(err, bot.ErrOffline) {
		t.Errorf("a certificate that nobody knows: %v", err)
	}
	hidden(t, err)
	for _, address := range []string{"", "s3cret", "ftp://s3cret/", "http://s3cret\x7f/"} {
		_, err := NewHook("x", "board", address, "", time.Now)
		if err == nil {
			t.Errorf("%q is taken", address)
		}
		hidden(t, err)
	}
}

func hidden(t *testing.T, err error) {
	t.Helper()
	if err != nil && strings.Contains(err.Error(), "s3cret") {
		t.Errorf("the address is in %q", err)
	}
}

// TestRedirects are followed at the same host alone, with the whole post.
func TestRedirects(t *testing.T) {
	elsewhere, strayed := receiver(t, nil)
	elsewhere = strings.Replace(elsewhere, "127.0.0.1", "localhost", 1)
	address, requests := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/path-s3cret":
			http.Redirect(w, r, "/here", http.StatusPermanentRedirect)
		case "/moved":
			http.Redirect(w, r, "/here", http.StatusFound) // the post would become a GET
		case "/away":
			http.Redirect(w, r, elsewhere, http.StatusTemporaryRedirect)
		}
	})
	if _, err := newHook(t, address).Post(t.Context(), bot.Post{Text: "x"}); err != nil {
		t.Fatal(err)
	}
	<-requests
	if r := <-requests; r.URL.Path != "/here" || len(r.body) == 0 {
		t.Errorf("%s %s", r.URL, r.body)
	}
	for _, path := range []string{"/moved", "/away"} {
		_, err := newHook(t, strings.Replace(address, "/path-s3cret", path, 1)).Post(t.Context(), bot.Post{Text: "x"})
		if err == nil || errors.Is(err, bot.ErrOffline) || !strings.Contains(err.Error(), "redirect") {
			t.Errorf("%s: %v", path, err)
		}
	}
	if len(strayed) > 0 {
		t.Error("a post went to another host")
	}
}

// TestHeartbeat pings, tells of a failure once, and holds its breath while the bot cannot work.
func TestHeartbeat(t *testing.T) {
	var down, ill atomic.Bool
	address, pings := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
		if down.Load() {
			w.WriteHeader(http.StatusBadGateway)
		}
	})
	asked := make(chan bool, 1000)
	log := &logbook.Book{}
	h := &Heartbeat{URL: address, Every: 10 * time.Millisecond, Log: slog.New(slog.NewTextHandler(log, nil)), Alive: func() error {
		asked <- ill.Load()
		if ill.Load() {
			return errors.New("the ledger is read-only")
		}
		return nil
	}}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	<-pings
	<-pings
	down.Store(true)
	for range 5 {
		<-pings
	}
	down.Store(false)
	for range 5 {
		<-pings
	}
	ill.Store(true)
	for n := 0; n < 5; {
		if <-asked {
			n++
		}
	}
	for len(pings) > 0 {
		<-pings
	}
	for range 5 {
		<-asked
	}
	if len(pings) > 0 {
		t.Error("it pings though not all is well")
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	text := log.String()
	for _, want := range []string{"502", "arrives again", "the ledger is read-only"} {
		if strings.Count(text, want) != 1 {
			t.Errorf("%q is logged %d times:\n%s", want, strings.Count(text, want), text)
		}
	}
	if strings.Contains(text, "s3cret") {
		t.Errorf("the address is in the log:\n%s", text)
	}
	if err := (&Heartbeat{URL: "s3cret"}).Run(t.Context()); err == nil {
		t.Error("it pings nowhere")
	} else {
		hidden(t, err)
	}
}

// FuzzHookBody: whatever an event holds, what is posted is JSON.
func FuzzHookBody(f *testing.F) {
	f.Add("oom", "title", "text\n")
	f.Fuzz(func(t *testing.T, key, title, text string) {
		body, err := hookBody("h", bot.Post{Event: &ops.Event{Key: key, Title: title, Text: text, At: night}})
		if err != nil || !json.Valid(body) {
			t.Errorf("%v: %s", err, body)
		}
	})
}
