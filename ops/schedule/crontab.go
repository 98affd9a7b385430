package schedule

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"strconv"
	"strings"
)

// Limits of Debian's cron, past which it ignores a file (MAX_TAB_LINES, MAX_COMMAND in cron.h), and
// one of ours on the settings of a file.
const (
	maxLines    = 10000
	maxCommand  = 998 // bytes
	maxSettings = 100
)

// An Entry is one job of a crontab. Its strings are as the file has them: whoever shows them takes out
// control characters first.
type Entry struct {
	File string // the crontab, "/etc/cron.d/certbot"
	Line int    // counted from 1
	Name string // short, the end of File and Line: "certbot:17", "crontab:11", "dada:3"

	Schedule string            // as written, with single blanks: "20 4 * * *", "@reboot", "@daily"
	User     string            // whom it runs as; ParseCrontab leaves it "" for a user's own crontab
	Command  string            // as written; see Shell for what is run
	Env      map[string]string // the settings in force at that line: MAILTO, PATH, …; read only

	// Ignored says why cron does not run the entry, "" if it does: one line that cron cannot read
	// makes it ignore the whole file. "line 2: bad hour \"24\": it goes from 0 to 23"
	Ignored string

	when times
}

// A Problem is something about a crontab that its owner should know.
type Problem struct {
	File   string
	Line   int // 0 if it is about the whole file
	Reason string
}

// String gives "FILE:LINE: REASON", or "FILE: REASON" for a problem of the whole file.
func (p Problem) String() string {
	if p.Line == 0 {
		return p.File + ": " + p.Reason
	}
	return p.File + ":" + strconv.Itoa(p.Line) + ": " + p.Reason
}

// ParseCrontab reads a crontab in the form of crontab(5). A system crontab (/etc/crontab, /etc/cron.d)
// has the user in the sixth field; a user's own has not. A line that cannot be read is a [Problem] and
// does not stop the rest, although cron itself then ignores the file: the entries say so in Ignored.
func ParseCrontab(data []byte, file string, system bool) ([]Entry, []Problem) {
	t := &table{file: file, system: system}
	if bytes.Contains(data, []byte("\r\n")) {
		t.note(0, "lines end in CR LF, and cron hands the CR to the command; convert the file with dos2unix")
	}
	n := 0
	for len(data) > 0 {
		if n == maxLines {
			t.fatal(0, fmt.Sprintf("more than %d lines", maxLines))
			break
		}
		n++
		line, rest, complete := bytes.Cut(data, []byte("\n"))
		data = rest
		text := strings.TrimLeft(string(line), " \t")
		if text == "" || text[0] == '#' {
			continue
		}
		if !complete {
			t.fatal(0, "the last line has no newline at its end")
		}
		if text == "\r" {
			t.fatal(n, "a line of nothing but a CR")
			continue
		}
		t.line(n, text)
	}
	for i := range t.entries {
		t.entries[i].Ignored = t.ignored
	}
	return t.entries, t.problems
}

// A table is a crontab that is being read.
type table struct {
	file     string
	system   bool
	env      map[string]string // shared with the entries read so far: replaced, never changed
	entries  []Entry
	problems []Problem
	ignored  string // the first reason for which cron ignores the file
}

func (t *table) note(line int, reason string) {
	t.problems = append(t.problems, Problem{t.file, line, reason})
}

// fatal notes a problem that makes cron ignore the whole file.
func (t *table) fatal(line int, reason string) {
	t.note(line, reason+"; cron ignores the whole file")
	if t.ignored != "" {
		return
	}
	t.ignored = reason
	if line > 0 {
		t.ignored = fmt.Sprintf("line %d: %s", line, reason)
	}
}

// line reads a line that is neither blank nor a comment, without its leading blanks.
func (t *table) line(n int, text string) {
	if strings.IndexByte(text, 0) >= 0 {
		t.fatal(n, "a NUL character in the line")
		return
	}
	if name, value, ok := parseSetting(text); ok {
		t.set(n, name, value)
		return
	}
	written, w, rest, err := parseTimes(text)
	if err != nil {
		t.fatal(n, err.Error())
		return
	}
	e := Entry{File: t.file, Line: n, Schedule: strings.TrimSuffix(written, "\r"), Env: t.env, when: w}
	e.Name = filepath.Base(t.file) + ":" + strconv.Itoa(n)
	if t.system {
		e.User, rest = cutBlank(rest)
		if strings.ContainsAny(e.User, "/:=\"'$*") {
			t.fatal(n, fmt.Sprintf("bad username %s; in this file the sixth field is the user", quote(e.User)))
			return
		}
	}
	rest = strings.TrimSuffix(rest, "\r")
	e.Command = rest
	switch {
	case rest == "" && t.system:
		t.fatal(n, "no command after the user")
	case rest == "":
		t.note(n, "no command after the schedule")
	case rest[0] == '*' && !t.system:
		t.fatal(n, "bad command: a sixth time field")
	case len(rest) > maxCommand:
		t.fatal(n, fmt.Sprintf("the command is longer than %d bytes", maxCommand))
	default:
		if w.empty() && !w.reboot {
			t.note(n, fmt.Sprintf("%s never comes: a range that runs backwards matches nothing", quote(written)))
		}
		t.entries = append(t.entries, e)
	}
}

func (t *table) set(n int, name, value string) {
	if _, old := t.env[name]; !old && len(t.env) >= maxSettings {
		t.note(n, fmt.Sprintf("more than %d settings; this one is left out", maxSettings))
		return
	}
	env := maps.Clone(t.env)
	if env == nil {
		env = map[string]string{}
	}
	env[name] = value
	t.env = env
}

// cutBlank cuts s at its first run of blanks.
func cutBlank(s string) (field, rest string) {
	i := strings.IndexAny(s, " \t")
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.TrimLeft(s[i:], " \t")
}

// quote makes part of a crontab fit for a message: short, and without control characters.
func quote(s string) string {
	if r := []rune(s); len(r) > 40 {
		s = string(r[:40]) + "…"
	}
	return strconv.Quote(s)
}
