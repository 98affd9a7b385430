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
	if status != http.StatusSeeOther || head.Get("Location") != "/graphs" || strings.Contains(body, "token=") {
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
	if status != 200 || !strings.Contains(body, "<svg") || !strings.Contains(body, "memory &lt;b&gt;") || !strings.Contains(body, `aria-current="true">24h`) {
		t.Errorf("%d\n%s", status, body)
	}
	if strings.Contains(body, `<script>"`) || strings.Contains(body, "a</svg>") || strings.Contains(body, "memory <b>") {
		t.Errorf("a hostile name is markup:\n%s", body)
	}
	if csp := head.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("the policy: %s", csp)
	}
	status, _, body = get(t, server.URL+"/graphs?g=both&g=memory&range=7d", "Cookie", c)
	if status != 200 || strings.Count(body, "<figure>") != 2 || !strings.Contains(body, "6 Mar 2026 12:00 – 13 Mar 2026 12:00 UTC") {
		t.Errorf("%d\n%s", status, body)
	}
	for address, want := range map[string]string{
		"?range=3d":                            "that range is not one of those",
		"?from=10&to=5":                        "ends before it begins",
		"?from=x&to=5":                         "seconds since 1970",
		"?from=0&to=1773403200":                "longer than ten years",
		"?g=none":                              "there is no such graph",
		"?" + strings.Repeat("g=memory&", 13):  "too many",
		"?from=99999999999999999&to=999999999": "seconds since 1970",
	} {
		if status, _, body := get(t, server.URL+"/graphs"+address, "Cookie", c); status != 400 || !strings.Contains(body, want) {
			t.Errorf("%s: %d, %s", address, status, body)
		}
	}
	for _, name := range []string{"style.css", "script.js"} {
		if status, head, _ := get(t, server.URL+"/graphs/"+name); status != 200 || !strings.HasPrefix(head.Get("Content-Type"), "text/") {
			t.Errorf("%s: %d as %s", name, status, head.Get("Content-Type"))
		}
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
		if status, _, body := get(t, server.URL+"/graphs", "Cookie", cookie+"="+token); status != http.StatusForbidden || strings.Contains(body, "svg") {
			t.Errorf("a cookie that is %s: %d", name, status)
		}
	}
	if status, _, body := get(t, server.URL+"/graphs"); status != http.StatusForbidden || !strings.Contains(body, "graph link") {
		t.Errorf("without anything: %d, %s", status, body)
	}
	if status, _, _ := get(t, server.URL+"/graphs", "Cookie", cookie+"="+good); status != 200 {
		t.Errorf("a good cookie: %d", status)
	}
}
