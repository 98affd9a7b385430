package commands

import (
	"math"
	"testing"
	"time"
	_ "time/tzdata" // for a host without time zones
)

func TestTook(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second:                     "0 ms",
		182 * time.Millisecond:           "182 ms",
		999*time.Millisecond + 999e3:     "999 ms",
		time.Second:                      "1.0 s",
		12340 * time.Millisecond:         "12.3 s",
		59*time.Second + 999e6:           "59.9 s",
		time.Minute:                      "1 min 0 s",
		4*time.Minute + 10*time.Second:   "4 min 10 s",
		59*time.Minute + 59*time.Second:  "59 min 59 s",
		time.Hour + 5*time.Minute + 3e10: "1 h 5 min",
	} {
		if got := took(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 999: "999", 1000: "1,000", 1432: "1,432", 1234567: "1,234,567", -999: "-999", -1000: "-1,000",
		math.MaxInt64: "9,223,372,036,854,775,807",
	} {
		if got := count(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestPlural(t *testing.T) {
	for n, want := range map[int64]string{0: "0 cores", 1: "1 core", 4: "4 cores", 1 << 40: "1,099,511,627,776 cores"} {
		if got := plural(n, "core"); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func paris(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestClock(t *testing.T) {
	zone := paris(t)
	for _, tt := range []struct{ now, at, want string }{
		{"2026-11-23 22:31", "2026-11-23 04:20", "04:20"},
		{"2026-11-23 22:31", "2026-11-24 00:00", "tomorrow 00:00"},
		{"2026-11-23 22:31", "2026-11-22 23:59", "yesterday 23:59"},
		{"2026-11-23 22:31", "2026-11-25 04:20", "Wed 04:20"},
		{"2026-11-23 22:31", "2026-11-29 04:20", "Sun 04:20"},
		{"2026-11-23 22:31", "2026-11-30 04:20", "30 Nov 04:20"},
		{"2026-11-23 22:31", "2026-11-21 04:20", "21 Nov 04:20"}, // a weekday would be read as the next one
		{"2026-11-23 22:31", "2027-01-02 04:20", "2 Jan 04:20"},
		{"2026-11-23 22:31", "2027-02-02 04:20", "2 Feb 2027"},
		{"2026-11-23 22:31", "2025-11-23 04:20", "23 Nov 2025"},
		{"2026-01-02 08:00", "2025-12-30 04:20", "30 Dec 04:20"},
		{"2026-01-31 23:00", "2026-02-01 04:20", "tomorrow 04:20"},
		{"2026-03-01 01:00", "2026-02-28 23:00", "yesterday 23:00"},
		{"2027-01-01 00:10", "2026-12-31 23:50", "yesterday 23:50"},
		// Days of 23 and 25 hours.
		{"2026-03-28 23:30", "2026-03-29 23:10", "tomorrow 23:10"},
		{"2026-03-29 00:30", "2026-03-30 00:10", "tomorrow 00:10"},
		{"2026-03-30 00:10", "2026-03-29 00:30", "yesterday 00:30"},
		{"2026-10-25 00:10", "2026-10-25 23:50", "23:50"},
		{"2026-10-25 23:50", "2026-10-26 00:10", "tomorrow 00:10"},
		{"2026-10-26 23:50", "2026-10-25 00:10", "yesterday 00:10"},
		{"2026-11-23 22:31", "1970-01-01 01:00", "1 Jan 1970"},
	} {
		now, at := wall(t, tt.now, zone), wall(t, tt.at, zone).UTC()
		if got := clock(at, now); got != tt.want {
			t.Errorf("%s seen from %s: %q, want %q", tt.at, tt.now, got, tt.want)
		}
	}
}

// wall is what the clock on the wall shows in a zone.
func wall(t testing.TB, text string, zone *time.Location) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestTable(t *testing.T) {
	for _, tt := range []struct {
		name string
		rows [][]string
		want string
	}{
		{"columns", [][]string{{"NEXT", "NAME"}, {"04:20", "apt"}}, "NEXT   NAME\n04:20  apt"},
		{"accents", [][]string{{"é", "x"}, {"ab", "y"}}, "é   x\nab  y"},
		{"cells that would break the table", [][]string{{"a\tb\nc\x1b[2J\u202e", "x"}, {"\v\x00", "y"}}, "a b c[2J  x\n          y"},
		{"nothing to the right", [][]string{{"a", ""}, {"bb", ""}}, "a\nbb"},
		{"nothing", nil, ""},
	} {
		if got := table(tt.rows); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	if n := len([]rune(table([][]string{{string(make([]rune, 5000)) + "x", string(make([]byte, 9)), longWord}}))); n > 2*maxCell {
		t.Errorf("a table of %d characters", n)
	}
}
