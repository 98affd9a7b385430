package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// alertsListed is how many alerts one answer lists, the worst.
const alertsListed = 25

func alerts() *bot.Command {
	return &bot.Command{
		Name: "alerts", Needs: bot.Reader,
		Help: "what is wrong now, the worst first, and what is silenced",
		About: "What lasts, and of the last day what nobody has taken. ✗ is critical, ▲ a warning, ● good to know.\n" +
			"To take one: ack N. To hear no more of it for a while: silence KEY 2h.",
		Run: func(ctx context.Context, c *bot.Call) error {
			open, err := openAlerts(ctx, c)
			if err != nil {
				return err
			}
			quiet, err := c.Silences(ctx)
			if err != nil {
				return err
			}
			c.Say(alertList(open, quiet, c.Now()))
			return nil
		},
	}
}

// openAlerts are those that want somebody: what is over is not among them.
func openAlerts(ctx context.Context, c *bot.Call) ([]ledger.Alert, error) {
	all, err := c.Alerts(ctx)
	return slices.DeleteFunc(all, func(a ledger.Alert) bool { return a.Event.Resolved && !a.Ended.IsZero() }), err
}

func alertList(open []ledger.Alert, quiet []ledger.Silence, now time.Time) string {
	lines := []string{"All is calm."}
	if len(open) > 0 {
		lines = nil
	}
	for i, a := range open {
		if i == alertsListed {
			lines = append(lines, fmt.Sprintf("… and %d more; all of them: history", len(open)-i))
			break
		}
		lines = append(lines, alertLine(a, now))
	}
	for i, s := range quiet {
		if i == alertsListed {
			lines = append(lines, fmt.Sprintf("… and %d more silences", len(quiet)-i))
			break
		}
		lines = append(lines, silenceLine(s, now))
	}
	return strings.Join(lines, "\n")
}

// alertLine is "#12 ✗ OOM kill · diaspora.service · since 03:12 · ×5 · taken by dada".
func alertLine(a ledger.Alert, now time.Time) string {
	parts := []string{fmt.Sprintf("#%d %s %s", a.ID, mark(a.Severity, a.Event.Resolved), bot.Clip(a.Event.Title, 120))}
	if a.Event.Unit != "" {
		parts = append(parts, bot.Clip(a.Event.Unit, 80))
	}
	switch {
	case a.Ended.IsZero():
		parts = append(parts, "since "+clock(a.First, now))
	case a.Count > 1:
		parts = append(parts, "last "+clock(a.Last, now))
	default:
		parts = append(parts, clock(a.Last, now))
	}
	if a.Count > 1 {
		parts = append(parts, fmt.Sprintf("×%d", a.Count))
	}
	if a.Acker != "" {
		parts = append(parts, "taken by "+bot.Clip(a.Acker, 40))
	}
	if a.Silenced {
		parts = append(parts, "silenced")
	}
	return strings.Join(parts, " · ")
}

// mark tells at a glance how bad it is.
func mark(s ops.Severity, resolved bool) string {
	switch {
	case resolved:
		return "✓"
	case s >= ops.Critical:
		return "✗"
	case s == ops.Warning:
		return "▲"
	}
	return "●"
}
