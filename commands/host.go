package commands

import (
	"fmt"
	"slices"
	"strings"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/kernel"
)

// hostLines are the first two: what the kernel knows. What could not be read is named at the end.
func hostLines(host string, s kernel.Snapshot, trend *kernel.Trend) string {
	first := []string{host}
	if s.Up > 0 {
		first = append(first, "up "+bot.Span(s.Up))
	}
	if !slices.ContainsFunc(s.Missing, func(m string) bool { return strings.HasPrefix(m, "load: ") }) {
		load := fmt.Sprintf("load %.2f %.2f %.2f", s.Load[0], s.Load[1], s.Load[2])
		if s.CPUs > 0 {
			load += " on " + plural(int64(s.CPUs), "core")
		}
		first = append(first, load)
	}
	var second []string
	if m := s.Memory; m != nil {
		text := "memory " + ops.SizeOf(m.Used(), m.Total)
		if rate, ok := trend.Rate(); ok {
			text += ", " + rising(rate)
		}
		second = append(second, text)
		if m.SwapTotal > 0 {
			second = append(second, "swap "+ops.SizeOf(m.SwapUsed(), m.SwapTotal))
		} else {
			second = append(second, "no swap")
		}
	}
	for _, d := range s.Disks {
		text := fmt.Sprintf("disk %s %d %%", d.Mount, d.Percent())
		if inodes := d.InodesPercent(); inodes > d.Percent() && inodes >= 80 {
			text += fmt.Sprintf(" (inodes %d %%)", inodes)
		}
		if d.Mount == "/" || d.Percent() >= 80 || d.InodesPercent() >= 80 {
			second = append(second, text)
		}
	}
	lines := []string{strings.Join(first, " · ")}
	if len(second) > 0 {
		lines = append(lines, strings.Join(second, " · "))
	}
	for _, missing := range s.Missing {
		lines = append(lines, "not read: "+missing)
	}
	return strings.Join(lines, "\n")
}

// rising says how memory moves, in bytes an hour. Less than a MiB an hour is noise.
func rising(rate float64) string {
	const mebi = 1 << 20
	switch {
	case rate >= mebi:
		return "rising " + ops.Size(uint64(rate)) + "/h"
	case rate <= -mebi:
		return "falling " + ops.Size(uint64(-rate)) + "/h"
	}
	return "steady"
}
