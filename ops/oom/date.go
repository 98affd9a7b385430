package oom

import (
	"strconv"
	"strings"
	"time"
)

// date takes the date in front of a message, in the zone of now where it names none, and says whether there was one.
func (l *line) date(s string, now time.Time) (rest string, ok bool) {
	if strings.HasPrefix(s, "[") {
		in, after, ok := brackets(s)
		if !ok || !l.dmesgDate(withoutDelta(in), now) {
			return s, false
		}
		return after, false
	}
	s = afterWeekday(s)
	if month(s) != 0 {
		return l.stamp(s, now)
	}
	if len(s) < 8 || !isDigit(s[0]) {
		return s, false
	}
	word, after, _ := strings.Cut(s, " ")
	switch {
	case len(word) > 10 && word[4] == '-' && (word[10] == 'T' || word[10] == 't'):
		return l.iso(s, word, after, now)
	case len(word) == 10 && word[4] == '-': // "2026-11-11 03:12:44"
		clock, after, _ := strings.Cut(after, " ")
		return l.iso(s, word+"T"+clock, after, now)
	case len(word) >= 8 && word[2] == ':' && word[5] == ':':
		at, err := time.ParseInLocation(time.TimeOnly, word[:8], now.Location())
		if err != nil {
			return s, false
		}
		y, m, d := now.Date()
		l.at = notAfter(time.Date(y, m, d, at.Hour(), at.Minute(), at.Second(), 0, now.Location()), now, 0, -1)
		return after, true
	}
	sec, frac, ok := strings.Cut(word, ".") // journalctl -o short-unix
	if n, err := strconv.ParseInt(sec, 10, 64); ok && err == nil && len(sec) >= 9 && len(sec) <= 11 && digits(frac) {
		nsec, _ := strconv.ParseInt((frac + "000000000")[:9], 10, 64)
		l.at = time.Unix(n, nsec).In(now.Location())
		return after, true
	}
	return s, false
}

// dmesgDate reads that of dmesg -T, "Wed Nov 11 03:12:44 2026", and of dmesg -H, "Nov11 03:12" and then "+0.000012",
// of which nothing is kept.
func (l *line) dmesgDate(in string, now time.Time) bool {
	if at, err := time.ParseInLocation(time.ANSIC, in, now.Location()); err == nil {
		l.at = at
		return true
	}
	if sec, ok := strings.CutPrefix(in, "+"); ok {
		sec, frac, _ := strings.Cut(sec, ".")
		return digits(sec) && digits(frac)
	}
	if len(in) < 10 || month(in[:3]+"   ") == 0 {
		return false
	}
	_, ok := l.stamp(in[:3]+" "+in[3:]+":00 ", now)
	return ok
}

// withoutDelta drops the " <    0.000012>" of dmesg -d.
func withoutDelta(in string) string {
	if at, delta, ok := strings.Cut(in, " <"); ok && strings.HasSuffix(delta, ">") {
		return strings.TrimSpace(at)
	}
	return in
}

// stamp takes that of RFC 3164: "Nov 11 03:12:44". It has no year: it is the last such moment before now.
func (l *line) stamp(s string, now time.Time) (string, bool) {
	rest := strings.TrimLeft(s[3:], " ")
	day, rest, _ := strings.Cut(rest, " ")
	rest = strings.TrimLeft(rest, " ")
	clock, after, _ := strings.Cut(rest, " ")
	clock, _, _ = strings.Cut(clock, ".")
	d, err := strconv.Atoi(day)
	at, err2 := time.Parse(time.TimeOnly, clock)
	if err != nil || err2 != nil || d < 1 || d > 31 {
		return s, false
	}
	t := time.Date(now.Year(), time.Month(month(s)), d, at.Hour(), at.Minute(), at.Second(), 0, now.Location())
	l.at = notAfter(t, now, -1, 0)
	return after, true
}

func (l *line) iso(s, word, after string, now time.Time) (string, bool) {
	plain := strings.Replace(word, ",", ".", 1)
	for _, layout := range []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05"} {
		if at, err := time.ParseInLocation(layout, plain, now.Location()); err == nil {
			l.at = at
			if strings.Contains(word, ",") { // dmesg --time-format=iso, which names no host
				l.tag = "kernel"
			}
			return afterZone(after), true
		}
	}
	return s, false
}

// afterZone takes the "CET " of journalctl -o short-full.
func afterZone(s string) string {
	zone, rest, ok := strings.Cut(s, " ")
	if !ok || len(zone) < 3 || len(zone) > 5 || strings.Trim(zone, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return s
	}
	return rest
}

// notAfter moves a moment that would lie in the future back by so many years or days.
func notAfter(t, now time.Time, years, days int) time.Time {
	if t.After(now.Add(24*time.Hour)) || days != 0 && t.After(now.Add(time.Minute)) {
		return t.AddDate(years, 0, days)
	}
	return t
}

func afterWeekday(s string) string {
	if len(s) > 4 && s[3] == ' ' && strings.Contains("Mon Tue Wed Thu Fri Sat Sun", s[:3]) && !strings.Contains(s[:3], " ") {
		return s[4:]
	}
	return s
}

// month is the number of the English month that s begins with, 0 if there is none.
func month(s string) int {
	const names = "JanFebMarAprMayJunJulAugSepOctNovDec"
	if len(s) < 5 || s[3] != ' ' {
		return 0
	}
	if i := strings.Index(names, s[:3]); i >= 0 && i%3 == 0 {
		return i/3 + 1
	}
	return 0
}
