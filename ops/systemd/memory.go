package systemd

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// cgroupMemory counts the memory of a unit that systemd does not count itself (MemoryCurrent), in bytes:
// by the kernel's count for its cgroup if there is one, else by the resident sets (RSS) of its processes.
//
// MemoryCurrent and the kernel's count hold the page cache and kernel memory too (cgroup-v2.rst,
// memory.current). The sum of the resident sets holds neither, and counts pages that the processes share once
// for each; it is what is left where the memory controller is off, as by default on a Raspberry Pi.
//
// root is "/", or a copy of /proc and /sys for tests; cgroup is the unit's ControlGroup.
func cgroupMemory(root, cgroup string) (uint64, bool) {
	if cgroup == "" || cgroup == "/" {
		return 0, false
	}
	groups := filepath.Join(root, "sys/fs/cgroup")
	for _, file := range []string{
		filepath.Join(groups, cgroup, "memory.current"),                  // v2
		filepath.Join(groups, "memory", cgroup, "memory.usage_in_bytes"), // v1
	} {
		if n, err := readNumber(file); err == nil {
			return n, true
		}
	}
	for _, hierarchy := range hierarchies() {
		pids := processes(filepath.Join(groups, hierarchy, cgroup))
		if n := residentSum(root, pids); n > 0 {
			return n, true
		}
	}
	return 0, false
}

func readNumber(file string) (uint64, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
}

// processes lists the PIDs in a cgroup and those below it.
func processes(dir string) []string {
	var pids []string
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == "cgroup.procs" {
			text, _ := os.ReadFile(path)
			pids = append(pids, strings.Fields(string(text))...)
		}
		return nil // a group that went away meanwhile counts for nothing
	})
	return pids
}

// residentSum adds up the second field of /proc/PID/statm, in pages (proc(5)). Who has ended counts for nothing.
func residentSum(root string, pids []string) uint64 {
	var pages uint64
	for _, pid := range pids {
		text, err := os.ReadFile(filepath.Join(root, "proc", pid, "statm"))
		if err != nil {
			continue
		}
		if fields := strings.Fields(string(text)); len(fields) > 1 {
			n, _ := strconv.ParseUint(fields[1], 10, 64)
			pages += n
		}
	}
	return pages * uint64(os.Getpagesize())
}
