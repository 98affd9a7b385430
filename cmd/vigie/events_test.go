package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// call runs the program with a terminal of files, and returns what it printed.
func call(t *testing.T, stdin string, args ...string) (status int, out, errs string) {
	t.Helper()
	dir := t.TempDir()
	open := func(name string) *os.File {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	in, o, e := os.Stdin, open("out"), open("err")
	if stdin != "" {
		f, err := os.Open(stdin)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		in = f
	}
	status = run(t.Context(), args, terminal{in, o, e})
	text := func(f *os.File) string {
		all, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(all)
	}
	return status, text(o), text(e)
}

// The ledger is read while the daemon has it open.
func TestEvents(t *testing.T) {
	dir := t.TempDir()
	db, err := ledger.Open(t.Context(), filepath.Join(dir, "vigie.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Now().Truncate(time.Millisecond)
	nobody := func(ops.Event, ops.Severity) []ledger.Debt { return nil }
	_, err = db.Note(context.Background(), now, nobody,
		ops.Event{Kind: "cron", Key: "cron/root/old", Title: "old", At: now.Add(-25 * time.Hour)},
		ops.Event{Kind: "oom", Key: "oom/x.service", Title: "OOM kill", Severity: ops.Critical, At: now.Add(-time.Minute), Unit: "x.service"},
		ops.Event{
			Kind: "cron", Key: "cron/root/backup", Title: "backup failed", Text: "a\nb", Severity: ops.Warning, At: now.Add(-time.Hour), Lasting: true,
			Details: ops.Details{{Name: "status", Value: 3}},
		})
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "vigie.toml")
	if err := os.WriteFile(config, []byte("state_dir = \""+dir+"\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		want []string // keys
	}{
		{nil, []string{"cron/root/backup", "oom/x.service"}},
		{[]string{"--kind", "oom"}, []string{"oom/x.service"}},
		{[]string{"--kind", "cron", "--since", "48h"}, []string{"cron/root/old", "cron/root/backup"}},
		{[]string{"--since", "1s"}, nil},
	} {
		status, out, errs := call(t, "", append([]string{"events", "--json", "--config", config}, test.args...)...)
		if status != 0 {
			t.Fatalf("it exits with %d: %s", status, errs)
		}
		var keys []string
		for _, line := range bytes.Split(bytes.TrimSpace([]byte(out)), []byte("\n")) {
			var e struct {
				Key, Severity, Title, Text string
				At                         time.Time
				Details                    map[string]any
			}
			if len(line) == 0 {
				continue
			}
			if err := json.Unmarshal(line, &e); err != nil {
				t.Fatalf("%v in %s", err, line)
			}
			keys = append(keys, e.Key)
			if e.Key == "cron/root/backup" && (e.Severity != "warning" || !e.At.Equal(now.Add(-time.Hour)) || e.Details["status"] != 3.0) {
				t.Errorf("printed: %s", line)
			}
		}
		if !slices.Equal(keys, test.want) {
			t.Errorf("%v: %q, want %q", test.args, keys, test.want)
		}
	}
	if _, out, _ := call(t, "", "events", "--config", config, "--kind", "cron"); out != "▲ backup failed · "+bothHours(now)+"\na\nb\n" {
		t.Errorf("printed for people: %q", out)
	}
}

// bothHours is how an hour ago is told at now.
func bothHours(now time.Time) string {
	at := now.Add(-time.Hour)
	if at.YearDay() != now.YearDay() {
		return at.Format("2 Jan 15:04:05")
	}
	return at.Format("15:04:05")
}
