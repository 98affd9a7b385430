package systemd

import (
	"context"
	"errors"
	"fmt"

	"github.com/diaspote/vigie/ops"
)

// A Sampler reads what units use, for the history. Each series has the label "name", the unit's in full:
//
//	systemd_unit_active             1 while it runs, else 0
//	systemd_service_restart_total   how often systemd has started it again by itself since somebody else did
//	systemd_unit_memory_bytes       counted as [Unit.Memory] is
//	systemd_unit_cpu_seconds_total  of all its processes
//	systemd_unit_tasks_current      processes and threads; processes alone where the kernel does not count
//	systemd_unit_oom_kills_total    processes that the kernel killed for want of memory
//
// A unit that does not run has the first two alone. What its cgroup does not tell (cgroup-v2.rst, cgroup-v1/memory.rst) is
// left out.
type Sampler struct {
	Manager *Manager
	Names   []string // the units that are watched, in full
}

// Sample is that of [ops.Sampler].
func (s *Sampler) Sample(ctx context.Context, add func(ops.Sample)) error {
	if len(s.Names) == 0 {
		return nil
	}
	units, err := s.Manager.Units(ctx, s.Names)
	if units == nil {
		return err
	}
	errs := []error{err}
	for _, u := range units {
		if u.ActiveState == "" || u.LoadState == "not-found" {
			continue
		}
		if err := s.unit(ctx, u, add); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", shown(u.Name), err))
		}
	}
	return errors.Join(errs...)
}

func (s *Sampler) unit(ctx context.Context, u Unit, add func(ops.Sample)) error {
	labels := ops.Labels("name", u.Name)
	gauge := func(name string, value float64) {
		add(ops.Sample{Series: ops.Series{Name: name, Labels: labels}, Value: value})
	}
	counter := func(name string, value float64) {
		add(ops.Sample{Series: ops.Series{Name: name, Labels: labels, Counter: true}, Value: value})
	}
	if !runs(u) {
		gauge("systemd_unit_active", 0)
		return nil
	}
	gauge("systemd_unit_active", 1)
	counter("systemd_service_restart_total", float64(u.Restarts))
	if u.MemoryKnown {
		gauge("systemd_unit_memory_bytes", float64(u.Memory))
	}
	path, err := s.Manager.group(ctx, u.Name)
	if err != nil || path == "" {
		return err
	}
	use := cgroupUse(s.Manager.root, path)
	if use.cpu >= 0 {
		counter("systemd_unit_cpu_seconds_total", use.cpu)
	}
	if use.tasks > 0 {
		gauge("systemd_unit_tasks_current", float64(use.tasks))
	}
	if use.oomKills >= 0 {
		counter("systemd_unit_oom_kills_total", float64(use.oomKills))
	}
	return nil
}
