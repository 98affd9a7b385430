package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/systemd"
)

const (
	settle     = 2 * time.Second // how long a unit must stay up before it counts as up
	probePause = 500 * time.Millisecond
	stillPause = 3 * time.Second // between two words on how long a probe has been waited for
	lastWords  = 10              // lines of the log that a failure shows
	longestJob = time.Hour
)

// A verb's words for what one asks for, what is under way, and what has been done.
var verbs = map[systemd.Verb]struct{ help, doing, done string }{
	systemd.Restart: {"restart a unit, and wait until it answers again", "restarting", "restarted"},
	systemd.Start:   {"start a unit, and wait until it answers", "starting", "started"},
	systemd.Stop:    {"stop a unit", "stopping", "stopped"},
	systemd.Reload:  {"let a unit read its configuration again", "reloading", "reloaded"},
}

// change is the command for one verb.
func (h *Host) change(verb systemd.Verb) *bot.Command {
	words := verbs[verb]
	return &bot.Command{
		Name: string(verb), Usage: "UNIT", MinArgs: 1, MaxArgs: 1, Needs: bot.Operator,
		Changes: true, Asks: verb == systemd.Stop, Timeout: longestJob,
		Help:     words.help,
		About:    "UNIT is its name, with or without .service, or the beginning of it. A failure comes with the last lines of its log.",
		Examples: []string{string(verb) + " diaspora"},
		Target:   h.target,
		Run:      func(ctx context.Context, c *bot.Call) error { return h.run(ctx, c, verb) },
	}
}

func (h *Host) run(ctx context.Context, c *bot.Call, verb systemd.Verb) error {
	unit, words := h.unit(c.Target), verbs[verb]
	c.Progress(words.doing + " " + unit.Name + " …")
	start := c.Now()
	progress := func(state string) {
		c.Progress(fmt.Sprintf("%s %s … %s, %s", words.doing, unit.Name, state, bot.Span(c.Now().Sub(start))))
	}

	jobCtx, cancel := context.WithTimeout(ctx, unit.Timeout)
	defer cancel()
	out, err := h.Systemd.Do(jobCtx, verb, unit.Name, progress)
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("%s %s: systemd did not answer within %s; whether it has begun is not known", verb, unit.Name, bot.Span(unit.Timeout))
	}
	if err != nil {
		return h.withLog(ctx, unit.Name, start, err)
	}
	said := []string{fmt.Sprintf("%s %s in %s", unit.Name, words.done, took(out.Took))}
	if verb != systemd.Stop {
		progress("up, and watched for a moment")
		answered, err := h.works(jobCtx, unit, out.After, progress)
		if err != nil {
			return h.withLog(ctx, unit.Name, start, fmt.Errorf("%s %s: up after %s, but then: %w", verb, unit.Name, took(out.Took), err))
		}
		if unit.Probe != "" {
			said = append(said, "answering again after "+took(answered.Sub(start)))
		}
	}
	if freed := h.memoryChange(ctx, out); freed != "" {
		said = append(said, freed)
	}
	c.Say(strings.Join(said, "; "))
	return nil
}

// works waits until the unit has stayed up for a moment and its probe, if it has one, has answered.
func (h *Host) works(ctx context.Context, unit Unit, up systemd.Unit, progress func(string)) (answered time.Time, err error) {
	probing, giveUp := context.WithCancel(ctx)
	defer giveUp()
	var stays error
	var watch sync.WaitGroup
	watch.Go(func() {
		if stays = h.Systemd.Stays(ctx, up, settle); stays != nil {
			giveUp() // it will not answer any more
		}
	})
	if unit.Probe != "" {
		if err = h.answers(probing, unit.Probe, progress); err != nil {
			err = fmt.Errorf("no good answer within %s: %w", bot.Span(unit.Timeout), err)
		}
		answered = time.Now()
	}
	watch.Wait()
	if stays != nil {
		return answered, stays
	}
	return answered, err
}

// answers waits until the probe gets an answer that is no server error, and otherwise tells of the last one.
func (h *Host) answers(ctx context.Context, url string, progress func(string)) error {
	var last error
	said := time.Now()
	for {
		probe := h.Pod.Probe(ctx, url)
		switch {
		case probe.Err == nil && probe.Status < 500:
			return nil
		case probe.Err == nil:
			last = fmt.Errorf("%s answers %d", probe.URL, probe.Status)
		case last == nil || ctx.Err() == nil: // the last attempt is cut off, which says little
			last = fmt.Errorf("%s: %w", probe.URL, probe.Err)
		}
		if time.Since(said) >= stillPause {
			said = time.Now()
			progress("up, and not answering yet")
		}
		select {
		case <-ctx.Done():
			return last
		case <-time.After(probePause):
		}
	}
}

// memoryChange tells what a restart did to the unit's memory, where both figures are known.
func (h *Host) memoryChange(ctx context.Context, out systemd.Outcome) string {
	ctx, cancel := context.WithTimeout(ctx, unitsWait)
	defer cancel()
	after, err := h.Systemd.Unit(ctx, out.After.Name)
	if err != nil || !out.Before.MemoryKnown || !after.MemoryKnown || out.Before.InvocationID == after.InvocationID {
		return ""
	}
	return fmt.Sprintf("memory %s → %s", ops.Size(out.Before.Memory), ops.Size(after.Memory))
}

// withLog puts what the unit logged since the start of the change below an error that it may explain.
func (h *Host) withLog(ctx context.Context, unit string, start time.Time, err error) error {
	if errors.Is(err, systemd.ErrNoUnit) || errors.Is(err, systemd.ErrDenied) || errors.Is(err, systemd.ErrNoSystemd) {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unitsWait)
	defer cancel()
	lines, logErr := h.Systemd.Logs(ctx, systemd.LogQuery{Unit: unit, Lines: lastWords, Since: start})
	if logErr != nil || len(lines) == 0 {
		return err
	}
	return &bot.Failure{Err: err, Block: logBlock(lines, start)}
}
