package kernel

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/diaspote/vigie/ops"
)

// sampled is what a scrape of a tree in fixtures gives, by the series as Prometheus writes it.
func sampled(t testing.TB, name string) (map[string]float64, error) {
	t.Helper()
	s := &Sampler{Host: fixture(t, name), Sys: filepath.Join("../../fixtures/sys", name)}
	got := map[string]float64{}
	err := s.Sample(t.Context(), func(one ops.Sample) {
		if _, twice := got[one.Series.String()]; twice {
			t.Errorf("%s comes twice", one.Series)
		}
		got[one.Series.String()] = one.Value
	})
	return got, err
}

func TestSampleOfABoard(t *testing.T) {
	got, err := sampled(t, "board")
	if err == nil || err.Error() != `file systems: "/boot/firmware": input/output error` {
		t.Errorf("error: %v", err)
	}
	for series, want := range map[string]float64{
		`node_cpu_seconds_total{mode="user"}`:                     32144.10,
		`node_cpu_seconds_total{mode="idle"}`:                     3961204.81,
		`node_cpu_seconds_total{mode="steal"}`:                    0,
		"node_cpus_online":                                        4,
		"node_load1":                                              0.42,
		"node_load15":                                             0.60,
		"node_memory_MemTotal_bytes":                              2061236 << 10,
		"node_memory_MemAvailable_bytes":                          792452 << 10,
		"node_memory_SwapTotal_bytes":                             524284 << 10,
		"node_vmstat_oom_kill":                                    2,
		"node_vmstat_pgmajfault":                                  120331,
		"node_pressure_cpu_waiting_seconds_total":                 9120.331201,
		"node_pressure_memory_stalled_seconds_total":              30.11442,
		`node_filesystem_size_bytes{mountpoint="/"}`:              1000,
		`node_filesystem_free_bytes{mountpoint="/"}`:              600,
		`node_filesystem_avail_bytes{mountpoint="/srv/pod data"}`: 550,
		`node_disk_read_bytes_total{device="mmcblk1"}`:            24120044 * 512,
		`node_disk_written_bytes_total{device="sda"}`:             31001220 * 512,
		`node_disk_io_time_seconds_total{device="sda"}`:           3120.331,
		`node_network_receive_bytes_total{device="eth0"}`:         41203312044,
		`node_network_receive_drop_total{device="eth0"}`:          120,
		`node_network_transmit_bytes_total{device="lo"}`:          9120331201,
		"node_processes_pids":                                     2,
		"node_processes_threads":                                  214,
		"node_procs_running":                                      2,
		"node_forks_total":                                        1204418,
		"node_boot_time_seconds":                                  1772401873,
		"node_filefd_allocated":                                   2140,
		"node_filefd_maximum":                                     188431,
		`node_thermal_zone_temp{type="cpu-thermal",zone="0"}`:     51.538,
	} {
		if value, ok := got[series]; !ok || value < want-1e-6 || value > want+1e-6 {
			t.Errorf("%s is %v (%v), want %v", series, value, ok, want)
		}
	}
	for series := range got {
		if strings.Contains(series, "mmcblk1p1") || strings.Contains(series, "zone=\"1\"") || strings.Contains(series, "pressure_cpu_stalled") {
			t.Errorf("%s is there", series)
		}
	}
}

// What is missing is named, and costs nothing of the rest.
func TestSampleOfParts(t *testing.T) {
	got, err := sampled(t, "partial")
	for _, part := range []string{"load: ", "vmstat: ", "pressure: ", "file systems: ", "disks: ", "network: ", "open files: "} {
		if err == nil || !slices.ContainsFunc(strings.Split(err.Error(), "\n"), func(l string) bool { return strings.HasPrefix(l, part) }) {
			t.Errorf("%q is not told in: %v", part, err)
		}
	}
	if got["node_memory_MemAvailable_bytes"] != 857847040 || got["node_cpus_online"] != 1 {
		t.Errorf("what is there was not read: %v", got)
	}
}

// The real kernel's files are read whole, and its counters do not go down.
func TestSampleOfThisHost(t *testing.T) {
	h, err := New("/proc")
	if err != nil {
		t.Fatal(err)
	}
	s := &Sampler{Host: h, Sys: "/sys"}
	before := map[ops.Series]float64{}
	if err := s.Sample(t.Context(), func(one ops.Sample) { before[one.Series] = one.Value }); err != nil {
		t.Log(err) // a container may lack some
	}
	if len(before) < 40 {
		t.Errorf("%d series of a whole host", len(before))
	}
	s.Sample(t.Context(), func(one ops.Sample) {
		if one.Series.Counter && one.Value < before[one.Series] {
			t.Errorf("%s fell from %v to %v", one.Series, before[one.Series], one.Value)
		}
	})
}

func FuzzParseThreads(f *testing.F) {
	for _, text := range []string{"0.42 0.51 0.60 1/214 28419\n", "", "1 2 3 4/", "1 2 3 x/y 5"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if n, err := parseThreads(text); err == nil && n > 1<<32 {
			t.Errorf("%d threads", n)
		}
	})
}

// BenchmarkSample is one scrape of this host's /proc and /sys.
func BenchmarkSample(b *testing.B) {
	h, err := New("/proc")
	if err != nil {
		b.Fatal(err)
	}
	s := &Sampler{Host: h, Sys: "/sys"}
	n := 0
	for b.Loop() {
		n = 0
		s.Sample(b.Context(), func(ops.Sample) { n++ })
	}
	b.ReportMetric(float64(n), "series")
}
