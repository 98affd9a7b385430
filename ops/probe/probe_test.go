package probe

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/diaspote/vigie/ops"
)

// sample is what a source gives, and its error.
func sample(t *testing.T, s ops.Sampler) (map[string]float64, error) {
	t.Helper()
	got := map[string]float64{}
	err := s.Sample(t.Context(), func(one ops.Sample) {
		name := one.Series.String()
		if one.Series.Counter {
			name = "counter " + name
		}
		got[name] = one.Value
	})
	return got, err
}

func script(t *testing.T, text string) *Script {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	return &Script{Name: "queue", Command: []string{path, "a b", "$HOME"}}
}

const metrics = `# HELP jobs_total Jobs that were done.
# TYPE jobs_total counter
jobs_total{queue="a\"b"} 12
# TYPE waiting gauge
waiting 3.5
untyped{job="x"} 1
# TYPE took histogram
took_bucket{le="0.1"} 1
took_bucket{le="+Inf"} 2
took_sum 0.7
took_count 2
# TYPE size summary
size{quantile="0.5"} 9
size_sum 20
size_count 2
seen_total 4
nothing NaN
`

var metricsWant = map[string]float64{
	`counter jobs_total{job="queue",queue="a\"b"}`: 12,
	`counter seen_total{job="queue"}`:              4,
	`waiting{job="queue"}`:                         3.5,
	`untyped{exported_job="x",job="queue"}`:        1,
	`counter took_bucket{job="queue",le="0.1"}`:    1,
	`counter took_bucket{job="queue",le="+Inf"}`:   2,
	`counter took_sum{job="queue"}`:                0.7,
	`counter took_count{job="queue"}`:              2,
	`size{job="queue",quantile="0.5"}`:             9,
	`counter size_sum{job="queue"}`:                20,
	`counter size_count{job="queue"}`:              2,
}

func wantMetrics(t *testing.T, got map[string]float64, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	for series, want := range metricsWant {
		if value, ok := got[series]; !ok || value != want {
			t.Errorf("%s is %v (%v), want %v", series, value, ok, want)
		}
	}
}

func TestScript(t *testing.T) {
	for text, want := range map[string]float64{"echo 12": 12, "printf ' -3.5e2\\n\\n'": -350, `echo $#`: 2} {
		got, err := sample(t, script(t, text))
		if value, ok := got[`vigie_probe{name="queue"}`]; err != nil || !ok || value != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	got, err := sample(t, script(t, "cat <<'END'\n"+metrics+"END\n"))
	wantMetrics(t, got, err)
}

func TestScriptFails(t *testing.T) {
	many := "i=0; while [ $i -lt 1001 ]; do echo \"x{i=\\\"$i\\\"} 1\"; i=$((i+1)); done"
	for text, want := range map[string]string{
		"echo cannot connect >&2; exit 3": `probe queue: exit status 3: "cannot connect"`,
		"exit 1":                          "probe queue: exit status 1",
		"true":                            "probe queue: it says nothing",
		"echo NaN":                        "probe queue: NaN is no value",
		"echo warm":                       "probe queue: line 1: a value is wanted after the name",
		"echo '12 apples'; echo 3":        "probe queue: line 1: it does not begin with the name of a metric",
		"yes":                             "probe queue: it says more than 1024 KiB",
		many:                              "probe queue: it has more than 1000 series",
	} {
		got, err := sample(t, script(t, text))
		if err == nil || !strings.HasPrefix(err.Error(), want) || len(got) != 0 {
			t.Errorf("%s: %v, %v; want %s", text, got, err, want)
		}
	}
	if _, err := sample(t, &Script{Name: "gone", Command: []string{"/no/such/program"}}); err == nil || !strings.Contains(err.Error(), "probe gone: ") {
		t.Errorf("a program that is not there: %v", err)
	}
}

// What a script has started does not outlive the scrape that was given up.
func TestScriptHangs(t *testing.T) {
	pidFile := filepath.Join(t.TempDir(), "pid")
	s := script(t, "sleep 600 & echo $! >"+pidFile+".new; mv "+pidFile+".new "+pidFile+"; wait")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Sample(ctx, func(ops.Sample) {}) }()
	var pid int
	for deadline := time.Now().Add(time.Minute); pid == 0; {
		if text, err := os.ReadFile(pidFile); err == nil {
			fmt.Sscan(string(text), &pid)
		}
		if time.Now().After(deadline) {
			t.Fatal("the script does not start")
		}
	}
	cancel()
	if err := <-ended; err == nil {
		t.Error("it went well")
	}
	for deadline := time.Now().Add(time.Minute); syscall.Kill(pid, 0) == nil && !zombie(pid); {
		if time.Now().After(deadline) {
			t.Fatal("what it started goes on")
		}
	}
}

func zombie(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(text), ") Z ")
}

func TestTarget(t *testing.T) {
	answer := func(w http.ResponseWriter) { fmt.Fprint(w, metrics) }
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(w) }))
	defer s.Close()
	target := NewTarget("queue", s.URL+"/metrics?token=s3cret")
	defer target.Close()
	got, err := sample(t, target)
	wantMetrics(t, got, err)

	for want, bad := range map[string]func(http.ResponseWriter){
		"scrape queue: it answers 503":                                      func(w http.ResponseWriter) { w.WriteHeader(503) },
		"scrape queue: it answers 302":                                      func(w http.ResponseWriter) { w.Header().Set("Location", "http://192.0.2.1/"); w.WriteHeader(302) },
		"scrape queue: it says more than 1024 KiB":                          func(w http.ResponseWriter) { w.Header().Set("Content-Length", "9"); hijack(w, 2*maxBytes) },
		"scrape queue: unexpected EOF":                                      func(w http.ResponseWriter) { w.Header().Set("Content-Length", "900"); fmt.Fprint(w, "a 1\n") },
		"scrape queue: line 1: it does not begin with the name of a metric": func(w http.ResponseWriter) { fmt.Fprint(w, "<html>") },
	} {
		answer = bad
		got, err := sample(t, target)
		if err == nil || !strings.HasPrefix(err.Error(), want) || len(got) != 0 {
			t.Errorf("%v, %v; want %s", got, err, want)
		}
	}
	s.Close()
	if _, err := sample(t, target); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("a target that is gone: %v", err)
	}
}

// hijack says more than the header promised.
func hijack(w http.ResponseWriter, n int) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	fmt.Fprint(buffered, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", strings.Repeat("x", n))
	buffered.Flush()
}

// FuzzParse holds what is read against Prometheus' own parser, which refuses more: a family in two pieces, a name
// under two types.
func FuzzParse(f *testing.F) {
	for _, text := range []string{metrics, "a 1\n", "a{b=\"c\"", "# TYPE a histogram\na 1\n", "a{} +Inf 12\n", "a{b=\"x\",} 1e5\na:b 0x10\n",
		"a{b=\"c\\n\\\\\\\"\"} -1 5\n", "# HELP a b\n#c\na{b = \"c\" , d=\"\"} 1", "a 1 # {t=\"x\"} 1"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got := map[string]float64{}
		err := parse(text, "x", func(s ops.Sample) { got[s.Series.String()] = s.Value })
		if err == nil && len(got) == 0 || len(got) > maxSeries {
			t.Fatalf("%d series, %v", len(got), err)
		}
		parser := expfmt.NewTextParser(model.LegacyValidation)
		families, theirs := parser.TextToMetricFamilies(bytes.NewReader(append(text, '\n')))
		if theirs != nil || err != nil {
			return
		}
		for name, family := range families {
			if family.GetType() == dto.MetricType_HISTOGRAM || family.GetType() == dto.MetricType_SUMMARY {
				continue
			}
			for _, m := range family.GetMetric() {
				pairs := []string{"job", "x"}
				for _, l := range m.GetLabel() {
					if l.GetName() == "job" {
						l.Name = proto("exported_job")
					}
					pairs = append(pairs, l.GetName(), l.GetValue())
				}
				want := m.GetGauge().GetValue() + m.GetCounter().GetValue() + m.GetUntyped().GetValue()
				series := ops.Series{Name: name, Labels: ops.Labels(pairs...)}.String()
				value, ok := got[series]
				same := value == want || math.IsNaN(value) && math.IsNaN(want)
				if !ok || !same && len(family.GetMetric()) == 1 { // of a series that comes twice the last counts
					t.Errorf("%s is %v (%v), want %v", series, value, ok, want)
				}
			}
		}
	})
}

func proto(s string) *string { return &s }
