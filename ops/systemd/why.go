package systemd

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Why says in words what made the unit fail or end as it did: "exit status 1", "killed by signal 9 (KILL)".
// It is "" if nothing went wrong. The results are those of systemd.service(5), under $SERVICE_RESULT.
func (u Unit) Why() string {
	switch u.Result {
	case "", "success":
		if u.unmet && u.ActiveState == "inactive" {
			return "not started: a condition in its unit file is not met"
		}
		return ""
	case "exit-code":
		return u.exited()
	case "signal":
		return u.killed()
	case "core-dump":
		return u.killed() + ", core dumped"
	case "oom-kill":
		return "killed by the kernel: out of memory"
	case "timeout":
		return "timed out"
	case "watchdog":
		return "it stopped answering systemd's watchdog"
	case "start-limit-hit":
		return "start limit hit: it was started too often in a short time"
	case "resources":
		return "systemd could not get what it takes to start it"
	case "protocol":
		return "it did not report its start as its unit file promises"
	case "exec-condition":
		return "not started: its ExecCondition command said no"
	}
	return u.Result
}

func (u Unit) exited() string {
	if u.ExitCode != exited || u.ExitStatus == 0 {
		return "one of its commands failed" // ExecStartPre or the like: systemd tells of the main one alone
	}
	if means, ok := exitMeanings[u.ExitStatus]; ok {
		return fmt.Sprintf("exit status %d (%s)", u.ExitStatus, means)
	}
	return fmt.Sprintf("exit status %d", u.ExitStatus)
}

func (u Unit) killed() string {
	if u.ExitCode == exited || u.ExitCode == 0 {
		return "one of its commands was killed by a signal"
	}
	name := unix.SignalName(unix.Signal(u.ExitStatus))
	if len(name) < 4 {
		return fmt.Sprintf("killed by signal %d", u.ExitStatus)
	}
	return fmt.Sprintf("killed by signal %d (%s)", u.ExitStatus, name[len("SIG"):])
}

const exited = 1 // CLD_EXITED

// exitMeanings are statuses that systemd sets itself before the program runs, systemd.exec(5), "Process Exit
// Codes".
var exitMeanings = map[int32]string{
	200: "CHDIR: cannot enter its working directory",
	203: "EXEC: the program cannot be run",
	208: "STDIN: cannot set up its input",
	209: "STDOUT: cannot set up its output",
	216: "GROUP: no such group",
	217: "USER: no such user",
	226: "NAMESPACE: cannot set up its view of the file system",
	238: "STATE_DIRECTORY: cannot set up its state directory",
	243: "CREDENTIALS: cannot read a credential",
}

// State says in words what the unit does now, while a job runs on it or after: "running", "stopping (asked to
// end by SIGTERM)".
func (u Unit) State() string {
	switch u.ActiveState {
	case "active":
		if u.SubState == "exited" {
			return "done"
		}
		return "running"
	case "inactive":
		return "stopped"
	case "activating":
		return "starting" + note(startNotes, u.SubState)
	case "deactivating":
		return "stopping" + note(stopNotes, u.SubState)
	}
	return u.ActiveState
}

func note(notes map[string]string, sub string) string {
	if n, ok := notes[sub]; ok {
		return " (" + n + ")"
	}
	return ""
}

var startNotes = map[string]string{
	"condition":    "its ExecCondition command runs",
	"start-pre":    "its ExecStartPre command runs",
	"start":        "it has not reported that it is up",
	"start-post":   "its ExecStartPost command runs",
	"auto-restart": "it ended, and systemd restarts it",
}

var stopNotes = map[string]string{
	"stop":          "its ExecStop command runs",
	"stop-sigterm":  "asked to end by SIGTERM",
	"final-sigterm": "asked to end by SIGTERM",
	"stop-sigkill":  "ended by SIGKILL",
	"final-sigkill": "ended by SIGKILL",
	"stop-watchdog": "ended by the watchdog",
	"stop-post":     "its ExecStopPost command runs",
}
