package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// program finds one of Debian's package prometheus.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("VIGIE_TEST_REAL") == "1" {
			t.Fatalf("needs a real Prometheus (apt-get install prometheus): %v", err)
		}
		t.Skipf("needs a real Prometheus (apt-get install prometheus): %v", err)
	}
	return path
}

// TestPrometheus has the real Prometheus scrape the metrics, and its own client ask the API.
func TestPrometheus(t *testing.T) {
	prometheus, promtool := program(t, "prometheus"), program(t, "promtool")
	s, server := open(t)
	check := exec.Command(promtool, "check", "metrics")
	_, _, text := get(t, server.URL+"/metrics", "Authorization", "Bearer "+token)
	check.Stdin = strings.NewReader(text)
	if out, err := check.CombinedOutput(); err != nil && !onlyHelp(string(out)) {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}

	open := clientProxy(t, server)
	from, to := s.Now().Add(-10*time.Minute), s.Now()
	out, err := exec.Command(promtool, "query", "range", "--start="+stamp(from), "--end="+stamp(to), "--step=1m", open, `node_cpu_seconds_total{mode="user"}`).CombinedOutput()
	if err != nil || !strings.Contains(string(out), `node_cpu_seconds_total{mode="user"} =>`) || strings.Count(string(out), "@[") != 11 {
		t.Errorf("promtool query range: %v\n%s", err, out)
	}
	if out, err := exec.Command(promtool, "query", "instant", open, "node_load1").CombinedOutput(); err != nil || !strings.Contains(string(out), "node_load1 => 120 @[") {
		t.Errorf("promtool query instant: %v\n%s", err, out)
	}
	if out, err := exec.Command(promtool, "query", "labels", open, "mode").CombinedOutput(); err != nil || string(out) != "idle\nuser\n" {
		t.Errorf("promtool query labels: %v\n%s", err, out)
	}
	if out, err := exec.Command(promtool, "query", "series", "--match=node_load1", open).CombinedOutput(); err != nil || !strings.Contains(string(out), "node_load1") {
		t.Errorf("promtool query series: %v\n%s", err, out)
	}

	scraped(t, prometheus, server)
}

// onlyHelp tells whether promtool misses nothing but help texts, and the name that node_exporter has given a counter.
func onlyHelp(out string) bool {
	for line := range strings.Lines(out) {
		if !strings.Contains(line, "no help text") && !strings.Contains(line, `node_vmstat_oom_kill counter metrics should have "_total" suffix`) {
			return false
		}
	}
	return true
}

func stamp(t time.Time) string { return fmt.Sprint(t.Unix()) }

// clientProxy adds the token, which promtool cannot show, and returns its address.
func clientProxy(t *testing.T, server *httptest.Server) string {
	t.Helper()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+token)
		server.Config.Handler.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// scraped waits until a Prometheus has scraped the load, by OpenMetrics as it prefers.
func scraped(t *testing.T, prometheus string, server *httptest.Server) {
	t.Helper()
	dir := t.TempDir()
	config := fmt.Sprintf("scrape_configs:\n- job_name: vigie\n  scrape_interval: 1s\n  authorization: {credentials: %q}\n  static_configs: [{targets: [%q]}]\n", token, server.Listener.Addr())
	if err := os.WriteFile(filepath.Join(dir, "prometheus.yml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	var log bytes.Buffer
	cmd := exec.Command(prometheus, "--config.file="+filepath.Join(dir, "prometheus.yml"), "--storage.tsdb.path="+dir, "--web.listen-address="+addr)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) { // between two looks of another program
		resp, err := http.Get("http://" + addr + "/api/v1/query?query=" + url.QueryEscape("node_cpu_seconds_total"))
		if err == nil {
			var answer struct {
				Data struct{ Result []json.RawMessage }
			}
			err = json.NewDecoder(resp.Body).Decode(&answer)
			resp.Body.Close()
			if err == nil && len(answer.Data.Result) == 2 {
				return
			}
		}
		if time.Now().After(deadline) {
			cmd.Process.Kill()
			cmd.Wait()
			t.Fatalf("Prometheus does not scrape: %v\n%s", err, &log)
		}
	}
}
