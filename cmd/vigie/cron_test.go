package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/pod"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
	"github.com/diaspote/vigie/ops/spool"
)

// TestCronInAPod has Debian's cron run a job that fails, as a user with no rights, and what it says come out of a
// spool that only the daemon's user may list.
func TestCronInAPod(t *testing.T) {
	t.Parallel()
	apart(t)
	p := pod.Start(t, pod.Options{})
	p.Copy(t, build(t), "/usr/local/bin/vigie")
	p.User(t, "vigie")
	p.User(t, "backup2")
	p.WriteFile(t, "/usr/local/bin/backup", "#!/bin/sh\necho no space left on device >&2\nexit 3\n", 0o755)
	p.Copy(t, testBinary(t), "/usr/local/lib/cmd.test")
	p.Run(t, "root", "install", "-d", "-o", "vigie", "-m", "0711", "/var/lib/vigie")

	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute) // cron looks at its tables once a minute
	defer cancel()
	watcher := p.Command(ctx, "vigie", "/usr/local/lib/cmd.test", "-test.run=^TestWatchInAPod$", "-test.v")
	watcher.Env = append(watcher.Env, "VIGIE_POD_USER=vigie", "VIGIE_WATCH_SPOOL=/var/lib/vigie/spool")
	p.WriteFile(t, "/etc/cron.d/backup", "* * * * * backup2 /usr/local/bin/vigie cron --name nightly --period 24h -- /usr/local/bin/backup --all\n", 0o644)
	p.Run(t, "root", "chown", "root:root", "/etc/cron.d/backup")
	out, err := watcher.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, p.Run(t, "root", "journalctl", "-u", "cron", "--no-pager"))
	}
	for _, want := range []string{"TOLD cron/backup2/nightly: nightly failed: exit status 3", "as backup2 on diaspote\n", "no space left on device\n"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	if out, err := p.Try("backup2", "ls", "/var/lib/vigie/spool"); err == nil {
		t.Errorf("any user may list the spool:\n%s", out)
	}
}

// TestWatchInAPod is the daemon's part of the test above.
func TestWatchInAPod(t *testing.T) {
	dir := os.Getenv("VIGIE_WATCH_SPOOL")
	if dir == "" {
		t.Skip("it is a part of TestCronInAPod")
	}
	db, err := ledger.Open(t.Context(), filepath.Join(filepath.Dir(dir), "vigie.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	w := &spool.Watcher{Dir: dir, DB: db, Host: "diaspote", Log: slog.Default(), Now: time.Now}
	ctx, cancel := context.WithCancel(t.Context())
	err = w.Watch(ctx, func(e ops.Event) error {
		t.Logf("TOLD %s: %s\n%s\nafter %v", e.Key, e.Title, e.Text, time.Since(e.At))
		cancel()
		return nil
	})
	if ctx.Err() == nil {
		t.Error(err)
	}
}

// testBinary is this program.
func testBinary(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}
