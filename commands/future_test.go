package commands

import (
	"strings"
	"testing"
	"time"
)

// The Thursday that most of what follows is said on.
const thursday = "2026-11-26 16:45"

func TestFuture(t *testing.T) {
	zone := paris(t)
	for _, tt := range []struct {
		now, line string
		want      string // a time with its zone, or the end of an error
		rest      string // of the line, what is not of the date
	}{
		{thursday, "22:00", "2026-11-26 22:00 CET", ""},
		{thursday, "16:45", "2026-11-27 16:45 CET", ""},
		{thursday, "04:00 for 2h", "2026-11-27 04:00 CET", "for 2h"},
		{thursday, "10pm", "2026-11-26 22:00 CET", ""},
		{thursday, "10:30 PM", "2026-11-26 22:30 CET", ""},
		{thursday, "12am", "2026-11-27 00:00 CET", ""},
		{thursday, "midnight", "2026-11-27 00:00 CET", ""},
		{thursday, "noon", "2026-11-27 12:00 CET", ""},
		{thursday, "22h", "2026-11-26 22:00 CET", ""},
		{thursday, "à 22h30", "2026-11-26 22:30 CET", ""},
		{thursday, "at 22", "2026-11-26 22:00 CET", ""},
		{thursday, "now for 1h", "2026-11-26 16:45 CET", "for 1h"},
		{thursday, "tomorrow 22:00 for 2h on web", "2026-11-27 22:00 CET", "for 2h on web"},
		{thursday, "Tomorrow, 22:00", "2026-11-27 22:00 CET", ""},
		{thursday, "22:00 tomorrow", "2026-11-27 22:00 CET", ""},
		{thursday, "10 pm on sunday on web", "2026-11-29 22:00 CET", "on web"},
		{thursday, "the day after tomorrow at 5am", "2026-11-28 05:00 CET", ""},
		{thursday, "tonight 23:00", "2026-11-26 23:00 CET", ""},
		{thursday, "tonight 2am", "2026-11-27 02:00 CET", ""},
		{"2026-11-27 00:30", "tonight 2am", "2026-11-27 02:00 CET", ""},
		{thursday, "tonight at midnight", "2026-11-27 00:00 CET", ""},
		{thursday, "midnight tonight", "2026-11-27 00:00 CET", ""},
		{thursday, "tomorrow morning 8:00", "2026-11-27 08:00 CET", ""},
		{thursday, "today 22:00", "2026-11-26 22:00 CET", ""},

		{thursday, "demain 22h for 2h", "2026-11-27 22:00 CET", "for 2h"},
		{thursday, "demain à 22h30 pour 2h", "2026-11-27 22:30 CET", "pour 2h"},
		{thursday, "demain soir à 22 h 30", "2026-11-27 22:30 CET", ""},
		{thursday, "dimanche 4h", "2026-11-29 04:00 CET", ""},
		{thursday, "dim. à 4h", "2026-11-29 04:00 CET", ""},
		{thursday, "ce soir 23h", "2026-11-26 23:00 CET", ""},
		{thursday, "après-demain 4h", "2026-11-28 04:00 CET", ""},
		{thursday, "aujourd’hui 23h", "2026-11-26 23:00 CET", ""},
		{thursday, "le 29 novembre à 22h", "2026-11-29 22:00 CET", ""},
		{thursday, "le 1er décembre à 22h", "2026-12-01 22:00 CET", ""},
		{thursday, "1 fév. 4h", "2027-02-01 04:00 CET", ""},
		{thursday, "dans 3 jours à 22h", "2026-11-29 22:00 CET", ""},
		{thursday, "mardi 1 décembre 22h", "2026-12-01 22:00 CET", ""},

		{thursday, "in 2h", "2026-11-26 18:45 CET", ""},
		{thursday, "in 90 min for 1h", "2026-11-26 18:15 CET", "for 1h"},
		{thursday, "in 1h30", "2026-11-26 18:15 CET", ""},
		{thursday, "in 2 h 30 min on web", "2026-11-26 19:15 CET", "on web"},
		{thursday, "in 3 days", "2026-11-29 16:45 CET", ""},
		{thursday, "in 2 weeks 04:00", "2026-12-10 04:00 CET", ""},

		// A day of the week is today's as long as its hour is ahead.
		{thursday, "thursday 22:00", "2026-11-26 22:00 CET", ""},
		{thursday, "thursday 04:00", "2026-12-03 04:00 CET", ""},
		{thursday, "thu 16:45", "2026-12-03 16:45 CET", ""},
		{thursday, "sun 04:00", "2026-11-29 04:00 CET", ""},
		{thursday, "sunday 4am", "2026-11-29 04:00 CET", ""},
		{thursday, "this sunday 4 am", "2026-11-29 04:00 CET", ""},
		{thursday, "sunday 29 nov 04:00", "2026-11-29 04:00 CET", ""},
		{thursday, "mar 22:00", "2026-12-01 22:00 CET", ""}, // mardi
		{thursday, "mar 29 22:00", "2027-03-29 22:00 CEST", ""},

		{thursday, "2026-11-29 22:00", "2026-11-29 22:00 CET", ""},
		{thursday, "2026-11-29T22:00", "2026-11-29 22:00 CET", ""},
		{thursday, "2026-11-29T21:00Z", "2026-11-29 22:00 CET", ""},
		{thursday, "2026-11-29T21:00:00Z", "2026-11-29 22:00 CET", ""},
		{thursday, "2026-11-29T22:00-0500", "2026-11-30 04:00 CET", ""},
		{thursday, "2026-11-29T22:00+05:30", "2026-11-29 17:30 CET", ""},
		{thursday, "2026/11/29 22:00", "2026-11-29 22:00 CET", ""},
		{thursday, "29.11. 22:00", "2026-11-29 22:00 CET", ""},
		{thursday, "29.11 22h", "2026-11-29 22:00 CET", ""},
		{thursday, "29.11.2026 22:00", "2026-11-29 22:00 CET", ""},
		{thursday, "29.11.26 22:00", "2026-11-29 22:00 CET", ""},
		{thursday, "29/11 22:00", "2026-11-29 22:00 CET", ""},
		{thursday, "11/29/2026 10pm", "2026-11-29 22:00 CET", ""},
		{thursday, "5/5/2027 22:00", "2027-05-05 22:00 CEST", ""},
		{thursday, "29 nov 10pm", "2026-11-29 22:00 CET", ""},
		{thursday, "29th of november 2026, 10pm", "2026-11-29 22:00 CET", ""},
		{thursday, "nov 29 10pm", "2026-11-29 22:00 CET", ""},
		{thursday, "November 29th 2026 10pm on web", "2026-11-29 22:00 CET", "on web"},
		{thursday, "29nov 22:00", "2026-11-29 22:00 CET", ""},
		{thursday, "3 jan 22:00", "2027-01-03 22:00 CET", ""},

		// Ends of months and years, and leap days.
		{"2026-11-30 12:00", "tomorrow 22:00", "2026-12-01 22:00 CET", ""},
		{"2026-12-31 23:59", "tomorrow 00:10", "2027-01-01 00:10 CET", ""},
		{"2026-12-31 23:59", "00:10", "2027-01-01 00:10 CET", ""},
		{"2028-02-28 12:00", "tomorrow 22:00", "2028-02-29 22:00 CET", ""},
		{"2027-02-28 12:00", "tomorrow 22:00", "2027-03-01 22:00 CET", ""},
		{"2027-12-01 12:00", "29 feb 22:00", "2028-02-29 22:00 CET", ""},
		{thursday, "29 feb 2028 22:00", "2028-02-29 22:00 CET", ""},

		// On 28 March 2027 02:00 is 03:00, and on 31 October 03:00 is 02:00.
		{"2027-03-27 12:00", "tomorrow 02:30", "✗ there is no 02:30 on Sunday 28 March 2027: the clocks go forward then, and 03:30 comes next", ""},
		{"2027-03-27 12:00", "2027-03-28T02:30", "✗ the clocks go forward then, and 03:30 comes next", ""},
		{"2027-03-27 12:00", "02:30", "✗ and 03:30 comes next", ""},
		{"2027-03-27 12:00", "tomorrow 03:00", "2027-03-28 03:00 CEST", ""},
		{"2027-03-27 12:00", "tomorrow 01:59", "2027-03-28 01:59 CET", ""},
		{"2027-03-28 01:30", "in 1h", "2027-03-28 03:30 CEST", ""},
		{"2027-03-27 22:00", "in 1 day", "2027-03-28 22:00 CEST", ""},
		{"2027-10-30 12:00", "tomorrow 02:30", "2027-10-31 02:30 CEST", ""},
		{"2027-10-30 12:00", "sunday 2:30 am", "2027-10-31 02:30 CEST", ""},
		{"2027-10-30 12:00", "2027-10-31T02:30+01:00", "2027-10-31 02:30 CET", ""},
		{"2027-10-31 02:40", "02:30", "2027-11-01 02:30 CET", ""},
		{"2027-10-31 01:40", "in 2h", "2027-10-31 02:40 CET", ""},
		{"2027-10-30 22:00", "in 1 day", "2027-10-31 22:00 CET", ""},

		{thursday, "31 feb 22:00", "✗ there is no 31 February", ""},
		{thursday, "2027-02-31 22:00", "✗ there is no 31 February 2027", ""},
		{thursday, "2027-02-31T22:00Z", "✗ there is no 31 February 2027", ""},
		{thursday, "29 feb 22:00", "✗ there is no 29 February in 2026 or 2027", ""},
		{thursday, "29 feb 2027 22:00", "✗ there is no 29 February 2027", ""},
		{thursday, "31.11. 22:00", "✗ there is no 31 November", ""},
		{thursday, "2026-13-01 22:00", "✗ there is no month 13 in 2026-13-01", ""},
		{thursday, "22.30", "✗ there is no month 30 in 22.30; an hour goes 22:30", ""},
		{thursday, "04/05 22:00", "✗ 04/05 may be 4 May or 5 April: write the month as a word", ""},
		{thursday, "04/05/2027 22:00", "✗ 04/05/2027 may be 4 May or 5 April: write the month as a word", ""},
		{thursday, "next sunday 4am", "✗ next Sunday may be 29 November or 6 December: say which", ""},
		{thursday, "dimanche prochain 4h", "✗ next Sunday may be 29 November or 6 December: say which", ""},
		{thursday, "next thursday 4am", "✗ next Thursday may be 3 December or 10 December: say which", ""},
		{thursday, "tomorrow at 4", "✗ 4 o'clock may be 04:00 or 16:00: say which", ""},
		{thursday, "tomorrow at 12", "✗ 12 o'clock may be 00:00 or 12:00: say which", ""},
		{thursday, "tomorrow midnight", "✗ midnight may be the one before that day or the one after it: say 00:00 with the day that begins then", ""},
		{thursday, "tomorrow night 02:00", "✗ 02:00 at night may be before that day or after it: say the day without night", ""},
		{thursday, "tomorrow evening 10:00", "✗ 10:00 is not in the evening", ""},
		{thursday, "tomorrow 24:00", "✗ 24:00 is 00:00 of the next day: say that", ""},
		{thursday, "tomorrow 25:00", `✗ "25:00" is no hour of the clock; they go from 00:00 to 23:59`, ""},
		{thursday, "tomorrow 22:61", `✗ "22:61" is no hour of the clock; they go from 00:00 to 23:59`, ""},
		{thursday, "tomorrow", "✗ at what hour? For example: tomorrow 22:00", ""},
		{thursday, "2026-11-29 for 2h", "✗ at what hour? For example: 2026-11-29 22:00", ""},
		{thursday, "tonight", "✗ tonight at what hour? For example: tonight 23:00", ""},
		{thursday, "29 nov 2200", `✗ "2200" may be a year or an hour: an hour goes 22:00`, ""},
		{thursday, "monday 29 nov 22:00", "✗ 29 November 2026 is a Sunday, not a Monday", ""},

		{thursday, "today 16:00", "✗ Thursday 26 November 2026, 16:00 CET has passed: it is 16:45 on Thursday 26 November 2026", ""},
		{thursday, "2026-11-20 22:00", "✗ Friday 20 November 2026, 22:00 CET has passed: it is 16:45 on Thursday 26 November 2026", ""},
		{thursday, "2026-11-26T15:00Z", "✗ Thursday 26 November 2026, 16:00 CET has passed: it is 16:45 on Thursday 26 November 2026", ""},
		{thursday, "29 oct 22:00", "✗ 29 October 22:00 has passed; if you mean another year, write it", ""},
		{thursday, "29 oct 2027 22:00", "2027-10-29 22:00 CEST", ""},
		{thursday, "9999-11-20 22:00", "✗ is more than 5 years ahead", ""},

		{thursday, "", "", ""},
		{thursday, "PostgreSQL 15 to 17", "", "PostgreSQL 15 to 17"},
		{thursday, "17", "", "17"},
		{thursday, "the web", "", "the web"},
		{thursday, "in the web", "", "in the web"},
		{thursday, "2h", "2026-11-27 02:00 CET", ""},
		{thursday, "jui 4 22:00", "", "jui 4 22:00"}, // juin or juillet
		{thursday, "31337:00", "✗ they go from 00:00 to 23:59", ""},
	} {
		words := strings.Fields(tt.line)
		at, used, err := future(words, wall(t, tt.now, zone))
		got := ""
		switch {
		case err != nil:
			got = "✗ " + err.Error()
		case used > 0:
			got = at.Format("2006-01-02 15:04 MST")
		}
		rest := strings.Join(words[used:], " ")
		if err != nil {
			rest = ""
		}
		if end, bad := strings.CutPrefix(tt.want, "✗ "); got != tt.want && !(bad && strings.HasSuffix(got, end)) || rest != tt.rest {
			t.Errorf("%q at %s:\n%s, and %q is left; want\n%s, %q", tt.line, tt.now, got, rest, tt.want, tt.rest)
		}
		if used > 0 && at.Location() != zone {
			t.Errorf("%q: in %s", tt.line, at.Location())
		}
	}
}

// What is said before the clocks go back may be after that.
func TestFutureTwice(t *testing.T) {
	now := time.Date(2027, 10, 31, 0, 40, 0, 0, time.UTC).In(paris(t)) // 02:40 for the first time
	for line, want := range map[string]string{"02:30": "02:30 CET", "02:50": "02:50 CEST", "today 02:30": "02:30 CET", "sunday 2:30": "02:30 CET"} {
		at, _, err := future(strings.Fields(line), now)
		if got := at.Format("15:04 MST"); got != want || at.Day() != 31 {
			t.Errorf("%s: %s, %v, want %s", line, at, err, want)
		}
	}
}

// What ends after something begins.
func TestNext(t *testing.T) {
	zone := paris(t)
	now, start := wall(t, thursday, zone), wall(t, "2026-11-29 22:00", zone)
	for line, want := range map[string]string{
		"23:30": "2026-11-29 23:30", "00:00": "2026-11-30 00:00", "22:00": "2026-11-30 22:00", "midnight": "2026-11-30 00:00", "2h": "2026-11-30 02:00",
		"monday 4am": "2026-11-30 04:00", "sunday 23:00": "2026-11-29 23:00", "tomorrow 22:00": "2026-11-27 22:00", "30 nov 01:00": "2026-11-30 01:00",
	} {
		at, _, err := next(strings.Fields(line), now, start)
		if got := at.Format("2006-01-02 15:04"); got != want {
			t.Errorf("%s: %s, %v, want %s", line, got, err, want)
		}
	}
}

func TestSpan(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"2h": 2 * time.Hour, "2 h": 2 * time.Hour, "90 min": 90 * time.Minute, "1h30": 90 * time.Minute, "1h 30m": 90 * time.Minute,
		"1h30min": 90 * time.Minute, "2 h 30 min": 150 * time.Minute, "2 hours and 30 minutes": 150 * time.Minute, "1,5 h": 90 * time.Minute,
		"0.25 hours": 15 * time.Minute, "2 heures et 5 minutes": 125 * time.Minute, "1 day 2h": 26 * time.Hour, "3 jours": 72 * time.Hour, "45s": 45 * time.Second,
		"1 h 5": -1, "1h 30": -1, "": -1, "2": -1, "h": -1, "1h2h": -1, "30m1h": -1, "-2h": -1, "123456h": -1, "2hx": -1, "2 2h": -1, "1h3": -1, "1h90": -1, "1.h": -1, "1.234h": -1,
		"٢h": -1, "2h and": -1, "1h30 30": -1,
	} {
		got, ok := span(text)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func FuzzFuture(f *testing.F) {
	zone := paris(f)
	for _, s := range []string{"22:00", "tomorrow 22:00 for 2h", "sunday 4am", "le 29 novembre à 22h30", "2026-11-29T22:00+01:00", "29.11.26 22:00", "04/05 22:00",
		"in 2 weeks at midnight", "mar 29 mar 2027 12 pm", "99999 d", "24:00", "0000-00-00 00:00", "on on on", "29 fév 2h", "in 99999 days", "-./ 1"} {
		f.Add(s, int64(1774746000))
		f.Add(s, int64(1792888200))
	}
	f.Fuzz(func(t *testing.T, line string, unix int64) {
		now := time.Unix((unix%(1<<33)+1<<33)%(1<<33), 0).In(zone)
		words := strings.Fields(line)
		at, used, err := future(words, now)
		switch {
		case err != nil:
			if used != 0 || len(err.Error()) > 300 {
				t.Errorf("%q: %d words, %v", line, used, err)
			}
		case used == 0:
			if !at.IsZero() {
				t.Errorf("%q is no date, and %v", line, at)
			}
		default:
			if used > len(words) || at.Before(now) || at.After(now.AddDate(mostAhead, 0, 0)) || at.Location() != zone {
				t.Errorf("%q at %v: %v of %d words", line, now, at, used)
			}
			// What it is understood as reads as the same again.
			same, _, err := future(strings.Fields(at.Format("2006-01-02T15:04:05Z07:00")), now)
			if err != nil || !same.Equal(at.Truncate(time.Second)) {
				t.Errorf("%q is %v, which reads as %v, %v", line, at, same, err)
			}
		}
	})
}
