package systemd

import (
	"os"
	"path/filepath"
	"testing"
)

func TestCgroupUse(t *testing.T) {
	const group = "/system.slice/diaspora.service"
	for name, c := range map[string]struct {
		files map[string]string // below /sys/fs/cgroup
		want  use
	}{
		"v2": {map[string]string{
			group + "/cpu.stat":      "usage_usec 2500000\nuser_usec 2000000\nsystem_usec 500000\n",
			group + "/pids.current":  "12\n",
			group + "/memory.events": "low 0\nhigh 0\nmax 9\noom 3\noom_kill 2\noom_group_kill 0\n",
		}, use{cpu: 2.5, tasks: 12, oomKills: 2}},
		"v1": {map[string]string{
			"cpu,cpuacct" + group + "/cpuacct.usage": "1500000000\n",
			"pids" + group + "/pids.current":         "3\n",
			"memory" + group + "/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
		}, use{cpu: 1.5, tasks: 3, oomKills: 1}},
		"v2 beside v1 controllers": {map[string]string{
			"unified" + group + "/cpu.stat":          "usage_usec 7\n",
			"unified" + group + "/cgroup.procs":      "10\n11\n",
			"memory" + group + "/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\n",
		}, use{cpu: 7e-6, tasks: 2, oomKills: -1}},
		"garbage": {map[string]string{
			group + "/cpu.stat":      "usage_usec -1\n",
			group + "/pids.current":  "max\n",
			group + "/memory.events": "oom_kill\noom_kill 99999999999999999999\n",
		}, use{-1, -1, -1}},
		"nothing": {nil, use{-1, -1, -1}},
	} {
		root := t.TempDir()
		for file, content := range c.files {
			path := filepath.Join(root, "sys/fs/cgroup", file)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := cgroupUse(root, group); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
