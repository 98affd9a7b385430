package commands

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/diaspote/vigie/bot"
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
		func() string { return h.nextLine(ctx, now) },
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

// because puts an error into words, and a time limit into figures.
func because(ctx context.Context, err error, limit time.Duration) string {
	if errors.Is(err, systemd.ErrNoSystemd) {
		return systemd.ErrNoSystemd.Error()
	}
	if ctx.Err() != nil && errors.Is(err, context.DeadlineExceeded) {
		return "no answer within " + bot.Span(limit)
	}
	return err.Error()
}
