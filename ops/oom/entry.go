package oom

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// An entry is one of the journal, as journalctl -o json writes it (systemd.journal-fields(7)).
type entry struct {
	Cursor     string  `json:"__CURSOR"`
	Realtime   string  `json:"__REALTIME_TIMESTAMP"`
	Monotonic  string  `json:"_SOURCE_MONOTONIC_TIMESTAMP"` // of the kernel's own clock, as in /dev/kmsg
	Boot       string  `json:"_BOOT_ID"`
	Transport  string  `json:"_TRANSPORT"`
	Facility   string  `json:"SYSLOG_FACILITY"`
	Identifier string  `json:"SYSLOG_IDENTIFIER"`
	Comm       string  `json:"_COMM"`
	Message    message `json:"MESSAGE"`
}

// A message is text, or a list of bytes where it is none that UTF-8 can hold.
type message string

// UnmarshalJSON reads either; what is too long for journalctl is null.
func (m *message) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*m = message(text)
		return nil
	}
	var list []uint16
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	raw := make([]byte, len(list))
	for i, c := range list {
		raw[i] = byte(c)
	}
	*m = message(raw)
	return nil
}

// readEntry reads one line of journalctl -o json.
func readEntry(raw string) (entry, bool) {
	var e entry
	if !strings.HasPrefix(raw, "{") || json.Unmarshal([]byte(raw), &e) != nil {
		return e, false
	}
	e.Boot = strings.ReplaceAll(e.Boot, "-", "")
	return e, e.Message != "" || e.Boot != ""
}

// line is what the entry says. Only the kernel has its transport; what a program wrote to /dev/kmsg has it too, but
// another facility.
func (e *entry) line(zone *time.Location) line {
	l := line{text: string(e.Message), sinceBoot: -1, exact: true, tag: e.Identifier}
	switch {
	case e.Transport == "kernel" && (e.Facility == "" || e.Facility == "0"):
		l.tag = "kernel"
	case e.Comm != "":
		l.tag = e.Comm // which journald saw itself
	case l.tag == "kernel" || l.tag == "":
		l.tag = "user"
	}
	if usec, err := strconv.ParseInt(e.Monotonic, 10, 64); err == nil && usec >= 0 && usec < 1<<53 {
		l.sinceBoot = time.Duration(usec) * time.Microsecond
	}
	if usec, err := strconv.ParseInt(e.Realtime, 10, 64); err == nil && usec > 0 && usec < 1<<60 {
		l.at = time.UnixMicro(usec).In(zone)
	}
	return l
}

func (l *line) entry(raw string, zone *time.Location) bool {
	e, ok := readEntry(raw)
	if ok {
		*l = e.line(zone)
	}
	return ok
}
