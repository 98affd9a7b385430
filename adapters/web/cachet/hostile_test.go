package cachet

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzCalls has somebody with the token send whatever they like to every address. It is done or refused, and never fails; and what
// is answered is JSON that strangers may read, without anything that is private.
func FuzzCalls(f *testing.F) {
	s := newScene(f)
	draft, _ := s.secrets()
	for _, seed := range []struct {
		to    uint8
		query string
		body  string
	}{
		{0, "", `{"name": "x", "status": 1, "tags": ["a"], "group_id": 1}`},
		{7, "page=2&per_page=3&sort=name&order=desc", `{"name": "x", "message": "y", "status": 4, "component_id": 1, "component_status": 2, "occurred_at": "2026-11-20 10:00"}`},
		{13, "id=1%00&name=%ff&component_id=2", `{"value": 1e15, "timestamp": "1795170000"}`},
		{21, "visible=True&status=2", `components[]=1&scheduled_at=29/11/2026 22:00&completed_at=2026-11-30&name=%00`},
		{33, "email=a@example.org&verify=1", `{"status": 2147483647, "order": -2147483648, "name": "\u0000", "places": 4}`},
	} {
		f.Add(seed.to, seed.query, seed.body)
	}
	h := s.api.Handler(http.NotFoundHandler())
	type call struct{ method, path string }
	var all []call
	for path, methods := range s.api.addresses() {
		for method := range methods {
			all = append(all, call{method, "/api/v1/" + strings.NewReplacer("{id}", "1", "{update}", "2", "{point}", "1").Replace(path)})
		}
	}
	slices.SortFunc(all, func(a, b call) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	f.Fuzz(func(t *testing.T, to uint8, query, body string) {
		do := func(c call, token string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(c.method, c.path, strings.NewReader(body))
			r.URL.RawQuery = query
			r.Header.Set("X-Cachet-Token", token)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code >= 500 && w.Code != 503 || w.Code != 204 && !json.Valid(w.Body.Bytes()) {
				t.Errorf("%v?%s: %d %s", c, query, w.Code, w.Body)
			}
			return w
		}
		c := all[int(to)%len(all)]
		if c.method != "DELETE" {
			do(c, secret)
		}
		if c.method != "GET" {
			return
		}
		if text := do(c, "").Body.String(); strings.Contains(strings.ReplaceAll(text, url.QueryEscape(query), ""), `"secret`) || !utf8.ValidString(text) {
			t.Errorf("%v?%s: %s", c, query, text)
		}
	})
	if i, err := s.book.Incident(f.Context(), draft); err == nil && i.Public {
		f.Errorf("%+v is public", i)
	}
}
