package upgrade

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/diaspote/vigie/ops"
)

// host is a tree with the logs of apt and of unattended-upgrades.
type host struct {
	t    *testing.T
	root string
}

const (
	historyLog = "var/log/apt/history.log"
	ownLog     = "var/log/unattended-upgrades/unattended-upgrades.log"
)

func newHost(t *testing.T) host {
	h := host{t, t.TempDir()}
	for _, dir := range []string{"var/log/apt", "var/log/unattended-upgrades", "var/lib/dpkg", "run"} {
		if err := os.MkdirAll(filepath.Join(h.root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func (h host) append(name, text string) {
	h.t.Helper()
	f, err := os.OpenFile(filepath.Join(h.root, name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		h.t.Fatal(err)
	}
}

// record is what apt writes of one run on a day, at that minute.
func record(day, minute int, command, pkg string) string {
	return fmt.Sprintf("\nStart-Date: 2025-05-%02d  06:%02d:10\nCommandline: %s\nUpgrade: %s:all (1, 2)\nEnd-Date: 2025-05-%02d  06:%02d:12\n",
		day, minute, command, pkg, day, minute)
}

// own is what unattended-upgrades writes of a run; of one without packages, if there is nothing to do.
func own(day, minute int, packages ...string) string {
	at := func(s int) string { return fmt.Sprintf("2025-05-%02d 06:%02d:%02d,000 INFO ", day, minute, s) }
	text := at(1) + "Starting unattended upgrades script\n" + at(1) + "Allowed origins are: origin=Debian,label=Debian-Security\n"
	if packages == nil {
		return text + at(2) + "No packages found that can be upgraded unattended and no pending auto-removals\n"
	}
	return text + at(3) + "Packages that will be upgraded: " + strings.Join(packages, " ") + "\n" +
		at(3) + "Writing dpkg log to /var/log/unattended-upgrades/unattended-upgrades-dpkg.log\n" + at(20) + "All upgrades installed\n"
}

func TestOneEventARun(t *testing.T) {
	h := newHost(t)
	h.append(historyLog, record(1, 0, "apt install old", "old"))
	h.append(ownLog, own(1, 5, "old"))
	_, told, _ := watching(t, memory(t), h.root)

	h.append(ownLog, own(2, 0)) // nothing to do, and nothing is said
	h.append(historyLog, record(3, 0, "/usr/bin/unattended-upgrade", "curl")+record(3, 1, "/usr/bin/unattended-upgrade", "bash"))
	h.append(ownLog, own(3, 0, "bash", "curl"))
	h.append(historyLog, record(3, 30, "apt upgrade", "nginx"))
	ev := take(t, told)
	has(t, ev, ops.Info, "2 packages upgraded", "curl 1 → 2 (security)", "bash 1 → 2 (security)")
	if ev.ID != "upgrade/2025-05-03T06:00:01" {
		t.Errorf("its ID is %q", ev.ID)
	}
	has(t, take(t, told), ops.Info, "1 package upgraded", "nginx 1 → 2", "by hand: apt upgrade")

	h.append(historyLog, "Start-Date: 2025-05-04  06:00:10\nCommandline: apt upgrade\nUpgrade: ruby:all (1, 2)\n")
	has(t, take(t, told), ops.Critical, "upgrade died half-way", "meant to upgrade: ruby")
}

func TestWhatWasWrittenMeanwhileIsTold(t *testing.T) {
	h, db := newHost(t), memory(t)
	h.append(historyLog, record(1, 0, "apt install old", "old"))
	_, told, stop := watching(t, db, h.root)
	h.append(historyLog, record(2, 0, "apt upgrade", "first"))
	has(t, take(t, told), ops.Info, "1 package upgraded", "first 1 → 2")
	stop()

	// The log is rotated, as logrotate does by the configuration of apt: compressed at once.
	h.append(historyLog, record(3, 0, "apt upgrade", "second"))
	log := filepath.Join(h.root, historyLog)
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(text)
	z.Close()
	h.append(historyLog+".1.gz", packed.String())
	// The new one is there before the old one is gone, so that it has another inode.
	if err := os.Rename(log, log+".gone"); err != nil {
		t.Fatal(err)
	}
	h.append(historyLog, record(4, 0, "apt upgrade", "third"))

	_, told, stop = watching(t, db, h.root)
	has(t, take(t, told), ops.Info, "1 package upgraded", "second 1 → 2")
	has(t, take(t, told), ops.Info, "1 package upgraded", "third 1 → 2")
	stop()

	// Emptied in place.
	if err := os.WriteFile(log, []byte(record(5, 0, "apt upgrade", "x")), 0o644); err != nil {
		t.Fatal(err)
	}
	_, told, _ = watching(t, db, h.root)
	select {
	case ev := <-told:
		has(t, ev, ops.Info, "1 package upgraded", "x 1 → 2")
	case <-time.After(patience):
		t.Error("what was written to the emptied log is not told")
	}
}

// A log whose directory comes later is watched from then on: unattended-upgrades is installed.
func TestLogsThatComeLater(t *testing.T) {
	h := newHost(t)
	for _, dir := range []string{"var/log/apt", "var/log/unattended-upgrades"} {
		if err := os.Remove(filepath.Join(h.root, dir)); err != nil {
			t.Fatal(err)
		}
	}
	_, told, _ := watching(t, memory(t), h.root)
	if err := os.Mkdir(filepath.Join(h.root, "var/log/unattended-upgrades"), 0o755); err != nil {
		t.Fatal(err)
	}
	h.append(ownLog, own(2, 0, "curl"))
	has(t, take(t, told), ops.Info, "1 package upgraded", "curl (security)")
}

// What could not be stored is told again by the next watcher.
func TestNothingMovesOnWithoutTheLedger(t *testing.T) {
	h, db := newHost(t), memory(t)
	w := New(Options{DB: db, Log: slog.New(slog.DiscardHandler), Now: time.Now, Root: h.root})
	s, err := w.load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h.append(historyLog, record(2, 0, "apt upgrade", "curl"))
	full := errors.New("the disk is full")
	if _, err := w.step(t.Context(), &s, func(ops.Event) error { return full }); !errors.Is(err, full) {
		t.Fatalf("the step ended with %v", err)
	}
	_, told, _ := watching(t, db, h.root)
	has(t, take(t, told), ops.Info, "1 package upgraded", "curl 1 → 2")
}

func TestPluginAndLogsAreOneEvent(t *testing.T) {
	steps := record(3, 0, "/usr/bin/unattended-upgrade", "curl")
	data := fmt.Appendf(nil, `{"result": {"success": true, "packages_upgraded": ["curl"]}, "log": %q, "history": %q,
		"needrestart": "NEEDRESTART-SVC: diaspora.service\n"}`, own(3, 0, "curl"), steps)
	for _, readable := range []bool{true, false} {
		h := newHost(t)
		w := New(Options{DB: memory(t), Log: slog.New(slog.DiscardHandler), Now: time.Now, Root: h.root})
		s, err := w.load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		plugin, err := w.FromPlugin(data, time.Date(2025, 5, 3, 6, 0, 30, 0, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		has(t, plugin, ops.Info, "1 package upgraded", "curl 1 → 2 (security)", "wants a restart: diaspora")
		h.append(historyLog, steps)
		if readable {
			h.append(ownLog, own(3, 0, "curl"))
		}
		var events []ops.Event
		again, err := w.step(t.Context(), &s, func(ev ops.Event) error { events = append(events, ev); return nil })
		if err != nil || again {
			t.Fatal(again, err)
		}
		if !readable && len(events) != 0 {
			t.Errorf("told twice: %+v", events)
		}
		if readable && (len(events) != 1 || events[0].ID != plugin.ID || events[0].Text != plugin.Text) {
			t.Errorf("the logs tell %+v, the plugin %+v", events, plugin)
		}
	}
}

// A log that could not be read at first is not told from its beginning once it can.
func TestOldRunsOfAnUnreadableLogAreNotTold(t *testing.T) {
	h := newHost(t)
	w := New(Options{DB: memory(t), Log: slog.New(slog.DiscardHandler), Now: time.Now, Root: h.root})
	s := state{Unattended: position{Blind: true}}
	var told []string
	note := func(ev ops.Event) error { told = append(told, ev.ID); return nil }
	for day := 1; day <= 2; day++ {
		h.append(ownLog, own(day, 0, "curl"))
		if _, err := w.step(t.Context(), &s, note); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"upgrade/2025-05-02T06:00:01"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

func TestHeldBackIsToldOnce(t *testing.T) {
	h := newHost(t)
	w := New(Options{DB: memory(t), Log: slog.New(slog.DiscardHandler), Now: time.Now, Root: h.root})
	s, err := w.load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	for day := 1; day <= 4; day++ {
		text := own(day, 0) + fmt.Sprintf("2025-05-%02d 06:00:05,000 INFO Package ruby is marked to be held back.\n", day)
		if day == 4 {
			text += "2025-05-04 06:00:05,000 INFO Package redis is marked to be held back.\n"
		}
		h.append(ownLog, text)
		if _, err := w.step(t.Context(), &s, func(ev ops.Event) error { titles = append(titles, ev.Title); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"1 package held back", "2 packages held back"}; !slices.Equal(titles, want) {
		t.Errorf("%q, want %q", titles, want)
	}
}

// TestBusy has another process hold a lock as apt does.
func TestBusy(t *testing.T) {
	if path := os.Getenv("VIGIE_TEST_LOCK"); path != "" {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o640)
		if err != nil {
			t.Fatal(err)
		}
		if err := unix.FcntlFlock(f.Fd(), unix.F_SETLK, &unix.Flock_t{Type: unix.F_WRLCK}); err != nil {
			t.Fatal(err)
		}
		fmt.Println("locked")
		io.Copy(io.Discard, os.Stdin)
		f.Close()
		return
	}
	h := newHost(t)
	path := filepath.Join(h.root, "var/lib/dpkg/lock-frontend")
	if is, err := busy(h.root); is || err != nil {
		t.Fatal("busy without a lock file", err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestBusy$")
	cmd.Env = append(os.Environ(), "VIGIE_TEST_LOCK="+path)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, len("locked"))); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	check := func(want bool) {
		t.Helper()
		if is, err := busy(h.root); is != want || err != nil {
			t.Errorf("busy: %v %v, want %v", is, err, want)
		}
		locks, err := os.Open("/proc/locks")
		if err != nil {
			t.Fatal(err)
		}
		defer locks.Close()
		if is := lockedIn(locks, []fs.FileInfo{info}); is != want {
			t.Errorf("locked by /proc/locks: %v, want %v", is, want)
		}
	}
	check(true)

	// A run that has not ended waits for its end.
	h.append(historyLog, "Start-Date: 2025-05-04  06:00:10\nCommandline: apt upgrade\nUpgrade: ruby:all (1, 2)\n")
	w := New(Options{DB: memory(t), Log: slog.New(slog.DiscardHandler), Now: time.Now, Root: h.root})
	var s state
	again, err := w.step(context.Background(), &s, func(ev ops.Event) error { t.Errorf("told too early: %s", ev.Title); return nil })
	if !again || err != nil {
		t.Errorf("a step while apt works: %v %v", again, err)
	}
	in.Close()
	go io.Copy(io.Discard, out)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	check(false)
}
