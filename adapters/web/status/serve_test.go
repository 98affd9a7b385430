package status

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/html"

	"github.com/diaspote/vigie/ops/incident"
)

// TestConditional has visitors ask whether what they have is still so.
func TestConditional(t *testing.T) {
	s, web, _, _ := pod(t)
	first := s.get("/")
	tag := first.Header().Get("Etag")
	packed := s.get("/", "Accept-Encoding: gzip").Header().Get("Etag")
	if packed == tag || len(tag) < 10 {
		t.Errorf("the tags are %s and %s, packed", tag, packed)
	}
	for header, want := range map[string]int{
		tag: 304, packed: 304, "W/" + tag: 304, `"x", W/` + tag + `, "y"`: 304, "*": 304, ` "x" ,` + tag: 304,
		`"x"`: 200, "": 200, strings.Trim(tag, `"`): 200, `W/"x", "y"`: 200, `"`: 200, `""`: 200,
	} {
		w := s.get("/", "If-None-Match: "+header)
		if w.Code != want || want == 304 && (w.Body.Len() > 0 || w.Header().Get("Etag") != tag || w.Header().Get("Vary") == "" || w.Header().Get("Cache-Control") == "") {
			t.Errorf("If-None-Match %s: %d, %v", header, w.Code, w.Header())
		}
	}
	if w := s.get("/?lang=fr", "If-None-Match: "+tag); w.Code != 200 {
		t.Errorf("another language: %d", w.Code)
	}
	s.at("2026-11-26 16:50") // time alone changes nothing
	if w := s.get("/", "If-None-Match: "+tag); w.Code != 304 {
		t.Errorf("five minutes later: %d", w.Code)
	}
	s.open("Pod slow", "We look.", incident.Minor, web)
	if w := s.get("/", "If-None-Match: "+tag); w.Code != 200 || !strings.Contains(w.Body.String(), "Pod slow") {
		t.Errorf("after an incident was opened: %d", w.Code)
	}
	if w := s.get("/status.css"); w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("the style: %d, %v", w.Code, w.Header())
	}
}

func TestPacked(t *testing.T) {
	s, _, _, _ := pod(t)
	plain := s.get("/").Body.String()
	for header, want := range map[string]bool{
		"gzip": true, "br, gzip;q=0.5": true, "GZIP": true, "gzip;q=0": false, "gzip; q=0.000": false, "br": false, "": false, "xgzip": false, "identity, gzip ; q=1.0": true,
	} {
		w := s.get("/", "Accept-Encoding: "+header)
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != want {
			t.Errorf("Accept-Encoding %q: packed %v", header, got)
		}
		body := io.Reader(bytes.NewReader(w.Body.Bytes()))
		if want {
			var err error
			if body, err = gzip.NewReader(body); err != nil {
				t.Fatal(err)
			}
		}
		if text, err := io.ReadAll(body); string(text) != plain {
			t.Errorf("Accept-Encoding %q: another text, %v", header, err)
		}
		if length := w.Header().Get("Content-Length"); length != fmt.Sprint(w.Body.Len()) {
			t.Errorf("Accept-Encoding %q: %s of %d bytes", header, length, w.Body.Len())
		}
	}
}

func TestLanguage(t *testing.T) {
	s, _, _, _ := pod(t)
	for header, want := range map[string]string{
		"": "en", "fr": "fr", "fr-CA, en;q=0.5": "fr", "en, fr": "en", "de, fr;q=0.3": "fr", "de": "en", "fr;q=0": "en", "en;q=0.2,fr;q=0.8": "fr", "*": "en",
		"FR": "fr", "fr;q=0.2, en;q=0.21": "en", "fr;q=x": "en", strings.Repeat("de,", 1000) + "fr": "en", ";;,,": "en",
	} {
		if w := s.get("/", "Accept-Language: "+header); !strings.Contains(w.Body.String(), `<html lang="`+want+`">`) || !strings.Contains(w.Header().Get("Vary"), "Accept-Language") {
			t.Errorf("Accept-Language %.30q: not in %s", header, want)
		}
	}
	chosen := s.get("/?lang=fr", "Accept-Language: en").Body.String()
	if !strings.Contains(chosen, `<html lang="fr">`) || !strings.Contains(chosen, `href="incidents/3?lang=fr"`) || !strings.Contains(chosen, `href="?lang=en"`) {
		t.Error("a choice of French does not stay")
	}
	if w := s.get("/?lang=xx", "Accept-Language: fr"); !strings.Contains(w.Body.String(), `<html lang="fr">`) {
		t.Error("a choice that there is not: not what the browser wants")
	}
}

func TestMethods(t *testing.T) {
	s, _, _, _ := pod(t)
	for _, path := range append(s.everywhere(), "/status.css") {
		get := s.get(path)
		for method, want := range map[string]int{http.MethodHead: get.Code, http.MethodPost: 405, http.MethodDelete: 405, http.MethodPut: 405, http.MethodOptions: 405} {
			w := httptest.NewRecorder()
			s.all.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader("x=y")))
			if w.Code != want || method == http.MethodHead && (w.Body.Len() > 0 || w.Header().Get("Etag") != get.Header().Get("Etag")) {
				t.Errorf("%s %s: %d", method, path, w.Code)
			}
		}
		head := get.Header()
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; style-src 'self'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "public",
		} {
			if !strings.HasPrefix(head.Get(name), want) {
				t.Errorf("%s: %s is %q", path, name, head.Get(name))
			}
		}
		if head.Get("Set-Cookie") != "" || strings.Contains(head.Get("Content-Security-Policy"), "unsafe") {
			t.Errorf("%s: %v", path, head)
		}
	}
	for _, path := range []string{"/alertmanager", "/graphs", "/api/v1/ping", "/historyx", "/incidents", "/components/1/x"} {
		if w := s.get(path); w.Code != http.StatusTeapot {
			t.Errorf("%s is not left to the rest: %d", path, w.Code)
		}
	}
}

// TestBounded has somebody ask for all that can be thought of: of what is not there nothing is kept, of what is no more than the bound.
func TestBounded(t *testing.T) {
	s, _, _, _ := pod(t)
	for n := range 100 {
		for _, path := range []string{"/incidents/%d", "/incidents/1%%2F%d", "/components/1%%2f%d", "/maintenance/%d", "/?%d", "/incidents/0%d", "/incidents/%d?lang=en"} {
			s.get(fmt.Sprintf(path, n))
		}
	}
	k := &s.site.kept
	if len(k.answers) > 12 { // three incidents twice, a maintenance, the front, and what is not there at two depths
		t.Errorf("%d answers are kept", len(k.answers))
	}
	for n := range 100 {
		k.keep(s.Page(), key{path: fmt.Sprint(n)}, &answer{body: make([]byte, mostKept/10)})
		size := 0
		for _, a := range k.answers {
			size += len(a.body) + len(a.packed)
		}
		if size > mostKept || k.find(s.Page(), key{path: fmt.Sprint(n)}) == nil {
			t.Fatalf("%d bytes are kept", size)
		}
	}
}

// TestCrowd has many visitors read while the book is written: each sees a whole page, and none one older than they have seen.
func TestCrowd(t *testing.T) {
	s, web, _, _ := pod(t)
	server := httptest.NewServer(s.all)
	defer server.Close()
	var all sync.WaitGroup
	stop := make(chan struct{})
	for range 8 {
		all.Go(func() {
			seen := 0
			for {
				select {
				case <-stop:
					return
				default:
				}
				resp, err := http.Get(server.URL + "/history")
				if err != nil {
					t.Error(err)
					return
				}
				text, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				n := strings.Count(string(text), "Trouble number")
				if err != nil || n < seen || !strings.HasSuffix(string(text), "</html>\n") {
					t.Errorf("%d incidents after %d, %v", n, seen, err)
				}
				seen = n
			}
		})
	}
	for n := range 20 {
		s.open(fmt.Sprintf("Trouble number %d", n), "We look.", incident.Minor, web)
		if w := s.get("/history"); strings.Count(w.Body.String(), "Trouble number") != n+1 {
			t.Errorf("incident %d is not shown at once", n)
		}
	}
	close(stop)
	all.Wait()
}

// TestWellFormed has each element of each page closed, by its own end and in order.
func TestWellFormed(t *testing.T) {
	for _, s := range []*scene{trouble(t), hostile(t), newScene(t)} {
		for _, path := range s.everywhere() {
			w := s.get(path, "Accept-Language: fr")
			if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
				continue
			}
			var open []string
			ids := map[string]bool{}
			in := html.NewTokenizer(w.Body)
			for in.Next() != html.ErrorToken {
				switch token := in.Token(); token.Type {
				case html.StartTagToken:
					for _, a := range token.Attr {
						if a.Key == "id" && ids[a.Val] || a.Key == "style" || strings.HasPrefix(a.Key, "on") {
							t.Errorf("%s: <%s %s=%q>", path, token.Data, a.Key, a.Val)
						}
						ids[a.Val] = ids[a.Val] || a.Key == "id"
					}
					if !strings.Contains(" meta link br input ", " "+token.Data+" ") {
						open = append(open, token.Data)
					}
				case html.EndTagToken:
					if len(open) == 0 || open[len(open)-1] != token.Data {
						t.Fatalf("%s: </%s> within %v", path, token.Data, open)
					}
					open = open[:len(open)-1]
				}
			}
			if len(open) > 0 || in.Err() != io.EOF {
				t.Errorf("%s: %v are left open, %v", path, open, in.Err())
			}
		}
	}
}
