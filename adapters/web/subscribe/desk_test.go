package subscribe

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/ledger"
)

// A front is a Desk behind a real server, with a clock of the test's.
type front struct {
	*Desk
	t     *testing.T
	url   string
	now   time.Time
	asked []string // the addresses that were owed a question
}

func newFront(t *testing.T) *front {
	t.Helper()
	db, err := ledger.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	f := &front{t: t, now: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)}
	now := func() time.Time { return f.now }
	book, err := incident.Open(t.Context(), db, now)
	if err != nil {
		t.Fatal(err)
	}
	book.Owe(nil, func(c incident.Change) []ledger.Debt {
		if c.Subscriber != nil {
			f.asked = append(f.asked, c.Subscriber.Address)
		}
		return nil
	})
	f.Desk = &Desk{
		Title: "diaspote <b>", Style: "status.css?v=1", Mail: true, Book: book, Log: slog.New(slog.DiscardHandler), Now: now,
		Links: &incident.Links{Base: "https://status.diaspote.example", Key: []byte("key")},
	}
	for _, name := range []string{"Web <i>", "Mail"} {
		if _, err := book.AddComponent(t.Context(), incident.Component{Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := book.AddComponent(t.Context(), incident.Component{Name: "Secret", Hidden: true}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(f.Handler(http.NotFoundHandler()))
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}

func (f *front) do(method, path, body string, headers ...string) (status int, text string) {
	f.t.Helper()
	req, err := http.NewRequestWithContext(f.t.Context(), method, f.url+path, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for n := 0; n < len(headers); n += 2 {
		req.Header.Set(headers[n], headers[n+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	if resp.StatusCode < 500 && resp.Header.Get("Cache-Control") != "no-store" || resp.Header.Get("Set-Cookie") != "" ||
		!strings.Contains(resp.Header.Get("Content-Security-Policy"), "default-src 'none'") {
		f.t.Errorf("%s %s: %v", method, path, resp.Header)
	}
	return resp.StatusCode, string(all)
}

// subscribers are the addresses that are subscribed.
func (f *front) subscribers() (all []string) {
	f.t.Helper()
	list, err := f.Book.Subscribers(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	for _, s := range list {
		if !s.Confirmed.IsZero() {
			all = append(all, s.Address)
		}
	}
	return all
}

func (f *front) wants(what string, status int, text string, wantStatus int, words ...string) {
	f.t.Helper()
	if status != wantStatus {
		f.t.Errorf("%s: %d, not %d: %s", what, status, wantStatus, text)
	}
	for _, w := range words {
		if !strings.Contains(text, w) {
			f.t.Errorf("%s: no %q in %s", what, w, text)
		}
	}
}

func TestFromFormToFarewell(t *testing.T) {
	f := newFront(t)
	status, text := f.do("GET", "/subscribe", "")
	f.wants("the form", status, text, 200, `type="email"`, "Web &lt;i&gt;", "diaspote &lt;b&gt;", `href="status.css?v=1"`, `href="atom?lang=en"`, "<html lang=\"en\">")
	if strings.Contains(text, "Secret") || strings.Contains(text, "<script") {
		t.Error(text)
	}
	status, text = f.do("GET", "/subscribe", "", "Accept-Language", "fr-FR,fr;q=0.9,en;q=0.8")
	f.wants("in French", status, text, 200, "S’abonner", `action="subscribe?lang=fr"`)

	status, unknown := f.do("POST", "/subscribe?lang=fr", "email=reader%40example.org&component=2")
	f.wants("asked", status, unknown, 200, "boîte de réception")
	if !slices.Equal(f.asked, []string{"reader@example.org"}) || len(f.subscribers()) != 0 {
		t.Errorf("%q were asked", f.asked)
	}
	list, _ := f.Book.Subscribers(t.Context())
	s := list[0]
	if s.Language != "fr" || len(s.Components) != 1 || s.Components[0].Component != 2 {
		t.Errorf("%+v", s)
	}
	confirm := strings.TrimPrefix(f.Links.Confirm(s.ID), f.Links.Base)
	for range 3 { // a scanner of mail follows it
		status, text = f.do("GET", confirm, "")
		f.wants("the link", status, text, 200, "reader@example.org", "Mail", `name="t"`, `href="../status.css?v=1"`)
	}
	if len(f.subscribers()) != 0 {
		t.Fatal("to follow the link has confirmed it")
	}
	_, token, _ := strings.Cut(confirm, "t=")
	for range 2 {
		status, text = f.do("POST", "/subscribe/confirm", "t="+token)
		f.wants("confirmed", status, text, 200, "You are subscribed")
	}
	if !slices.Equal(f.subscribers(), []string{"reader@example.org"}) {
		t.Errorf("%q are subscribed", f.subscribers())
	}
	f.now = f.now.Add(time.Hour)
	if status, known := f.do("POST", "/subscribe?lang=fr", "email=reader%40example.org"); status != 200 || known != unknown {
		t.Errorf("one who is subscribed is told so: %s", known)
	}

	end := strings.TrimPrefix(f.Links.Unsubscribe(s.Address), f.Links.Base)
	status, text = f.do("GET", end, "")
	f.wants("the other link", status, text, 200, "reader@example.org", `href="status.css?v=1"`)
	if len(f.subscribers()) != 1 {
		t.Fatal("to follow the link has ended it")
	}
	for range 2 { // as mail programs do, and once more
		status, text = f.do("POST", end, "List-Unsubscribe=One-Click")
		f.wants("one click", status, text, 200)
	}
	if len(f.subscribers()) != 0 {
		t.Errorf("%q are subscribed", f.subscribers())
	}
	status, text = f.do("POST", "/subscribe/confirm", "t="+token)
	f.wants("the first link again", status, text, 404, "good for nothing")
	if len(f.subscribers()) != 0 {
		t.Error("the link of one who has gone has brought them back")
	}
	if _, err := f.Book.Subscribe(t.Context(), "Reader@example.org", "en", nil, true); err != nil {
		t.Fatal(err)
	}
	f.do("POST", end, "List-Unsubscribe=One-Click") // in an old mail
	if len(f.subscribers()) != 0 {
		t.Errorf("%q are subscribed", f.subscribers())
	}
}

// tokenIn is what a link proves itself by.
func tokenIn(link string) string {
	_, token, _ := strings.Cut(link, "?t=")
	return token
}

func TestTokens(t *testing.T) {
	f := newFront(t)
	f.do("POST", "/subscribe", "email=reader%40example.org")
	list, _ := f.Book.Subscribers(t.Context())
	id := list[0].ID
	good := tokenIn(f.Links.Confirm(id))
	for _, token := range []string{
		"", "x", "%00", tokenIn(f.Links.Unsubscribe("reader@example.org")), tokenIn(f.Links.Confirm(id + 1)), good + "A", good[1:], strings.Repeat("A", 5000),
		tokenIn((&incident.Links{Key: []byte("guess")}).Confirm(id)),
	} {
		for _, method := range []string{"GET", "POST"} {
			status, text := f.do(method, "/subscribe/confirm?t="+url.QueryEscape(token), "")
			f.wants(method+" "+token, status, text, 404, "good for nothing")
		}
	}
	for _, method := range []string{"GET", "POST"} {
		status, text := f.do(method, "/unsubscribe?t="+good, "")
		f.wants("one for the other", status, text, 404)
	}
	f.now = f.now.Add(incident.ConfirmTime + time.Minute)
	status, text := f.do("POST", "/subscribe/confirm?t="+good, "")
	f.wants("too late", status, text, 404)
	if got := f.subscribers(); len(got) != 0 {
		t.Errorf("%q are subscribed", got)
	}
}

// TestFlood has one client ask a thousand times, and a thousand clients once.
func TestFlood(t *testing.T) {
	if testing.Short() {
		t.Skip("left out of a short run: it is long, and of one goroutine")
	}
	f := newFront(t)
	for n := range 1000 {
		status, _ := f.do("POST", "/subscribe", fmt.Sprintf("email=a%d%%40example.org", n), "X-Forwarded-For", fmt.Sprintf("9.9.9.%d, 203.0.113.%d", n%250, n%250))
		if want := 200; n >= perNetwork && status != 429 || n < perNetwork && status != want {
			t.Fatalf("post %d: %d", n, status)
		}
	}
	if len(f.asked) != perNetwork {
		t.Errorf("one network had %d mails sent", len(f.asked))
	}
	for n := range 1000 {
		f.do("POST", "/subscribe", fmt.Sprintf("email=b%d%%40example.org", n), "X-Forwarded-For", fmt.Sprintf("198.51.%d.1", n%256))
	}
	if len(f.asked) != incident.MostAsked {
		t.Errorf("all had %d mails sent", len(f.asked))
	}
	for range 50 {
		f.now = f.now.Add(61 * time.Minute)
		f.do("POST", "/subscribe", "email=victim%40example.org")
	}
	n := 0
	for _, a := range f.asked {
		if a == "victim@example.org" {
			n++
		}
	}
	if n != 3 { // in 51 hours
		t.Errorf("one address was sent %d mails in two days", n)
	}
}

func TestHostileForms(t *testing.T) {
	f := newFront(t)
	for _, test := range []struct {
		body    string
		status  int
		headers []string
	}{
		{"email=a", 400, nil},
		{"", 400, nil},
		{"email=" + url.QueryEscape(`"><script>alert(1)</script>`), 400, nil},
		{"email=" + url.QueryEscape("a@example.org\r\nBcc: b@example.org"), 400, nil},
		{"email=" + strings.Repeat("a", 10_000) + "%40example.org", 400, nil},
		{"email=" + strings.Repeat("a", 100_000), 400, nil},
		{"email=a%40example.org&component=3", 400, nil}, // hidden
		{"email=a%40example.org&component=99", 400, nil},
		{"email=a%40example.org&component=x", 400, nil},
		{"%zz", 400, nil},
		{`{"email":"a@example.org"}`, 415, []string{"Content-Type", "application/json"}},
		{"email=a%40example.org", 415, []string{"Content-Type", "text/plain"}},
		{"email=a%40example.org", 403, []string{"Origin", "https://evil.example"}},
		{"email=a%40example.org", 403, []string{"Sec-Fetch-Site", "cross-site"}},
	} {
		status, text := f.do("POST", "/subscribe", test.body, test.headers...)
		if status != test.status || strings.Contains(text, "<script") || strings.Contains(text, "Secret") || len(text) > 8000 {
			t.Errorf("%.100s %q: %d, not %d: %.2000s", test.body, test.headers, status, test.status, text)
		}
	}
	for _, headers := range [][]string{{"Origin", "https://status.diaspote.example"}, {"Sec-Fetch-Site", "same-origin"}} {
		status, text := f.do("POST", "/subscribe", "email=a%40example.org", headers...)
		f.wants(strings.Join(headers, ": "), status, text, 200)
	}
	f.Mail = false
	status, text := f.do("POST", "/subscribe", "email=b%40example.org")
	f.wants("without mail", status, text, 404)
	if _, text = f.do("GET", "/subscribe", ""); strings.Contains(text, "<form") {
		t.Error(text)
	}
	if !slices.Equal(f.asked, []string{"a@example.org"}) {
		t.Errorf("%q were asked", f.asked)
	}
}

func TestLanguages(t *testing.T) {
	for accepted, want := range map[string]string{
		"": "en", "fr": "fr", "fr-CA, en;q=0.5": "fr", "en, fr": "en", "de, fr;q=0.3": "fr", "fr;q=0": "en", "FR;q=0.9,EN;q=0.8": "fr", "fr;q=x": "en", "fr;q=NaN": "en", "*": "en",
	} {
		r := httptest.NewRequest("GET", "/subscribe", nil)
		r.Header.Set("Accept-Language", accepted)
		if got := new(Desk).words(r).Lang; got != want {
			t.Errorf("%q: %s, not %s", accepted, got, want)
		}
	}
}

// TestTrouble has the ledger closed under it.
func TestTrouble(t *testing.T) {
	f := newFront(t)
	f.do("POST", "/subscribe", "email=reader%40example.org")
	list, _ := f.Book.Subscribers(t.Context())
	db, err := ledger.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if f.Book, err = incident.Open(t.Context(), db, f.Now); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/subscribe", strings.TrimPrefix(f.Links.Confirm(list[0].ID), f.Links.Base), strings.TrimPrefix(f.Links.Unsubscribe(list[0].Address), f.Links.Base)} {
		status, text := f.do("POST", path, "email=b%40example.org")
		f.wants(path, status, text, 503, "Please try again later")
	}
}
