package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/loopback"
)

// probeConfig are scripts and programs that tell of themselves, well and badly, and graphs of them.
const probeConfig = `
[[probe]]
name = "queue"
exec = ["/usr/local/bin/probe", "echo 12"]

[[probe]]
name = "app"
exec = ["/usr/local/bin/probe", 'printf "app_jobs_total{state=\"done\"} %%s\napp_workers 3\n" $(date +%%s)']

[[probe]]
name = "hangs"
exec = ["/usr/local/bin/probe", "sleep 1000 & sleep 1000"]

[[probe]]
name = "garbage"
exec = ["/usr/local/bin/probe", "echo it is {going} well; echo 'app_workers 99'"]

[[probe]]
name = "floods"
exec = ["/usr/local/bin/probe", "exec yes 1"]

[[probe]]
name = "fails"
exec = ["/usr/local/bin/probe", "echo no such table @channel >&2; exit 3"]

[[probe]]
name = "node"
scrape = "http://%[1]s/metrics"

[[probe]]
name = "liar"
scrape = "%[2]s/long"

[[probe]]
name = "silent"
scrape = "%[2]s/silent"

[[graph]]
name = "jobs"
title = "jobs done"
unit = "per-second"
series = ["app_jobs_total"]

[[graph.threshold]]
value = 2
label = "too many"
severity = "warning"
`

// startExporter starts Debian's exporter of a host's figures, and returns its address.
func startExporter(t *testing.T) string {
	t.Helper()
	const name = "prometheus-node-exporter"
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("VIGIE_TEST_REAL") == "1" {
			t.Fatal(err)
		}
		t.Skipf("needs a real exporter (apt-get install %s): %v", name, err)
	}
	addr := fmt.Sprintf("127.0.0.1:%d", loopback.Port(t))
	var said bytes.Buffer
	cmd := exec.Command(path, "--web.listen-address="+addr)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("the exporter said:\n%.2000s", &said)
		}
	})
	awaitAnswer(t, "http://"+addr)
	return addr
}

// serveLies serves metrics that do not end, and some that never come.
func serveLies(t *testing.T) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/silent" {
			<-r.Context().Done()
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		for i := 0; r.Context().Err() == nil; i++ {
			if _, err := fmt.Fprintf(w, "lie%d 1\n", i); err != nil {
				return
			}
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// TestProbes has the daemon measure what scripts and other programs say, beside what it measures itself.
func TestProbes(t *testing.T) {
	t.Parallel()
	s := openStudio(t)
	s.WriteFile(t, "/usr/local/bin/probe", "#!/bin/sh\neval \"$1\"\n", 0o755)
	good := s.config(t)
	began := time.Now()
	s.reconfigure(t, good+fmt.Sprintf(probeConfig, startExporter(t), serveLies(t)))
	s.measured(t, "queue", "queue")
	s.measured(t, "jobs", "jobs done")
	s.measured(t, "node_memory_Active_bytes", "node_memory_Active_bytes")
	time.Sleep(15 * time.Second) // three more scrapes

	s.draws(t, "graph queue", "queue: 12 now", 420)
	s.draws(t, "graph jobs", "jobs done: ", 420)
	s.draws(t, "graph app_workers", "app_workers: 3 now", 420)
	s.draws(t, "graph node_memory_Active_bytes", "node_memory_Active_bytes: ", 420)
	s.draws(t, "graph net", "net ", 420)
	s.draws(t, "graph cpu memory", "cpu: ", 520)
	s.answers(t, "stats cpu load")
	s.answers(t, "graph list")
	s.steady(t, began)
	s.scolds(t)

	t.Run("reloads", func(t *testing.T) { s.reloads(t, good) })
}

// steady wants the memory to have been measured each five seconds since then.
func (s *studio) steady(t *testing.T, since time.Time) {
	t.Helper()
	s.answers(t, "graph memory 10m as csv")
	data, _ := s.download(t, s.next())
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var before time.Time
	for _, row := range rows[1:] {
		at, err := time.Parse(time.RFC3339, row[0])
		if err != nil {
			t.Fatal(err)
		}
		if !before.IsZero() && before.After(since) && at.Sub(before) > 7*time.Second {
			t.Errorf("nothing was measured from %s to %s", before, at)
		}
		before = at
	}
}

// scolds wants the log to say once of each probe what is wrong.
func (s *studio) scolds(t *testing.T) {
	t.Helper()
	log := s.Run(t, "root", "journalctl", "--no-pager", "--output=cat", "-u", "vigie")
	for _, probe := range []string{"hangs", "garbage", "floods", "fails", "liar", "silent"} {
		var said []string
		for line := range strings.Lines(log) {
			if strings.Contains(line, "level=WARN") && strings.Contains(line, probe) {
				said = append(said, line)
			}
		}
		t.Logf("%s", strings.Join(said, ""))
		if len(said) != 1 {
			t.Errorf("of the probe %s it said %d times", probe, len(said))
		}
	}
	if left, err := s.Try("root", "pgrep", "-f", "sleep 1000"); err == nil && strings.Count(left, "\n") > 4 {
		t.Errorf("what hangs is left behind: %q", left)
	}
}

// reconfigure has the daemon read another config, which it takes.
func (s *studio) reconfigure(t *testing.T, config string) {
	t.Helper()
	s.WriteFile(t, "/etc/vigie/vigie.toml", config, 0o644)
	const count = `journalctl --no-pager --output=cat -u vigie | grep -c 'the new config is in force'`
	before, _ := s.Try("root", "sh", "-c", count)
	s.Run(t, "root", "systemctl", "reload", "vigie")
	s.until(t, "root", "sh", "-c", fmt.Sprintf("test $(%s) -gt %s", count, strings.TrimSpace(before)))
}

// reloads takes away what is probed and where graphs are shown, and refuses another history.
func (s *studio) reloads(t *testing.T, good string) {
	port := loopback.Port(t)
	s.site = fmt.Sprintf("http://127.0.0.1:%d", port)
	listen := good[strings.Index(good, `listen = "`):]
	listen = listen[:strings.Index(listen, "\n")]
	s.reconfigure(t, strings.Replace(good, listen, fmt.Sprintf("listen = %q", strings.TrimPrefix(s.site, "http://")), 1))
	if text := s.answers(t, "graph jobs"); !strings.Contains(text, "there is no") {
		t.Error("the graph is there still")
	}
	s.link(t)

	s.WriteFile(t, "/etc/vigie/vigie.toml", strings.Replace(good, `every = "5s"`, `every = "10s"`, 1), 0o644)
	s.Run(t, "root", "systemctl", "reload", "vigie")
	s.reads(t, "the new config was refused", "[history] has changed; that takes a restart: systemctl restart vigie")
	s.draws(t, "graph memory", "memory: ", 420)

	s.Run(t, "root", "systemctl", "kill", "-s", "KILL", "vigie")
	s.left()
	s.joined()
	s.draws(t, "graph queue", "queue: 12", 420) // from before

	s.WriteFile(t, "/etc/vigie/vigie.toml", strings.Replace(good, `every = "5s"`, `off = true`, 1), 0o644)
	s.restartBot(t)
	for _, line := range []string{"graph memory", "stats memory", "graph list", "graph link"} {
		if text := s.answers(t, line); !strings.HasPrefix(text, "✗ ") || !strings.Contains(text, "[history]") {
			t.Errorf("without a history %s is answered %q", line, text)
		}
	}
}
