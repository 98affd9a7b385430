package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/ledger"
)

// alertsListed is how many alerts one answer lists, the worst.
const alertsListed = 25

func alerts() *bot.Command {
	return &bot.Command{
		Name: "alerts", Usage: "[N]", MaxArgs: 1, Needs: bot.Reader,
		Help: "what is wrong now, the worst first, and what is silenced",
		About: "What lasts, and of the last day what nobody has taken. ✗ is critical, ▲ a warning, ● good to know. With a number: all of that one.\n" +
			"To take one: ack N. To hear no more of it for a while: silence KEY 2h.",
		Run: func(ctx context.Context, c *bot.Call) error {
			if len(c.Args) > 0 {
				return showAlert(ctx, c)
			}
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

// showAlert shows all that there is to one alert.
func showAlert(ctx context.Context, c *bot.Call) error {
	id, err := alertNumber(c)
	if err != nil {
		return err
	}
	a, err := c.Alert(ctx, id)
	if err != nil {
		return noAlert(c, id, err)
	}
	lines := []string{alertLine(a, c.Now())}
	if a.Event.Text != "" {
		lines = append(lines, a.Event.Text)
	}
	c.Say(strings.Join(append(lines, "key: "+a.Event.Key), "\n"))
	return nil
}

// alertNumber reads the number of an alert, with or without #.
func alertNumber(c *bot.Call) (int64, error) {
	id, err := strconv.ParseInt(strings.TrimPrefix(c.Args[0], "#"), 10, 64)
	if err != nil || id < 1 {
		return 0, fmt.Errorf("%s: %q is no number of an alert; try: alerts", c.Command.Name, bot.Clip(c.Args[0], 20))
	}
	return id, nil
}

func noAlert(c *bot.Call, id int64, err error) error {
	if errors.Is(err, ledger.ErrNoAlert) {
		return fmt.Errorf("%s %d: there is no alert of that number; try: alerts", c.Command.Name, id)
	}
	return err
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
		hushed := slices.ContainsFunc(quiet, func(s ledger.Silence) bool { return s.Covers(a.Event) })
		lines = append(lines, alertText(a, now, hushed || a.Silenced))
	}
	hushes := silenceLines(quiet, now)
	if more := len(hushes) - alertsListed; more > 0 {
		hushes = append(hushes[:alertsListed], fmt.Sprintf("… and %d more silences", more))
	}
	lines = append(lines, hushes...)
	return strings.Join(lines, "\n")
}

// alertLine is "#12 ✗ OOM kill · diaspora.service · since 03:12 · ×5 · taken by dada".
func alertLine(a ledger.Alert, now time.Time) string { return alertText(a, now, a.Silenced) }

func alertText(a ledger.Alert, now time.Time, hushed bool) string {
	parts := []string{fmt.Sprintf("#%d %s %s", a.ID, bot.Mark(a.Severity, a.Event.Resolved), bot.Clip(a.Event.Title, 120))}
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
	if hushed {
		parts = append(parts, "silenced")
	}
	return strings.Join(parts, " · ")
}
