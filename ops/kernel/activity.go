package kernel

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// cpu reads proc_stat(5): how the CPUs spent their time, in seconds since boot, and what they did.
func (s *Sampler) cpu(to series) error {
	stat, err := s.Host.proc.Stat()
	if err != nil {
		return err
	}
	if len(stat.CPU) == 0 {
		return fmt.Errorf("%s has no CPU", filepath.Join(s.Host.root, "stat"))
	}
	all := stat.CPUTotal // user and nice hold the time of guests
	for _, mode := range []struct {
		name    string
		seconds float64
	}{
		{"user", all.User}, {"nice", all.Nice}, {"system", all.System}, {"idle", all.Idle},
		{"iowait", all.Iowait}, {"irq", all.IRQ}, {"softirq", all.SoftIRQ}, {"steal", all.Steal},
	} {
		to.counter("node_cpu_seconds_total", mode.seconds, "mode", mode.name)
	}
	to.gauge("node_cpus_online", float64(len(stat.CPU)))
	to.gauge("node_procs_running", float64(stat.ProcessesRunning))
	to.gauge("node_procs_blocked", float64(stat.ProcessesBlocked))
	to.counter("node_forks_total", float64(stat.ProcessCreated))
	to.counter("node_context_switches_total", float64(stat.ContextSwitches))
	to.counter("node_intr_total", float64(stat.IRQTotal))
	if stat.BootTime > 0 {
		to.gauge("node_boot_time_seconds", float64(stat.BootTime))
	}
	return nil
}

func (s *Sampler) load(to series) error {
	load, err := s.Host.load()
	if err != nil {
		return err
	}
	for i, name := range []string{"node_load1", "node_load5", "node_load15"} {
		to.gauge(name, load[i])
	}
	return nil
}

// processes counts the folders of /proc that are processes, and their threads: the second number of the fourth field of
// proc_loadavg(5), which procfs drops.
func (s *Sampler) processes(to series) error {
	dir, err := os.Open(s.Host.root)
	if err != nil {
		return err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return err
	}
	n := 0
	for _, name := range names {
		if name[0] >= '1' && name[0] <= '9' {
			n++
		}
	}
	to.gauge("node_processes_pids", float64(n))
	text, err := os.ReadFile(filepath.Join(s.Host.root, "loadavg"))
	if err != nil {
		return err
	}
	threads, err := parseThreads(string(text))
	if err != nil {
		return err
	}
	to.gauge("node_processes_threads", float64(threads))
	return nil
}

// parseThreads reads "0.42 0.51 0.60 1/214 28419".
func parseThreads(text string) (uint64, error) {
	if fields := strings.Fields(text); len(fields) >= 4 {
		if _, all, ok := strings.Cut(fields[3], "/"); ok {
			return strconv.ParseUint(all, 10, 32)
		}
	}
	return 0, errors.New("loadavg does not count the threads")
}

// openFiles reads file-nr of proc_sys_fs(5): allocated, unused (always 0), the most there may be.
func (s *Sampler) openFiles(to series) error {
	v, err := s.Host.proc.SysctlInts("fs.file-nr")
	if err != nil {
		return err
	}
	if len(v) < 3 {
		return errors.New("file-nr has not three numbers")
	}
	to.gauge("node_filefd_allocated", float64(v[0]))
	to.gauge("node_filefd_maximum", float64(v[2]))
	return nil
}

// vmstat reads the few counters of proc_vmstat(5) that tell of short memory; procfs has none of them.
func (s *Sampler) vmstat(to series) error {
	text, err := os.ReadFile(filepath.Join(s.Host.root, "vmstat"))
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		name, number, _ := strings.Cut(lines.Text(), " ")
		switch name {
		case "oom_kill", "pgmajfault", "pswpin", "pswpout":
			if n, err := strconv.ParseUint(number, 10, 64); err == nil {
				to.counter("node_vmstat_"+name, float64(n))
			}
		}
	}
	return nil
}
