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
	"github.com/diaspote/vigie/commands/panel"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

func (h *Host) alert(ctx context.Context, number string) (ledger.Alert, error) {
	id, err := strconv.ParseInt(strings.TrimPrefix(number, "#"), 10, 64)
	if err != nil {
		return ledger.Alert{}, fmt.Errorf("%q is no number of an alert", bot.Clip(number, 20))
	}
	a, err := h.Graphs.Ledger.Alert(ctx, id)
	if errors.Is(err, ledger.ErrNoAlert) {
		return a, fmt.Errorf("there is no alert %d; those of late: history", id)
	}
	return a, err
}

// panelsOf finds panels by their names. Of what there are no samples there is none; without any it is the memory and the CPU.
func (h *Host) panelsOf(names []string) ([]panel.Panel, error) {
	var all []panel.Panel
	for _, name := range append(names, "memory", "cpu")[:max(len(names), 2)] {
		panels, _, err := h.Graphs.Find(strings.Fields(name))
		if err != nil {
			return nil, err
		}
		for _, p := range panels {
			if !slices.ContainsFunc(all, func(q panel.Panel) bool { return q.Name == p.Name && q.Title == p.Title }) {
				all = append(all, p)
			}
		}
	}
	if len(all) == 0 && len(names) > 0 {
		return h.panelsOf(nil)
	}
	return all, nil
}

// aboutAlert is the time of an alert, and the graphs that tell most of it.
func (h *Host) aboutAlert(ctx context.Context, number string) (about, error) {
	a, err := h.alert(ctx, number)
	if err != nil {
		return about{}, err
	}
	end := a.Ended
	if !end.IsZero() {
		end = later(end, a.Last)
	}
	return about{from: a.First, to: end, names: graphsOf(a.Event)}, nil
}

// graphsOf are the graphs that tell most of an event.
func graphsOf(e ops.Event) []string {
	switch e.Kind {
	case "oom", "oomd", "pressure":
		return []string{"memory", short(e.Unit)}
	case "disk":
		return []string{"disk " + strings.TrimPrefix(e.Key, "disk")}
	case "pod":
		return []string{"pod", "cpu", "memory"}
	case "unit":
		return []string{short(e.Unit), "memory"}
	}
	return []string{"memory", "cpu"}
}

// Illustrate is the picture that goes with an alert, nil for none: the last hours of the memory with a kill, the trend
// of a disk that is full.
func (h *Host) Illustrate(ctx context.Context, e ops.Event, now time.Time) (*bot.Picture, error) {
	if h.Graphs == nil || e.Resolved {
		return nil, nil
	}
	words, past := []string(nil), 6*time.Hour
	switch e.Kind {
	case "oom", "oomd", "pressure":
		words = []string{"memory"}
	case "disk":
		words, past = []string{"disk", strings.TrimPrefix(e.Key, "disk")}, 7*24*time.Hour
	}
	panels, used, err := h.Graphs.Find(words)
	if err != nil || used < len(words) || len(panels) == 0 { // of a disk that was just mounted there is nothing yet
		return nil, err
	}
	picture, _, err := h.draw(ctx, graphAsk{panels: panels[:1], from: h.past(now, past), to: now}, now)
	return picture, err
}
