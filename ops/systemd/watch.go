package systemd

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// pollEvery is how often a unit is looked at while a job runs on it, and while it settles.
const pollEvery = 250 * time.Millisecond

// A watch follows a unit while a job runs on it.
type watch struct {
	m        *Manager
	name     string
	last     Unit // as last seen
	said     string
	progress func(string)
}

// look asks for the unit's state in one cheap call, and returns the job that is queued for it.
func (w *watch) look(ctx context.Context) (jobID uint32, err error) {
	list, err := w.m.listNamed(ctx, []string{w.name})
	if err != nil {
		return 0, err
	}
	w.last.ActiveState, w.last.SubState = list[0].ActiveState, list[0].SubState
	w.say()
	return list[0].JobId, nil
}

func (w *watch) say() {
	if words := w.last.State(); words != w.said {
		w.said = words
		w.progress(words)
	}
}

// wait returns the job's result as systemd tells it, or "" if it sees that the job is gone without having
// been told: D-Bus restarted in between.
func (w *watch) wait(ctx context.Context, j job) (string, error) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for gone := 0; gone < 4; {
		select {
		case result := <-j.result:
			return result, nil
		case <-ctx.Done():
			return "", ctx.Err()
		case <-tick.C:
		}
		id, err := w.look(ctx)
		if err != nil {
			w.m.log.Debug("look at a unit during a job", "unit", w.name, "err", err)
			continue // until it works again, or ctx ends
		}
		if id != j.id {
			gone++
		}
	}
	return "", nil
}

// judge reads the unit and tells what the job came to.
func (w *watch) judge(ctx context.Context, verb Verb, result string) error {
	u, err := w.read(ctx)
	if err != nil {
		return err
	}
	return judgeJob(verb, result, u)
}

// Stays watches a unit that came up, as first has it, for as long as d. ErrFailed with the reason if it does
// not stay up; ErrTimeout if ctx ends first and it is not known.
func (m *Manager) Stays(ctx context.Context, first Unit, d time.Duration) error {
	if !runs(first) {
		return nil // a unit that does its work and ends, or one that was stopped
	}
	w := watch{m: m, name: first.Name, last: first, progress: func(string) {}}
	over := time.NewTimer(d)
	defer over.Stop()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for waiting := true; waiting && runs(w.last); {
		select {
		case <-over.C:
			waiting = false
		case <-ctx.Done():
			waiting = false // the last look tells
		case <-tick.C:
			w.look(ctx) // an error is for the last one to tell
		}
	}
	last, err := w.read(ctx)
	if err != nil {
		return err
	}
	return judgeSettled(first, last)
}

// read is look for all that is known of the unit, after the job.
func (w *watch) read(ctx context.Context) (Unit, error) {
	u, err := w.m.unit(ctx, w.name)
	if errors.Is(err, context.DeadlineExceeded) {
		return u, fmt.Errorf("%w: systemd has done it, but the unit was not yet seen to stay %s", ErrTimeout, w.last.State())
	}
	if err != nil {
		return u, err
	}
	w.last = u
	w.say()
	return u, nil
}

func runs(u Unit) bool { return u.ActiveState == "active" || u.ActiveState == "reloading" }

// judgeJob tells whether the job did what it was for.
func judgeJob(verb Verb, result string, u Unit) error {
	switch result {
	case "done", "": // the unit's state tells the rest
	case "dependency":
		return fmt.Errorf("%w: a unit that it needs did not start", ErrFailed)
	case "canceled":
		return fmt.Errorf("%w: another job took this one's place; the unit is %s", ErrFailed, u.State())
	case "skipped":
		return fmt.Errorf("%w: systemd skipped it, as the unit is %s", ErrFailed, u.State())
	default:
		if verb == Reload && runs(u) {
			return fmt.Errorf("%w: its reload command failed, and it runs on as it was", ErrFailed)
		}
		if verb != Stop {
			return failure(u)
		}
	}
	switch {
	case verb == Stop && (runs(u) || u.ActiveState == "activating"):
		return fmt.Errorf("%w: it is %s", ErrFailed, u.State())
	case verb == Stop, runs(u):
		return nil
	case u.Type == "oneshot" && u.ActiveState == "inactive" && u.Why() == "":
		return nil // it ran, and that was all
	case u.ActiveState == "inactive" && u.Why() == "":
		// systemd may have forgotten by now which of the two it was: it unloads a unit that stopped well.
		return fmt.Errorf("%w: it ended at once, or a condition in its unit file kept it from starting", ErrFailed)
	}
	return failure(u)
}

// judgeSettled compares a unit that came up with itself some time later.
func judgeSettled(first, last Unit) error {
	if !runs(last) {
		return failure(last)
	}
	if last.Restarts > first.Restarts || last.InvocationID != first.InvocationID {
		return fmt.Errorf("%w: it ended right after its start, and systemd restarted it", ErrFailed)
	}
	return nil
}

// failure is the error of a unit that should run and does not.
func failure(u Unit) error {
	why := u.Why()
	if why == "" {
		why = "it ended by itself, without an error"
	}
	if u.SubState == "auto-restart" {
		why += "; systemd restarts it"
	}
	return fmt.Errorf("%w: %s", ErrFailed, why)
}
