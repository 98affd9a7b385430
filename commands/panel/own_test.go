package panel

import (
	"math"
	"strings"
	"testing"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/graph"
)

func one(name string, labels ...string) ops.Series {
	return ops.Series{Name: name, Labels: ops.Labels(labels...)}
}

func TestOwn(t *testing.T) {
	k := known{
		one("net_bytes_total", "device", "eth0"), one("net_bytes_total", "device", "eth1"), one("net_bytes_total", "device", "lo"),
		one("size_bytes", "mountpoint", "/srv/pod data"), one("size_bytes", "mountpoint", "/"), one("whole_bytes"),
	}
	for name, test := range map[string]struct {
		own  Own
		want string  // the lines, as NAME=N of series
		v    float64 // of the first line, whose series are all 2
	}{
		"by name":            {Own{Series: []string{"size_bytes"}}, `mountpoint="/srv/pod data"=1 mountpoint="/"=1`, 2},
		"by pattern":         {Own{Series: []string{`net_bytes_total{device="eth*"}`}, Scale: 8}, `device="eth0"=1 device="eth1"=1`, 16},
		"a slash":            {Own{Series: []string{`size_bytes{mountpoint="/*"}`}}, `mountpoint="/srv/pod data"=1 mountpoint="/"=1`, 2},
		"one alone":          {Own{Series: []string{`size_bytes{mountpoint="/"}`}}, `size_bytes=1`, 2},
		"sum":                {Own{Name: "web", Series: []string{"net_*"}, Sum: true}, `web=3`, 6},
		"percent":            {Own{Series: []string{`size_bytes{mountpoint="/"}`}, PercentOf: "whole_bytes"}, `size_bytes=2`, 100},
		"sum in percent":     {Own{Name: "all", Series: []string{"net_bytes_total"}, Sum: true, PercentOf: "whole_bytes"}, `all=4`, 300},
		"percent of nothing": {Own{Series: []string{"size_bytes"}, PercentOf: "none"}, ``, 0},
		"nothing":            {Own{Series: []string{"none"}, Sum: true}, ``, 0},
	} {
		p, err := test.own.Panel()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got []string
		lines := p.lines(k)
		for _, l := range lines {
			got = append(got, l.name+"="+graph.Count.Format(float64(len(l.of))))
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
		if len(lines) > 0 {
			v := make([]float64, len(lines[0].of))
			for i := range v {
				v[i] = 2
			}
			if got := lines[0].value(v); got != test.v {
				t.Errorf("%s: %v, want %v", name, got, test.v)
			}
		}
	}
	for want, own := range map[string]Own{
		"it names no series": {}, "is not closed": {Series: []string{"a["}}, "is not from 1 to 99": {Series: []string{"a"}, Percentiles: []int{100}},
	} {
		if _, err := own.Panel(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// The parts of the CPU are shares of all its time.
func TestCPU(t *testing.T) {
	var k known
	for _, mode := range []string{"idle", "iowait", "irq", "nice", "softirq", "steal", "system", "user"} {
		k = append(k, one("node_cpu_seconds_total", "mode", mode))
	}
	spent := map[string]float64{"user": 1, "nice": 0.5, "system": 0.25, "irq": 0.125, "softirq": 0.125, "iowait": 0.5, "steal": 0.5, "idle": 1}
	want := map[string]float64{"programs": 37.5, "system": 12.5, "waits for disk": 12.5, "stolen": 12.5}
	lines := cpu(k)
	if len(lines) != len(want) {
		t.Errorf("%d lines", len(lines))
	}
	for _, l := range lines {
		var v []float64
		for _, s := range l.of {
			v = append(v, spent[s.Label("mode")])
		}
		if got := l.value(v); got != want[l.name] {
			t.Errorf("%s: %v, want %v", l.name, got, want[l.name])
		}
	}
	if len(cpu(nil)) != 0 {
		t.Error("a CPU of nothing")
	}
}

func TestUnitOf(t *testing.T) {
	for name, want := range map[string]graph.Unit{
		"go_memstats_alloc_bytes": graph.Bytes, "pg_stat_database_tup_fetched": graph.Count, "http_request_duration_seconds": graph.Seconds,
		"room_celsius": graph.Celsius, "used_percent": graph.Percent,
	} {
		if got := unitOf(ops.Series{Name: name}); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	for name, want := range map[string]graph.Unit{"sent_bytes_total": graph.BytesPerSecond, "cpu_seconds_total": graph.PerSecond, "jobs_total": graph.PerSecond} {
		if got := unitOf(ops.Series{Name: name, Counter: true}); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// A gap in one layer is none in the whole, as long as another has a value.
func TestTotal(t *testing.T) {
	nan := math.NaN()
	layers := []graph.Series{
		{Points: []graph.Point{{Min: 1, Avg: 2, Max: 3}, {Min: nan, Avg: nan, Max: nan}, {Min: nan, Avg: nan, Max: nan}}},
		{Points: []graph.Point{{Min: 10, Avg: 20, Max: 30}, {Min: 1, Avg: 1, Max: 1}, {Min: nan, Avg: nan, Max: nan}}},
	}
	all := total(layers).Points
	if all[0] != (graph.Point{Min: 11, Avg: 22, Max: 33}) || all[1].Avg != 1 || !math.IsNaN(all[2].Avg) {
		t.Errorf("%+v", all)
	}
	if layers[0].Points[0].Avg != 2 {
		t.Error("a layer was changed")
	}
}
