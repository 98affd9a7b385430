package systemd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/pod"
)

// patience ends a test that hangs.
const patience = 2 * time.Minute

const settle = 2500 * time.Millisecond

// inPod runs what is below in the pod that TestReal has booted.
func inPod(t *testing.T) {
	t.Run("vigie", func(t *testing.T) {
		t.Run("unit", inPodUnit)
		t.Run("lists", inPodLists)
		t.Run("brief", inPodBrief)
		t.Run("samples", inPodSamples)
		t.Run("restart", inPodRestart)
		t.Run("stop, start, reload", inPodStopStartReload)
		t.Run("failures", inPodFailures)
		t.Run("dies after start", inPodDiesAfterStart)
		t.Run("timeout", inPodTimeout)
		t.Run("timers", inPodTimers)
		t.Run("logs", inPodLogs)
		t.Run("bus restarts", inPodBusRestarts)
		t.Run("bus falls silent", inPodBusFallsSilent)
		t.Run("leaks", inPodLeaks)
	})
	t.Run("stranger", func(t *testing.T) {
		t.Run("has no journal", strangerHasNoJournal)
		t.Run("is denied", strangerIsDenied)
	})
}

func asked(t testing.TB) (context.Context, *Manager) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	m := New(slog.New(slog.DiscardHandler), time.Now)
	t.Cleanup(m.Close)
	return ctx, m
}

func inPodUnit(t *testing.T) {
	ctx, m := asked(t)
	u, err := m.Unit(ctx, "foreign.service")
	if err != nil {
		t.Fatal(err)
	}
	if u.Name != "foreign.service" || u.ActiveState != "active" || u.SubState != "running" || u.Type != "simple" ||
		u.Result != "success" || u.Restarts != 0 || len(u.InvocationID) != 32 || u.UnitFileState != "static" {
		t.Errorf("unit: %+v", u)
	}
	// What the kernel says of the same process.
	comm, err := os.ReadFile(filepath.Join("/proc", itoa(u.MainPID), "comm"))
	if err != nil || string(comm) != "sleep\n" {
		t.Errorf("main process %d is %q, %v", u.MainPID, comm, err)
	}
	info, err := os.Stat(filepath.Join("/proc", itoa(u.MainPID)))
	if err != nil {
		t.Fatal(err)
	}
	if age := info.ModTime().Sub(u.Since); age.Abs() > patience {
		t.Errorf("in this state since %v, but its process since %v", u.Since, info.ModTime())
	}
	if !u.MemoryKnown || u.Memory < 100<<10 || u.Memory > 100<<20 {
		t.Errorf("memory of a sleep: %d, known %v", u.Memory, u.MemoryKnown)
	}
	if u.Why() != "" || u.State() != "running" {
		t.Errorf("why %q, state %q", u.Why(), u.State())
	}

	if _, err := m.Unit(ctx, "nothing.service"); !errors.Is(err, ErrNoUnit) {
		t.Errorf("of no unit: %v", err)
	}
	if u, err := m.Unit(ctx, "once.service"); err != nil || u.MemoryKnown || u.ActiveState != "inactive" {
		t.Errorf("of a unit that does not run: %+v, %v", u, err)
	}
}

func inPodLists(t *testing.T) {
	ctx, m := asked(t)
	units, err := m.Units(ctx, []string{"web.service", "nothing.service", "x;reboot", "cron.service"})
	if err == nil || !strings.Contains(err.Error(), "x;reboot") {
		t.Errorf("the hostile name: %v", err)
	}
	var got []string
	for _, u := range units {
		got = append(got, u.Name+" "+u.LoadState)
	}
	want := []string{"web.service loaded", "nothing.service not-found", "x;reboot ", "cron.service loaded"}
	if !slices.Equal(got, want) {
		t.Errorf("units %q, want %q", got, want)
	}

	services, err := m.Services(ctx)
	if err != nil {
		t.Fatal(err)
	}
	find := func(name string) int {
		return slices.IndexFunc(services, func(u Unit) bool { return u.Name == name })
	}
	if i := find("web.service"); i < 0 || services[i].Description != "A web server" || services[i].SubState != "running" {
		t.Errorf("services: %+v", services)
	}
	if find("nightly.timer") >= 0 {
		t.Error("a timer is among the services")
	}
	dead, err := m.Services(ctx, "dead")
	if err != nil || len(dead) == 0 || slices.ContainsFunc(dead, func(u Unit) bool { return u.SubState != "dead" }) {
		t.Errorf("dead services: %+v, %v", dead, err)
	}

	names, err := m.Names(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"web.service", "boom.service", "cron.service"} {
		if !slices.Contains(names, name) {
			t.Errorf("%s is not among the names %q", name, names)
		}
	}
	if slices.Contains(names, "tmpl@.service") || !slices.IsSorted(names) {
		t.Errorf("names: %q", names)
	}
}

// What Units reads in brief is what Unit reads in full.
func inPodBrief(t *testing.T) {
	ctx, m := asked(t)
	for _, name := range []string{"noexec.service", "killed.service"} {
		if _, err := m.Do(ctx, Start, name, nil); !errors.Is(err, ErrFailed) {
			t.Errorf("start %s: %v", name, err)
		}
	}
	names := []string{"foreign.service", "apart.service", "noexec.service", "killed.service", "once.service", "soon.timer", "wrong.service"}
	units, err := m.Units(ctx, names)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		whole, err := m.Unit(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		type row struct{ name, description, state, since, why string }
		of := func(u Unit) row {
			return row{u.Name, u.Description, u.LoadState + " " + u.ActiveState + " " + u.SubState,
				u.Since.Round(time.Millisecond).String(), u.Why()}
		}
		if brief := units[i]; of(brief) != of(whole) || brief.MemoryKnown != whole.MemoryKnown || brief.Restarts != whole.Restarts {
			t.Errorf("%s:\nbrief %+v\nwhole %+v", name, brief, whole)
		}
	}
}

// doAndStay is Do, and then Stays for that long.
func doAndStay(ctx context.Context, m *Manager, verb Verb, name string, stay time.Duration, progress func(string)) (Outcome, error) {
	out, err := m.Do(ctx, verb, name, progress)
	if err == nil && verb != Stop {
		if err = m.Stays(ctx, out.After, stay); err != nil {
			err = fmt.Errorf("%s %s: %w", verb, name, err)
		}
	}
	return out, err
}

func inPodRestart(t *testing.T) {
	ctx, m := asked(t)
	var said []string
	out, err := doAndStay(ctx, m, Restart, "web.service", settle, func(s string) { said = append(said, s) })
	if err != nil {
		t.Fatal(err)
	}
	if out.Job != "done" || out.Took <= 0 || out.Before.MainPID == out.After.MainPID || out.After.MainPID == 0 {
		t.Errorf("outcome: %+v", out)
	}
	if !slices.Contains(said, "running") {
		t.Errorf("progress: %q", said)
	}
}

func inPodStopStartReload(t *testing.T) {
	ctx, m := asked(t)
	out, err := doAndStay(ctx, m, Stop, "web.service", settle, nil)
	if err != nil || out.After.ActiveState != "inactive" || out.After.MainPID != 0 {
		t.Fatalf("stop: %+v, %v", out, err)
	}
	if _, err := doAndStay(ctx, m, Reload, "web.service", settle, nil); !errors.Is(err, ErrFailed) {
		t.Errorf("reload of a stopped unit: %v", err)
	}
	out, err = doAndStay(ctx, m, Start, "web.service", settle, nil)
	if err != nil || out.After.MainPID == 0 {
		t.Fatalf("start: %+v, %v", out, err)
	}
	pid := out.After.MainPID
	out, err = doAndStay(ctx, m, Reload, "web.service", settle, nil)
	if err != nil || out.After.MainPID != pid {
		t.Errorf("reload: %+v, %v", out, err)
	}
	out, err = doAndStay(ctx, m, Start, "once.service", settle, nil)
	if err != nil || out.After.ActiveState != "inactive" {
		t.Errorf("start of a oneshot: %+v, %v", out, err)
	}
}

func inPodFailures(t *testing.T) {
	ctx, m := asked(t)
	for _, c := range []struct {
		verb Verb
		unit string
		is   error
		says string
	}{
		{Restart, "boom.service", ErrFailed, "restart boom.service: failed: exit status 3"},
		{Start, "noexec.service", ErrFailed, "exit status 203 (EXEC"},
		{Start, "killed.service", ErrFailed, "killed by signal 9 (KILL)"},
		{Start, "late.service", ErrFailed, "timed out"},
		{Start, "dies.service", ErrFailed, "exit status 4"},
		{Start, "leaves.service", ErrFailed, "ended by itself"},
		{Restart, "flaps.service", ErrFailed, "systemd restart"},
		{Start, "cond.service", ErrFailed, "a condition"},
		{Start, "needs.service", ErrFailed, "a unit that it needs"},
		{Reload, "badload.service", ErrFailed, "its reload command failed"},
		{Reload, "hang.service", ErrFailed, "no way to reload it"},
		{Start, "wrong.service", ErrFailed, "bad unit file setting"},
		{Restart, "nothing.service", ErrNoUnit, "restart nothing.service: no such unit"},
		{Stop, "foreign.service", ErrDenied, "polkit rule"},
		{Restart, "foreign.service", ErrDenied, "polkit rule"},
	} {
		t.Run(string(c.verb)+" "+c.unit, func(t *testing.T) {
			t.Parallel()
			before, _ := m.Unit(ctx, c.unit)
			out, err := doAndStay(ctx, m, c.verb, c.unit, settle, nil)
			if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %v with %q; %+v", err, c.is, c.says, out.After)
			}
			if c.is != ErrDenied {
				return
			}
			if after, err := m.Unit(ctx, c.unit); err != nil || after.MainPID != before.MainPID {
				t.Errorf("its PID was %d and is %d", before.MainPID, after.MainPID)
			}
		})
	}
}

// A Type=simple unit is up for systemd as soon as it was forked; without settling that is believed.
func inPodDiesAfterStart(t *testing.T) {
	ctx, m := asked(t)
	if out, err := m.Do(ctx, Restart, "dies.service", nil); err != nil || out.After.ActiveState != "active" {
		t.Fatalf("without settling: %+v, %v", out, err)
	}
	out, err := doAndStay(ctx, m, Restart, "dies.service", time.Minute, nil)
	if !errors.Is(err, ErrFailed) || out.Job != "done" || !strings.Contains(err.Error(), "exit status 4") {
		t.Errorf("%+v, %v", out, err)
	}
}

func inPodTimeout(t *testing.T) {
	ctx, m := asked(t)
	short, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	var said []string
	out, err := doAndStay(short, m, Restart, "hang.service", settle, func(s string) { said = append(said, s) })
	if !errors.Is(err, ErrTimeout) || !strings.Contains(err.Error(), "stopping (its ExecStop command runs)") {
		t.Errorf("%v", err)
	}
	if out.After.ActiveState != "deactivating" || len(said) == 0 {
		t.Errorf("outcome %+v, progress %q", out, said)
	}
	if u, err := m.Unit(ctx, "hang.service"); err != nil || u.State() != "stopping (its ExecStop command runs)" {
		t.Errorf("afterwards: %+v, %v", u, err)
	}
}

func inPodBusRestarts(t *testing.T) {
	ctx, m := asked(t)
	bus, err := m.Unit(ctx, "dbus.service")
	if err != nil {
		t.Fatal(err)
	}
	type result struct {
		out Outcome
		err error
	}
	slow := make(chan result, 1)
	begun := make(chan string, 100)
	go func() {
		out, err := doAndStay(ctx, m, Restart, "slow.service", settle, func(s string) { begun <- s })
		slow <- result{out, err}
	}()
	<-begun // its ExecStop runs for some seconds, in which D-Bus restarts

	// Who asks meanwhile waits a moment longer, and is answered.
	asking, stop := context.WithCancel(ctx)
	var asker sync.WaitGroup
	asker.Go(func() {
		for asking.Err() == nil {
			if _, err := m.Unit(ctx, "web.service"); err != nil {
				t.Errorf("asked while D-Bus restarts: %v", err)
			}
		}
	})

	if out, err := doAndStay(ctx, m, Start, "bounce.service", settle, nil); err != nil {
		t.Errorf("a job that restarts D-Bus: %+v, %v", out, err)
	}
	after, err := m.Unit(ctx, "dbus.service")
	if err != nil || after.MainPID == bus.MainPID {
		t.Errorf("D-Bus was %d and is %d: %v", bus.MainPID, after.MainPID, err)
	}
	got := <-slow
	stop()
	asker.Wait()
	if got.err != nil || got.out.Before.MainPID == got.out.After.MainPID || got.out.After.ActiveState != "active" {
		t.Errorf("the job under way meanwhile: %+v, %v", got.out, got.err)
	}
}

func inPodTimers(t *testing.T) {
	ctx, m := asked(t)
	var timers []Timer
	find := func(name string) Timer {
		i := slices.IndexFunc(timers, func(t Timer) bool { return t.Name == name })
		if i < 0 {
			t.Fatalf("%s is not among %+v", name, timers)
		}
		return timers[i]
	}
	for { // soon.timer elapses at once, but its service may still run
		var err error
		if timers, err = m.Timers(ctx); err != nil {
			t.Fatal(err)
		}
		if find("soon.timer").Result != "" {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	now := time.Now()
	soon := find("soon.timer")
	if soon.Unit != "soon.service" || soon.Result != "exit-code" || soon.Last.After(now) || now.Sub(soon.Last) > time.Hour {
		t.Errorf("%+v", soon)
	}
	nightly := find("nightly.timer")
	if at := nightly.Next.UTC(); at.Format("15:04") != "04:20" || at.Before(now) || at.Sub(now) > 24*time.Hour {
		t.Errorf("%+v", nightly)
	}
	if !nightly.Last.IsZero() || nightly.Result != "" {
		t.Errorf("it has not run yet: %+v", nightly)
	}
}

func inPodLogs(t *testing.T) {
	ctx, m := asked(t)
	start := time.Now()
	if _, err := m.Do(ctx, Start, "talk.service", nil); err != nil {
		t.Fatal(err)
	}
	query := func(q LogQuery) (texts []string, lines []LogLine) {
		t.Helper()
		q.Unit = "talk.service"
		lines, err := m.Logs(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			texts = append(texts, l.Text)
		}
		return texts, lines
	}
	var texts []string
	var lines []LogLine
	for { // journald takes in what was printed in its own time
		texts, lines = query(LogQuery{Lines: 100, Since: start.Add(-time.Second), Boot: true})
		if slices.ContainsFunc(texts, func(s string) bool { return strings.HasPrefix(s, "Finished ") }) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	talked := slices.DeleteFunc(slices.Clone(lines), func(l LogLine) bool { return l.Identifier != "talker" })
	want := []string{"one", "Two is an ERROR", "three", "café \uFFFD \x1b[31m", "four"}
	if len(talked) != 6 {
		t.Fatalf("lines: %+v", lines)
	}
	for i, w := range want {
		if talked[i].Text != w || talked[i].At.Before(start.Add(-time.Minute)) {
			t.Errorf("line %d: %+v, want %q", i, talked[i], w)
		}
	}
	if talked[1].Priority != 3 || talked[2].Priority != 6 {
		t.Errorf("priorities: %+v", talked)
	}
	if long := talked[5].Text; !strings.HasPrefix(long, "long xxx") || len(long) > maxText {
		t.Errorf("the long line has %d bytes", len(long))
	}
	if got, _ := query(LogQuery{Grep: "two IS", Lines: 3}); !slices.Equal(got, []string{"Two is an ERROR"}) {
		t.Errorf("grep: %q", got)
	}
	if got, _ := query(LogQuery{Grep: ".*"}); len(got) != 0 {
		t.Errorf("the word is taken for a pattern: %q", got)
	}
	if got, _ := query(LogQuery{Lines: 2}); !slices.Equal(got, texts[len(texts)-2:]) {
		t.Errorf("the last two: %q, of %q", got, texts)
	}
	if got, _ := query(LogQuery{Since: time.Now().Add(time.Hour)}); len(got) != 0 {
		t.Errorf("since later: %q", got)
	}
	if lines, err := m.Logs(ctx, LogQuery{Unit: "nothing.service"}); err != nil || len(lines) != 0 {
		t.Errorf("of no unit: %v, %v", lines, err)
	}
}

func strangerHasNoJournal(t *testing.T) {
	ctx, m := asked(t)
	lines, err := m.Logs(ctx, LogQuery{Unit: "web.service"})
	if !errors.Is(err, ErrNoJournal) || !strings.Contains(err.Error(), "systemd-journal") {
		t.Errorf("%d lines, %v", len(lines), err)
	}
}

func strangerIsDenied(t *testing.T) {
	ctx, m := asked(t)
	if _, err := m.Do(ctx, Restart, "web.service", nil); !errors.Is(err, ErrDenied) {
		t.Errorf("%v", err)
	}
}

// Neither jobs nor connections that broke leave anything behind.
func inPodLeaks(t *testing.T) {
	ctx, _ := asked(t)
	use := func(times int) {
		m := New(slog.New(slog.DiscardHandler), time.Now)
		defer m.Close()
		for range times {
			if _, err := m.Do(ctx, Reload, "web.service", nil); err != nil {
				t.Fatal(err)
			}
			conn, err := m.current()
			if err != nil {
				t.Fatal(err)
			}
			conn.Close()
		}
	}
	use(1)
	files, routines := openFiles(t), runtime.NumGoroutine()
	use(20)
	for { // what was told to end takes a moment
		f, r := openFiles(t), runtime.NumGoroutine()
		if f <= files && r <= routines {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("descriptors %d, then %d; goroutines %d, then %d", files, f, routines, r)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func openFiles(t *testing.T) int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// BenchmarkUnits is what `status` asks of four units, in a pod.
func BenchmarkUnits(b *testing.B) {
	if !pod.Inside() {
		p := pod.Start(b, pod.Options{})
		p.Test(b, "root", "^$", "-test.bench=^BenchmarkUnits$", "-test.benchmem")
		return
	}
	ctx, m := asked(b)
	names := []string{"cron.service", "dbus.service", "systemd-journald.service", "systemd-logind.service"}
	for b.Loop() {
		if _, err := m.Units(ctx, names); err != nil {
			b.Fatal(err)
		}
	}
}
