package systemd

import "testing"

func TestWhy(t *testing.T) {
	for _, c := range []struct {
		unit Unit
		want string
	}{
		{Unit{}, ""},
		{Unit{ActiveState: "active", Result: "success"}, ""},
		{Unit{Result: "exit-code", ExitCode: 1, ExitStatus: 1}, "exit status 1"},
		{Unit{Result: "exit-code", ExitCode: 1, ExitStatus: 203}, "exit status 203 (EXEC: the program cannot be run)"},
		{Unit{Result: "exit-code", ExitCode: 1, ExitStatus: 0}, "one of its commands failed"},
		{Unit{Result: "exit-code"}, "one of its commands failed"},
		{Unit{Result: "signal", ExitCode: 2, ExitStatus: 9}, "killed by signal 9 (KILL)"},
		{Unit{Result: "signal", ExitCode: 2, ExitStatus: 15}, "killed by signal 15 (TERM)"},
		{Unit{Result: "signal", ExitCode: 2, ExitStatus: 40}, "killed by signal 40"},
		{Unit{Result: "signal", ExitCode: 1}, "one of its commands was killed by a signal"},
		{Unit{Result: "core-dump", ExitCode: 3, ExitStatus: 11}, "killed by signal 11 (SEGV), core dumped"},
		{Unit{Result: "oom-kill", ExitCode: 2, ExitStatus: 9}, "killed by the kernel: out of memory"},
		{Unit{Result: "timeout"}, "timed out"},
		{Unit{Result: "watchdog"}, "it stopped answering systemd's watchdog"},
		{Unit{Result: "start-limit-hit"}, "start limit hit: it was started too often in a short time"},
		{Unit{Result: "from-the-future"}, "from-the-future"},
		{Unit{Result: "success", ActiveState: "inactive", unmet: true}, "not started: a condition in its unit file is not met"},
		{Unit{Result: "success", ActiveState: "active", unmet: true}, ""},
	} {
		if got := c.unit.Why(); got != c.want {
			t.Errorf("%+v: %q, want %q", c.unit, got, c.want)
		}
	}
}

func TestState(t *testing.T) {
	for _, c := range []struct{ active, sub, want string }{
		{"active", "running", "running"},
		{"active", "exited", "done"},
		{"reloading", "reload", "reloading"},
		{"inactive", "dead", "stopped"},
		{"failed", "failed", "failed"},
		{"activating", "auto-restart", "starting (it ended, and systemd restarts it)"},
		{"activating", "new-in-260", "starting"},
		{"deactivating", "stop-sigterm", "stopping (asked to end by SIGTERM)"},
	} {
		if got := (Unit{ActiveState: c.active, SubState: c.sub}).State(); got != c.want {
			t.Errorf("%s/%s: %q, want %q", c.active, c.sub, got, c.want)
		}
	}
}
