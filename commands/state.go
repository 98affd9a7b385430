package commands

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/systemd"
)

// unitLines are a line for each unit that the config shows, and for any other service that has failed.
func (h *Host) unitLines(ctx context.Context, now time.Time) string {
	ctx, cancel := context.WithTimeout(ctx, unitsWait)
	defer cancel()
	names := h.shown()
	var units []systemd.Unit
	var services []systemd.Unit
	var unitsErr, servicesErr error
	var both sync.WaitGroup
	var states []string // all
	if len(names) > 0 {
		states = []string{"failed"} // nothing is said of the others
	}
	both.Go(func() { services, servicesErr = h.Systemd.Services(ctx, states...) })
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
		since = " " + bot.Span(now.Sub(u.Since))
	}
	switch {
	case u.LoadState == "not-found":
		return "✗", "no such unit on this host"
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
			parts = append(parts, ops.Size(u.Memory))
		}
		if u.Restarts > 0 {
			parts = append(parts, "restarted by systemd "+plural(int64(u.Restarts), "time"))
		}
		return "●", strings.Join(parts, " · ")
	case u.LoadState == "masked":
		return "○", "masked"
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
