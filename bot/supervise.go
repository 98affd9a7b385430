package bot

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"time"
)

// The pauses between two attempts: they double from the first to the last, and start anew after a run
// that was healthy for a while.
const (
	firstPause   = time.Second
	longestPause = time.Minute
	healthyAfter = time.Minute
)

// supervise calls run again and again, with a pause that grows, until it returns nil or ctx ends.
func supervise(ctx context.Context, log *slog.Logger, run func(context.Context) error) {
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		start := time.Now()
		err := guard(run)(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		if time.Since(start) >= healthyAfter {
			pause = firstPause
		}
		// A tenth more or less, so that many bots do not all return at once to a server that restarted.
		wait := pause + time.Duration((rand.Float64()-0.5)*0.2*float64(pause))
		log.Warn("it ended; trying again", "error", err, "in", wait.Round(100*time.Millisecond))
		if !sleep(ctx, wait) {
			return
		}
	}
}

// guard turns a panic into an error, so that one bad line cannot take the bot down.
func guard(run func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("internal error: %v\n%s", p, debug.Stack())
			}
		}()
		return run(ctx)
	}
}

// sleep waits for d, and tells whether it did so to the end.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
