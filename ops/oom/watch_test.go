package oom

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"github.com/diaspote/vigie/fixtures/shortage"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

const (
	patience = time.Minute // ends a test that hangs
	hog      = "ho) [g] é" // is killed
)

// A stage runs watchers over one ledger.
type stage struct {
	*testing.T
	db *ledger.DB

	mu     sync.Mutex
	events []ops.Event
	at     time.Duration // of the first one, by the kernel's clock
	noted  chan struct{} // a position was stored
	told   chan ops.Event
}

func newStage(t *testing.T) *stage {
	db, err := ledger.Open(t.Context(), filepath.Join(t.TempDir(), "ledger"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return &stage{T: t, db: db, noted: make(chan struct{}, 1000), told: make(chan ops.Event, 1000)}
}

func (s *stage) Cursor(ctx context.Context, name string) (string, error) {
	return s.db.Cursor(ctx, name)
}

func (s *stage) SetCursor(ctx context.Context, name, value string) error {
	err := s.db.SetCursor(ctx, name, value)
	s.noted <- struct{}{}
	return err
}

func (s *stage) emit(e ops.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, e)
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		return err
	}
	if s.at == 0 {
		s.at = time.Duration(ts.Nano())
	}
	s.told <- e
	return nil
}

func (s *stage) watcher() *Watcher {
	return &Watcher{Ledger: s, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
}

// run has w watch until the function that it returns is called.
func (s *stage) run(w *Watcher) (stop func()) {
	ctx, cancel := context.WithCancel(s.Context())
	done := make(chan error, 1)
	go func() { done <- w.Watch(ctx, s.emit) }()
	return func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			s.Errorf("the watcher ended with %v", err)
		}
	}
}

// event waits for one about the process; others may be killed on this machine meanwhile.
func (s *stage) event(pid int) ops.Event {
	s.Helper()
	late := time.After(patience)
	for {
		select {
		case e := <-s.told:
			if e.Details.Get("pid") == int64(pid) {
				return e
			}
		case <-late:
			s.Fatalf("nobody was told that %d was killed", pid)
		}
	}
}

// missed says that a real part is not here.
func missed(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("VIGIE_TEST_REAL") == "1" {
		t.Fatal("not tested: " + what)
	}
	t.Skip("not tested: " + what)
}

func newGroup(t *testing.T) *shortage.Group {
	shortage.Alone(t)
	return shortage.New(t, "diaspora.service", 20<<20)
}

func TestRealKill(t *testing.T) {
	g := newGroup(t)
	s := newStage(t)
	w := s.watcher()
	w.After = func(ctx context.Context, unit string, at time.Time) (string, error) {
		return unit + " runs again.", nil
	}
	stop := s.run(w)
	<-s.noted // what was there before is read
	before := time.Now()
	first := g.Kill(t, hog)
	after := time.Now()
	e := s.event(first)
	logged := time.Duration(e.Details.Get("since_boot_seconds").(float64) * float64(time.Second))
	t.Logf("told %v after the kernel logged it, by clocks that may differ", s.at-logged)
	same(t, e, "name", hog)
	if e.Details.Get("cgroup") == nil {
		missed(t, "all of a real OOM kill, the kernel tells no more of so many in 5 s")
	}
	same(t, e, "global", false)
	same(t, e, "cgroup", g.Path)
	same(t, e, "task_memcg", g.Path)
	same(t, e, "limit_bytes", int64(20<<20))
	if anon, _ := e.Details.Get("anon_rss_kb").(int64); anon < 5<<10 || anon > 40<<10 {
		t.Errorf("it held %d KiB", anon)
	}
	if e.Kind != "oom" || e.Unit != "diaspora.service" || e.Key != "oom/diaspora.service" || e.Severity != ops.Critical {
		t.Errorf("told is %+v", e)
	}
	if e.At.Before(before.Add(-time.Second)) || e.At.After(after.Add(time.Second)) {
		t.Errorf("told is that it was killed at %v, which was from %v to %v", e.At, before, after)
	}
	if again := s.event(first); again.ID != e.ID || again.Text != e.Text+"\ndiaspora.service runs again." {
		t.Errorf("it is completed as %q %q, having been %q %q", again.ID, again.Text, e.ID, e.Text)
	}
	stop()

	second := g.Kill(t, hog)
	stop = s.run(s.watcher())
	defer stop()
	if e := s.event(second); e.Unit != "diaspora.service" {
		t.Errorf("told of the kill meanwhile is %+v", e)
	}
	n := 0
	for _, e := range s.events {
		if e.Details.Get("pid") == int64(first) {
			n++
		}
	}
	if n != 2 {
		t.Errorf("the first kill is told %d times", n)
	}
}

func TestEmitFails(t *testing.T) {
	g := newGroup(t)
	s := newStage(t)
	full := errors.New("disk full")
	failed := make(chan error)
	go func() {
		failed <- s.watcher().Watch(t.Context(), func(ops.Event) error { return full })
	}()
	<-s.noted
	pid := g.Kill(t, hog)
	if err := <-failed; !errors.Is(err, full) {
		t.Fatalf("the watcher ended with %v", err)
	}
	defer s.run(s.watcher())()
	s.event(pid)
}

// host writes a /proc with that boot and count.
func (s *stage) host(dir, boot string, count int) {
	s.Helper()
	for name, text := range map[string]string{
		"vmstat":                    fmt.Sprintf("nr_free_pages 1\noom_kill %d\ndrop_pagecache 0\n", count),
		"sys/kernel/random/boot_id": boot + "\n",
	} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			s.Fatal(err)
		}
	}
}

// a run of a watcher over the files of a host, by hand.
func (s *stage) byHand(w *Watcher) *watch {
	return &watch{Watcher: w, emit: s.emit, follow: make(chan struct{}, 1)}
}

func TestCountedButNotRead(t *testing.T) {
	s := newStage(t)
	w := s.watcher()
	w.Proc = t.TempDir()
	const boot = "0123456789abcdef0123456789abcdef"
	s.host(w.Proc, boot, 3)
	run := s.byHand(w)
	look := func() {
		t.Helper()
		if _, err := run.check(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := run.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	run.quiet = false
	look()
	s.host(w.Proc, boot, 6)
	look()
	l := readLine("3,9,65000100,-;Out of memory: Killed process 11 (ruby) total-vm:10kB, anon-rss:1kB, file-rss:0kB", night)
	if err := run.take(t.Context(), boot, l); err != nil {
		t.Fatal(err)
	}
	look()
	look()
	if len(s.events) != 2 || s.events[0].Details.Get("pid") != int64(11) || s.events[1].Details.Get("kills") != int64(2) {
		t.Fatalf("of 3 kills, one of them in the log, is told: %+v", s.events)
	}

	run = s.byHand(w) // it starts again, and one more is killed
	s.host(w.Proc, boot, 7)
	if err := run.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	look()
	look()
	if len(s.events) != 3 || s.events[2].Details.Get("kills") != int64(1) {
		t.Fatalf("of one more kill is told: %+v", s.events[2:])
	}
}

// TestCountedWhereTheJournalIsRead has kills of which the journal tells one.
func TestCountedWhereTheJournalIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.db.Close()
		w := s.watcher()
		w.Proc = t.TempDir()
		const boot = "0123456789abcdef0123456789abcdef"
		s.host(w.Proc, boot, 3)
		run := s.byHand(w)
		if err := run.start(t.Context()); err != nil {
			t.Fatal(err)
		}
		run.quiet = false
		lines, ended := make(chan line), make(chan error)
		go func() { ended <- run.attend(t.Context(), lines) }()
		s.host(w.Proc, boot, 5)
		lines <- readLine("3,9,65000100,-;Out of memory: Killed process 11 (ruby) total-vm:10kB, anon-rss:1kB, file-rss:0kB", night)
		time.Sleep(2 * lookEvery)
		close(lines)
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if len(s.events) != 2 || s.events[0].Details.Get("pid") != int64(11) || s.events[1].Details.Get("kills") != int64(1) {
			t.Fatalf("of 2 kills, one of them in the journal, is told: %+v", s.events)
		}
	})
}

// TestDaemonThatComesLater has earlyoom start after the watcher, and the journal break off once.
func TestDaemonThatComesLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.db.Close()
		w := s.watcher()
		w.Proc = t.TempDir()
		dir := t.TempDir()
		broken, entry := filepath.Join(dir, "broken"), filepath.Join(dir, "entry")
		kill := `{"__CURSOR":"c1","__REALTIME_TIMESTAMP":"4102444800000000","_BOOT_ID":"b","_COMM":"earlyoom","MESSAGE":"sending SIGTERM to process 11 uid 1 \"ruby\": badness 1"}`
		if err := errors.Join(os.WriteFile(broken, nil, 0o644), os.WriteFile(entry, []byte(kill+"\n"), 0o644)); err != nil {
			t.Fatal(err)
		}
		w.Journal = []string{"sh", "-c", "rm " + broken + " && exit 1; cat " + entry}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			w.watchDaemons(ctx, s.emit)
		}()
		time.Sleep(daemonsEvery + time.Second)
		if _, err := os.Stat(broken); err != nil {
			t.Error("the journal is read though no such daemon runs")
		}
		if err := errors.Join(os.Mkdir(filepath.Join(w.Proc, "7"), 0o755), os.WriteFile(filepath.Join(w.Proc, "7", "comm"), []byte("earlyoom\n"), 0o644)); err != nil {
			t.Fatal(err)
		}
		if e := <-s.told; e.Kind != KindDaemon || e.Details.Get("pid") != int64(11) {
			t.Errorf("told is %+v", e)
		}
		stop()
		<-ended
	})
}

// TestUnitOfOldKernel has a report that names no cgroup.
func TestUnitOfOldKernel(t *testing.T) {
	s := newStage(t)
	w := s.watcher()
	w.Proc = t.TempDir()
	s.host(w.Proc, strings.Repeat("f", 32), 1)
	dir := filepath.Join(w.Proc, "11")
	cgroup := "4:memory:/\n1:name=systemd:/system.slice/diaspora.service\n"
	if err := errors.Join(os.Mkdir(dir, 0o755), os.WriteFile(filepath.Join(dir, "comm"), []byte("ruby\n"), 0o644),
		os.WriteFile(filepath.Join(dir, "cgroup"), []byte(cgroup), 0o644)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"ruby": "diaspora.service", "other": ""} {
		k := &Kill{PID: 11, Name: name, At: time.Now(), SinceBoot: time.Second}
		if err := s.byHand(w).tell(t.Context(), "", Finding{Kill: k}); err != nil {
			t.Fatal(err)
		}
		if e := s.events[len(s.events)-1]; e.Unit != want {
			t.Errorf("the unit of %s is %q, not %q", name, e.Unit, want)
		}
	}
}

func TestBootBefore(t *testing.T) {
	s := newStage(t)
	const old = "0123456789abcdef0123456789abcdef"
	if err := s.db.SetCursor(t.Context(), cursorName, `{"boot":"`+old+`","since":1000000,"count":1}`); err != nil {
		t.Fatal(err)
	}
	w := s.watcher()
	w.Proc = t.TempDir()
	w.Journal = []string{"sh", "-c", "cat " + filepath.Join(fixtures, "last-boot.json")}
	s.host(w.Proc, strings.Repeat("f", 32), 0)
	if err := s.byHand(w).start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(s.events) != 1 {
		t.Fatalf("told is %+v", s.events)
	}
	e := s.events[0]
	if e.ID != "oom/"+old+"/65000100/11" || e.Unit != "vigie.service" || !e.At.Equal(time.UnixMicro(1794366764000100)) {
		t.Errorf("told is %+v", e)
	}
	same(t, e, "name", "vigie�")
	var p Parser
	if k := p.Feed("3,9,65000100,-;Out of memory: Killed process 11 (vigie) total-vm:10kB, anon-rss:1kB")[0].Kill; k.id(old) != e.ID {
		t.Errorf("in /dev/kmsg it is %s, in the journal %s", k.id(old), e.ID)
	}
}

// TestClockOfRecords has a record clock that runs slow, and a reader that is late once.
func TestClockOfRecords(t *testing.T) {
	k := &kmsg{}
	const day = 24 * time.Hour
	for _, step := range []struct {
		monotonic, written time.Duration
		isNew              bool
		ago                time.Duration
	}{
		{30 * day, 30*day - 2*time.Minute, false, 2 * time.Minute}, // nothing is known of the clock yet
		{30 * day, 30*day - time.Minute, true, 0},
		{30*day + time.Hour, 30*day + time.Hour - 61*time.Second, true, 0},
		{30*day + 2*time.Hour, 30*day + 2*time.Hour - 91*time.Second, true, 30 * time.Second},
		{30*day + 2*time.Hour, 30*day + time.Hour - 61*time.Second, false, time.Hour},
	} {
		if at := k.moment(night, step.monotonic, step.written, step.isNew); !at.Equal(night.Add(-step.ago)) {
			t.Errorf("%v: %v ago, not %v", step, night.Sub(at), step.ago)
		}
	}
}
