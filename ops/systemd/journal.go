package systemd

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	maxLines    = 1000    // that Logs returns
	maxScanned  = 20_000  // entries that a Grep looks through, from the newest
	maxEntry    = 1 << 20 // bytes of an entry in JSON; a longer one is left out
	maxText     = 2000    // bytes of a line that are kept
	journalWait = 5 * time.Second
)

// A LogQuery says which lines of the journal are wanted: the last Lines of those that meet the rest.
type LogQuery struct {
	Unit  string    // full name
	Lines int       // at most 1000; 0 means 10
	Since time.Time // zero for no limit
	Grep  string    // a word that must stand in the text, in any case; it is no pattern
	Boot  bool      // of the present boot alone
	Run   string    // of that one run of the unit alone, by its InvocationID; "" for all
}

// A LogLine is an entry of the journal, by systemd.journal-fields(7).
type LogLine struct {
	At         time.Time
	Priority   int    // 0 emergency … 3 error … 6 info, 7 debug (syslog(3)); 6 if the entry has none
	Identifier string // SYSLOG_IDENTIFIER: usually the program's name
	Text       string // valid UTF-8 of at most 2000 bytes, otherwise as it was logged, control characters and all
}

// Logs returns lines of the unit's log, the oldest first. An unknown unit has none. ErrNoJournal, with what to
// do, if there is nothing that may be read.
func (m *Manager) Logs(ctx context.Context, q LogQuery) ([]LogLine, error) {
	lines, err := m.logs(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("read the log of %s: %w", shown(q.Unit), err)
	}
	return lines, nil
}

func (m *Manager) logs(ctx context.Context, q LogQuery) ([]LogLine, error) {
	if !m.booted() {
		return nil, ErrNoSystemd
	}
	if err := checkName(q.Unit); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cmd := exec.CommandContext(ctx, "journalctl", q.arguments()...)
	cmd.Env = []string{"LC_ALL=C.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin"}
	cmd.WaitDelay = journalWait
	var complaint head
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoJournal, err)
	}
	lines, enough, readErr := q.read(out)
	gaveUp := ctx.Err() // before stop
	if enough {
		stop() // what is left of its output nobody wants
	}
	err = cmd.Wait()
	switch {
	case enough:
		return lines, nil
	case gaveUp != nil:
		return nil, fmt.Errorf("journalctl is not done: %w", gaveUp)
	case err != nil || len(lines) == 0 && len(complaint) > 0:
		return nil, unreadable(err, string(complaint))
	}
	return lines, readErr
}

// arguments are journalctl's. The newest come first, so that it can be left when there are enough.
func (q LogQuery) arguments() []string {
	lines := q.wanted()
	if q.Grep != "" {
		lines = maxScanned
	}
	args := []string{"--unit=" + q.Unit, "--lines=" + strconv.Itoa(lines), "--reverse", "--output=json", "--all",
		"--output-fields=MESSAGE,PRIORITY,SYSLOG_IDENTIFIER", "--no-pager"}
	if !q.Since.IsZero() {
		args = append(args, "--since=@"+strconv.FormatInt(max(q.Since.Unix(), 0), 10))
	}
	if q.Boot {
		args = append(args, "--boot")
	}
	if q.Run != "" {
		args = append(args, "_SYSTEMD_INVOCATION_ID="+q.Run)
	}
	return args
}

func (q LogQuery) wanted() int {
	if q.Lines <= 0 {
		return 10
	}
	return min(q.Lines, maxLines)
}

// read takes entries, the newest first, until there are enough, and turns their order.
func (q LogQuery) read(r io.Reader) (lines []LogLine, enough bool, err error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	word := strings.ToLower(q.Grep)
	for !enough {
		var text []byte
		if text, err = readLine(buffered); err != nil {
			break
		}
		line, ok := parseEntry(text)
		if !ok || line.At.Before(q.Since) || !strings.Contains(strings.ToLower(line.Text), word) {
			continue
		}
		lines = append(lines, line)
		enough = len(lines) == q.wanted()
	}
	if err == io.EOF {
		err = nil
	}
	slices.Reverse(lines)
	return lines, enough, err
}

// readLine reads a line, and keeps no more than maxEntry bytes of it.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, more, err := r.ReadLine()
		if err != nil {
			return nil, err
		}
		line = append(line, part[:min(len(part), maxEntry-len(line))]...)
		if !more {
			return line, nil
		}
	}
}

// parseEntry reads one line of journalctl --output=json. See journalctl(1) there, and the Journal JSON Format:
// a field is a string, an array of bytes if it is not text, an array of those if it occurs several times, and
// null if it is too long.
func parseEntry(text []byte) (LogLine, bool) {
	var entry struct {
		At         string          `json:"__REALTIME_TIMESTAMP"`
		Priority   json.RawMessage `json:"PRIORITY"`
		Identifier json.RawMessage `json:"SYSLOG_IDENTIFIER"`
		Message    json.RawMessage `json:"MESSAGE"`
	}
	if err := json.Unmarshal(text, &entry); err != nil {
		return LogLine{}, false
	}
	usec, err := strconv.ParseInt(entry.At, 10, 64)
	if err != nil {
		return LogLine{}, false
	}
	line := LogLine{At: time.UnixMicro(usec), Priority: 6, Identifier: field(entry.Identifier), Text: field(entry.Message)}
	if p, err := strconv.Atoi(field(entry.Priority)); err == nil && 0 <= p && p <= 7 {
		line.Priority = p
	}
	return line, true
}

func field(raw json.RawMessage) string {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return cut(one)
	}
	var octets []uint16 // not []byte, which encoding/json wants as base64
	if json.Unmarshal(raw, &octets) == nil {
		b := make([]byte, len(octets))
		for i, o := range octets {
			b[i] = byte(o)
		}
		return cut(string(b))
	}
	var several []json.RawMessage
	if json.Unmarshal(raw, &several) == nil && len(several) > 0 && several[0][0] != '[' {
		var parts []string
		for _, s := range several {
			parts = append(parts, field(s))
		}
		return cut(strings.Join(parts, " "))
	}
	return ""
}

// cut makes valid UTF-8 of s, of no more than maxText bytes.
func cut(s string) string {
	s = strings.ToValidUTF8(s[:min(len(s), 2*maxText)], "\uFFFD")
	if len(s) <= maxText {
		return s
	}
	end := maxText - len("…")
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

// unreadable explains what journalctl complained of.
func unreadable(err error, complaint string) error {
	first, _, _ := strings.Cut(strings.TrimSpace(complaint), "\n")
	switch {
	case strings.Contains(complaint, "insufficient permissions"), strings.Contains(complaint, "not seeing messages"):
		return fmt.Errorf("%w: this user may not read it; add it to the group systemd-journal and restart the bot", ErrNoJournal)
	case strings.Contains(complaint, "No journal files were found"):
		return fmt.Errorf("%w: journald keeps none on this host", ErrNoJournal)
	case first != "":
		return fmt.Errorf("journalctl: %s", cut(first))
	case err != nil:
		return fmt.Errorf("journalctl: %w", err)
	}
	return errors.New("journalctl said nothing")
}

// A head keeps the beginning of what is written to it.
type head []byte

func (t *head) Write(p []byte) (int, error) {
	*t = append(*t, p[:min(len(p), max(0, maxText-len(*t)))]...)
	return len(p), nil
}
