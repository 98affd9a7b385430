package kernel

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/prometheus/procfs"
)

// A Host reads one host. It keeps no file open and may be used by several goroutines.
type Host struct {
	root   string
	proc   procfs.FS
	statfs func(mount string) (Disk, error)

	mu        sync.Mutex
	inquiries map[string]*inquiry // by mount point, those without an answer
	mountinfo []byte              // as last read
	local     []*procfs.MountInfo // what localMounts made of it
}

// New makes a Host of the proc file system at root: "/proc", or a folder that looks like it.
func New(root string) (*Host, error) {
	proc, err := procfs.NewFS(root)
	if err != nil {
		return nil, fmt.Errorf("read the host: %w; is proc mounted there?", err)
	}
	return &Host{root: root, proc: proc, statfs: statfs, inquiries: map[string]*inquiry{}}, nil
}

// A Snapshot is a host at one moment. A figure that could not be read is zero or nil, and Missing says
// so.
type Snapshot struct {
	At       time.Time
	Hostname string

	Up   time.Duration // since boot, sleep included; a step of the clock does not change it
	Boot time.Time     // by the kernel's present idea of the time: it moves when the clock is set

	Load [3]float64 // tasks that run or wait for the disk, over 1, 5 and 15 minutes (proc_loadavg(5))
	CPUs int        // that are online

	Memory *Memory
	Disks  []Disk // see Disk; the root first, then by mount point

	// Missing says what could not be read and why: "memory: open /proc/meminfo: permission denied".
	Missing []string
}

// Snapshot reads the host. It never fails as a whole. It touches no file system of the network, so that a
// dead server does not hold it up, and waits for a dying disk no longer than two seconds.
func (h *Host) Snapshot(now time.Time) Snapshot {
	s := Snapshot{At: now}
	missing := func(what string, err error) {
		if err != nil {
			s.Missing = append(s.Missing, what+": "+err.Error())
		}
	}
	var err error
	s.Hostname, err = h.hostname()
	missing("host name", err)
	s.Up, err = h.uptime()
	missing("time since boot", err)
	s.Load, err = h.load()
	missing("load", err)
	s.Boot, s.CPUs, err = h.stat()
	missing("CPUs and boot time", err)
	s.Memory, err = h.Memory()
	missing("memory", err)
	if s.Memory != nil && s.Memory.Estimated {
		missing("available memory", errors.New("not told by this kernel (older than 3.14), so it is estimated"))
	}
	var unread []error
	s.Disks, unread = h.disks()
	for _, err := range unread {
		missing("disk", err)
	}
	return s
}

// hostname reads the name that hostname(1) prints, at most 64 characters of it.
func (h *Host) hostname() (string, error) {
	words, err := h.proc.SysctlStrings("kernel.hostname")
	if err != nil {
		return "", err
	}
	name := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, strings.Join(words, " "))
	if runes := []rune(name); len(runes) > 64 {
		name = string(runes[:64])
	}
	if name == "" || name == "(none)" {
		return "", errors.New("not set")
	}
	return name, nil
}

// uptime reads /proc/uptime (proc_uptime(5)), which procfs does not.
func (h *Host) uptime() (time.Duration, error) {
	path := filepath.Join(h.root, "uptime")
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	up, err := parseUptime(string(text))
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", path, err)
	}
	return up, nil
}

// parseUptime reads "1036800.42 3921004.10": seconds since boot, and idle seconds of all CPUs.
func parseUptime(text string) (time.Duration, error) {
	first, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	seconds, err := strconv.ParseFloat(first, 64)
	if err != nil || math.IsNaN(seconds) || seconds < 0 || seconds > math.MaxInt64/1e9 {
		return 0, errors.New("not a number of seconds")
	}
	return time.Duration(seconds * float64(time.Second)), nil
}

func (h *Host) load() ([3]float64, error) {
	l, err := h.proc.LoadAvg()
	if err != nil {
		return [3]float64{}, err
	}
	return [3]float64{l.Load1, l.Load5, l.Load15}, nil
}

// stat reads the boot time and counts the CPUs (proc_stat(5)).
func (h *Host) stat() (boot time.Time, cpus int, err error) {
	s, err := h.proc.Stat()
	if err != nil {
		return time.Time{}, 0, err
	}
	if len(s.CPU) == 0 || s.BootTime == 0 || s.BootTime > math.MaxInt64 {
		return time.Time{}, len(s.CPU), fmt.Errorf("%s has no CPU or no btime", filepath.Join(h.root, "stat"))
	}
	return time.Unix(int64(s.BootTime), 0), len(s.CPU), nil
}
