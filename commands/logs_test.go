package commands

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops/systemd"
)

func TestParseLogs(t *testing.T) {
	now := time.Date(2026, 11, 23, 22, 31, 0, 0, time.UTC)
	three := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		args string
		want systemd.LogQuery
		err  string
	}{
		{"web", systemd.LogQuery{Lines: 20}, ""},
		{"web|50", systemd.LogQuery{Lines: 50}, ""},
		{"web|50|since|03:00|grep|Time out", systemd.LogQuery{Lines: 50, Since: three, Grep: "Time out"}, ""},
		{"web|GREP|x|Since|2026-11-23|03:00|7", systemd.LogQuery{Lines: 7, Since: three, Grep: "x"}, ""},
		{"web|since|03:00|50", systemd.LogQuery{Lines: 50, Since: three}, ""},
		{"web|grep|since", systemd.LogQuery{Lines: 20, Grep: "since"}, ""},
		{"web|grep|-h", systemd.LogQuery{Lines: 20, Grep: "-h"}, ""},
		{"web|since|2|h|grep|2", systemd.LogQuery{Lines: 20, Since: now.Add(-2 * time.Hour), Grep: "2"}, ""},
		{"web|0", systemd.LogQuery{}, `"0" is no number from 1 to 200`},
		{"web|201", systemd.LogQuery{}, `"201" is no number from 1 to 200`},
		{"web|99999999999999999999", systemd.LogQuery{}, "is no number"},
		{"web|5k", systemd.LogQuery{}, "is no number"},
		{"web|-5", systemd.LogQuery{}, `"-5" is neither a number of lines, nor since TIME, nor grep WORD`},
		{"web|grep|connection|refused", systemd.LogQuery{}, `"refused" is neither`},
		{"web|", systemd.LogQuery{}, `"" is neither`},
		{"web|since", systemd.LogQuery{}, "since when? For example: since 03:00"},
		{"web|since|grep|x", systemd.LogQuery{}, `"grep" is no time`},
		{"web|since|today|23:00", systemd.LogQuery{}, "still to come"},
		{"web|grep", systemd.LogQuery{}, "grep for what?"},
		{"web|grep|", systemd.LogQuery{}, "grep for what?"},
	} {
		args := strings.Split(tt.args, "|")
		got, err := parseLogs(args, now)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%q: %+v, %v; want %q", args, got, err, tt.err)
			}
			continue
		}
		tt.want.Unit = "web"
		if err != nil || got != tt.want {
			t.Errorf("%q: %+v, %v; want %+v", args, got, err, tt.want)
		}
	}
}

func FuzzParseLogs(f *testing.F) {
	now := time.Date(2026, 10, 25, 2, 31, 0, 0, paris(f))
	for _, s := range []string{"web 50 since 03:00 grep x", "web since 2 h", "web since yesterday 22:30 3", "web grep", "web since"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Split(line, " ")
		q, err := parseLogs(args, now)
		if err != nil {
			if len(err.Error()) > 400 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
			return
		}
		if q.Unit != args[0] || q.Lines < 1 || q.Lines > mostLines || q.Since.After(now) ||
			q.Grep != "" && !slices.Contains(args, q.Grep) {
			t.Errorf("%q: %+v", args, q)
		}
	})
}

func TestLogBlock(t *testing.T) {
	zone := paris(t)
	now := wall(t, "2026-11-23 22:31", zone)
	line := func(at, text string) systemd.LogLine {
		return systemd.LogLine{At: wall(t, at, zone).UTC(), Text: text}
	}
	for _, tt := range []struct {
		name  string
		lines []systemd.LogLine
		want  string
	}{
		{"of today", []systemd.LogLine{line("2026-11-23 04:20", "a"), line("2026-11-23 04:21", "b")}, "04:20:00 a\n04:21:00 b\n"},
		{"over midnight", []systemd.LogLine{line("2026-11-22 23:59", "a"), line("2026-11-23 00:00", "b")},
			"-- Sun 22 Nov 2026\n23:59:00 a\n-- Mon 23 Nov 2026\n00:00:00 b\n"},
		{"an hour that comes twice", []systemd.LogLine{
			{At: time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC), Text: "a"}, {At: time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC), Text: "b"}},
			"-- Sun 25 Oct 2026\n02:30:00 a\n02:30:00 b\n"},
		{"what a terminal would obey", []systemd.LogLine{line("2026-11-23 04:20", "a\x1b[31m\r\n04:21:00 forged\x00\u202e")}, "04:20:00 a[31m 04:21:00 forged\n"},
	} {
		if got := logBlock(tt.lines, now); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestALongLogLosesItsBeginning(t *testing.T) {
	var lines []systemd.LogLine
	for range 199 {
		lines = append(lines, systemd.LogLine{At: night, Text: strings.Repeat("x", 2000)})
	}
	got := logBlock(append(lines, systemd.LogLine{At: night, Text: "the newest"}), night)
	if len(got) > maxShown+200 || !strings.HasPrefix(got, "… 167 lines before these\n") || !strings.HasSuffix(got, " the newest\n") {
		t.Errorf("%d bytes: %.100q … %q", len(got), got, got[len(got)-40:])
	}
}

func TestNarrowed(t *testing.T) {
	q := systemd.LogQuery{Since: night.Add(-30 * time.Hour), Grep: "a\nb\x1b" + strings.Repeat("x", 99)}
	if got, want := narrowed(q, night), ` since yesterday`; len(got) < len(want) || len(got) > 100 {
		t.Errorf("%q", got)
	}
	harmless(t, narrowed(q, night))
}
