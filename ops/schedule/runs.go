package schedule

import (
	"fmt"
	"strings"
	"time"
)

// A RunLine is a line that cron wrote to the log, as the journal has it under the identifier CRON.
type RunLine struct {
	At      time.Time // in the time zone of the host
	Message string    // "(root) CMD (   cd / && run-parts --report /etc/cron.hourly)"
}

// MatchRuns finds when each entry last ran, by the lines in which cron tells what it starts. The keys
// are indexes into entries; an entry that no line names is not there. Cron logs the start of a job
// and, unless told otherwise (cron(8), -L), neither its end nor its exit status: how it went is unknown.
func MatchRuns(entries []Entry, lines []RunLine) map[int]time.Time {
	type job struct{ user, command string }
	byJob := map[job][]int{}
	for i, e := range entries {
		command, _ := e.Shell()
		j := job{e.User, logged(command)}
		byJob[j] = append(byJob[j], i)
	}
	last := map[int]time.Time{}
	for _, l := range lines {
		user, command, ok := parseRun(l.Message)
		if !ok {
			continue
		}
		same := byJob[job{user, command}]
		if len(same) == 0 {
			same = byJob[job{user, withoutPID(command)}]
		}
		for _, i := range due(entries, same, l.At) {
			if l.At.After(last[i]) {
				last[i] = l.At
			}
		}
	}
	return last
}

// due picks which of some entries with one command a run belongs to: those that were to run in that
// minute or the one before. A command that stands in the crontabs once needs no such proof.
func due(entries []Entry, same []int, at time.Time) []int {
	if len(same) < 2 {
		return same
	}
	var picked []int
	clock := wallClock(at)
	for _, i := range same {
		if w := entries[i].when; !w.reboot && (w.at(clock) || w.at(clock.Add(-time.Minute))) {
			picked = append(picked, i)
		}
	}
	return picked
}

// parseRun reads "(USER) CMD (COMMAND)", also behind the "CRON[123]: " of a syslog file.
func parseRun(message string) (user, command string, ok bool) {
	if !strings.HasPrefix(message, "(") {
		_, message, _ = strings.Cut(message, "]: ")
	}
	message, ok = strings.CutPrefix(strings.TrimSpace(message), "(")
	if !ok {
		return "", "", false
	}
	user, command, ok = strings.Cut(message, ") CMD (")
	command, closed := strings.CutSuffix(command, ")")
	return user, strings.TrimSpace(command), ok && closed
}

// withoutPID takes off the "[123] " that cron -L 8 puts before the command.
func withoutPID(command string) string {
	after, ok := strings.CutPrefix(command, "[")
	pid, rest, found := strings.Cut(after, "] ")
	if !ok || !found || pid == "" || strings.Trim(pid, "0123456789") != "" {
		return command
	}
	return strings.TrimSpace(rest)
}

// logged writes a command as cron does in the log (mkprint in misc.c): control characters as ^X, what
// is beyond ASCII in octal.
func logged(command string) string {
	var b strings.Builder
	for _, c := range []byte(strings.TrimSpace(command)) {
		switch {
		case c < ' ':
			b.WriteByte('^')
			b.WriteByte(c + '@')
		case c < 0x7f:
			b.WriteByte(c)
		case c == 0x7f:
			b.WriteString("^?")
		default:
			fmt.Fprintf(&b, `\%03o`, c)
		}
	}
	return b.String()
}
