package status

import (
	"log/slog"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/adapters/web/subscribe"
	"github.com/diaspote/vigie/fixtures/node"
	"github.com/diaspote/vigie/ops/incident"
)

// trouble is a pod with everything at once: an outage, a maintenance under way and one to come.
func trouble(t testing.TB) *scene {
	s, web, db, queue := pod(t)
	s.at("2026-11-26 15:02")
	one := s.open("Nobody can sign in", "The database does not answer.", incident.Critical, web, db)
	s.at("2026-11-26 15:20")
	s.update(one, incident.Identified, "A disk has failed. We bring up the copy of last night; see https://discourse.diasporafoundation.org/t/4711 for what to expect.\n\nPosts are kept by the other pods and come in later.")
	s.at("2026-11-26 16:30")
	s.update(one, incident.Watching, "The copy is up. We watch it.")
	s.open("Posts arrive late", "The queue is long.", incident.Minor, queue)
	work := s.plan("New disk", "We put the new disk in.", "2026-11-26 16:00", "2026-11-26 18:00", db)
	s.phase(work, incident.UnderWay, "We begin.")
	s.plan("PostgreSQL 15 → 17", "The pod is down meanwhile.", "2026-11-28 22:00", "2026-11-29 02:00", web, db, queue)
	s.at("2026-11-26 16:45")
	return s
}

// hostile is a pod of which people and programs wrote the worst.
func hostile(t testing.TB) *scene {
	s := newScene(t)
	word := strings.Repeat("Donaudampfschifffahrt", 9)
	group := must[incident.Group](s)(s.PutGroup(t.Context(), incident.Group{Name: word, Collapsed: true}))
	one := must[incident.Component](s)(s.AddComponent(t.Context(), incident.Component{Name: word, About: `<img src=x onerror=alert(1)>` + word, Group: group.ID})).ID
	two := s.component(`"><script>alert(2)</script>{{.}}`, 0)
	three := s.component("خدمة الويب 123 (Web)", 0)
	s.at("2026-11-25 10:00")
	s.update(s.open(strings.Repeat("W", 200), strings.Repeat("x", 5000)+" "+strings.Repeat("y ", 2400), incident.Minor, one, two, three), incident.Fixed, "https://example.org/"+strings.Repeat("z", 5000))
	s.open(`<b>bold</b> javascript:alert(3)`, "javascript:alert(4) <script>alert(5)</script>\n<a href=\"javascript:alert(6)\">x</a> http://evil\"onmouseover=alert(7) https://a.b/<script>alert(8)</script> \u202egnp.exe\u202c\n"+
		"'); alert(9) //\n&lt;script&gt; ]]> --> </style></title></textarea><svg onload=alert(10)>", incident.Critical, one, two)
	s.plan(word, strings.Repeat("مرحبا بالعالم ", 300), "2026-12-01 22:00", "2026-12-02 02:00", one, two, three)
	s.at("2026-11-26 16:45")
	return s
}

// TestBrowser has a real Chromium visit every kind of page, and axe-core look for what keeps people out.
func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("left out of a short run: the browser takes its time")
	}
	if _, err := os.Stat("/usr/bin/chromium"); err != nil {
		node.Missing(t, "no Chromium (apt-get install chromium)")
	}
	well, _, _, _ := pod(t)
	var visits []string
	add := func(s *scene, name string, pages ...string) {
		server := httptest.NewServer(s.all)
		t.Cleanup(server.Close)
		for _, page := range pages {
			path, how, _ := strings.Cut(page, " ")
			shot := strings.NewReplacer("/", "-", " ", "-", "?", "-").Replace(name + path + "-" + how)
			visits = append(visits, shot+" "+server.URL+path+" "+how)
		}
	}
	add(well, "well", "/ light", "/ dark", "/ phone", "/ dark phone", "/ bare", "/ print", "/ fr", "/ keys")
	add(newScene(t), "empty", "/ light", "/ dark phone", "/history light")
	add(trouble(t), "trouble", "/ light", "/ dark", "/ phone", "/ dark phone", "/ fr phone", "/?lang=fr dark", "/history light", "/history dark phone fr",
		"/incidents/4 light", "/incidents/4 dark phone fr", "/maintenance/2 light fr", "/maintenance/3 dark phone", "/components/1 light", "/components/1 dark phone fr",
		"/incidents/99 gone dark phone fr")
	add(hostile(t), "hostile", "/ light", "/ phone", "/history phone", "/incidents/1 phone", "/incidents/2 light", "/maintenance/1 phone", "/components/1 phone dark")
	add(full(t), "full", "/ phone", "/?lang=fr phone")

	desk := &subscribe.Desk{Title: "Pod", Style: well.site.Style(), Mail: true, Book: well.Book, Links: &incident.Links{Key: []byte("key")}, Log: slog.New(slog.DiscardHandler), Now: time.Now}
	forms := httptest.NewServer(well.site.Handler(desk.Handler(nowhere())))
	t.Cleanup(forms.Close)
	reader := must[incident.Subscriber](well)(well.Book.Subscribe(t.Context(), "reader@example.org", "en", []int64{1}, false))
	for _, visit := range []string{"/subscribe light", "/subscribe dark phone fr", desk.Links.Confirm(reader.ID) + " phone", "/unsubscribe gone dark fr"} {
		path, how, _ := strings.Cut(visit, " ")
		visits = append(visits, "form"+strings.NewReplacer("/", "-", "?", "-").Replace(path)+"-"+strings.ReplaceAll(how, " ", "-")+" "+forms.URL+path+" "+how)
	}

	texts := map[string]string{}
	lines, n := node.Run(t, "browser", "visit.mjs", "VISITS="+strings.Join(visits, "\n")), 0
	for line := range lines {
		name := line["saw"].(string)
		if name == "end" {
			break
		}
		n++
		texts[name] = line["text"].(string)
		for n, key := range line["keys"].([]any) {
			want := []string{"a | Skip to the content | solid", "main", "a | Web | solid", "a | Federation | solid", "a | Mail | solid", "summary | Behind it", "summary | Behind it"}[n]
			if !strings.HasPrefix(key.(string), want) || n == 6 && !strings.HasSuffix(key.(string), "true") {
				t.Errorf("%s: key %d leads to %q, want %q", name, n, key, want)
			}
		}
		if wrong := line["wrong"].([]any); len(wrong) > 0 {
			t.Errorf("%s: %v", name, wrong)
		}
		for _, fault := range line["faults"].([]any) {
			if strings.HasPrefix(fault.(string), "serious") || strings.HasPrefix(fault.(string), "critical") {
				t.Errorf("%s: %v", name, fault)
			} else {
				t.Logf("%s: %v", name, fault)
			}
		}
		if line["sideways"].(float64) > 0 || len(line["beyond"].([]any)) > 0 {
			t.Errorf("%s: it is %v wider than the screen: %v", name, line["sideways"], line["beyond"])
		}
		if line["cookies"].(float64) > 0 {
			t.Errorf("%s: sets cookies", name)
		}
		for _, element := range line["elements"].([]any) {
			switch element {
			case "script", "img", "b", "textarea", "iframe":
				t.Errorf("%s: has a <%s>", name, element)
			case "form":
				if !strings.HasPrefix(name, "form-subscribe") {
					t.Errorf("%s: has a form", name)
				}
			}
		}
		if want := map[bool]string{true: "fr", false: "en"}[strings.Contains(name, "fr")]; line["lang"] != want {
			t.Errorf("%s: in %v", name, line["lang"])
		}
		if want := map[bool]string{true: "rgb(19, 22, 28)", false: "rgb(245, 246, 248)"}[strings.Contains(name, "dark")]; line["background"] != want && !strings.Contains(name, "print") {
			t.Errorf("%s: on %v", name, line["background"])
		}
		if strings.HasPrefix(name, "full-") {
			t.Logf("%s: %v bytes in all", name, line["bytes"])
			if line["bytes"].(float64) > 60_000 {
				t.Errorf("%s: %v bytes", name, line["bytes"])
			}
		}
	}
	if texts["well--bare"] != texts["well--light"] || texts["well--bare"] == "" {
		t.Errorf("without JavaScript it reads %q", texts["well--bare"])
	}
	if n != len(visits) {
		t.Errorf("the browser saw %d pages of %d", n, len(visits))
	}
}
