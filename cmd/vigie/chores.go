package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/go-co-op/gocron/v2"
	"github.com/google/uuid"
)

// chores are what the daemon does by the clock for itself.
type chores struct{ clock gocron.Scheduler }

func newChores(log *slog.Logger) (*chores, error) {
	clock, err := gocron.NewScheduler(gocron.WithGlobalJobOptions(
		gocron.WithSingletonMode(gocron.LimitModeReschedule), // a chore that hangs does not pile up
		gocron.WithStartAt(gocron.WithStartImmediately()),
		gocron.WithEventListeners(gocron.AfterJobRunsWithPanic(func(_ uuid.UUID, name string, what any) {
			log.Error("a chore panicked", "chore", name, "panic", what)
		})),
	))
	if err != nil {
		return nil, fmt.Errorf("make a scheduler: %w", err)
	}
	return &chores{clock}, nil
}

// every does it now and then at each pause. ctx ends with stop.
func (c *chores) every(pause time.Duration, name string, do func(ctx context.Context)) error {
	if _, err := c.clock.NewJob(gocron.DurationJob(pause), gocron.NewTask(do), gocron.WithName(name)); err != nil {
		return fmt.Errorf("schedule %s: %w", name, err)
	}
	return nil
}

// stop ends what is under way.
func (c *chores) stop() error { return c.clock.Shutdown() }
