package kernel

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/diaspote/vigie/ops"
)

func TestClockTellsOfStepsAndSleep(t *testing.T) {
	now := time.Date(2026, 3, 14, 8, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		wall, boot, monotonic time.Duration // that go by between the two readings
		want                  []string
	}{
		"nothing":             {time.Hour, time.Hour, time.Hour, nil},
		"a little":            {time.Hour + 4*time.Second, time.Hour, time.Hour, nil},
		"forward":             {3*time.Hour + 3*time.Minute, time.Hour, time.Hour, []string{"warning: clock set forward by 2 h 3 min"}},
		"seconds back":        {time.Hour - 40*time.Second, time.Hour, time.Hour, []string{"info: clock set back by 40 s"}},
		"back":                {-time.Hour, time.Minute, time.Minute, []string{"warning: clock set back by 1 h 1 min"}},
		"asleep":              {8 * time.Hour, 8 * time.Hour, time.Minute, []string{"info: the host slept for 7 h 59 min"}},
		"asleep, and set too": {9 * time.Hour, 8 * time.Hour, time.Hour, []string{"info: the host slept for 7 h", "warning: clock set forward by 1 h"}},
	} {
		before := clocks{wall: time.Duration(now.UnixNano()), boot: 20 * time.Hour, monotonic: 10 * time.Hour}
		after := clocks{before.wall + test.wall, before.boot + test.boot, before.monotonic + test.monotonic}
		var got []string
		c := &Clock{Now: func() time.Time { return now }}
		step, slept := after.since(before)
		err := c.tell(func(e ops.Event) error { got = append(got, e.Severity.String()+": "+e.Title); return nil }, before, step, slept)
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, %v; want %q", name, got, err, test.want)
		}
	}
}

func TestClockOfABoardWithoutABattery(t *testing.T) {
	now := time.Date(2026, 3, 14, 8, 0, 0, 0, time.UTC)
	var got ops.Event
	c := &Clock{Now: func() time.Time { return now }}
	before := clocks{wall: time.Minute, boot: time.Minute, monotonic: time.Minute}
	if err := c.tell(func(e ops.Event) error { got = e; return nil }, before, time.Duration(now.UnixNano()), 0); err != nil {
		t.Fatal(err)
	}
	if got.Severity != ops.Info || got.Title != "clock set" || !strings.Contains(got.Text, "1 Jan 1970") {
		t.Errorf("%+v", got)
	}
}

func TestClockStopsAndStaysSilent(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := &Clock{Now: time.Now, read: func() (clocks, error) { cancel(); return readClocks() }}
	err := c.Watch(ctx, func(e ops.Event) error { t.Errorf("told %+v", e); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}

// TestClockIsCalledByTheKernel sets the host's clock to what it shows, which the kernel takes for a step.
func TestClockIsCalledByTheKernel(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	armed := make(chan struct{}, 1)
	reads := 0
	c := &Clock{Now: time.Now, read: func() (clocks, error) {
		now, err := readClocks()
		if reads++; reads > 1 {
			now.wall += 2*time.Hour + 3*time.Minute
		}
		armed <- struct{}{}
		return now, err
	}}
	stepped := false
	c.OnStep = func() { stepped = true }
	told := make(chan ops.Event, 1)
	done := make(chan error)
	go func() { done <- c.Watch(ctx, func(e ops.Event) error { told <- e; cancel(); return nil }) }()
	<-armed
	var now unix.Timespec
	err := unix.ClockGettime(unix.CLOCK_REALTIME, &now)
	if err == nil {
		err = unix.ClockSettime(unix.CLOCK_REALTIME, &now)
	}
	if err != nil {
		cancel()
		<-done
		missing(t, "a clock that is set: "+err.Error())
	}
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatalf("the kernel did not call: %v", err)
	}
	if e := <-told; e.Title != "clock set forward by 2 h 3 min" || e.Kind != "clock" || e.Severity != ops.Warning || !stepped {
		t.Errorf("%+v, told to others: %v", e, stepped)
	}
}
