package panel

import (
	"strings"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/graph"
)

// units are the panels of systemd.Sampler: one for all units together, and for each its memory and what it takes of
// the CPUs.
func units(k known) []Panel {
	all := []Panel{
		{
			Name: "units", Title: "memory of the units", About: "what each unit holds of the memory", Unit: graph.Bytes, Stacked: true,
			lines: perUnit("systemd_unit_memory_bytes", nil),
		},
		{
			Name: "units-cpu", Title: "CPU of the units", About: "what each unit takes of a CPU", Unit: graph.Percent, Stacked: true,
			lines: perUnit("systemd_unit_cpu_seconds_total", times(100)),
		},
	}
	for _, s := range k.named("systemd_unit_active") {
		unit := s.Label("name")
		name := strings.TrimSuffix(unit, ".service")
		all = append(all,
			Panel{
				Name: strings.ToLower(name), Title: name + ": memory", Unit: graph.Bytes,
				lines: func(k known) []line { return k.one("memory", "systemd_unit_memory_bytes", nil, "name", unit) },
			},
			Panel{
				Name: strings.ToLower(name) + ":cpu", Title: name + ": percent of a CPU", Unit: graph.Percent,
				lines: func(k known) []line {
					return k.one("CPU", "systemd_unit_cpu_seconds_total", times(100), "name", unit)
				},
			})
	}
	return all
}

func perUnit(name string, f func([]float64) float64) func(known) []line {
	return func(k known) []line {
		all := k.per("name", name, f)
		for i := range all {
			all[i].name = strings.TrimSuffix(all[i].name, ".service")
		}
		return all
	}
}

// pod are the panels of pod.Sampler.
func pod(known) []Panel {
	return []Panel{
		{
			Name: "pod", Title: "the pod answers in", About: "how long the pod takes to answer", Unit: graph.Seconds,
			lines: func(k known) []line { return k.one("answer", "probe_duration_seconds", nil) },
		},
		{
			Name: "users", Title: "accounts of the pod", About: "accounts of the pod, and those that are active", Unit: graph.Count, Zoom: true,
			lines: func(k known) []line {
				var all []line
				for _, s := range k.named("nodeinfo_users") {
					name := "all"
					if active := s.Label("active"); active != "" {
						name = "active this " + strings.Replace(active, "halfyear", "half year", 1)
					}
					all = append(all, line{name, []ops.Series{s}, nil})
				}
				return all
			},
		},
		{
			Name: "posts", Title: "posts and comments of the pod", About: "what was written on the pod", Unit: graph.Count, Zoom: true,
			lines: func(k known) []line {
				return append(k.one("posts", "nodeinfo_local_posts", nil), k.one("comments", "nodeinfo_local_comments", nil)...)
			},
		},
	}
}

// probes are a panel for each script that prints a number.
func probes(k known) []Panel {
	var all []Panel
	for _, s := range k.named("vigie_probe") {
		name := s.Label("name")
		all = append(all, Panel{
			Name: strings.ToLower(name), Title: name, About: "what the probe of that name measures", Unit: graph.Count,
			lines: func(k known) []line { return k.one(name, "vigie_probe", nil, "name", name) },
		})
	}
	return all
}

// series is the panel of all series of a name, or of the one that is written as Prometheus does.
func series(k known, name string) []Panel {
	var found known
	for _, s := range k {
		if s.Name == name || s.String() == name {
			found = append(found, s)
		}
	}
	if len(found) == 0 {
		return nil
	}
	unit := unitOf(found[0])
	return []Panel{{Name: name, Title: found[0].Name, Unit: unit, lines: func(k known) []line {
		var all []line
		for _, s := range k {
			if s.Name == name || s.String() == name {
				title := s.Labels
				if title == "" {
					title = s.Name
				}
				all = append(all, line{title, []ops.Series{s}, nil})
			}
		}
		return all
	}}}
}

// unitOf tells the unit of a series by its name, as Prometheus' conventions have it
// (https://prometheus.io/docs/practices/naming/#base-units).
func unitOf(s ops.Series) graph.Unit {
	name := strings.TrimSuffix(s.Name, "_total")
	switch {
	case strings.HasSuffix(name, "_bytes") && s.Counter:
		return graph.BytesPerSecond
	case strings.HasSuffix(name, "_bytes"):
		return graph.Bytes
	case s.Counter:
		return graph.PerSecond
	case strings.HasSuffix(name, "_seconds"):
		return graph.Seconds
	case strings.HasSuffix(name, "_celsius"), s.Name == "node_thermal_zone_temp":
		return graph.Celsius
	case strings.HasSuffix(name, "_percent"):
		return graph.Percent
	}
	return graph.Count
}
