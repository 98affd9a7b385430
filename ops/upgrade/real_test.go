package upgrade

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/aptrepo"
	"github.com/diaspote/vigie/fixtures/pod"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

const patience = time.Minute // ends a hung test

// watching runs a watcher over the tree at root until the test ends, and hands over what it tells.
func watching(t *testing.T, db *ledger.DB, root string) (w *Watcher, told <-chan ops.Event, stop func()) {
	t.Helper()
	w = New(Options{DB: db, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Now: time.Now, Root: root})
	ctx, cancel := context.WithCancel(context.Background())
	events := make(chan ops.Event, 100)
	ended := make(chan error)
	// Where it begins is what stands in the ledger, so it is sure to be there before the first run.
	if _, err := w.load(ctx); err != nil {
		t.Fatal(err)
	}
	go func() { ended <- w.Watch(ctx, func(ev ops.Event) error { events <- ev; return nil }) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the watcher ended with %v", err)
		}
	}
	t.Cleanup(stop)
	return w, events, stop
}

func memory(t *testing.T) *ledger.DB {
	t.Helper()
	db, err := ledger.Open(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func take(t *testing.T, told <-chan ops.Event) ops.Event {
	t.Helper()
	select {
	case ev := <-told:
		t.Logf("%v %s · %s\n%s", ev.Severity, ev.Title, ev.ID, ev.Text)
		return ev
	case <-time.After(patience):
		t.Fatal("nothing was told")
	}
	return ops.Event{}
}

func TestRealRuns(t *testing.T) {
	p := pod.Start(t, pod.Options{})
	repo := aptrepo.Build(t, p)
	for _, name := range []string{"calm", "broken", "byhand", "dies"} {
		repo.Install(t, aptrepo.Package{Name: name, Version: "1.0-1"})
	}
	_, told, _ := watching(t, memory(t), fmt.Sprintf("/proc/%d/root", p.PID))

	// A run with nothing to do says nothing: the next event is of the next run.
	p.Run(t, "root", "unattended-upgrade")

	repo.Offer(t, aptrepo.Package{Name: "calm", Version: "1:1.0-2"})
	p.Run(t, "root", "unattended-upgrade")
	ev := take(t, told)
	has(t, ev, ops.Info, "1 package upgraded", "calm 1.0-1 → 1:1.0-2 (security)")

	repo.Offer(t, aptrepo.Package{Name: "broken", Version: "1.1", Postinst: "echo no room for it >&2; exit 3"})
	if out, err := p.Try("root", "unattended-upgrade"); err == nil {
		t.Fatalf("the run with the broken package went well:\n%s", out)
	}
	ev = take(t, told)
	has(t, ev, ops.Warning, "upgrade failed: ", "meant to upgrade: broken", "installArchives() failed",
		"broken: installed broken package post-installation script subprocess returned error exit status 3")
	if ev.Details.Get("unattended") != true {
		t.Error("not told as unattended")
	}
	p.Run(t, "root", "dpkg", "--purge", "--force-all", "broken")

	repo.Offer(t, aptrepo.Package{Name: "byhand", Version: "2"})
	p.Run(t, "root", "apt-get", "--yes", "install", "byhand")
	ev = take(t, told)
	has(t, ev, ops.Info, "1 package upgraded", "byhand 1.0-1 → 2", "by hand: apt-get --yes install byhand")

	// apt is killed while dpkg configures: nobody writes the end.
	repo.Offer(t, aptrepo.Package{Name: "dies", Version: "2", Postinst: "kill -KILL $(pidof apt-get) $PPID"})
	if out, err := p.Try("root", "apt-get", "--yes", "install", "dies"); err == nil {
		t.Fatalf("apt was not killed:\n%s", out)
	}
	ev = take(t, told)
	has(t, ev, ops.Critical, "upgrade died half-way", "meant to upgrade: dies")
	select {
	case ev := <-told:
		t.Errorf("told beside: %s %s", ev.ID, ev.Title)
	default:
	}
}

func has(t *testing.T, ev ops.Event, severity ops.Severity, title string, texts ...string) {
	t.Helper()
	if ev.Severity != severity || !strings.HasPrefix(ev.Title, title) {
		t.Errorf("%v %q, want %v %q", ev.Severity, ev.Title, severity, title)
	}
	for _, text := range texts {
		if !strings.Contains(ev.Title+"\n"+ev.Text, text) {
			t.Errorf("%q is missing in:\n%s\n%s", text, ev.Title, ev.Text)
		}
	}
}

// TestPlugin runs the plugin as unattended-upgrades does, with a result such as it hands over.
func TestPlugin(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("VIGIE_TEST_REAL") == "1" {
			t.Fatal("missing: the plugin's Python: python3 is not installed")
		}
		t.Skip("missing: the plugin's Python: python3 is not installed")
	}
	dir := t.TempDir()
	const vigie = 12345 // whose the spool is
	if os.Geteuid() == 0 {
		if err := os.Chown(dir, vigie, vigie); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "plugin.py")
	if err := os.WriteFile(file, []byte(Plugin()), 0o644); err != nil {
		t.Fatal(err)
	}
	const run = `
import logging, sys
sys.path.insert(0, ".")
logging.basicConfig(level=logging.INFO, format='%(asctime)s %(levelname)s %(message)s', filename="uu.log")
open("history.log", "w").write("Start-Date: 2020-01-01  00:00:00\nCommandline: /usr/bin/unattended-upgrade\nUpgrade: old:all (1, 2)\nEnd-Date: 2020-01-01  00:00:01\n")
logging.info("Starting unattended upgrades script")
logging.info("Allowed origins are: origin=Debian,label=Debian-Security")
logging.info("Packages that will be upgraded: libssl3 curl")
logging.info("Writing dpkg log to /var/log/unattended-upgrades/unattended-upgrades-dpkg.log")
import time
now = time.strftime("%Y-%m-%d  %H:%M:%S")
open("history.log", "a").write("\nStart-Date: %s\nCommandline: /usr/bin/unattended-upgrade\nUpgrade: libssl3:armhf (3.0.1, 3.0.2)\nEnd-Date: %s\n" % (now, now))
logging.info("All upgrades installed")
import plugin
plugin.HISTORY = "history.log"
plugin.UnattendedUpgradesPluginVigie().postrun({"plugin_api": "1.0", "hostname": "pod", "success": True, "result": "All upgrades installed",
  "packages_upgraded": ["libssl3", "curl"], "packages_kept_back": ["ruby"], "packages_kept_installed": [], "packages_removed": [], "reboot_required": True,
  "log_dpkg": "\x1b" * 1000000, "log_unattended_upgrades": "y"})
`
	cmd := exec.Command(python, "-c", run)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "VIGIE_SPOOL="+dir, "PYTHONDONTWRITEBYTECODE=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	left, _ := filepath.Glob(filepath.Join(dir, "upgrade-*-*.json"))
	if half, _ := filepath.Glob(filepath.Join(dir, ".*.tmp")); len(left) != 1 || len(half) != 0 {
		t.Fatalf("in the spool: %q %q", left, half)
	}
	data, err := os.ReadFile(left[0])
	if err != nil {
		t.Fatal(err)
	}
	if len(data) > 1<<20 {
		t.Errorf("it left %d bytes, more than are read", len(data))
	}
	info, err := os.Stat(left[0])
	if err != nil {
		t.Fatal(err)
	}
	if by := info.Sys().(*syscall.Stat_t); os.Geteuid() == 0 && (by.Uid != 0 || by.Gid != vigie) || info.Mode() != 0o640 {
		t.Errorf("left by %d for the group %d with mode %v: who reads it cannot know it is of root", by.Uid, by.Gid, info.Mode())
	}
	ev, err := FromPlugin(data, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s %s\n%s", ev.ID, ev.Title, ev.Text)
	has(t, ev, ops.Info, "2 packages upgraded", "libssl3 3.0.1 → 3.0.2 (security)", "curl (security)", "held back: ruby", "wants a reboot")
	if strings.Contains(ev.Text, "old") {
		t.Errorf("an older run is told too:\n%s", ev.Text)
	}

	// The watcher, which reads that log, means the same event.
	log, err := os.ReadFile(filepath.Join(dir, "uu.log"))
	if err != nil {
		t.Fatal(err)
	}
	runs, _ := ParseUnattended(string(log))
	if len(runs) != 1 || runs[0].Event(time.Local, time.Now()).ID != ev.ID || ev.ID == "" {
		t.Errorf("the plugin's event is %q, the log's %+v", ev.ID, runs)
	}
}
