package systemd

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/pod"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// watchedUnits are what TestWatcherReal finds in the pod. Those that begin with c are critical.
var watchedUnits = map[string]string{
	"cweb.service":   "[Service]\nRestart=on-failure\nExecStart=/bin/sleep infinity\nExecReload=/bin/true\n",
	"cquiet.service": "[Service]\nRestart=always\nExecStart=/bin/sleep infinity\nExecReload=/bin/true\n",
	"cfail.service":  "[Service]\nExecStart=/bin/sh -c 'echo it broke; sleep 0.2; exit 3'\n",
	"cloop.service":  "[Service]\nRestart=always\nExecStart=/bin/sh -c 'exit 5'\n",
	"cslow.service": "[Unit]\nStartLimitIntervalSec=0\n" +
		"[Service]\nRestart=always\nRestartSec=1\nExecStart=/bin/sh -c 'sleep 0.5; test -e /run/good || exit 6; exec sleep infinity'\n",
	"badend.service":  "[Service]\nRestart=always\nExecStart=/bin/sh -c 'trap \"exit 7\" TERM; while :; do sleep 0.1; done'\n",
	"once.service":    "[Service]\nType=oneshot\nExecStart=/usr/bin/test -e /run/good\n",
	"once.timer":      "[Timer]\nOnActiveSec=0\nAccuracySec=1us\n",
	"aweb.service":    "[Service]\nRestart=always\nExecStart=/bin/sleep infinity\n",
	"aonce.service":   "[Service]\nExecStart=/bin/sleep infinity\n",
	"aloop.service":   "[Service]\nRestart=always\nExecStart=/bin/sh -c 'sleep 0.01; exit 5'\n",
	"cbefore.service": "[Service]\nExecStart=/bin/false\n",
}

// TestWatcherReal watches the units of a real systemd.
func TestWatcherReal(t *testing.T) {
	if pod.Inside() {
		t.Run("watch", watchInPod)
		t.Run("after", afterInPod)
		return
	}
	p := pod.Start(t, pod.Options{})
	for name, content := range watchedUnits {
		p.WriteFile(t, "/etc/systemd/system/"+name, content, 0o644)
	}
	p.Run(t, "root", "systemctl", "daemon-reload")
	p.Run(t, "root", "systemctl", "start", "cweb.service", "cquiet.service", "badend.service", "aweb.service", "aonce.service")
	p.Test(t, "root", "^TestWatcherReal$")
}

// A lookout is a Watcher that runs, and what it told.
type lookout struct {
	t      *testing.T
	w      *Watcher
	events chan ops.Event
	end    func()
}

func after(t *testing.T, unit string, do func(), answers func(context.Context) error) string {
	t.Helper()
	ctx, m := asked(t)
	since := time.Now()
	do()
	text, err := m.After(ctx, unit, since, "the pod", answers)
	if err != nil {
		t.Errorf("after %s: %v", unit, err)
	}
	t.Log(text)
	return text
}

// afterInPod is what Manager.After says of the units.
func afterInPod(t *testing.T) {
	kill := func(unit string) func() {
		return func() { podCommand("systemctl", "kill", "--signal=KILL", unit) }
	}
	asks := 0
	answers := func(context.Context) error {
		if asks++; asks < 2 {
			return context.DeadlineExceeded
		}
		return nil
	}
	if got := after(t, "aweb.service", kill("aweb.service"), answers); !strings.HasPrefix(got, "systemd restarted the unit at ") ||
		!strings.Contains(got, "; the pod answers again since ") || asks != 2 {
		t.Errorf("restarted: %q, asked %d times", got, asks)
	}
	if got := after(t, "aonce.service", kill("aonce.service"), nil); !strings.Contains(got, "systemd does not restart it (Restart=no): killed by signal 9 (KILL).") {
		t.Errorf("not restarted: %q", got)
	}
	if got := after(t, "aloop.service", func() { podCommand("systemctl", "start", "aloop.service") }, nil); !strings.Contains(got, "systemd gave up: start limit hit (last: exit status 5)") {
		t.Errorf("gave up: %q", got)
	}
	if got := after(t, "aweb.service", func() {}, nil); !strings.HasPrefix(got, "the unit itself ran on.") {
		t.Errorf("ran on: %q", got)
	}
	ctx, m := asked(t)
	if _, err := m.After(ctx, "nothing.service", time.Now(), "it", nil); !errors.Is(err, ErrNoUnit) {
		t.Errorf("no unit: %v", err)
	}
	short, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	podCommand("systemctl", "restart", "aweb.service")
	text, err := m.After(short, "aweb.service", time.Time{}, "it", func(context.Context) error { return ErrFailed })
	if !errors.Is(err, ErrTimeout) || !strings.Contains(text, "; it does not answer after") {
		t.Errorf("never answers: %q, %v", text, err)
	}
}

func newLookout(t *testing.T, db *ledger.DB) *lookout {
	m := New(slog.New(slog.DiscardHandler), time.Now)
	l := &lookout{t: t, events: make(chan ops.Event, 100), w: &Watcher{
		Ledger: db, Log: slog.New(slog.DiscardHandler), Now: time.Now, Logs: m.Logs,
		Severity: func(unit string) ops.Severity {
			if strings.HasPrefix(unit, "c") {
				return ops.Critical
			}
			return ops.Warning
		}}}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			err := l.w.Watch(ctx, func(e ops.Event) error {
				t.Logf("%s lasting=%v resolved=%v %q %q (%s)", e.ID, e.Lasting, e.Resolved, e.Title, e.Text, e.Severity)
				select {
				case l.events <- e:
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			})
			if err != nil {
				t.Logf("the watcher was called again: %v", err)
				pause(ctx, 100*time.Millisecond)
			}
		}
	}()
	l.end = func() { cancel(); <-done; m.Close() }
	return l
}

// wait returns the next event about the unit that says so in its title or text. One about what somebody did
// to a unit, or a failure that is told again or over before its time, fails the test.
func (l *lookout) wait(unit, says string) ops.Event {
	l.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case e := <-l.events:
			if e.Unit == unit && strings.Contains(e.Title+"\n"+e.Text, says) {
				return e
			}
			if e.Unit == "cquiet.service" || e.Unit == "badend.service" || e.Unit == "cbefore.service" {
				l.t.Fatalf("told of what nothing was to be told of: %+v", e)
			}
		case <-deadline:
			l.t.Fatalf("nothing about %s says %q", unit, says)
		}
	}
}

func (l *lookout) systemctl(args ...string) {
	l.t.Helper()
	if out, err := podCommand("systemctl", args...); err != nil {
		l.t.Fatalf("systemctl %v: %v\n%s", args, err, out)
	}
}

func watchInPod(t *testing.T) {
	db, err := ledger.Open(t.Context(), filepath.Join(t.TempDir(), "ledger"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	podCommand("systemctl", "start", "--wait", "cbefore.service")
	l := newLookout(t, db)
	defer func() { l.end() }()

	e := l.wait("cbefore.service", "failed: exit status 1")
	if !e.Lasting || e.Severity != ops.Critical {
		t.Errorf("what had failed before: %+v", e)
	}

	// What somebody does is not told; wait fails if it is.
	l.systemctl("reload", "cquiet.service")
	l.systemctl("restart", "cquiet.service")
	l.systemctl("restart", "badend.service")

	l.systemctl("kill", "--signal=SEGV", "cweb.service")
	e = l.wait("cweb.service", "running again")
	if e.Lasting || e.Resolved || e.Severity != ops.Warning || !strings.Contains(e.Text, "(SEGV)") {
		t.Errorf("a crash that systemd mended: %+v", e)
	}

	l.systemctl("start", "cfail.service")
	e = l.wait("cfail.service", "failed: exit status 3")
	if !e.Lasting || e.Key != "unit/cfail.service" || e.Severity != ops.Critical {
		t.Errorf("a failure: %+v", e)
	}
	if again := l.wait("cfail.service", "> it broke"); again.ID != e.ID {
		t.Errorf("with its log it is another: %+v", again)
	}

	podCommand("systemctl", "start", "cloop.service")
	e = l.wait("cloop.service", "start limit hit: failed 5 times")
	if !e.Lasting || !strings.Contains(e.Text, "exit status 5") {
		t.Errorf("the start limit: %+v", e)
	}
	l.systemctl("reset-failed", "cloop.service")
	if e = l.wait("cloop.service", "no longer failed"); !e.Resolved {
		t.Errorf("cleared: %+v", e)
	}

	l.systemctl("start", "cslow.service")
	if e = l.wait("cslow.service", "crash-looping"); !e.Lasting {
		t.Errorf("a loop: %+v", e)
	}

	// Neither the bus nor systemd loses anything by starting anew.
	l.systemctl("restart", "dbus.service")
	l.systemctl("daemon-reexec")
	l.systemctl("start", "once.timer")
	e = l.wait("once.service", "failed: exit status 1")
	if !e.Lasting || e.Severity != ops.Warning {
		t.Errorf("a oneshot of a timer: %+v", e)
	}
	if err := os.WriteFile("/run/good", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if e = l.wait("cslow.service", "running again"); !e.Resolved {
		t.Errorf("the end of a loop: %+v", e)
	}

	// systemd forgets who listens when it executes itself anew.
	l.systemctl("daemon-reexec")
	if out, err := podCommand("systemctl", "kill", "--signal=KILL", "cweb.service"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	l.wait("cweb.service", "running again")
	l.systemctl("daemon-reload")
	l.systemctl("kill", "--signal=ABRT", "cweb.service")
	l.wait("cweb.service", "ABRT")

	// What happens while the bot is away is told, once, when it is back; what was told is not told again.
	l.end()
	l.systemctl("start", "once.service")
	l.systemctl("kill", "--signal=KILL", "cweb.service")
	waitRestarts(t, "cweb.service", 4)
	l = newLookout(t, db)
	if e = l.wait("once.service", "no longer failed"); !e.Resolved {
		t.Errorf("ended while the bot was away: %+v", e)
	}
	l.wait("cweb.service", "running again")
	l.systemctl("restart", "cfail.service")
	l.wait("cfail.service", "failed twice") // and no other of it came before
}

func podCommand(name string, args ...string) (string, error) {
	out, err := exec.Command(name, args...).CombinedOutput()
	return string(out), err
}

// waitRestarts waits until systemd has restarted the unit as often, and it runs.
func waitRestarts(t *testing.T, unit string, n uint32) {
	ctx, m := asked(t)
	for {
		if u, err := m.Unit(ctx, unit); err != nil {
			t.Fatal(err)
		} else if u.Restarts == n && runs(u) {
			return
		}
		if !pause(ctx, 20*time.Millisecond) {
			t.Fatalf("%s was not restarted", unit)
		}
	}
}
