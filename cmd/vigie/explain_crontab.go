package main

import (
	"errors"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/schedule"
)

// crontab explains a crontab: an event for each job.
func (c explainCommand) crontab(data []byte, now time.Time) ([]ops.Event, error) {
	name := c.File
	if name == "" || name == "-" {
		name = "crontab"
	}
	entries, problems := schedule.ParseCrontab(data, name, c.System || !c.User && ofSystem(name, data))
	jobs := map[int]*ops.Event{} // by their lines
	for _, e := range entries {
		event := jobEvent(e, now)
		jobs[e.Line] = &event
	}
	lines := strings.Split(string(data), "\n")
	for _, p := range problems {
		switch job := jobs[p.Line]; {
		case p.Line == 0 && len(entries) > 0: // of the whole file
			for _, e := range entries {
				note(jobs[e.Line], p)
			}
		case job != nil:
			note(job, p)
		case p.Line == 0:
			event := notUnderstood("crontab", string(data), errors.New(p.Reason), now)
			jobs[0] = &event
		default:
			event := notUnderstood("crontab", strings.TrimSuffix(lines[p.Line-1], "\r"), errors.New(p.Reason), now)
			event.Details = append(event.Details, ops.Detail{Name: "line", Value: p.Line})
			jobs[p.Line] = &event
		}
	}
	return inOrder(jobs), nil
}

// note adds a problem to what there is to say of a job.
func note(job *ops.Event, p schedule.Problem) {
	job.Text = strings.TrimLeft(job.Text+"\n"+p.Reason, "\n")
}

func inOrder(jobs map[int]*ops.Event) []ops.Event {
	var lines []int
	for line := range jobs {
		lines = append(lines, line)
	}
	slices.Sort(lines)
	events := make([]ops.Event, len(lines))
	for i, line := range lines {
		events[i] = *jobs[line]
	}
	return events
}

func jobEvent(e schedule.Entry, now time.Time) ops.Event {
	event := ops.Event{
		Kind: "crontab", Key: "crontab/" + e.Name, At: now,
		Title: e.Schedule + ": " + e.Command,
		Details: ops.Details{
			{Name: "schedule", Value: e.Schedule}, {Name: "user", Value: nil},
			{Name: "command", Value: e.Command}, {Name: "line", Value: e.Line},
		},
	}
	if e.User != "" {
		event.Details[1].Value = e.User
		event.Title += " (as " + e.User + ")"
	}
	if next, ok := e.Next(now); ok {
		event.Text = "runs next on " + next.Format("Mon 2 Jan 2006 at 15:04")
	} else if e.Ignored != "" {
		event.Text = "does not run, because of " + e.Ignored
	} else if e.Schedule == "@reboot" {
		event.Text = "runs when the host has started"
	}
	return event
}

// ofSystem guesses whether a crontab has a user in the sixth field: by where it lies, or else by what stands there
// in all its lines. "root" and "www-data" are users; "docker" and "tar" are names that users may have, and
// commands.
func ofSystem(path string, data []byte) bool {
	full, err := filepath.Abs(path)
	switch {
	case err != nil:
	case full == "/etc/crontab", filepath.Dir(full) == "/etc/cron.d":
		return true
	case strings.HasPrefix(full, "/var/spool/cron/"):
		return false
	}
	entries, _ := schedule.ParseCrontab(data, path, false)
	known, possible := 0, 0
	for _, e := range entries {
		name, command, _ := strings.Cut(strings.ReplaceAll(e.Command, "\t", " "), " ")
		if !account.MatchString(name) || strings.TrimSpace(command) == "" {
			continue
		}
		possible++
		if isUser(name) {
			known++
		}
	}
	return known > 0 && possible == len(entries)
}

// account is what useradd(8) of Debian takes for a name.
var account = regexp.MustCompile(`^[a-z_][a-z0-9_-]*\$?$`)

// accounts are those that a Debian or its packages make, and whose names are no commands.
const accounts = " root daemon bin sys games www-data backup nobody postgres redis nginx apache prosody list uucp proxy diaspora munin smmsp debian-spamd logcheck amavis "

// isUser knows them, and those of this host that are no commands too.
func isUser(name string) bool {
	if strings.Contains(accounts, " "+name+" ") {
		return true
	}
	if _, err := user.Lookup(name); err != nil {
		return false
	}
	_, err := exec.LookPath(name)
	return err != nil
}
