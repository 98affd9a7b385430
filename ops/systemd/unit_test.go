package systemd

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

func TestUnitOf(t *testing.T) {
	// The board booted in 1970, then the clock was set: what systemd noted of the wall clock is void.
	now := time.Date(2026, 3, 29, 4, 0, 0, 0, time.UTC)
	u := unitOf(properties{
		"Id": "diaspora.service", "LoadState": "loaded", "ActiveState": "failed", "SubState": "failed",
		"Result": "signal", "ExecMainCode": int32(2), "ExecMainStatus": int32(9), "NRestarts": uint32(3),
		"MainPID": uint32(0), "MemoryCurrent": uint64(math.MaxUint64), "InvocationID": []byte{0xab, 0x01},
		"InactiveEnterTimestamp":          uint64(12_000_000),
		"InactiveEnterTimestampMonotonic": uint64(12_000_000), "ActiveEnterTimestampMonotonic": uint64(3_000_000),
	}, now, 2*time.Hour)
	want := Unit{Name: "diaspora.service", LoadState: "loaded", ActiveState: "failed", SubState: "failed",
		Result: "signal", ExitCode: 2, ExitStatus: 9, Restarts: 3, InvocationID: "ab01",
		Since: time.Date(2026, 3, 29, 2, 0, 12, 0, time.UTC)}
	if u != want {
		t.Errorf("got  %+v\nwant %+v", u, want)
	}
	u = unitOf(properties{"ActiveState": "active", "MemoryCurrent": uint64(5 << 20),
		"ActiveEnterTimestampMonotonic": uint64(math.MaxUint64), "Id": 7}, now, time.Hour)
	if !u.MemoryKnown || u.Memory != 5<<20 || !u.Since.IsZero() || u.Name != "" {
		t.Errorf("%+v", u)
	}
}

func TestTimerOf(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	mono := 10 * time.Hour
	micro := func(t time.Time) uint64 { return uint64(t.UnixMicro()) }
	at := func(hour, minute int) time.Time { return time.Date(2026, 5, 1, hour, minute, 0, 0, time.UTC) }
	for name, c := range map[string]struct {
		p          properties
		last, next time.Time
	}{
		"calendar": {properties{"ActiveState": "active", "NextElapseUSecRealtime": micro(at(13, 0)),
			"NextElapseUSecMonotonic": uint64(math.MaxUint64), "LastTriggerUSec": micro(at(3, 0))}, at(3, 0), at(13, 0)},
		"monotonic": {properties{"ActiveState": "active", "NextElapseUSecMonotonic": uint64((11 * time.Hour).Microseconds())},
			time.Time{}, at(13, 0)},
		"both, the earlier counts": {properties{"ActiveState": "active", "NextElapseUSecRealtime": micro(at(14, 0)),
			"NextElapseUSecMonotonic": uint64((11 * time.Hour).Microseconds())}, time.Time{}, at(13, 0)},
		"the clock was set since": {properties{"ActiveState": "active", "LastTriggerUSec": uint64(60_000_000),
			"LastTriggerUSecMonotonic": uint64((9 * time.Hour).Microseconds())}, at(11, 0), time.Time{}},
		"stopped": {properties{"ActiveState": "inactive", "NextElapseUSecRealtime": micro(at(13, 0))}, time.Time{}, time.Time{}},
	} {
		got := timerOf(c.p, now, mono)
		if !got.Last.Equal(c.last) || !got.Next.Equal(c.next) {
			t.Errorf("%s: last %v, next %v; want %v, %v", name, got.Last, got.Next, c.last, c.next)
		}
	}
}

func TestCgroupMemory(t *testing.T) {
	write := func(root, name, content string) {
		t.Helper()
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const group = "/system.slice/diaspora.service"
	page := uint64(os.Getpagesize())
	for name, c := range map[string]struct {
		files map[string]string
		want  uint64
		known bool
	}{
		"v2": {map[string]string{"sys/fs/cgroup" + group + "/memory.current": "820012032\n"}, 820012032, true},
		"v1": {map[string]string{"sys/fs/cgroup/memory" + group + "/memory.usage_in_bytes": "7\n",
			"sys/fs/cgroup/systemd" + group + "/cgroup.procs": "10\n", "proc/10/statm": "9 9 9"}, 7, true},
		"no memory controller": {map[string]string{
			"sys/fs/cgroup/unified" + group + "/cgroup.procs":        "10\n11\n12\n",
			"sys/fs/cgroup/unified" + group + "/worker/cgroup.procs": "13\n",
			"proc/10/statm": "5000 100 50 1 0 200 0\n", "proc/11/statm": "5000 20 5 1 0 200 0\n",
			"proc/13/statm": "1 3 0 0 0 0 0\n"}, 123 * page, true},
		"garbage": {map[string]string{"sys/fs/cgroup" + group + "/memory.current": "max\n"}, 0, false},
		"nothing": {nil, 0, false},
	} {
		root := t.TempDir()
		for file, content := range c.files {
			write(root, file, content)
		}
		if got, known := cgroupMemory(root, group); got != c.want || known != c.known {
			t.Errorf("%s: %d, %v; want %d, %v", name, got, known, c.want, c.known)
		}
	}
	for _, group := range []string{"", "/"} {
		if _, known := cgroupMemory("/", group); known {
			t.Errorf("the memory of the cgroup %s is known", strconv.Quote(group))
		}
	}
}
