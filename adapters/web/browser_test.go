package web

import (
	"context"
	"encoding/json"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/node"
	"github.com/diaspote/vigie/ops/graph"
)

const hostileName = `<img src=x onerror=alert(1)>"'&`

// stairs is a graph of one line: 10 in the first quarter of the range that is asked for, 20 in the second, nothing
// in most of the third, 40 in the last.
func stairs(name string, from, to time.Time) graph.Graph {
	one := graph.Series{Name: "load " + name, Step: time.Minute}
	quarter := to.Sub(from) / 4
	for at := from; at.Before(to); at = at.Add(time.Minute) {
		n := at.Sub(from) / quarter
		if n != 2 {
			v := float64(10 * (n + 1))
			one.Points = append(one.Points, graph.Point{At: at, Min: v, Avg: v, Max: v})
		}
	}
	marks := []graph.Mark{{At: to.Add(-to.Sub(from) / 25), Label: "restart diaspora"}, {At: from.Add(to.Sub(from) / 2), Label: "OOM kill"}}
	return graph.Graph{Title: name, From: from, To: to, Series: []graph.Series{one}, Marks: marks}
}

// TestBrowser has a real Chromium visit the page.
func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("left out of a short run: the browser takes its time")
	}
	if _, err := os.Stat("/usr/bin/chromium"); err != nil {
		node.Missing(t, "no Chromium (apt-get install chromium)")
	}
	s, server := open(t)
	s.Find = func(name string) []Name { return []Name{{name, "tasks that run"}} }
	s.Graph = func(_ context.Context, name string, from, to time.Time, _ int) (graph.Graph, bool, error) {
		return stairs(name, from, to), true, nil
	}
	s.Links.Base = server.URL
	lines := node.Run(t, "browser", "page.mjs", "LINK="+s.Links.New(s.Now()), "HOSTILE="+hostileName)
	next := func(saw string) map[string]any {
		t.Helper()
		line, ok := <-lines
		if !ok || line["saw"] != saw {
			t.Fatalf("the browser saw %v, and was to see %q", line, saw)
		}
		return line
	}
	fine := func(line map[string]any) {
		t.Helper()
		if wrong := line["wrong"].([]any); len(wrong) > 0 {
			t.Errorf("%s: %v", line["saw"], wrong)
		}
	}
	visited := func(kind string, width float64, pictures int) {
		t.Helper()
		line := next(kind)
		fine(line)
		if line["address"] != server.URL+"/graphs" || line["cookie"] != "" || line["sideways"].(float64) > 0 || line["moved"].(float64) > 0.01 {
			t.Errorf("%s: %v", kind, line)
		}
		if history, _ := json.Marshal(line["history"]); strings.Contains(string(history), "token") {
			t.Errorf("%s: the way back has the token: %s", kind, history)
		}
		drawn := 0
		for _, one := range line["pictures"].([]any) {
			if one.([]any)[0] == width {
				drawn++
			}
		}
		if drawn < pictures {
			t.Errorf("%s: %d pictures are drawn, %v wide: %v", kind, drawn, width, line["pictures"])
		}
	}
	begin, end := s.Now().Add(-24*time.Hour), s.Now()

	visited("desk", 960, 2) // those in sight
	for _, want := range []string{"load memory 10", "load memory 20", "load memory –", "load memory 40\n11:02:24 restart diaspora"} {
		line := next("pointed")
		clock, value, _ := strings.Cut(line["text"].(string), "\n")
		at, err := time.Parse("2006-01-02 15:04:05", clock)
		off := at.Sub(begin.Add(time.Duration(line["share"].(float64) * float64(24*time.Hour))))
		if value != want || err != nil || off.Abs() > 3*time.Minute {
			t.Errorf("at %v of the range it shows %q, want %s; off by %v", line["share"], line["text"], want, off)
		}
	}
	if line := next("dragging"); line["zoom"] != 1.0 {
		t.Errorf("while one drags: %v", line)
	}
	if line := next("escaped"); line["zoom"] != 0.0 || strings.Contains(line["address"].(string), "from") {
		t.Errorf("after Escape: %v", line)
	}
	rangeIs(t, next("zoomed")["address"], begin.Add(6*time.Hour), end.Add(-6*time.Hour), 3*time.Minute)
	if line := next("first"); line["text"].(string)[11:] < "12:00:00" || !strings.HasSuffix(line["text"].(string), "load memory 10") {
		t.Errorf("the first column: %v", line)
	}
	if line := next("last"); line["text"].(string)[:12] != "2026-03-13 1" || !strings.HasSuffix(line["text"].(string), "load memory 40") {
		t.Errorf("the last column: %v", line)
	}
	rangeIs(t, next("chosen")["address"], begin, end.Add(-time.Hour), 40*time.Minute)
	if line := next("asked"); line["text"] != "13 Mar 10:30 – 11:30 UTC" {
		t.Errorf("by the form: %v", line)
	}
	hostile := next("hostile")
	fine(hostile)
	if hostile["figures"] != 1.0 || !strings.Contains(hostile["text"].(string), "onerror") {
		t.Errorf("a hostile name: %v", hostile)
	}
	visited("phone", 360, 2)
	tapped := next("tapped")
	fine(tapped)
	if !strings.HasSuffix(tapped["text"].(string), "load memory 20") || tapped["inside"] != true {
		t.Errorf("after a tap: %v", tapped)
	}
	visited("bare", 960, 5)
	next("end")
}

// rangeIs tells whether an address has a range, as nearly as a pointer can be set.
func rangeIs(t *testing.T, address any, from, to time.Time, near time.Duration) {
	t.Helper()
	u, err := url.Parse(address.(string))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]time.Time{"from": from, "to": to} {
		n, err := strconv.ParseInt(u.Query().Get(name), 10, 64)
		if err != nil || time.Unix(n, 0).Sub(want).Abs() > near {
			t.Errorf("%s is %v, want about %v", name, time.Unix(n, 0).UTC(), want)
		}
	}
}
