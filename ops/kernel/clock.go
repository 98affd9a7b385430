package kernel

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/diaspote/vigie/ops"
)

const (
	stepLeast   = 5 * time.Second // a step or a sleep of less is not told
	stepWarning = time.Minute     // a step of more upsets what runs at an hour
)

// A Clock tells when the host's clock is set by more than some seconds, and when the host was asleep. It asks
// nothing meanwhile: the kernel calls (TFD_TIMER_CANCEL_ON_SET of timerfd_create(2)). A clock that is slowly
// adjusted, as by NTP, is not one that is set.
//
// The events have the Kind "clock" and the Keys "clock/step" and "clock/sleep". Details: seconds, negative for a
// clock set back.
type Clock struct {
	Now func() time.Time // in the zone of the admins

	// OnStep is called when the clock was set by however little, or the host slept, for those who wait for an
	// hour. It must not block; nil for nobody.
	OnStep func()

	read func() (clocks, error) // readClocks, but in tests
}

// clocks are the readings of three clocks of clock_gettime(2) at one moment.
type clocks struct {
	wall      time.Duration // CLOCK_REALTIME: since 1970
	boot      time.Duration // CLOCK_BOOTTIME: since boot, with the time asleep
	monotonic time.Duration // CLOCK_MONOTONIC: without
}

func readClocks() (clocks, error) {
	var c clocks
	for _, one := range []struct {
		id int32
		to *time.Duration
	}{{unix.CLOCK_REALTIME, &c.wall}, {unix.CLOCK_BOOTTIME, &c.boot}, {unix.CLOCK_MONOTONIC, &c.monotonic}} {
		var ts unix.Timespec
		if err := unix.ClockGettime(one.id, &ts); err != nil {
			return clocks{}, fmt.Errorf("read the clock: %w", err)
		}
		*one.to = time.Duration(ts.Nano())
	}
	return c, nil
}

// since tells by how much the clock was set and how long the host slept between two readings. Adjusting the
// pace of the clock moves wall and boot alike, so the difference of the two moves by steps alone.
func (c clocks) since(before clocks) (step, slept time.Duration) {
	return (c.wall - c.boot) - (before.wall - before.boot), (c.boot - c.monotonic) - (before.boot - before.monotonic)
}

// Watch is that of [ops.Watcher].
func (c *Clock) Watch(ctx context.Context, emit ops.Emit) error {
	read := c.read
	if read == nil {
		read = readClocks
	}
	timer, err := setTimer()
	if err != nil {
		return fmt.Errorf("watch the clock: %w", err)
	}
	defer timer.Close()
	stop := context.AfterFunc(ctx, func() { _ = timer.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	before, err := read()
	if err != nil {
		return err
	}
	for {
		// A step since the timer was set and before this read is told by it at once.
		if _, err := timer.Read(make([]byte, 8)); err != nil && !errors.Is(err, unix.ECANCELED) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("watch the clock: %w", err)
		}
		after, err := read()
		if err != nil {
			return err
		}
		if c.OnStep != nil {
			c.OnStep()
		}
		step, slept := after.since(before)
		if err := c.tell(emit, before, step, slept); err != nil {
			return err
		}
		before = after
	}
}

// setTimer sets a timer in 2038, the last time that all kernels know, which is there to be cancelled.
func setTimer() (*os.File, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_REALTIME, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, err
	}
	timer := os.NewFile(uintptr(fd), "the clock")
	at := unix.ItimerSpec{Value: unix.Timespec{Sec: math.MaxInt32}}
	if err := unix.TimerfdSettime(fd, unix.TFD_TIMER_ABSTIME|unix.TFD_TIMER_CANCEL_ON_SET, &at, nil); err != nil {
		return nil, errors.Join(err, timer.Close())
	}
	return timer, nil
}

func (c *Clock) tell(emit ops.Emit, before clocks, step, slept time.Duration) error {
	now := c.Now()
	if slept >= stepLeast {
		e := ops.Event{Kind: "clock", Key: "clock/sleep", At: now, Title: "the host slept for " + ops.Span(slept),
			Details: ops.Details{{Name: "seconds", Value: int64(slept / time.Second)}}}
		if err := emit(e); err != nil {
			return err
		}
	}
	if step.Abs() < stepLeast {
		return nil
	}
	e := ops.Event{Kind: "clock", Key: "clock/step", At: now, Severity: ops.Info,
		Details: ops.Details{{Name: "seconds", Value: int64(step / time.Second)}}}
	was := time.Unix(0, int64(before.wall))
	switch {
	case step > 0 && was.Year() < 2020:
		// A board without a battery, as after each of its boots.
		e.Title, e.Text = "clock set", "It was at "+was.In(now.Location()).Format("2 Jan 2006")+", as this board has none that runs while it is off."
	case step > 0:
		e.Title = "clock set forward by " + ops.Span(step)
	default:
		e.Title = "clock set back by " + ops.Span(-step)
	}
	if e.Text == "" && step.Abs() >= stepWarning {
		e.Severity, e.Text = ops.Warning, "What runs at an hour may run twice or not at all."
	}
	return emit(e)
}
