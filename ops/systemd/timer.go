package systemd

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/dbus"
)

// A Timer is a systemd.timer(5) that is loaded.
type Timer struct {
	Name string // "apt-daily.timer"
	Unit string // what it starts: "apt-daily.service"

	Last time.Time // when it last elapsed, zero if never
	Next time.Time // when it elapses next, zero if it is stopped or has no next time

	// Result of the run that began at Last, as [Unit].Result; "" if it is not known: the unit runs now, or has
	// not run since the host booted.
	Result  string
	Running bool
}

// Timers lists the loaded timers, the next to elapse first.
func (m *Manager) Timers(ctx context.Context) ([]Timer, error) {
	list, err := m.list(ctx, "*.timer", nil)
	if err != nil {
		return nil, fmt.Errorf("list the timers: %w", err)
	}
	list = slices.DeleteFunc(list, func(s dbus.UnitStatus) bool { return s.LoadState != "loaded" })
	timers, errs := make([]Timer, len(list)), make([]error, len(list))
	sideBySide(len(list), func(i int) {
		timers[i], errs[i] = m.timer(ctx, list[i].Name)
	})
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", list[i].Name, err)
		}
	}
	slices.SortFunc(timers, func(a, b Timer) int {
		if a.Next.IsZero() != b.Next.IsZero() {
			return map[bool]int{true: 1, false: -1}[a.Next.IsZero()]
		}
		if c := a.Next.Compare(b.Next); c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	return timers, nil
}

func (m *Manager) timer(ctx context.Context, name string) (Timer, error) {
	props, err := m.properties(ctx, name)
	if err != nil {
		return Timer{}, err
	}
	t := timerOf(props, m.now(), monotonic())
	if checkName(t.Unit) != nil {
		return t, nil
	}
	started, err := m.properties(ctx, t.Unit)
	if err != nil {
		return t, err
	}
	unit := unitOf(started, m.now(), monotonic())
	t.Running = (runs(unit) || unit.ActiveState == "activating") && unit.SubState != "exited"
	if !t.Running && !t.Last.IsZero() && started.number("ExecMainExitTimestampMonotonic") != 0 {
		t.Result = unit.Result
	}
	return t, nil
}

// timerOf is the pure part of [Manager.Timers]: mono is CLOCK_MONOTONIC at now.
func timerOf(p properties, now time.Time, mono time.Duration) Timer {
	t := Timer{Name: p.text("Id"), Unit: p.text("Unit")}
	t.Last = atRealtime(p.number("LastTriggerUSec"))
	if at := atMonotonic(p.number("LastTriggerUSecMonotonic"), now, mono); !at.IsZero() {
		t.Last = at // holds even if the clock was set since then
	}
	if p.text("ActiveState") != "active" {
		return t
	}
	// OnCalendar= gives the one, OnBootSec= and its like the other; a timer can have both.
	t.Next = atRealtime(p.number("NextElapseUSecRealtime"))
	at := atMonotonic(p.number("NextElapseUSecMonotonic"), now, mono)
	if t.Next.IsZero() || !at.IsZero() && at.Before(t.Next) {
		t.Next = at
	}
	return t
}

// atRealtime turns microseconds since 1970 into a time; 0 and the largest number mean never.
func atRealtime(usec uint64) time.Time {
	if usec == 0 || usec > math.MaxInt64/1000 {
		return time.Time{}
	}
	return time.UnixMicro(int64(usec))
}
