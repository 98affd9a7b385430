package commands

import (
	"strings"
	"testing"
	"time"
)

var longWord = strings.Repeat("x", 10<<20)

func TestWhen(t *testing.T) {
	zone := paris(t)
	const monday = "2026-11-23 22:31"
	for _, tt := range []struct {
		now, words string // "|" between words
		want       string // with the zone's offset, where the hour comes twice
		used       int
		err        string
	}{
		{monday, "03:00", "2026-11-23 03:00", 1, ""},
		{monday, "3:00", "2026-11-23 03:00", 1, ""},
		{monday, "22:31", "2026-11-23 22:31", 1, ""},
		{monday, "22:32", "2026-11-22 22:32", 1, ""},
		{"2026-11-23 00:10", "03:00", "2026-11-22 03:00", 1, ""},
		{"2026-03-01 00:10", "03:00", "2026-02-28 03:00", 1, ""},
		{monday, "2h", "2026-11-23 20:31", 1, ""},
		{monday, "30min", "2026-11-23 22:01", 1, ""},
		{monday, "2|h", "2026-11-23 20:31", 2, ""},
		{monday, "2|H|grep", "2026-11-23 20:31", 2, ""},
		{monday, "2|hours|ago|grep", "2026-11-23 20:31", 3, ""},
		{monday, "120s", "2026-11-23 22:29", 1, ""},
		{monday, "3d", "2026-11-20 22:31", 1, ""},
		{monday, "1 day", "2026-11-22 22:31", 1, ""},
		{monday, "today", "2026-11-23 00:00", 1, ""},
		{monday, "Today|03:00", "2026-11-23 03:00", 2, ""},
		{monday, "yesterday", "2026-11-22 00:00", 1, ""},
		{monday, "yesterday|22:30", "2026-11-22 22:30", 2, ""},
		{monday, "yesterday 22:30", "2026-11-22 22:30", 1, ""},
		{monday, "yesterday|grep|x", "2026-11-22 00:00", 1, ""},
		{monday, "2026-11-23", "2026-11-23 00:00", 1, ""},
		{monday, "2026-11-23|03:00", "2026-11-23 03:00", 2, ""},
		{monday, "2026-11-23  03:00|50", "2026-11-23 03:00", 1, ""},
		{monday, "2026-11-23T03:00", "2026-11-23 03:00", 1, ""},
		{monday, "2026-11-23t03:00", "2026-11-23 03:00", 1, ""},
		{monday, "2026-11-23|50", "2026-11-23 00:00", 1, ""},
		{monday, "2024-02-29", "2024-02-29 00:00", 1, ""},
		{monday, "1970-01-01", "1970-01-01 00:00", 1, ""},

		// On 29 March 02:00 is 03:00: what was said to be at 02:30 was at 03:30.
		{"2026-03-29 12:00", "02:30", "2026-03-29 03:30", 1, ""},
		{"2026-03-29 03:10", "02:30", "2026-03-28 02:30", 1, ""},
		{"2026-03-29 12:00", "01:59", "2026-03-29 01:59", 1, ""},
		{"2026-03-30 01:00", "02:30", "2026-03-29 03:30", 1, ""},
		{"2026-03-29 12:00", "today", "2026-03-29 00:00", 1, ""},
		{"2026-03-30 00:10", "yesterday|00:30", "2026-03-29 00:30", 2, ""},
		{"2026-03-29 03:30", "2h", "2026-03-29 00:30", 1, ""},
		// On 25 October 03:00 is 02:00: the hour comes twice, and the first is meant.
		{"2026-10-25 12:00", "02:30", "2026-10-25 02:30 +0200", 1, ""},
		{"2026-10-25 12:00", "2026-10-25|02:30", "2026-10-25 02:30 +0200", 2, ""},
		{"2026-10-25 02:10 second", "02:30", "2026-10-25 02:30 +0200", 1, ""},
		{"2026-10-25 02:10 first", "02:30", "2026-10-24 02:30", 1, ""},
		{"2026-10-25 03:30", "2h", "2026-10-25 02:30 +0200", 1, ""},
		{"2026-10-25 03:30", "1h", "2026-10-25 02:30 +0100", 1, ""},
		{"2026-10-26 00:10", "yesterday", "2026-10-25 00:00", 1, ""},

		{monday, "today|23:00", "", 0, `today 23:00 is still to come; it is 22:31 on 2026-11-23 here`},
		{monday, "2026-11-24", "", 0, "2026-11-24 is still to come"},
		{monday, "9999-12-31T23:59", "", 0, "still to come"},
		{monday, "tomorrow", "", 0, `"tomorrow" is no time; try 03:00, 2h, yesterday or 2026-11-23 03:00`},
		{monday, "2026-02-29", "", 0, "is no time"},
		{monday, "2026-13-01", "", 0, "is no time"},
		{monday, "2026-11-23Tea", "", 0, "is no time"},
		{monday, "2026-11-23T25:00", "", 0, "is no time"},
		{monday, "24:00", "", 0, "is no time"},
		{monday, "-2h", "", 0, "is no time"},
		{monday, "123456h", "", 0, "is no time"},
		{monday, "2", "", 0, "is no time"},
		{monday, "2|grep", "", 0, "is no time"},
		{monday, "", "", 0, "is no time"},
		{monday, "   ", "", 0, "is no time"},
		{monday, "@1700000000", "", 0, "is no time"},
		{monday, longWord, "", 0, "xxx… is no time"},
	} {
		words := strings.Split(tt.words, "|")
		day, pass, _ := strings.Cut(tt.now, " ")
		minute, pass, _ := strings.Cut(pass, " ")
		now := wall(t, day+" "+minute, zone)
		switch _, offset := now.Zone(); {
		case pass == "first" && offset == 3600:
			now = now.Add(-time.Hour)
		case pass == "second" && offset == 7200:
			now = now.Add(time.Hour)
		}
		at, used, err := when(words, now)
		if tt.err != "" {
			if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), `x…"`, "x…"), tt.err) || len(err.Error()) > 200 {
				t.Errorf("%.40q at %s: %v, %v, want %q", words, tt.now, at, err, tt.err)
			}
			continue
		}
		layout := "2006-01-02 15:04"
		if len(tt.want) > len(layout) {
			layout += " -0700"
		}
		if got := at.Format(layout); err != nil || got != tt.want || used != tt.used || at.Location() != zone {
			t.Errorf("%q at %s: %s, %d words, %v; want %s, %d", words, tt.now, got, used, err, tt.want, tt.used)
		}
	}
}

func TestWhenAsInALog(t *testing.T) {
	now := time.Date(2026, 11, 23, 22, 31, 0, 0, time.UTC)
	at, _, err := when([]string{"04:20:13"}, now)
	if want := time.Date(2026, 11, 23, 4, 20, 13, 0, time.UTC); err != nil || !at.Equal(want) {
		t.Errorf("%v, %v", at, err)
	}
}

func FuzzWhen(f *testing.F) {
	zone := paris(f)
	for _, s := range []string{"03:00", "2h", "2 h", "yesterday 22:30", "2026-11-23t03:00", " ", "99999 d", "0000-01-01"} {
		f.Add(s, "grep", int64(1774746000))
	}
	f.Fuzz(func(t *testing.T, first, second string, unix int64) {
		now := time.Unix(unix%(1<<33), 0).In(zone)
		words := []string{first, second}
		at, used, err := when(words, now)
		if err == nil && (used < 1 || used > 2 || at.After(now)) {
			t.Errorf("%q at %v: %v, %d words", words, now, at, used)
		}
		if err != nil && (used != 0 || len(err.Error()) > 400) {
			t.Errorf("%q: %d words and %v", words, used, err)
		}
	})
}
