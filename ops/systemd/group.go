package systemd

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// group is the cgroup of a service, without a question to systemd if it is where services are by default, in
// system.slice (systemd.resource-control(5), Slice=): no other unit can have a cgroup of that name.
func (m *Manager) group(ctx context.Context, name string) (string, error) {
	usual := "/system.slice/" + name
	for _, hierarchy := range hierarchies() {
		if _, err := os.Stat(filepath.Join(m.root, "sys/fs/cgroup", hierarchy, usual)); err == nil {
			return usual, nil
		}
	}
	p, err := m.some(ctx, name, []string{"Service.ControlGroup"})
	if err != nil {
		return "", err
	}
	return p.text("ControlGroup"), nil
}

// hierarchies are where a unit's own cgroup stands below /sys/fs/cgroup: with cgroup v2 alone, and beside
// v1 controllers.
func hierarchies() []string { return []string{"", "systemd", "unified"} }

// A use is what the processes of a cgroup use; a figure that the kernel does not tell is negative.
type use struct {
	cpu      float64 // seconds
	tasks    int64
	oomKills int64
}

// cgroupUse reads the files of a cgroup, those of v2 first, then those of v1 controllers.
func cgroupUse(root, cgroup string) use {
	u := use{cpu: -1, tasks: -1, oomKills: -1}
	groups := filepath.Join(root, "sys/fs/cgroup")
	file := func(hierarchy, name string) string { return filepath.Join(groups, hierarchy, cgroup, name) }
	for _, hierarchy := range []string{"", "unified"} {
		if usec, ok := keyed(file(hierarchy, "cpu.stat"), "usage_usec"); ok {
			u.cpu = float64(usec) / 1e6
		}
	}
	if u.cpu < 0 {
		for _, hierarchy := range []string{"cpuacct", "cpu,cpuacct"} {
			if ns, err := readNumber(file(hierarchy, "cpuacct.usage")); err == nil {
				u.cpu = float64(ns) / 1e9
			}
		}
	}
	for _, hierarchy := range []string{"", "pids"} {
		if n, err := readNumber(file(hierarchy, "pids.current")); err == nil && u.tasks < 0 {
			u.tasks = int64(n)
		}
	}
	for _, hierarchy := range hierarchies() {
		if u.tasks < 0 {
			if n := len(processes(filepath.Join(groups, hierarchy, cgroup))); n > 0 {
				u.tasks = int64(n)
			}
		}
	}
	for _, events := range []string{file("", "memory.events"), file("memory", "memory.oom_control")} {
		if n, ok := keyed(events, "oom_kill"); ok && u.oomKills < 0 {
			u.oomKills = int64(n)
		}
	}
	return u
}

// keyed reads the number of a key from a flat keyed file (cgroup-v2.rst, Format): a key, a space and its value on each line.
func keyed(file, key string) (uint64, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		if name, value, _ := strings.Cut(lines.Text(), " "); name == key {
			n, err := strconv.ParseUint(value, 10, 63)
			return n, err == nil
		}
	}
	return 0, false
}
