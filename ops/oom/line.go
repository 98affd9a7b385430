package oom

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A line is one message of a log, freed of what its log puts before it.
type line struct {
	text      string
	at        time.Time     // zero if it has no clock of the wall
	sinceBoot time.Duration // -1 if it has no kernel clock
	tag       string        // the program that wrote it; "kernel", or "" if none is named
	exact     bool          // it is one record, and not a line of a text that may be damaged
}

func (l *line) kernel() bool { return l.tag == "" || l.tag == "kernel" }

// readLine takes a line of dmesg, of a syslog (RFC 3164, RFC 3339, RFC 5424), of journalctl in most of its
// formats, JSON too, or a record of /dev/kmsg.
func readLine(raw string, now time.Time) line {
	l := line{sinceBoot: -1}
	raw = strings.TrimRight(raw, "\r\n")
	if l.record(raw) || l.entry(raw, now.Location()) {
		return l
	}
	s := strings.TrimLeft(colours.ReplaceAllString(raw, ""), " \t>|")
	s = afterEditor(s)
	s, was5424 := afterPriority(s)
	s, dated := l.date(s, now)
	switch {
	case was5424 && dated:
		s = l.header5424(s)
	case dated && l.tag == "":
		s = l.hostAndTag(s)
	default:
		s = l.bareTag(s)
	}
	s, _ = afterPriority(strings.TrimLeft(s, " \t"))
	l.text = unescape(l.kernelClock(s), false)
	return l
}

// colours are those that dmesg and journalctl put around words for a terminal. Where a name has such characters, the
// kernel escapes them.
var colours = regexp.MustCompile("\x1b\\[[0-9;]{0,20}m")

// record reads "priority,sequence,microseconds,flags;text".
func (l *line) record(raw string) bool {
	head, text, ok := strings.Cut(raw, ";")
	if !ok || len(head) > 80 || head == "" || !isDigit(head[0]) {
		return false
	}
	part := strings.SplitN(head, ",", 4)
	if len(part) < 3 {
		return false
	}
	priority, err := strconv.ParseUint(part[0], 10, 31)
	if err != nil || !digits(part[1]) {
		return false
	}
	usec, err := strconv.ParseInt(part[2], 10, 64)
	if err != nil || usec < 0 || usec > int64(1<<62)/1000 {
		return false
	}
	text, _, _ = strings.Cut(text, "\n") // below it stand the properties of a device
	l.sinceBoot, l.exact = time.Duration(usec)*time.Microsecond, true
	l.tag, l.text = "kernel", unescape(text, true)
	if priority>>3 != 0 { // written there by a program: the kernel gives its own the facility 0
		l.tag = "user"
		l.text = l.bareTag(l.text)
	}
	return true
}

// hostAndTag takes "host tag[pid]: ".
func (l *line) hostAndTag(s string) string {
	rest := strings.TrimLeft(s, " \t")
	for range 3 {
		if strings.HasPrefix(rest, "[") {
			return rest
		}
		word, after, _ := strings.Cut(rest, " ")
		if tag, ok := strings.CutSuffix(word, ":"); ok {
			l.tag, _, _ = strings.Cut(tag, "[")
			return after
		}
		rest = strings.TrimLeft(after, " \t")
	}
	return strings.TrimLeft(s, " \t")
}

// header5424 takes "host app procid msgid - ".
func (l *line) header5424(s string) string {
	part := strings.SplitN(strings.TrimLeft(s, " "), " ", 6)
	if len(part) < 6 {
		return s
	}
	l.tag = part[1]
	return part[5]
}

// bareTag takes "tag[pid]: " where no date stands before it.
func (l *line) bareTag(s string) string {
	tag, rest, ok := strings.Cut(s, ": ")
	name, pid, numbered := strings.Cut(tag, "[")
	pid = strings.TrimSuffix(pid, "]")
	known := name == "kernel" || name == oomd || name == earlyoom
	if !ok || name == "" || strings.ContainsAny(name, " \t(") || !known && !(numbered && digits(pid)) {
		return s
	}
	l.tag = name
	return rest
}

// kernelClock takes "[  123.456789] " and, with CONFIG_PRINTK_CALLER, the "[    T2] " behind it.
func (l *line) kernelClock(s string) string {
	s = strings.TrimLeft(s, " \t")
	in, rest, ok := brackets(s)
	if !ok {
		return s
	}
	sec, frac, ok := strings.Cut(withoutDelta(in), ".")
	if !ok || !digits(sec) || !digits(frac) || len(sec) > 9 || len(frac) > 9 {
		return s
	}
	whole, _ := strconv.ParseInt(sec, 10, 64)
	part, _ := strconv.ParseInt((frac + "000000000")[:9], 10, 64)
	l.sinceBoot = time.Duration(whole)*time.Second + time.Duration(part)
	rest = strings.TrimLeft(rest, " \t")
	if in, after, ok := brackets(rest); ok && len(in) > 1 && (in[0] == 'T' || in[0] == 'C') && digits(in[1:]) {
		rest = strings.TrimLeft(after, " \t")
	}
	if l.tag == "" { // journalctl -o short-monotonic has the host and the tag here
		if part := strings.SplitN(rest, " ", 3); len(part) == 3 && part[1] == "kernel:" {
			l.tag, rest = "kernel", part[2]
		}
	}
	return rest
}

// afterPriority takes "<6>", and with it the version of RFC 5424.
func afterPriority(s string) (rest string, was5424 bool) {
	if n, after, ok := strings.Cut(s, ">"); ok && len(n) > 1 && len(n) <= 4 && n[0] == '<' && digits(n[1:]) {
		if rest, ok := strings.CutPrefix(after, "1 "); ok {
			return rest, true
		}
		return after, false
	}
	if n, after, ok := strings.Cut(s, ": "); ok && strings.HasPrefix(n, "kern") && len(n) < 20 && strings.Contains(n, ":") {
		return strings.TrimLeft(after, " "), false // dmesg -x: "kern  :err   : "
	}
	return s, false
}

// afterEditor takes the number of a line in front of a date or a kernel clock.
func afterEditor(s string) string {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	if n == 0 || n > 9 || n == len(s) || s[n] != ' ' && s[n] != '\t' && s[n] != ':' {
		return s
	}
	rest := strings.TrimLeft(s[n+1:], " \t")
	if strings.HasPrefix(rest, "[") || month(rest) != 0 || strings.HasPrefix(rest, "kernel:") {
		return rest
	}
	return s
}

// brackets takes "[ in ]".
func brackets(s string) (in, rest string, ok bool) {
	if !strings.HasPrefix(s, "[") {
		return "", s, false
	}
	in, rest, ok = strings.Cut(s[1:], "]")
	return strings.TrimSpace(in), rest, ok && len(in) <= 40
}

// unescape reads the \xHH of /dev/kmsg and of dmesg; in text that may never have been escaped only where it
// gives characters beyond ASCII.
func unescape(s string, all bool) string {
	if !strings.Contains(s, `\x`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) && s[i+1] == 'x' {
			if c, err := strconv.ParseUint(s[i+2:i+4], 16, 8); err == nil && (all || c >= 0x80) {
				b.WriteByte(byte(c))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	if got := b.String(); all || utf8.ValidString(got) {
		return got
	}
	return s
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func digits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}
