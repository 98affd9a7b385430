package commands

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/commands/panel"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// alertMargin is how much is drawn before an alert and after it.
const alertMargin = time.Hour

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

// rangeOfAlert is the time of an alert, and an hour around it.
func (h *Host) rangeOfAlert(ctx context.Context, number string, now time.Time) (from, to time.Time, err error) {
	a, err := h.alert(ctx, number)
	if err != nil {
		return from, to, err
	}
	end := a.Ended
	if end.IsZero() {
		end = now
	}
	return a.First.Add(-alertMargin).In(now.Location()), earlier(later(end, a.Last).Add(alertMargin), now).In(now.Location()), nil
}

// panelsOfAlert are the graphs that tell most of an alert.
func (h *Host) panelsOfAlert(ctx context.Context, number string) ([]panel.Panel, error) {
	a, err := h.alert(ctx, number)
	if err != nil {
		return nil, err
	}
	var names []string
	switch a.Event.Kind {
	case "oom", "oomd", "pressure":
		names = []string{"memory", short(a.Event.Unit)}
	case "disk":
		names = []string{"disk", strings.TrimPrefix(a.Event.Key, "disk")}
	case "pod":
		names = []string{"pod", "cpu", "memory"}
	case "unit":
		names = []string{short(a.Event.Unit), "memory"}
	default:
		names = []string{"memory", "cpu"}
	}
	panels, _, err := h.Graphs.Find(names)
	if err == nil && len(panels) == 0 {
		panels, _, err = h.Graphs.Find([]string{"memory", "cpu"})
	}
	return panels, err
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
