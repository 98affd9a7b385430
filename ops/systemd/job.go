package systemd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/coreos/go-systemd/v22/dbus"
	godbus "github.com/godbus/dbus/v5"
)

// An Outcome is what a job came to.
type Outcome struct {
	// Job is its result by org.freedesktop.systemd1(5), JobRemoved: "done", "failed", "timeout", "canceled",
	// "dependency", "skipped"; "" if it is not known, because the job goes on or D-Bus was away when it ended.
	Job string

	Took   time.Duration // from the request to the end of the job; until the context ended if it goes on
	Before Unit          // the unit before the job
	After  Unit          // the unit at the end, or as it was last seen
}

// Do does the verb on the unit: it queues the job and waits until systemd has done it. progress is told each
// change of the unit's state in words; it may be nil. Whether the unit stays up is for [Manager.Stays] to tell.
//
// The error is one of ErrNoSystemd, ErrNoUnit, ErrDenied, ErrTimeout if ctx ended first, ErrFailed with the
// reason, or else what systemd said. If the job was queued, the Outcome tells of it even then.
func (m *Manager) Do(ctx context.Context, verb Verb, name string, progress func(string)) (Outcome, error) {
	if progress == nil {
		progress = func(string) {}
	}
	out, err := m.do(ctx, verb, name, progress)
	if err != nil {
		return out, fmt.Errorf("%s %s: %w", verb, shown(name), err)
	}
	return out, nil
}

func (m *Manager) do(ctx context.Context, verb Verb, name string, progress func(string)) (Outcome, error) {
	if !slices.Contains([]Verb{Start, Stop, Restart, Reload}, verb) {
		return Outcome{}, errors.New("no such verb")
	}
	before, err := m.unit(ctx, name)
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{Before: before, After: before}
	start := m.now()
	j, err := queue(ctx, verb, before.Name)
	if err != nil {
		return out, refused(ctx, verb, err)
	}
	defer j.conn.Close()

	w := watch{m: m, name: before.Name, last: before, progress: progress}
	out.Job, err = w.wait(ctx, j)
	out.Took = m.now().Sub(start)
	if err == nil {
		err = w.judge(ctx, verb, out.Job)
	} else {
		err = overdue(err, out.Took, w.last)
	}
	out.After = w.last
	return out, err
}

// A job is one that systemd has queued.
type job struct {
	conn   *dbus.Conn
	id     uint32
	result chan string
}

// queue asks for the job over a connection of its own: only one that is subscribed hears when a job ends, and
// one that stays subscribed would be woken by each change of any unit, for nothing.
func queue(ctx context.Context, verb Verb, name string) (job, error) {
	conn, err := dbus.NewWithContext(ctx) // broken off with ctx, whatever hangs
	if err != nil {
		return job{}, err
	}
	j := job{conn: conn, result: make(chan string, 1)}
	if err = conn.Subscribe(); err == nil {
		err = j.send(ctx, verb, name)
	}
	if err != nil {
		conn.Close()
		return job{}, err
	}
	return j, nil
}

func (j *job) send(ctx context.Context, verb Verb, name string) error {
	request := j.conn.StartUnitContext
	switch verb {
	case Stop:
		request = j.conn.StopUnitContext
	case Restart:
		request = j.conn.RestartUnitContext
	case Reload:
		request = j.conn.ReloadUnitContext
	}
	id, err := request(ctx, name, "replace", j.result)
	j.id = uint32(id)
	return err
}

// refused explains why a job was not queued.
func refused(ctx context.Context, verb Verb, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("systemd did not answer: %w", ctx.Err())
	}
	var answer godbus.Error
	if !errors.As(err, &answer) {
		return fmt.Errorf("D-Bus broke off, so it may or may not have begun: %w", err)
	}
	switch answer.Name {
	case "org.freedesktop.systemd1.NoSuchUnit":
		return ErrNoUnit
	case "org.freedesktop.DBus.Error.AccessDenied", "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired":
		return fmt.Errorf("%w; allow %q for this unit in the config, and install the polkit rule that is written from it", ErrDenied, verb)
	case "org.freedesktop.systemd1.JobTypeNotApplicable":
		return fmt.Errorf("%w: this unit cannot do that (its unit file has no way to %s it)", ErrFailed, verb)
	case "org.freedesktop.systemd1.UnitMasked":
		return fmt.Errorf("%w: the unit is masked; systemctl unmask it first", ErrFailed)
	}
	return fmt.Errorf("%w: systemd said: %w", ErrFailed, err)
}

// overdue is the error of a job that ctx did not wait for.
func overdue(err error, took time.Duration, last Unit) error {
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("no longer waited for (%s); systemd goes on with it: %w", last.State(), err)
	}
	return fmt.Errorf("%w after %s: %s; systemd goes on with it", ErrTimeout, took.Round(time.Second/10), last.State())
}
