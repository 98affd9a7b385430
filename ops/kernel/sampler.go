package kernel

import (
	"context"
	"errors"
	"fmt"

	"github.com/diaspote/vigie/ops"
)

// A Sampler reads what the kernel measures and counts, for the history: CPU by mode, load, memory by kind, swap,
// pressure, disks and their traffic, network interfaces, processes, open files and temperatures. The series have the
// names, labels and units of node_exporter (https://github.com/prometheus/node_exporter), with these differences: the
// modes of all CPUs are added up, and file systems go by their mount point alone.
//
// What a kernel does not have is left out, and named in the error.
type Sampler struct {
	Host *Host
	Sys  string // "/sys", or a folder that looks like it
}

// Sample is that of [ops.Sampler].
func (s *Sampler) Sample(_ context.Context, add func(ops.Sample)) error {
	to := series(add)
	var errs []error
	for _, part := range []struct {
		name string
		read func(series) error
	}{
		{"cpu", s.cpu}, {"load", s.load}, {"memory", s.memory}, {"vmstat", s.vmstat}, {"pressure", s.pressure},
		{"file systems", s.fileSystems}, {"disks", s.diskTraffic}, {"network", s.network}, {"processes", s.processes},
		{"open files", s.openFiles}, {"temperature", s.temperature},
	} {
		if err := part.read(to); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", part.name, err))
		}
	}
	return errors.Join(errs...)
}

// series takes samples under their names; labels come in pairs.
type series func(ops.Sample)

func (to series) gauge(name string, value float64, labels ...string) {
	to(ops.Sample{Series: ops.Series{Name: name, Labels: ops.Labels(labels...)}, Value: value})
}

func (to series) counter(name string, value float64, labels ...string) {
	to(ops.Sample{Series: ops.Series{Name: name, Labels: ops.Labels(labels...), Counter: true}, Value: value})
}

// memory reads the fields of proc_meminfo(5) that a picture of the memory is made of.
func (s *Sampler) memory(to series) error {
	info, err := s.Host.proc.Meminfo()
	if err != nil {
		return err
	}
	for _, field := range []struct {
		name  string
		bytes *uint64
	}{
		{"MemTotal", info.MemTotalBytes}, {"MemFree", info.MemFreeBytes}, {"Buffers", info.BuffersBytes},
		{"Cached", info.CachedBytes}, {"SReclaimable", info.SReclaimableBytes}, {"SUnreclaim", info.SUnreclaimBytes},
		{"Shmem", info.ShmemBytes}, {"AnonPages", info.AnonPagesBytes}, {"Dirty", info.DirtyBytes},
		{"SwapTotal", info.SwapTotalBytes}, {"SwapFree", info.SwapFreeBytes}, {"SwapCached", info.SwapCachedBytes},
	} {
		if field.bytes != nil {
			to.gauge("node_memory_"+field.name+"_bytes", float64(*field.bytes))
		}
	}
	m, err := s.Host.memory(info)
	if err != nil {
		return err
	}
	to.gauge("node_memory_MemAvailable_bytes", float64(m.Available))
	return nil
}

// pressure reads how long programs waited (Documentation/accounting/psi.rst): "waiting" for some of them, "stalled"
// for all.
func (s *Sampler) pressure(to series) error {
	for _, resource := range []string{"cpu", "io", "memory"} {
		psi, err := s.Host.proc.PSIStatsForResource(resource)
		if err != nil {
			return err
		}
		if psi.Some != nil {
			to.counter("node_pressure_"+resource+"_waiting_seconds_total", float64(psi.Some.Total)/1e6)
		}
		if psi.Full != nil && resource != "cpu" { // for a whole host all CPUs never wait
			to.counter("node_pressure_"+resource+"_stalled_seconds_total", float64(psi.Full.Total)/1e6)
		}
	}
	return nil
}

// fileSystems asks each local one for its sizes.
func (s *Sampler) fileSystems(to series) error {
	disks, unread := s.Host.disks()
	for _, d := range disks {
		at := []string{"mountpoint", d.Mount}
		to.gauge("node_filesystem_size_bytes", float64(d.Total), at...)
		to.gauge("node_filesystem_free_bytes", float64(d.Total-min(d.Used, d.Total)), at...)
		to.gauge("node_filesystem_avail_bytes", float64(d.Free), at...)
		if d.Inodes > 0 {
			to.gauge("node_filesystem_files", float64(d.Inodes), at...)
			to.gauge("node_filesystem_files_free", float64(d.InodesFree), at...)
		}
	}
	return errors.Join(unread...)
}
