package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/systemd"
)

// maxUnits is how many units one answer lists.
const maxUnits = 60

func (h *Host) units() *bot.Command {
	return &bot.Command{
		Name: "units", Usage: "[WORD]", MaxArgs: 1, Needs: bot.Reader,
		Help:     "the services of the host, what has failed first",
		About:    "With WORD, those with that in their name or in that state. What is stopped is listed only then.",
		Examples: []string{"units", "units postgres", "units stopped"},
		Run: func(ctx context.Context, c *bot.Call) error {
			ctx, cancel := context.WithTimeout(ctx, unitsWait)
			defer cancel()
			services, err := h.Systemd.Services(ctx)
			if err != nil {
				return errors.New("units: " + because(ctx, err, unitsWait))
			}
			if len(c.Args) == 0 {
				c.Show(summary(services), unitTable(slices.DeleteFunc(services, func(u systemd.Unit) bool { return rank(u) == "stopped" })))
				return nil
			}
			word := strings.ToLower(c.Args[0])
			services = slices.DeleteFunc(services, func(u systemd.Unit) bool {
				return !strings.Contains(strings.ToLower(u.Name), word) && rank(u) != word
			})
			if len(services) == 0 {
				return fmt.Errorf("units: none has %q in its name", bot.Clip(c.Args[0], 60))
			}
			c.Show(summary(services), unitTable(services))
			return nil
		},
	}
}

// unitTable lists the services, the worst first.
func unitTable(services []systemd.Unit) string {
	slices.SortStableFunc(services, worseFirst)
	var rows [][]string
	for _, u := range services[:min(len(services), maxUnits)] {
		mark, _ := state(u, time.Time{})
		rows = append(rows, []string{mark + " " + short(u.Name), u.State(), bot.Clip(u.Description, 48)})
	}
	block := table(rows)
	if left := len(services) - maxUnits; left > 0 {
		block += fmt.Sprintf("\n… and %d more; try: units WORD", left)
	}
	return block
}

// summary counts: "34 services: 31 running, 1 failed, 2 stopped".
func summary(services []systemd.Unit) string {
	counts := map[string]int{}
	for _, u := range services {
		counts[rank(u)]++
	}
	var parts []string
	for _, kind := range ranks {
		if counts[kind] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[kind], kind))
		}
	}
	text := plural(int64(len(services)), "service")
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	return text
}

// ranks are the states in the order in which one wants to see them.
var ranks = []string{"failed", "changing", "running", "done", "stopped", "not there"}

func rank(u systemd.Unit) string {
	switch {
	case u.ActiveState == "failed":
		return "failed"
	case u.ActiveState == "active" && u.SubState == "exited":
		return "done"
	case u.ActiveState == "active":
		return "running"
	case u.LoadState == "not-found":
		return "not there"
	case u.ActiveState == "inactive":
		return "stopped"
	}
	return "changing"
}

func worseFirst(a, b systemd.Unit) int {
	return cmp.Or(cmp.Compare(slices.Index(ranks, rank(a)), slices.Index(ranks, rank(b))), cmp.Compare(a.Name, b.Name))
}
