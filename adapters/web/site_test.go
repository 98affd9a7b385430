package web

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/graph"
	"github.com/diaspote/vigie/ops/history"
	"github.com/diaspote/vigie/ops/ledger"
)

const token = "a-token-of-the-tests"

var (
	load    = ops.Series{Name: "node_load1"}
	disk    = ops.Series{Name: "node_filesystem_avail_bytes", Labels: ops.Labels("mountpoint", `/srv/"pod"\x`)}
	user    = ops.Series{Name: "node_cpu_seconds_total", Labels: ops.Labels("mode", "user"), Counter: true}
	idle    = ops.Series{Name: "node_cpu_seconds_total", Labels: ops.Labels("mode", "idle"), Counter: true}
	oomKill = ops.Series{Name: "node_vmstat_oom_kill", Counter: true}
)

// open is a site with two hours of samples until now, one a minute: the load is the minute's number, the CPU counters
// grow by 0.25 and 3.75 a second.
func open(t testing.TB) (*Site, *httptest.Server) {
	t.Helper()
	db, err := ledger.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	store, err := history.Open(t.Context(), db, history.Options{Every: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 13, 12, 0, 0, 0, time.UTC)
	for i := range 121 {
		at := now.Add(time.Duration(i-120) * time.Minute)
		err := store.Write(t.Context(), at, []ops.Sample{
			{Series: load, Value: float64(i)}, {Series: disk, Value: 1e9}, {Series: oomKill, Value: 2},
			{Series: user, Value: 15 * float64(i)}, {Series: idle, Value: 225 * float64(i)},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	s := &Site{
		Host: "diaspote", Store: store, Token: token, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now },
		Links: &Links{Base: "http://127.0.0.1:8420", Key: []byte("key"), For: time.Hour},
		Names: func() []Name { return []Name{{"memory", "what programs hold"}, {`<script>"`, "hostile"}} },
		Find: func(name string) []Name {
			switch name {
			case "memory":
				return []Name{{"memory", "what programs hold"}}
			case "both":
				return []Name{{"memory", "what programs hold"}, {`<script>"`, "hostile"}}
			}
			return nil
		},
		Graph: func(_ context.Context, name string, from, to time.Time, columns int) (graph.Graph, bool, error) {
			g := graph.Graph{Title: name + " <b>", From: from, To: to, Series: []graph.Series{{Name: "a</svg>", Points: []graph.Point{{At: from.Add(time.Minute), Min: 1, Avg: 2, Max: 3}, {At: from.Add(2 * time.Minute), Min: 1, Avg: 2, Max: 3}}}}}
			return g, name == "memory", nil
		},
	}
	server := httptest.NewServer(s.Handler(http.NotFoundHandler()))
	t.Cleanup(func() { server.Close(); db.Close() })
	return s, server
}

func get(t testing.TB, address string, header ...string) (status int, head http.Header, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(text)
}

// ask asks the API for a path below /api/v1/ and reads its answer into data.
func ask(t testing.TB, server *httptest.Server, path string, parameters url.Values, data any) (status int, text string) {
	t.Helper()
	status, _, text = get(t, server.URL+"/api/v1/"+path+"?"+parameters.Encode(), "Authorization", "Bearer "+token)
	answer := struct {
		Status string
		Error  string
		Data   any
	}{Data: data}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if (answer.Status == "success") != (status == 200) {
		t.Errorf("%s with %d", answer.Status, status)
	}
	return status, answer.Error
}

func TestProgramsNeedTheToken(t *testing.T) {
	_, server := open(t)
	for _, path := range []string{"/metrics", "/api/v1/query?query=node_load1", "/api/v1/labels", "/api/v1/label/mode/values"} {
		for name, header := range map[string][]string{
			"nothing": {}, "wrong": {"Authorization", "Bearer wrong"}, "empty": {"Authorization", "Bearer "}, "basic": {"Authorization", "Basic dTp3cm9uZw=="},
		} {
			if status, _, body := get(t, server.URL+path, header...); status != 401 || strings.Contains(body, "node_") {
				t.Errorf("%s with %s: %d, %s", path, name, status, body)
			}
		}
	}
	req, _ := http.NewRequest(http.MethodGet, server.URL+"/metrics", nil)
	req.SetBasicAuth("any", token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != 200 {
		t.Errorf("the token as password: %v, %v", resp.Status, err)
	}
	resp.Body.Close()

	closed, _ := open(t)
	closed.Token = ""
	bare := httptest.NewServer(closed.Handler(http.NotFoundHandler()))
	defer bare.Close()
	if status, _, _ := get(t, bare.URL+"/metrics", "Authorization", "Bearer "); status != 404 {
		t.Errorf("without a token in the config: %d", status)
	}
}

// Prometheus' own parser reads what is shown.
func TestMetrics(t *testing.T) {
	s, server := open(t)
	_, head, body := get(t, server.URL+"/metrics", "Authorization", "Bearer "+token)
	if head.Get("Content-Type") != plainText {
		t.Errorf("it comes as %s", head.Get("Content-Type"))
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if v := families["node_load1"].GetMetric()[0].GetGauge().GetValue(); v != 120 {
		t.Errorf("the load is %v", v)
	}
	if n := len(families["node_cpu_seconds_total"].GetMetric()); n != 2 || families["node_cpu_seconds_total"].GetType().String() != "COUNTER" {
		t.Errorf("%d series of a counter: %v", n, families["node_cpu_seconds_total"])
	}
	if l := families["node_filesystem_avail_bytes"].GetMetric()[0].GetLabel()[0].GetValue(); l != `/srv/"pod"\x` {
		t.Errorf("the label is %q", l)
	}
	_, head, body = get(t, server.URL+"/metrics", "Authorization", "Bearer "+token, "Accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
	for _, line := range []string{"# TYPE node_cpu_seconds counter\nnode_cpu_seconds_total{mode=\"user\"} 1800\n", "# TYPE node_vmstat_oom_kill unknown\n", "# TYPE node_load1 gauge\n"} {
		if !strings.Contains(body, line) {
			t.Errorf("no %q in\n%s", line, body)
		}
	}
	if head.Get("Content-Type") != openMetrics || !strings.HasSuffix(body, "# EOF\n") {
		t.Errorf("it comes as %s and ends with %q", head.Get("Content-Type"), body[len(body)-10:])
	}
	old := s.Now()
	s.Now = func() time.Time { return old.Add(time.Hour) }
	if _, _, body := get(t, server.URL+"/metrics", "Authorization", "Bearer "+token); strings.Contains(body, "node_load1") {
		t.Error("what was measured an hour ago is told as of now")
	}
}

type matrix struct {
	Result []struct {
		Metric map[string]string
		Values [][2]any
	}
}

func TestQueryRange(t *testing.T) {
	s, server := open(t)
	now := s.Now().Unix()
	parameters := func(query, step string) url.Values {
		return url.Values{"query": {query}, "start": {text(now - 600)}, "end": {text(now)}, "step": {step}}
	}
	var m matrix
	ask(t, server, "query_range", parameters("node_load1", "60"), &m)
	if len(m.Result) != 1 || m.Result[0].Metric["__name__"] != "node_load1" || len(m.Result[0].Values) != 11 {
		t.Fatalf("%+v", m)
	}
	for i, v := range m.Result[0].Values {
		if v[0].(float64) != float64(now-600+int64(i)*60) || v[1] != text(int64(110+i)) {
			t.Errorf("value %d is %v", i, v)
		}
	}
	ask(t, server, "query_range", parameters(`node_cpu_seconds_total{mode=~"us.r"}`, "2m"), &m)
	if len(m.Result) != 1 || m.Result[0].Metric["mode"] != "user" || len(m.Result[0].Values) != 6 || m.Result[0].Values[5][1] != "1800" {
		t.Errorf("a counter: %+v", m)
	}
	m = matrix{}
	ask(t, server, "query_range", parameters(`rate(node_cpu_seconds_total[5m])`, "60s"), &m)
	if len(m.Result) != 2 || m.Result[0].Metric["__name__"] != "" || m.Result[0].Values[3][1] != "3.75" || m.Result[1].Values[3][1] != "0.25" {
		t.Errorf("rates: %+v", m)
	}
	m = matrix{}
	ask(t, server, "query_range", parameters("node_load1", "10m"), &m)
	if len(m.Result) != 1 || m.Result[0].Values[1][1] != "115.5" { // the average of 111 to 120
		t.Errorf("averages: %+v", m)
	}
	m = matrix{}
	ask(t, server, "query_range", parameters(`nothing_of_that_name`, "60"), &m)
	if len(m.Result) != 0 {
		t.Errorf("of nothing: %+v", m)
	}
	for want, p := range map[string]url.Values{
		"only series are understood": parameters("sum(node_load1)", "60"),
		"is no step":                 parameters("node_load1", "x"),
		"the step":                   parameters("node_load1", "-1"),
		"more than 11000 points":     {"query": {"node_load1"}, "start": {"0"}, "end": {text(now)}, "step": {"1"}},
		"end is before start":        {"query": {"node_load1"}, "start": {text(now)}, "end": {"5"}, "step": {"1"}},
		`"" is no time`:              {"query": {"node_load1"}, "step": {"1"}},
		`is no time that can be`:     {"query": {"node_load1"}, "start": {"1e300"}, "end": {"NaN"}, "step": {"1"}},
		"is no regular expression":   parameters(`node_load1{a=~"("}`, "60"),
		"names a series or one of":   parameters(`{}`, "60"),
		"longer than 4096 bytes":     parameters(strings.Repeat("a", 5000), "60"),
	} {
		if status, err := ask(t, server, "query_range", p, nil); status != 400 || !strings.Contains(err, want) {
			t.Errorf("%d, %q, want %q", status, err, want)
		}
	}
}

func text(n int64) string { b, _ := json.Marshal(n); return string(b) }

func TestQueryAndNames(t *testing.T) {
	_, server := open(t)
	var vector struct {
		ResultType string
		Result     []struct {
			Metric map[string]string
			Value  [2]any
		}
	}
	ask(t, server, "query", url.Values{"query": {`{__name__="node_load1"}`}}, &vector)
	if len(vector.Result) != 1 || vector.Result[0].Value[1] != "120" {
		t.Errorf("%+v", vector)
	}
	var scalar struct{ Result [2]any }
	ask(t, server, "query", url.Values{"query": {"1+1"}}, &scalar)
	if scalar.Result[1] != "2" {
		t.Errorf("1+1 is %v", scalar)
	}
	var names []string
	ask(t, server, "label/__name__/values", url.Values{"match[]": {`{mode!=""}`}}, &names)
	if len(names) != 1 || names[0] != "node_cpu_seconds_total" {
		t.Errorf("names: %q", names)
	}
	ask(t, server, "labels", nil, &names)
	if strings.Join(names, " ") != "__name__ mode mountpoint" {
		t.Errorf("labels: %q", names)
	}
	var series []map[string]string
	ask(t, server, "series", url.Values{"match[]": {"node_load1", `node_cpu_seconds_total{mode!~"idle|x"}`}}, &series)
	if len(series) != 2 {
		t.Errorf("series: %v", series)
	}
	var about map[string][]struct{ Type string }
	ask(t, server, "metadata", nil, &about)
	if about["node_cpu_seconds_total"][0].Type != "counter" || about["node_load1"][0].Type != "gauge" {
		t.Errorf("%+v", about)
	}
}

func FuzzSelector(f *testing.F) {
	for _, q := range []string{"a", `a{b="c"}`, `rate(a{b=~"c|d", e!="f",}[5m])`, `{__name__="x"}`, `a{b='c'}`, `a{b="\x"}`, "rate(rate(a[1m])[1m])"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, query string) {
		if q, err := parseSelector(query); err == nil {
			q.takes(user)
		}
	})
}
