package web

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// enter follows a link, and returns the cookie.
func enter(t *testing.T, s *Site, server string) string {
	t.Helper()
	link := strings.Replace(s.Links.New(s.Now()), s.Links.Base, server, 1)
	status, head, body := get(t, link)
	if status != http.StatusSeeOther || head.Get("Location") != "graphs" || strings.Contains(body, "token=") {
		t.Fatalf("the link answers %d to %s: %s", status, head.Get("Location"), body)
	}
	set := head.Get("Set-Cookie")
	if !strings.Contains(set, "HttpOnly") || !strings.Contains(set, "SameSite=Lax") || !strings.Contains(set, "Path=/graphs") {
		t.Errorf("the cookie: %s", set)
	}
	value, _, _ := strings.Cut(set, ";")
	return value
}

func TestPage(t *testing.T) {
	s, server := open(t)
	c := enter(t, s, server.URL)
	status, head, body := get(t, server.URL+"/graphs", "Cookie", c)
	if status != 200 || strings.Count(body, "<figure>") != 1 || !strings.Contains(body, `aria-current="true">24h`) || !strings.Contains(body, "&lt;script&gt;") {
		t.Errorf("%d\n%s", status, body)
	}
	if strings.Contains(body, `<script>"`) {
		t.Errorf("a hostile name is markup:\n%s", body)
	}
	if csp := head.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("the policy: %s", csp)
	}
	status, _, body = get(t, server.URL+"/graphs?g=both&range=7d", "Cookie", c)
	if status != 200 || strings.Count(body, "<figure>") != 2 || !strings.Contains(body, "<p>6 Mar 12:00 – 13 Mar 2026 12:00 UTC</p>") {
		t.Errorf("%d\n%s", status, body)
	}
	for address, want := range map[string]string{
		"?range=3d":                  "That range is not one of those",
		"?from=10&to=5":              "ends before it begins",
		"?from=x&to=5":               "dates with a time",
		"?from=2026-03-13T11:00&to=": "dates with a time",
		"?from=2026-03-13T12:01&to=2026-03-13T14:00":   "still to come",
		"?from=0&to=1773403200":                        "longer than ten years",
		"?from=-5&to=1773403200":                       "dates with a time",
		"?from=99999999999999999&to=999999999":         "dates with a time",
		"?g=none":                                      "There is no such graph",
		"?" + strings.Repeat("g=memory&", 13):          "too many",
		"/picture.svg?g=memory&w=961":                  "as wide as that",
		"/picture.svg?g=memory&w=960&range=%3Cscript>": "That range is not",
	} {
		status, head, body := get(t, server.URL+"/graphs"+address, "Cookie", c)
		if status != 400 || !strings.Contains(body, want) || !strings.HasPrefix(head.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d, %s", address, status, body)
		}
	}
	for _, name := range []string{"style.css", "script.js", "icon.svg"} {
		if status, head, _ := get(t, server.URL+"/graphs/"+name); status != 200 || head.Get("ETag") == "" {
			t.Errorf("%s: %d as %v", name, status, head)
		} else if status, _, _ := get(t, server.URL+"/graphs/"+name, "If-None-Match", head.Get("ETag")); status != http.StatusNotModified {
			t.Errorf("%s again: %d", name, status)
		}
	}
}

// What the page shows of times, and where it leads from there.
func TestTimes(t *testing.T) {
	s, server := open(t)
	c := enter(t, s, server.URL)
	for address, wants := range map[string][]string{
		"?from=2026-03-13T09:00&to=2026-03-13T11:00": {
			"<p>13 Mar 09:00 – 11:00 UTC</p>", `value="2026-03-13T09:00"`,
			`href="?from=1773388800&amp;to=1773396000" title="earlier"`, // 8:00 to 10:00
			`href="?from=1773396000&amp;to=1773403200" title="later"`,   // 10:00 to 12:00, which is now
			`href="?from=1773388800&amp;to=1773403200" title="twice as long"`,
		},
		// Half an hour from now: not longer, but as far as there is anything.
		"?from=1773397800&to=1773401400&g=memory": {
			`href="?from=1773399600&amp;g=memory&amp;to=1773403200" title="later"`,
			`<a href="?from=1773397800&amp;g=memory&amp;to=1773401400">memory</a>`, `name="g" value="memory"`,
		},
		"?range=1h": {`href="?from=1773397800&amp;to=1773401400" title="earlier"`, `href="?from=1773396000&amp;to=1773403200" title="twice as long"`},
		// Summer time begins on 29 March, in the future: what is asked for by the clock ends now.
		"?from=2026-03-13T11:00&to=2027-03-13T11:00": {"<p>13 Mar 11:00 – 12:00 UTC</p>"},
	} {
		status, _, body := get(t, server.URL+"/graphs"+address, "Cookie", c)
		for _, want := range wants {
			if status != 200 || !strings.Contains(body, want) {
				t.Errorf("%s: %d, and not %s in\n%s", address, status, want, body)
			}
		}
		if strings.HasSuffix(address, "1h") && strings.Contains(body, `title="later"`) {
			t.Error("it leads to what is still to come")
		}
	}
}

func TestPicture(t *testing.T) {
	s, server := open(t)
	c := enter(t, s, server.URL)
	const path = "/graphs/picture.svg?g=memory&w=360&from=1773388800&to=1773396000"
	status, head, body := get(t, server.URL+path, "Cookie", c)
	if status != 200 || head.Get("Content-Type") != "image/svg+xml" || !strings.HasPrefix(head.Get("Cache-Control"), "private") {
		t.Errorf("%d, %v", status, head)
	}
	if !strings.HasPrefix(body, "<svg") || !strings.Contains(body, `viewBox="0 0 360 260"`) || !strings.Contains(body, "memory &lt;b&gt;") || strings.Contains(body, "a</svg>") {
		t.Errorf("%s", body)
	}
	if status, _, body := get(t, server.URL+path); status != 403 || strings.Contains(body, "svg xmlns") {
		t.Errorf("without a cookie: %d", status)
	}
	if status, _, _ := get(t, server.URL+strings.Replace(path, "memory", "none", 1), "Cookie", c); status != 404 {
		t.Errorf("of nothing: %d", status)
	}
}

func TestLinks(t *testing.T) {
	s, server := open(t)
	now := s.Now()
	good := s.Links.token(now.Add(time.Minute))
	other := &Links{Key: []byte("other"), For: time.Hour}
	flipped := []byte(good)
	flipped[3]++
	for name, token := range map[string]string{
		"expired": s.Links.token(now), "another key": other.token(now.Add(time.Minute)), "good for years": s.Links.token(now.AddDate(1, 0, 0)),
		"another time": string(flipped), "short": good[:20], "nothing": "x", "no base64": "!!!",
	} {
		status, head, _ := get(t, server.URL+"/graphs?token="+token)
		if status != http.StatusForbidden || head.Get("Set-Cookie") != "" {
			t.Errorf("a link that is %s: %d", name, status)
		}
		if status, _, body := get(t, server.URL+"/graphs", "Cookie", cookie+"="+token); status != http.StatusForbidden || strings.Contains(body, "<figure") {
			t.Errorf("a cookie that is %s: %d", name, status)
		}
	}
	if status, _, body := get(t, server.URL+"/graphs"); status != http.StatusForbidden || !strings.Contains(body, "graph link") {
		t.Errorf("without anything: %d, %s", status, body)
	}
	if status, _, _ := get(t, server.URL+"/graphs", "Cookie", cookie+"="+good); status != 200 {
		t.Errorf("a good cookie: %d", status)
	}
	if status, head, _ := get(t, server.URL+"/graphs?token=old", "Cookie", cookie+"="+good); status != 303 || head.Get("Set-Cookie") != "" {
		t.Errorf("an old link followed by who was let in with a newer one: %d", status)
	}
}
