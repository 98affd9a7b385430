package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/loopback"
	"github.com/diaspote/vigie/ops"
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
	if out, err := check.CombinedOutput(); err != nil && !onlyOOM(string(out)) {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}

	open := clientProxy(t, server)
	from, to := s.Now().Add(-10*time.Minute), s.Now()
	out, err := exec.Command(promtool, "query", "range", "--start="+stamp(from), "--end="+stamp(to), "--step=1m", open, `node_cpu_seconds_total{mode="user"}`).CombinedOutput()
	if err != nil || !strings.Contains(string(out), `node_cpu_seconds_total{mode="user"} =>`) || strings.Count(string(out), "@[") != 11 {
		t.Errorf("promtool query range: %v\n%s", err, out)
	}
	if out, err := exec.Command(promtool, "query", "instant", "--time="+stamp(to), open, "node_load1").CombinedOutput(); err != nil || !strings.Contains(string(out), "node_load1 => 120 @[") {
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

// onlyOOM tells whether promtool finds nothing wrong but the name that node_exporter has given a counter.
func onlyOOM(out string) bool {
	for line := range strings.Lines(out) {
		if !strings.Contains(line, `node_vmstat_oom_kill counter metrics should have "_total" suffix`) {
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
	config := fmt.Sprintf("scrape_configs:\n- job_name: vigie\n  scrape_interval: 1s\n  scrape_timeout: 1s\n  authorization: {credentials: %q}\n  static_configs: [{targets: [%q]}]\n", token, server.Listener.Addr())
	run(t, prometheus, t.TempDir(), config, "query?query=node_cpu_seconds_total", func(answer string) bool { return strings.Count(answer, `"mode"`) == 2 })
}

// run runs a Prometheus until the end of the test, and returns its address when what it is asked is answered well.
func run(t *testing.T, prometheus, dir, config, question string, well func(answer string) bool, flags ...string) string {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "prometheus.yml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	addr := fmt.Sprintf("127.0.0.1:%d", loopback.Port(t))
	var log bytes.Buffer
	cmd := exec.Command(prometheus, append(flags, "--config.file="+filepath.Join(dir, "prometheus.yml"), "--storage.tsdb.path="+dir, "--web.listen-address="+addr)...)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end := sync.OnceFunc(func() { cmd.Process.Kill(); cmd.Wait() })
	t.Cleanup(end)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) { // between two looks of another program
		if resp, err := http.Get("http://" + addr + "/api/v1/" + question); err == nil {
			answer, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err == nil && resp.StatusCode == 200 && well(string(answer)) {
				return "http://" + addr
			}
		}
		if time.Now().After(deadline) {
			end()
			t.Fatalf("Prometheus does not answer as it should:\n%s", &log)
		}
	}
}

// TestSameAsPrometheus gives the same samples to the history and to a real Prometheus, with a gap and a restart of what counts, and
// asks both the same.
func TestSameAsPrometheus(t *testing.T) {
	prometheus, promtool := program(t, "prometheus"), program(t, "promtool")
	s, server := open(t)
	begin := s.Now().Add(-2 * time.Hour)
	var gauge, counter strings.Builder
	for i := range 121 {
		if i > 50 && i < 70 {
			continue
		}
		at, count := begin.Add(time.Duration(i)*time.Minute), i*i
		if i > 90 {
			count = i
		}
		if err := s.Store.Write(t.Context(), at, []ops.Sample{{Series: ops.Series{Name: "app_queue"}, Value: float64(i % 7)}, {Series: ops.Series{Name: "app_jobs_total", Counter: true}, Value: float64(count)}}); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&gauge, "app_queue %d %d\n", i%7, at.Unix())
		fmt.Fprintf(&counter, "app_jobs_total %d %d\n", count, at.Unix())
	}
	// Writes of the same minute take each other's place, so the gap is of these two series alone.
	dir := t.TempDir()
	text := filepath.Join(dir, "samples")
	if err := os.WriteFile(text, []byte("# TYPE app_queue gauge\n"+gauge.String()+"# TYPE app_jobs counter\n"+counter.String()+"# EOF\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	if out, err := exec.Command(promtool, "tsdb", "create-blocks-from", "openmetrics", text, data).CombinedOutput(); err != nil {
		t.Fatalf("promtool tsdb create-blocks-from: %v\n%s", err, out)
	}
	there := run(t, prometheus, data, "", "query?query=app_queue&time="+stamp(s.Now()), func(answer string) bool { return strings.Contains(answer, "app_queue") },
		"--query.lookback-delta=4m", "--storage.tsdb.retention.time=100y")
	for _, question := range []string{
		"query=app_queue&step=60", "query=app_queue&step=20", "query=app_queue&step=7.5", // of longer steps this API has averages
		"query=app_jobs_total&step=60", "query=app_jobs_total&step=150", "query=app_jobs_total&step=3600", "query=app_jobs_total{job=\"x\"}&step=60",
	} {
		question = strings.NewReplacer("{", "%7B", "}", "%7D", `"`, "%22").Replace(question)
		for _, from := range []time.Duration{0, -10 * time.Minute, 1234 * time.Millisecond} {
			q := fmt.Sprintf("/api/v1/query_range?%s&start=%.3f&end=%d", question, float64(begin.Add(from).UnixMilli())/1000, s.Now().Unix())
			_, _, ours := get(t, server.URL+q, "Authorization", "Bearer "+token)
			status, _, theirs := get(t, there+q)
			var a, b any
			if err := errors.Join(json.Unmarshal([]byte(ours), &a), json.Unmarshal([]byte(theirs), &b)); err != nil || status != 200 || !reflect.DeepEqual(a, b) {
				t.Errorf("%s: %d, %v\n%s\nPrometheus says\n%s", q, status, err, ours, theirs)
			}
		}
	}
}
