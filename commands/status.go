package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/kernel"
	"github.com/diaspote/vigie/ops/pod"
	"github.com/diaspote/vigie/ops/systemd"
)

// How long status waits for each of its parts.
const (
	unitsWait = 3 * time.Second
	podWait   = 6 * time.Second
)

func (h *Host) status() *bot.Command {
	return &bot.Command{
		Name: "status", Needs: bot.Reader,
		Help: "how the host, its units and the pod are",
		About: "The parts are read side by side, each with a time limit: what does not answer is named, and holds up nothing else.\n" +
			"● runs, ◌ is on its way, ○ is stopped, ✗ has failed.",
		Run: func(ctx context.Context, c *bot.Call) error {
			c.Say(h.look(ctx, c.Host, c.Now()))
			return nil
		},
	}
}

// look reads all parts at once.
func (h *Host) look(ctx context.Context, host string, now time.Time) string {
	parts := []func() string{
		func() string { return hostLines(host, h.Kernel.Snapshot(now), h.Memory) },
		func() string { return h.unitLines(ctx, now) },
		func() string { return h.podLine(ctx) },
	}
	said := make([]string, len(parts))
	var all sync.WaitGroup
	for i, part := range parts {
		all.Go(func() { said[i] = part() })
	}
	all.Wait()
	var lines []string
	for _, s := range said {
		if s != "" {
			lines = append(lines, s)
		}
	}
	return strings.Join(lines, "\n")
}

// hostLines are the first two: what the kernel knows. What could not be read is named at the end.
func hostLines(host string, s kernel.Snapshot, trend *kernel.Trend) string {
	first := []string{host}
	if s.Up > 0 {
		first = append(first, "up "+span(s.Up))
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
		text := "memory " + sizeOf(m.Used(), m.Total)
		if rate, ok := trend.Rate(); ok {
			text += ", " + rising(rate)
		}
		second = append(second, text)
		if m.SwapTotal > 0 {
			second = append(second, "swap "+sizeOf(m.SwapUsed(), m.SwapTotal))
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
		return "rising " + size(uint64(rate)) + "/h"
	case rate <= -mebi:
		return "falling " + size(uint64(-rate)) + "/h"
	}
	return "steady"
}

// unitLines are a line for each unit that the config shows, and for any other service that has failed.
func (h *Host) unitLines(ctx context.Context, now time.Time) string {
	ctx, cancel := context.WithTimeout(ctx, unitsWait)
	defer cancel()
	var names []string
	for _, u := range h.Units {
		if u.Shown {
			names = append(names, u.Name)
		}
	}
	var units []systemd.Unit
	var services []systemd.Unit
	var unitsErr, servicesErr error
	var both sync.WaitGroup
	both.Go(func() { services, servicesErr = h.Systemd.Services(ctx) })
	if len(names) > 0 {
		units, unitsErr = h.Systemd.Units(ctx, names)
	}
	both.Wait()
	var lines []string
	if len(names) == 0 && servicesErr == nil {
		lines = append(lines, summary(services))
	}
	if !slices.ContainsFunc(units, isRead) {
		units = nil // one line says so of all
	}
	others, more := failedOf(services, names)
	failed, _ := h.Systemd.Units(ctx, others)
	lines = append(lines, unitRows(append(units, failed...), now)...)
	if more > 0 {
		lines = append(lines, fmt.Sprintf("✗ and %d more failed; try: units", more))
	}
	if err := cmp.Or(unitsErr, servicesErr); err != nil {
		lines = append(lines, "not read: units: "+because(ctx, err, unitsWait))
	}
	return strings.Join(lines, "\n")
}

// maxFailed bounds how many failed units status lists besides those of the config.
const maxFailed = 5

// failedOf finds the failed services that are not in names, and counts those past maxFailed.
func failedOf(services []systemd.Unit, names []string) (failed []string, more int) {
	for _, u := range services {
		if u.ActiveState == "failed" && !slices.Contains(names, u.Name) {
			failed = append(failed, u.Name)
		}
	}
	n := min(len(failed), maxFailed)
	return failed[:n], len(failed) - n
}

// isRead tells a unit that systemd told of, if only that there is none, from one that could not be read.
func isRead(u systemd.Unit) bool { return u.ActiveState != "" || u.LoadState == "not-found" }

// unitRows sets the names of the units under each other, as wide as the longest.
func unitRows(units []systemd.Unit, now time.Time) []string {
	width := 0
	for _, u := range units {
		width = max(width, len([]rune(short(u.Name))))
	}
	var rows []string
	for _, u := range units {
		mark, text := state(u, now)
		rows = append(rows, fmt.Sprintf("%s %-*s  %s", mark, width, short(u.Name), text))
	}
	return rows
}

// state says in a line how a unit is, and with one mark whether that is well.
func state(u systemd.Unit, now time.Time) (mark, text string) {
	since := ""
	if !u.Since.IsZero() {
		since = " " + span(now.Sub(u.Since))
	}
	switch {
	case u.LoadState == "not-found":
		return "✗", "no such unit on this host"
	case u.LoadState == "masked":
		return "○", "masked"
	case !isRead(u):
		return "✗", "cannot be read"
	case u.ActiveState == "failed":
		text = "failed"
		if since != "" {
			text += since + " ago"
		}
		if why := u.Why(); why != "" {
			text += ": " + why
		}
		return "✗", text + "   (try: logs " + short(u.Name) + ")"
	case u.ActiveState == "active" || u.ActiveState == "reloading":
		parts := []string{u.State() + since}
		if u.MemoryKnown {
			parts = append(parts, size(u.Memory))
		}
		if u.Restarts > 0 {
			parts = append(parts, "restarted by systemd "+plural(int64(u.Restarts), "time"))
		}
		return "●", strings.Join(parts, " · ")
	case u.LoadState == "bad-setting" || u.LoadState == "error":
		return "✗", "its unit file is not valid   (try: logs " + short(u.Name) + ")"
	case u.ActiveState == "inactive":
		if since == "" {
			return "○", "never started since the host booted"
		}
		return "○", "stopped" + since + " ago"
	}
	return "◌", u.State() + since
}

// podLine asks the pod over HTTP.
func (h *Host) podLine(ctx context.Context) string {
	if h.PodURL == "" {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, podWait)
	defer cancel()
	var info pod.NodeInfo
	var infoErr error
	var both sync.WaitGroup
	both.Go(func() { info, infoErr = h.Pod.NodeInfo(ctx, h.PodURL) })
	probe := h.Pod.Probe(ctx, h.PodURL)
	both.Wait()
	if probe.Err != nil {
		return fmt.Sprintf("✗ pod: %s: %v", probe.URL, probe.Err)
	}
	mark := ""
	if probe.Status >= 400 {
		mark = "✗ "
	}
	parts := []string{fmt.Sprintf("%spod: %s answers %d in %s", mark, probe.URL, probe.Status, took(probe.Took))}
	if infoErr != nil {
		parts = append(parts, "no NodeInfo: "+cmp.Or(errors.Unwrap(infoErr), infoErr).Error()) // without the URL again
	} else {
		parts = append(parts, strings.TrimSpace(info.Software+" "+info.Version))
		var users []string
		if info.Users != nil {
			users = append(users, plural(*info.Users, "user"))
		}
		if info.ActiveMonth != nil {
			users = append(users, count(*info.ActiveMonth)+" active this month")
		}
		if len(users) > 0 {
			parts = append(parts, strings.Join(users, ", "))
		}
	}
	return strings.Join(parts, " · ")
}

// because puts an error into words, and a time limit into figures.
func because(ctx context.Context, err error, limit time.Duration) string {
	if errors.Is(err, systemd.ErrNoSystemd) {
		return systemd.ErrNoSystemd.Error()
	}
	if ctx.Err() != nil && errors.Is(err, context.DeadlineExceeded) {
		return "no answer within " + span(limit)
	}
	return err.Error()
}
