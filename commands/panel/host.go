package panel

import (
	"slices"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/graph"
)

// host are the panels that every host has, of the series of kernel.Sampler, what one asks for most first.
func host() []Panel {
	return []Panel{
		{
			Name: "memory", About: "what programs hold, and what files are cached in", Unit: graph.Bytes, Stacked: true,
			ceiling: "node_memory_MemTotal_bytes", lines: memory,
		},
		{
			Name: "cpu", About: "what the CPUs spend their time on", Unit: graph.Percent, Stacked: true, lines: cpu,
		},
		{
			Name: "load", About: "tasks that run or wait for the disk", Unit: graph.Count,
			ceiling: "node_cpus_online", limit: "cores",
			lines: func(k known) []line {
				return slices.Concat(k.one("1 min", "node_load1", nil), k.one("5 min", "node_load5", nil), k.one("15 min", "node_load15", nil))
			},
		},
		{
			Name: "net", About: "what comes in and goes out by the network", Unit: graph.BitsPerSecond,
			lines: func(k known) []line {
				all := inOut(k, "node_network_receive_bytes_total", "in", "node_network_transmit_bytes_total", "out", 8)
				return slices.DeleteFunc(all, func(l line) bool { return l.of[0].Label("device") == "lo" })
			},
		},
		{
			Name: "disk", About: "how full the disks are", Unit: graph.Percent, Zoom: true,
			lines: func(k known) []line {
				var all []line
				for _, free := range k.named("node_filesystem_avail_bytes") {
					mount := free.Label("mountpoint")
					if rest := k.both("mountpoint", mount, "node_filesystem_free_bytes", "node_filesystem_size_bytes"); rest != nil {
						all = append(all, line{mount, append([]ops.Series{free}, rest...), full})
					}
				}
				return all
			},
		},
		{
			Name: "io", About: "what is read from disks and written to them", Unit: graph.BytesPerSecond,
			lines: func(k known) []line {
				return inOut(k, "node_disk_read_bytes_total", "read", "node_disk_written_bytes_total", "written", 1)
			},
		},
		{
			Name: "swap", About: "swap in use", Unit: graph.Bytes, Stacked: true, ceiling: "node_memory_SwapTotal_bytes",
			lines: func(k known) []line {
				free, all := k.named("node_memory_SwapFree_bytes"), k.named("node_memory_SwapTotal_bytes")
				if len(free) == 0 || len(all) == 0 {
					return nil
				}
				return []line{{"used", []ops.Series{free[0], all[0]}, func(v []float64) float64 { return v[1] - v[0] }}}
			},
		},
		{
			Name: "pressure", About: "how much of the time programs wait for memory, disk and CPU", Unit: graph.Percent,
			lines: func(k known) []line {
				return slices.Concat(
					k.one("memory", "node_pressure_memory_waiting_seconds_total", times(100)),
					k.one("disk", "node_pressure_io_waiting_seconds_total", times(100)),
					k.one("CPU", "node_pressure_cpu_waiting_seconds_total", times(100)))
			},
		},
		{
			Name: "inodes", About: "how many of the disks' inodes are in use", Unit: graph.Percent, Zoom: true,
			lines: func(k known) []line {
				var all []line
				for _, free := range k.named("node_filesystem_files_free") {
					mount := free.Label("mountpoint")
					if pair := k.both("mountpoint", mount, "node_filesystem_files_free", "node_filesystem_files"); pair != nil {
						all = append(all, line{mount, pair, func(v []float64) float64 { return 100 - share(v) }})
					}
				}
				return all
			},
		},
		{
			Name: "errors", About: "what the network lost or damaged", Unit: graph.PerSecond,
			lines: func(k known) []line {
				return slices.Concat(inOut(k, "node_network_receive_errs_total", "in, damaged", "node_network_transmit_errs_total", "out, damaged", 1),
					inOut(k, "node_network_receive_drop_total", "in, dropped", "node_network_transmit_drop_total", "out, dropped", 1))
			},
		},
		{
			Name: "processes", About: "processes and their threads", Unit: graph.Count,
			lines: func(k known) []line {
				return slices.Concat(k.one("processes", "node_processes_pids", nil), k.one("threads", "node_processes_threads", nil))
			},
		},
		{
			Name: "files", About: "files that are open", Unit: graph.Count,
			lines: func(k known) []line { return k.one("open", "node_filefd_allocated", nil) },
		},
		{
			Name: "temperature", About: "of the board", Unit: graph.Celsius, Zoom: true,
			lines: func(k known) []line { return k.per("type", "node_thermal_zone_temp", nil) },
		},
	}
}

// memory counts as `status` does: what is used cannot be got back, what is cached can.
func memory(k known) []line {
	available, all, free := k.named("node_memory_MemAvailable_bytes"), k.named("node_memory_MemTotal_bytes"), k.named("node_memory_MemFree_bytes")
	if len(available) == 0 || len(all) == 0 || len(free) == 0 {
		return nil
	}
	return []line{
		{"used", []ops.Series{available[0], all[0]}, func(v []float64) float64 { return v[1] - v[0] }},
		{"cache", []ops.Series{available[0], free[0]}, func(v []float64) float64 { return max(v[0]-v[1], 0) }},
	}
}

// cpu is how all CPUs together spent their time, in percent of it.
func cpu(k known) []line {
	modes := k.named("node_cpu_seconds_total")
	var all []line
	for _, part := range []struct {
		name  string
		modes []string
	}{{"programs", []string{"user", "nice"}}, {"system", []string{"system", "irq", "softirq"}}, {"waits for disk", []string{"iowait"}}, {"stolen", []string{"steal"}}} {
		var of []ops.Series
		for _, mode := range part.modes {
			of = append(of, modes.with("mode", mode)...)
		}
		if len(of) == 0 {
			continue
		}
		n := len(of)
		for _, other := range modes {
			if !slices.Contains(of, other) {
				of = append(of, other)
			}
		}
		all = append(all, line{part.name, of, func(v []float64) float64 { return 100 * sum(v[:n]) / max(sum(v), 1e-9) }})
	}
	return all
}

// full is how full a disk is as df(1) tells it, of the bytes that users can still have, those that are free, and all.
func full(v []float64) float64 {
	used := v[2] - v[1]
	return 100 * used / max(used+v[0], 1)
}

// inOut are two lines for each device.
func inOut(k known, in, inName, out, outName string, by float64) []line {
	var all []line
	for _, s := range k.named(in) {
		device := s.Label("device")
		all = append(all, line{device + " " + inName, []ops.Series{s}, times(by)})
		for _, other := range k.named(out).with("device", device) {
			all = append(all, line{device + " " + outName, []ops.Series{other}, times(by)})
		}
	}
	return all
}
