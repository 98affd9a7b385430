package commands

import (
	"bytes"
	"context"
	"image/png"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/commands/panel"
	"github.com/diaspote/vigie/ops"
	kept "github.com/diaspote/vigie/ops/history"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/ledger"
)

const mebi = 1 << 20

// remembered is a host with two days of history, a scrape each minute, until now: its memory rises by 30 MiB/h from 512 MiB and falls
// back by a restart three hours ago; half an hour of yesterday is missing.
func remembered(t *testing.T) *Host {
	t.Helper()
	db, err := ledger.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	store, err := kept.Open(t.Context(), db, kept.Options{Every: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().Truncate(time.Minute)
	gauge := func(name string, value float64, labels ...string) ops.Sample {
		return ops.Sample{Series: ops.Series{Name: name, Labels: ops.Labels(labels...)}, Value: value}
	}
	counter := func(name string, value float64, labels ...string) ops.Sample {
		s := gauge(name, value, labels...)
		s.Series.Counter = true
		return s
	}
	begin := now.Add(-48 * time.Hour)
	restart := now.Add(-3 * time.Hour)
	for at := begin; !at.After(now); at = at.Add(time.Minute) {
		if gap := at.Sub(now.Add(-30 * time.Hour)); gap > 0 && gap < 30*time.Minute {
			continue
		}
		grown := at.Sub(begin)
		if !at.Before(restart) {
			grown = at.Sub(restart)
		}
		used := 512*mebi + grown.Hours()*30*mebi
		seconds := at.Sub(begin).Seconds()
		err := store.Write(t.Context(), at, []ops.Sample{
			gauge("node_memory_MemTotal_bytes", 2048*mebi), gauge("node_memory_MemAvailable_bytes", 2048*mebi-used), gauge("node_memory_MemFree_bytes", 100*mebi),
			gauge("node_load1", 0.5), gauge("node_load5", 0.4), gauge("node_load15", 0.3), gauge("node_cpus_online", 4),
			counter("node_cpu_seconds_total", 0.5*seconds, "mode", "user"), counter("node_cpu_seconds_total", 3.5*seconds, "mode", "idle"),
			counter("node_network_receive_bytes_total", 1000*seconds, "device", "eth0"), counter("node_network_transmit_bytes_total", 500*seconds, "device", "eth0"),
			counter("node_network_receive_bytes_total", 10*seconds, "device", "wlan0"), counter("node_network_transmit_bytes_total", 5*seconds, "device", "wlan0"),
			gauge("systemd_unit_active", 1, "name", "diaspora.service"), gauge("systemd_unit_memory_bytes", used/2, "name", "diaspora.service"),
			counter("systemd_unit_cpu_seconds_total", 0.25*seconds, "name", "diaspora.service"),
			gauge("vigie_probe", 12, "name", "Queue"), gauge("other_thing", 7, "a", "b"),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	nobody := func(ops.Event, ops.Severity) []ledger.Debt { return nil }
	_, err = db.Note(t.Context(), now, nobody,
		ops.Event{Kind: "job", Key: "job/nightly-restart", Title: "nightly-restart ran", At: restart},
		ops.Event{Kind: "oom", Key: "oom/diaspora.service", Unit: "diaspora.service", Title: "OOM kill", Severity: ops.Critical, At: now.Add(-5 * time.Hour)},
		ops.Event{Kind: "pod", Key: "pod/down", Title: "pod down: answers 502", Severity: ops.Critical, Lasting: true, At: now.Add(-2 * time.Hour)},
		ops.Event{Kind: "pod", Key: "pod/down", Title: "pod up again", Resolved: true, At: now.Add(-time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	h := newHost(t, "board")
	if h.Incidents, err = incident.Open(t.Context(), db, time.Now); err != nil {
		t.Fatal(err)
	}
	h.Graphs = &panel.Set{Store: store, Ledger: db, Incidents: h.Incidents}
	return h
}

// troubled adds the component Diaspora, a draft of the last hours that touches it and has the event of the pod, and a maintenance that
// was yesterday.
func troubled(t *testing.T, h *Host) {
	t.Helper()
	now := time.Now()
	c, err := h.Incidents.AddComponent(t.Context(), incident.Component{Name: "Diaspora", Follows: "diaspora.service"})
	if err != nil {
		t.Fatal(err)
	}
	i, err := h.Incidents.OpenIncident(t.Context(), incident.Incident{Name: "Pod *slow*", Impact: incident.Critical, Opened: now.Add(-2 * time.Hour),
		Touched: []incident.Touch{{Component: c.ID}}}, incident.Update{Text: "We are looking.", Person: "dada"})
	if err != nil {
		t.Fatal(err)
	}
	err = h.Graphs.Ledger.Exec(t.Context(), "link", `INSERT INTO incident_event (incident, event) SELECT ?, id FROM event WHERE kind = 'pod'`, i.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.Incidents.AddUpdate(t.Context(), i.ID, incident.Update{Status: incident.Fixed, At: now.Add(-time.Hour), Text: "It is well again.", Person: "dada"})
	if err != nil {
		t.Fatal(err)
	}
	m, err := h.Incidents.Plan(t.Context(), incident.Maintenance{Name: "PostgreSQL", Starts: now.Add(-26 * time.Hour), Ends: now.Add(-24 * time.Hour), Components: []int64{c.ID}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.Incidents.EditMaintenance(t.Context(), m.ID, nil, func(m *incident.Maintenance) error {
		m.Phase, m.Started, m.Ended = incident.Complete, m.Starts, m.Ends
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What was an incident is one band, with what belongs to it; a maintenance is another.
func TestGraphOfAnIncident(t *testing.T) {
	h := remembered(t)
	troubled(t, h)
	s := play(t, h)
	bands := func(line string) string {
		text, picture := s.pictured(t, line)
		has(t, text, "memory", "diaspora")
		var all []string
		for l := range strings.Lines(picture.Draw(100)) {
			l = strings.TrimRight(l, " \n")
			if strings.HasPrefix(l, "━ ") || strings.HasPrefix(l, "┅ ") || strings.Contains(l, "pod down") {
				all = append(all, regexp.MustCompile(`[\d:–]{6,}( \d+ \w+)?|\d\d:\d\d`).ReplaceAllString(l, "T"))
			}
		}
		return strings.Join(slices.Compact(all), "\n")
	}
	if got := bands("graph incident 1"); got != "━ T #1 Pod *slow* · a T pod down: answers 502" {
		t.Errorf("the incident:\n%s", got)
	}
	if got := bands("graph memory diaspora maintenance 1"); got != "┅ T maintenance: PostgreSQL" {
		t.Errorf("the maintenance:\n%s", got)
	}
	for line, want := range map[string]string{
		"graph incident 7": "✗ graph: there is no incident 7", "graph incident x": `✗ graph: "x" is no number of incident`,
		"graph memory maintenance 2": "✗ graph: there is no maintenance 2", "graph memory incident": "✗ graph: incident which? For example: incident 12",
	} {
		like(t, s.text(t, "lulu", line), regexp.QuoteMeta(want))
	}
}

// pictured asks for a graph and returns the words and the picture.
func (s *stage) pictured(t *testing.T, line string) (string, *bot.Picture) {
	t.Helper()
	<-s.start("lulu", line)
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.posts[len(s.posts)-1]
	if last.Picture == nil {
		t.Fatalf("%s: no picture but %q", line, last.Text)
	}
	return last.Text, last.Picture
}

func TestGraph(t *testing.T) {
	h := remembered(t)
	s := play(t, h)
	text, picture := s.pictured(t, "graph memory")
	like(t, text, `memory: 602 MiB of 2 GiB \(29 %\) now, highest 1\.[78]\d GiB at [\w ]*\d\d:\d\d(:\d\d)?; \+30 MiB/h since the restart of [\w ]*\d\d:\d\d`)
	image, err := png.Decode(bytes.NewReader(picture.Data))
	if err != nil || image.Bounds().Dx() != 1000 || image.Bounds().Dy() != 420 || picture.Width != 1000 || picture.Height != 420 {
		t.Errorf("the picture is %v, %v", image.Bounds(), err)
	}
	if picture.Name != "memory.png" || picture.Type != "image/png" {
		t.Errorf("it is called %s, %s", picture.Name, picture.Type)
	}
	drawn := picture.Draw(60)
	has(t, drawn, "memory", "used", "GiB", "OOM kill")
	for line := range strings.Lines(drawn) {
		if n := len([]rune(strings.TrimRight(line, "\n"))); n > 60 {
			t.Errorf("%d wide: %s", n, line)
		}
	}

	s.ask(t, "graph load 2020-01-01")
	if last := s.posts[len(s.posts)-1]; last.Picture != nil {
		t.Error("a picture shows nothing")
	} else {
		like(t, last.Text, `load: nothing is known of then; the history begins on .+`)
	}
	for line, want := range map[string]string{
		"graph cpu":               `cpu: 12\.5 % all the time`,
		"graph load 12h":          `load 1 min: 0\.5 all the time`,
		"graph diaspora":          `diaspora: memory: 301 MiB now, highest .+; \+15 MiB/h since the restart of .+\ndiaspora: percent of a CPU: 25 % all the time`,
		"graph net eth0 24h":      `net eth0 in: 8 kbit/s all the time`,
		"graph queue":             `Queue: 12 all the time`,
		"graph other_thing":       `other_thing: 7 all the time`,
		"graph memory load 2h":    "memory: .+\nload 1 min: .+",
		"graph memory yesterday":  `memory: .+ on average, highest .+`,
		"graph alert 1":           `memory: .+\ncpu: .+`,
		"graph alert 2":           `memory: .+\ndiaspora: memory: .+\ndiaspora: percent .+`,
		"graph load 24h vs 1d":    `load 1 min: 0\.5 all the time`,
		"graph mem 6h":            `memory: .+`,
		"graph load since 30 min": `load .+`,
		"graph memory alert #2":   `memory: .+`,
		"graph all 1h":            `memory: .+\ncpu: .+\nload .+\nnet .+\nmemory of the units: .+\nQueue: .+`,
	} {
		text, _ := s.pictured(t, line)
		t.Log(line, "→", text)
		like(t, text, want)
	}
}

func TestGraphRefuses(t *testing.T) {
	s := play(t, remembered(t))
	for line, want := range map[string]string{
		"graph memroy":                   `✗ graph: there is no "memroy"; did you mean "memory"\? All of them: graph list`,
		"graph xyzzy":                    `✗ graph: there is no "xyzzy"; what there is: graph list`,
		"graph memory 500y":              `✗ graph: that is longer than 10 years`,
		"graph memory 04:00-04:00":       `✗ graph: that range ends before it begins`,
		"graph memory 2999-01-01":        `✗ graph: .*still to come.*`,
		"graph memory since":             `✗ graph: since when\? .*`,
		"graph memory since the war":     `✗ graph: "the" is no time; .*`,
		"graph memory 3-4":               `✗ graph: "3-4" is no range; try 03:00-04:00`,
		"graph memory vs moon":           `✗ graph: vs "moon" is not understood; .*`,
		"graph memory as pdf":            `✗ graph: as "pdf"\? It goes: as csv`,
		"graph alert 99":                 `✗ graph: there is no alert 99; .*`,
		"graph alert x":                  `✗ graph: "x" is no number of an alert`,
		"graph memory since 1h until 2h": `✗ graph: that range ends before it begins`,
		"stats memory vs 7d":             `✗ stats: it takes neither .*`,
	} {
		like(t, s.text(t, "lulu", line), want)
	}
	bare := play(t, newHost(t, "board"))
	like(t, bare.text(t, "lulu", "graph memory"), `✗ nothing is measured here: .*|✗ graph memory: nothing is measured here: .*`)
}

func TestStatsAndCSV(t *testing.T) {
	s := play(t, remembered(t))
	text := s.text(t, "lulu", "stats load 12h")
	like(t, text, `From .+ to .+:
 +MIN +AVERAGE +MAX +95 % +LAST
load 1 min +0\.5 +0\.5 +0\.5 +0\.5 +0\.5
load 5 min +0\.4 +0\.4 +0\.4 +0\.4 +0\.4
load 15 min +0\.3 +0\.3 +0\.3 +0\.3 +0\.3`)
	text, file := s.pictured(t, "graph load 1h as csv")
	if text != "the values as CSV" || file.Name != "load.csv" || file.Type != "text/csv" {
		t.Errorf("%q, %s, %s", text, file.Name, file.Type)
	}
	lines := strings.Split(strings.TrimSpace(string(file.Data)), "\n")
	if lines[0] != "time,load 1 min (count),load 5 min (count),load 15 min (count)" || len(lines) < 55 || len(lines) > 62 {
		t.Errorf("%d lines, the first %s", len(lines), lines[0])
	}
	if !strings.HasSuffix(lines[30], ",0.5,0.4,0.3") {
		t.Errorf("a line: %s", lines[30])
	}
}

func TestGraphList(t *testing.T) {
	s := play(t, remembered(t))
	text := s.text(t, "lulu", "graph list")
	has(t, text, "The history begins ", "Units: diaspora", "memory", "what programs hold", "load", "net", "queue")
	if strings.Contains(text, "temperature") || strings.Contains(text, "diaspora:cpu") {
		t.Errorf("what there are no samples of, or no name, is listed:\n%s", text)
	}
}

func TestIllustrate(t *testing.T) {
	h := remembered(t)
	for kind, want := range map[string]bool{"oom": true, "pressure": true, "job": false, "disk": false} { // there are no samples of disks
		p, err := h.Illustrate(context.Background(), ops.Event{Kind: kind, Key: kind + "/x"}, time.Now())
		if err != nil || (p != nil) != want {
			t.Errorf("%s: picture %v, %v", kind, p != nil, err)
		}
	}
	if p, err := h.Illustrate(context.Background(), ops.Event{Kind: "oom", Resolved: true}, time.Now()); p != nil || err != nil {
		t.Errorf("an end has a picture: %v", err)
	}
}
