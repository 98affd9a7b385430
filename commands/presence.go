package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops/systemd"
)

// Presence is the state of the pod in one short line, for the chats to show beside the bot's name. Its
// figures are coarse, so that it changes when something does and not every minute.
func (h *Host) Presence(ctx context.Context) string {
	var parts []string
	if units := h.presentUnits(ctx); units != "" {
		parts = append(parts, units)
	}
	if m, err := h.Kernel.Memory(); err == nil && m.Total > 0 {
		tenths := m.Used() * 10 / m.Total
		parts = append(parts, fmt.Sprintf("memory under %d %%", (tenths+1)*10))
	}
	return strings.Join(parts, " · ")
}

func (h *Host) presentUnits(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, unitsWait)
	defer cancel()
	names := h.shown()
	if len(names) == 0 {
		return ""
	}
	units, _ := h.Systemd.Units(ctx, names)
	if !slices.ContainsFunc(units, isRead) {
		return "units cannot be read"
	}
	var bad []string
	for _, u := range units {
		if mark, _ := state(u, time.Time{}); mark != "●" {
			bad = append(bad, short(u.Name)+" "+presentState(u))
		}
	}
	switch {
	case len(bad) > 0:
		return "✗ " + strings.Join(bad, ", ")
	case len(units) == 1:
		return short(units[0].Name) + " runs"
	}
	return fmt.Sprintf("all %d units run", len(units))
}

func presentState(u systemd.Unit) string {
	switch {
	case u.LoadState == "not-found":
		return "missing"
	case !isRead(u):
		return "cannot be read"
	case u.ActiveState == "inactive":
		return "stopped"
	}
	return u.ActiveState
}
