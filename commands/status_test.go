package commands

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops/kernel"
	"github.com/diaspote/vigie/ops/systemd"
)

var night = time.Date(2026, 3, 13, 23, 43, 20, 0, time.UTC)

func TestHostLines(t *testing.T) {
	h := newHost(t, "board")
	s := h.Kernel.Snapshot(night)
	s.Missing = nil
	s.Disks = []kernel.Disk{
		{Mount: "/", Used: 41, Free: 59},
		{Mount: "/boot", Used: 40, Free: 60},
		{Mount: "/srv", Used: 50, Free: 50, Inodes: 100, InodesFree: 4},
		{Mount: "/var", Used: 93, Free: 7, Inodes: 100, InodesFree: 50},
	}
	like(t, hostLines("diaspote", s, &kernel.Trend{}), `
diaspote · up 12 days · load 0\.42 0\.51 0\.60 on 4 cores
memory 1\.21 of 1\.97 GiB · swap 0 of 512 MiB · disk / 41 % · disk /srv 50 % \(inodes 96 %\) · disk /var 93 %`)

	for i := range 61 {
		h.Memory.Add(night.Add(time.Duration(i)*time.Minute), 1<<30+uint64(i)*38<<20/60)
	}
	has(t, hostLines("diaspote", s, h.Memory), "memory 1.21 of 1.97 GiB, rising 38 MiB/h · ")
}

func TestHostLinesNameWhatIsMissing(t *testing.T) {
	h := newHost(t, "partial")
	got := hostLines("diaspote", h.Kernel.Snapshot(night), h.Memory)
	lines := strings.Split(got, "\n")
	if lines[0] != "diaspote" {
		t.Errorf("the first line makes up figures: %q", lines[0])
	}
	like(t, lines[1], `memory \d.+ of .+iB · (swap .+|no swap)`)
	has(t, got, "\nnot read: load: ", "\nnot read: time since boot: ", "\nnot read: disk: ")
}

func TestRising(t *testing.T) {
	for rate, want := range map[float64]string{
		38 << 20: "rising 38 MiB/h", -38 << 20: "falling 38 MiB/h", 0: "steady", 1<<20 - 1: "steady", 1 - 1<<20: "steady", 2 << 30: "rising 2 GiB/h",
	} {
		if got := rising(rate); got != want {
			t.Errorf("%v: %q, want %q", rate, got, want)
		}
	}
}

func TestState(t *testing.T) {
	since := night.Add(-4 * time.Minute)
	for _, tt := range []struct {
		unit systemd.Unit
		want string
	}{
		{systemd.Unit{ActiveState: "active", SubState: "running", Since: since, Memory: 782 << 20, MemoryKnown: true}, "● running 4 min · 782 MiB"},
		{systemd.Unit{ActiveState: "active", SubState: "running", Restarts: 1}, "● running · restarted by systemd 1 time"},
		{systemd.Unit{ActiveState: "active", SubState: "exited", Since: since}, "● done 4 min"},
		{systemd.Unit{ActiveState: "reloading", Since: since}, "● reloading 4 min"},
		{systemd.Unit{ActiveState: "active", Since: night.Add(time.Hour)}, "● running 0 s"}, // the clock was set
		{systemd.Unit{ActiveState: "failed", Result: "exit-code", ExitCode: 1, ExitStatus: 1, Since: since}, "✗ failed 4 min ago: exit status 1   (try: logs x)"},
		{systemd.Unit{ActiveState: "failed"}, "✗ failed   (try: logs x)"},
		{systemd.Unit{ActiveState: "inactive", Since: since}, "○ stopped 4 min ago"},
		{systemd.Unit{ActiveState: "inactive"}, "○ never started since the host booted"},
		{systemd.Unit{ActiveState: "inactive", LoadState: "masked"}, "○ masked"},
		{systemd.Unit{ActiveState: "activating", SubState: "auto-restart", Since: since}, "◌ starting (it ended, and systemd restarts it) 4 min"},
		{systemd.Unit{ActiveState: "deactivating", SubState: "stop-sigterm", Since: since}, "◌ stopping (asked to end by SIGTERM) 4 min"},
		{systemd.Unit{ActiveState: "inactive", LoadState: "bad-setting"}, "✗ its unit file is not valid   (try: logs x)"},
		{systemd.Unit{ActiveState: "active", SubState: "running", LoadState: "error"}, "● running"},
		{systemd.Unit{LoadState: "not-found"}, "✗ no such unit on this host"},
		{systemd.Unit{}, "✗ cannot be read"},
	} {
		tt.unit.Name = "x.service"
		if mark, text := state(tt.unit, night); mark+" "+text != tt.want {
			t.Errorf("%+v: %s %s, want %s", tt.unit, mark, text, tt.want)
		}
	}
}

func TestUnitRows(t *testing.T) {
	rows := unitRows([]systemd.Unit{
		{Name: "diaspora.service", ActiveState: "active", SubState: "running", Since: night.Add(-192 * time.Minute), Memory: 782 << 20, MemoryKnown: true},
		{Name: "sidekiq.service", ActiveState: "failed", Result: "exit-code", ExitCode: 1, ExitStatus: 1, Since: night.Add(-4 * time.Minute)},
		{Name: "backup.timer", ActiveState: "active", SubState: "running"},
	}, night)
	if got, want := strings.Join(rows, "\n"), `
● diaspora      running 3 h 12 min · 782 MiB
✗ sidekiq       failed 4 min ago: exit status 1   (try: logs sidekiq)
● backup.timer  running`[1:]; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if rows := unitRows(nil, night); len(rows) != 0 {
		t.Errorf("%q", rows)
	}
}

func TestFailedOf(t *testing.T) {
	var services []systemd.Unit
	for i := range 9 {
		services = append(services, systemd.Unit{Name: fmt.Sprint(i), ActiveState: []string{"failed", "active"}[min(i/8, 1)]})
	}
	failed, more := failedOf(services, []string{"2"})
	if got := strings.Join(failed, " "); got != "0 1 3 4 5" || more != 2 {
		t.Errorf("%s and %d more", got, more)
	}
}

func TestSummary(t *testing.T) {
	for want, states := range map[string][]string{
		"0 services":           nil,
		"1 service: 1 running": {"active running"},
		"6 services: 1 failed, 1 changing, 2 running, 1 done, 1 stopped": {"active running", "inactive dead", "failed failed", "active running", "activating start", "active exited"},
	} {
		var units []systemd.Unit
		for _, s := range states {
			active, sub, _ := strings.Cut(s, " ")
			units = append(units, systemd.Unit{ActiveState: active, SubState: sub})
		}
		if got := summary(units); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestUnitTable(t *testing.T) {
	var many []systemd.Unit
	for i := range 70 {
		many = append(many, systemd.Unit{Name: fmt.Sprintf("u%02d.service", i), ActiveState: "active", SubState: "running"})
	}
	many[69].ActiveState, many[69].Description = "failed", "what\x1b[2J\nis it "+strings.Repeat("x", 500)
	lines := strings.Split(unitTable(many), "\n")
	if len(lines) != maxUnits+1 || lines[0] != "✗ u69  failed   what[2J is it "+strings.Repeat("x", 33)+"…" || lines[maxUnits] != "… and 10 more; try: units WORD" {
		t.Errorf("%d lines: %q … %q", len(lines), lines[0], lines[len(lines)-1])
	}
}

// nodeInfo serves a pod.
func nodeInfo(t testing.TB, status int, document string) string {
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/.well-known/nodeinfo":
			fmt.Fprintf(w, `{"links":[{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.0","href":"%s/2.0"}]}`, server.URL)
		case "/2.0":
			fmt.Fprint(w, document)
		default:
			w.WriteHeader(status)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestPodLine(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	hostile, err := os.ReadFile("../fixtures/nodeinfo/hostile-2.1.json")
	if err != nil {
		t.Fatal(err)
	}
	const whole = `{"version":"2.0","software":{"name":"diaspora","version":"0.9.0.0"},"usage":{"users":{"total":5000001432,"activeMonth":87}}}`
	secret := func(url string) string { return strings.Replace(url, "http://", "http://dada:secret@", 1) }
	for _, tt := range []struct{ name, url, want string }{
		{"none", "", ``},
		{"well", nodeInfo(t, 200, whole), `pod: http://127\.0\.0\.1:\d+ answers 200 in \d+ ms · diaspora 0\.9\.0\.0 · 5,000,001,432 users, 87 active this month`},
		{"one user", nodeInfo(t, 204, `{"software":{"name":"x"},"usage":{"users":{"total":1}}}`), `pod: .+ answers 204 in \d+ ms · x · 1 user`},
		{"no figures", nodeInfo(t, 200, `{"software":{"name":"x"}}`), `pod: .+ answers 200 in \d+ ms · x`},
		{"an error", nodeInfo(t, 502, whole), `✗ pod: .+ answers 502 in \d+ ms · diaspora .+`},
		{"no NodeInfo", nodeInfo(t, 200, `<html>`), `pod: http://127\.0\.0\.1:\d+ answers 200 in \d+ ms · no NodeInfo: /2\.0: the answer is a web page, not JSON`},
		{"down", closed.URL, `✗ pod: http://127\.0\.0\.1:\d+: connection refused`},
		{"a password", secret(nodeInfo(t, 200, whole)), `pod: http://127\.0\.0\.1:\d+ answers 200 in .+`},
		{"a password, down", secret(closed.URL), `✗ pod: http://127\.0\.0\.1:\d+: connection refused`},
		{"hostile", nodeInfo(t, 200, string(hostile)), `pod: .+ answers 200 in \d+ ms · .+`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t, "board")
			h.PodURL = tt.url
			got := h.podLine(t.Context())
			like(t, got, tt.want)
			harmless(t, got)
			if strings.Contains(got, "secret") {
				t.Error("a password is shown")
			}
		})
	}
}

// A pod that takes connections and says nothing.
func silent(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var accepting sync.WaitGroup
	accepting.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
		}
	})
	t.Cleanup(func() { l.Close(); accepting.Wait() })
	return "http://" + l.Addr().String()
}

func TestAPodThatNeverAnswersHoldsUpNobody(t *testing.T) {
	t.Parallel()
	h := newHost(t, "board")
	h.PodURL = silent(t)
	s := play(t, h)
	slow := s.start("dada", "status")
	text, _ := s.askAs(t, "lulu", "help")
	has(t, text, "help COMMAND")
	select {
	case <-slow:
		t.Error("status did not wait for the pod")
	default:
	}
	<-slow
	text = s.shown[len(s.shown)-1]
	has(t, text, "diaspote · up 12 days · load 0.42", "\nmemory 1.21 of 1.97 GiB",
		"\n✗ pod: "+h.PodURL+": no answer within 6 s")
}

func BenchmarkStatus(b *testing.B) {
	h := newHost(b, "/proc")
	h.PodURL = nodeInfo(b, 200, `{"version":"2.0","software":{"name":"diaspora","version":"0.9.0.0"},"usage":{"users":{"total":1432,"activeMonth":87}}}`)
	for b.Loop() {
		h.look(b.Context(), "diaspote", time.Now())
	}
}
