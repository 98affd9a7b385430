package web

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestGrafana replays what the Prometheus data source of Grafana asks for, byte for byte as its source writes it
// (https://github.com/grafana/grafana, pkg/promlib/client/client.go, healthcheck.go and heuristics.go;
// packages/grafana-prometheus/src/resource_clients.ts): when it is set up, when a query is written, and when a panel is drawn.
func TestGrafana(t *testing.T) {
	_, server := open(t)
	const names = `["node_cpu_seconds_total","node_filesystem_avail_bytes","node_load1","node_vmstat_oom_kill"]`
	for _, one := range []struct{ about, method, address, body, want string }{
		{"the health check", "POST", "query", "query=1%2B1&time=4", `{"status":"success","data":{"resultType":"scalar","result":[4,"2"]}}`},
		{"what it speaks to", "GET", "status/buildinfo", "", `{"data":{"branch":"","buildDate":"","buildUser":"","goVersion":"","revision":"","version":"2.24.0"},"status":"success"}`},
		{"recording rules", "GET", "rules", "", `{"data":{"groups":[]},"status":"success"}`},
		{"the names of a metric", "GET", "label/__name__/values?limit=40000&start=1773399600&end=1773403200", "", `{"data":` + names + `,"status":"success"}`},
		{"of long ago", "GET", "label/__name__/values?limit=40000&start=1673399600&end=1673403200", "", `{"data":[],"status":"success"}`},
		{"some of them", "GET", "label/__name__/values?limit=2&match%5B%5D=%7B__name__%3D~%22.%2Anode.%2A%22%7D", "", `{"data":["node_cpu_seconds_total","node_filesystem_avail_bytes"],"status":"success"}`},
		{"labels", "POST", "labels", "limit=40000&start=1773399600&end=1773403200&match%5B%5D=%7B__name__%3D%22node_cpu_seconds_total%22%7D", `{"data":["__name__","mode"],"status":"success"}`},
		{"values of a label", "GET", "label/mode/values?start=1773399600&end=1773403200&match%5B%5D=node_cpu_seconds_total%7Bmode%21%3D%22idle%22%7D", "", `{"data":["user"],"status":"success"}`},
		{"series", "POST", "series", "start=1773399600&end=1773403200&match%5B%5D=%7B__name__%21%3D%22%22%7D&limit=1", `{"data":[{"__name__":"node_cpu_seconds_total","mode":"idle"}],"status":"success"}`},
		{"help", "GET", "metadata?limit=40000&metric=node_load1", "", `{"data":{"node_load1":[{"type":"gauge","help":"Tasks that run or wait for the disk, over a minute.","unit":""}]},"status":"success"}`},
		{"a panel", "POST", "query_range", "end=1773403200&query=node_load1%7B%7D&start=1773403080&step=60",
			`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"node_load1"},"values":[[1773403080,"118"],[1773403140,"119"],[1773403200,"120"]]}]}}`},
		{"between two samples", "POST", "query_range", "end=1773403200.5&query=node_load1&start=1773403140.5&step=30",
			`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"node_load1"},"values":[[1773403140.5,"119"],[1773403170.5,"119"],[1773403200.5,"120"]]}]}}`},
		{"how fast", "POST", "query_range", "end=1773403200&query=rate%28node_cpu_seconds_total%7Bmode%3D%22idle%22%7D%5B4m0s%5D%29&start=1773403140&step=60&timeout=30s",
			`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"mode":"idle"},"values":[[1773403140,"3.75"],[1773403200,"3.75"]]}]}}`},
		{"a single figure", "POST", "query", "query=node_load1&time=1773399600.123", `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"node_load1"},"value":[1773399600.123,"60"]}]}}`},
		{"how fast, as a figure", "POST", "query", "query=irate%28node_cpu_seconds_total%7Bmode%3D~%22user%7Cnice%22%7D%5B1m%5D%29&time=1773399600", `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"mode":"user"},"value":[1773399600,"0.25"]}]}}`},
		{"before there was anything", "GET", "query_range?end=1673403200&query=node_load1&start=1673403080&step=60", "", `{"status":"success","data":{"resultType":"matrix","result":[]}}`},
		{"exemplars", "POST", "query_exemplars", "end=1773403200&query=node_load1&start=1773403080", `{"data":[],"status":"success"}`},
	} {
		req, err := http.NewRequestWithContext(t.Context(), one.method, server.URL+"/api/v1/"+one.address, strings.NewReader(one.body))
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth("grafana", token)
		for name, value := range map[string]string{
			"Accept-Encoding": "gzip", "User-Agent": "Grafana/12.1.0", "X-Datasource-Uid": "P1809F7CD0C75ACF3", "X-Grafana-Org-Id": "1",
			"X-Dashboard-Uid": "rYdddlPWk", "X-Panel-Id": "2", "X-Query-Group-Id": "a1b2", "X-Forwarded-For": "203.0.113.7, 10.0.0.1", "Fromalert": "false",
		} {
			req.Header.Set(name, value)
		}
		if one.method == http.MethodPost {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != 200 || strings.TrimSpace(string(body)) != one.want {
			t.Errorf("%s: %d, %v\n%s\nwant\n%s", one.about, resp.StatusCode, err, body, one.want)
		}
	}
}
