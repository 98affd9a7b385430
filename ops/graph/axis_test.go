package graph

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestValueAxis(t *testing.T) {
	for _, test := range []struct {
		unit   Unit
		lo, hi float64
		most   int
		want   string
	}{
		{Bytes, 0, 1.97 * gib, 5, "0, 0.5 GiB, 1 GiB, 1.5 GiB"},
		{Bytes, 0, gib, 8, "0, 0.125 GiB, 0.25 GiB, 0.375 GiB, 0.5 GiB, 0.625 GiB, 0.75 GiB, 0.875 GiB, 1 GiB"},
		{Bytes, 0, 300 * mib, 5, "0, 64 MiB, 128 MiB, 192 MiB, 256 MiB"},
		{Bytes, 0, 3000, 5, "0, 1 KiB, 2 KiB"},
		{BytesSI, 0, 1.97e9, 5, "0, 0.5 GB, 1 GB, 1.5 GB"},
		{BitsPerSecond, 0, 23e6, 5, "0, 5 Mbit/s, 10 Mbit/s, 15 Mbit/s, 20 Mbit/s"},
		{Seconds, 0, 0.6, 4, "0, 200 ms, 400 ms, 600 ms"},
		{Seconds, 0, 100, 5, "0, 30 s, 60 s, 90 s"},
		{Seconds, 0, 3600, 4, "0, 15 min, 30 min, 45 min, 60 min"},
		{Seconds, 0, 86400, 4, "0, 6 h, 12 h, 18 h, 24 h"},
		{Seconds, 0, 86400 * 30, 4, "0, 10 d, 20 d, 30 d"},
		{Percent, 0, 100, 4, "0, 25 %, 50 %, 75 %, 100 %"},
		{Percent, 0, 100, 6, "0, 20 %, 40 %, 60 %, 80 %, 100 %"},
		{Percent, 41.2, 41.5, 4, "41.2 %, 41.3 %, 41.4 %, 41.5 %"},
		{Count, 0, 4.1, 5, "0, 1, 2, 3, 4"},
		{Count, 0, 1432, 5, "0, 500, 1,000"},
		{Count, 0, 60000, 4, "0, 20 k, 40 k, 60 k"},
		{Count, 0, 0, 4, "0, 0.5, 1"},
		{Celsius, -7.5, 4, 4, "-5 °C, 0"},
		{Count, -1e300, 1e300, 4, "-1e+282 E, -5e+281 E, 0, 5e+281 E, 1e+282 E"},
		{Count, 1e300, 1e300, 4, "1e+282 E, 1.05e+282 E, 1.1e+282 E"},
		{Count, 0, 1e-300, 2, "0, 5e-301, 1e-300"},
	} {
		a := newAxis(test.unit, test.lo, test.hi, test.most)
		var texts []string
		for _, v := range a.ticks {
			texts = append(texts, a.text(v))
		}
		if got := strings.Join(texts, ", "); got != test.want {
			t.Errorf("%v from %g to %g: %s, want %s", test.unit, test.lo, test.hi, got, test.want)
		}
	}
}

// TestValueAxisHolds tries axes of all sizes: few ticks, all within, and in a picture's text no two the same.
func TestValueAxisHolds(t *testing.T) {
	for u := range unitsEnd {
		for _, lo := range []float64{0, -1e300, -3, -1e-9, 7, 1e300, math.Pow(2, 53)} {
			for _, more := range []float64{0, 1e-300, 1e-12, 0.3, 1, 17, 1e5, 1 << 31, 1e15, 1e300} {
				for _, most := range []int{-1, 1, 4, 9} {
					a := newAxis(u, lo, lo+more, most)
					if len(a.ticks) > max(most, 1)+2 || !(a.hi > a.lo) || !(a.step > 0) {
						t.Fatalf("%v from %g, %g more: %+v", u, lo, more, a)
					}
					for _, v := range a.ticks {
						if p := a.at(v); p < -1e-6 || p > 1+1e-6 {
							t.Fatalf("%v from %g, %g more: a tick at %g", u, lo, more, v)
						}
					}
					b, rows := textAxis(u, lo, lo+more, 80)
					if rows < 1 || rows > 9 || b.lo > lo+b.step*1e-6 || b.hi < lo+more-b.step*1e-6 || len(b.ticks) < 2 || len(b.ticks) > 5 {
						t.Fatalf("%v from %g, %g more: %d rows, %+v", u, lo, more, rows, b)
					}
				}
			}
		}
	}
}

func TestTimeAxis(t *testing.T) {
	zone := func(name string) *time.Location {
		z, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	for _, test := range []struct {
		name, zone, from, to string
		most                 int
		want                 string
	}{
		{"a day", "Europe/Paris", "2026-11-25 09:30:00", "2026-11-26 09:30:00", 8, "12:00, 15:00, 18:00, 21:00, 26 Nov, 03:00, 06:00, 09:00"},
		{"a minute", "Europe/Paris", "2026-11-25 09:30:10", "2026-11-25 09:31:10", 4, "09:30:15, 09:30:30, 09:30:45, 09:31:00"},
		{"an hour", "Europe/Paris", "2026-11-25 09:31:10", "2026-11-25 10:31:10", 4, "09:45, 10:00, 10:15, 10:30"},
		{"23 hours", "Europe/Paris", "2026-03-29 00:00:00", "2026-03-29 06:00:00", 9, "29 Mar, 01:00, 03:00, 04:00, 05:00, 06:00"},
		{"23 hours, each third", "Europe/Paris", "2026-03-29 00:00:00", "2026-03-30 00:00:00", 8, "29 Mar, 03:00, 06:00, 09:00, 12:00, 15:00, 18:00, 21:00, 30 Mar"},
		{"25 hours", "Europe/Paris", "2026-10-25 00:00:00", "2026-10-25 05:00:00", 9, "25 Oct, 01:00, 02:00, 02:00 CET, 03:00, 04:00, 05:00"},
		{"25 hours, each half", "Europe/Paris", "2026-10-25 01:30:00", "2026-10-25 03:30:00", 7, "01:30, 02:00, 02:30, 02:00, 02:30, 03:00, 03:30"},
		{"a shift of half an hour", "Australia/Lord_Howe", "2026-04-05 00:00:00", "2026-04-05 05:00:00", 7, "5 Apr, 01:00, 02:00, 03:00, 04:00, 05:00"},
		{"no midnight", "Africa/Cairo", "2026-04-23 12:00:00", "2026-04-25 12:00:00", 2, "Fri 24, Sat 25"},
		{"a zone of 45 minutes", "Asia/Kathmandu", "2026-04-23 12:10:00", "2026-04-23 16:10:00", 4, "13:00, 14:00, 15:00, 16:00"},
		{"a week", "Europe/Paris", "2026-11-19 09:30:00", "2026-11-26 09:30:00", 8, "Fri 20, Sat 21, Sun 22, Mon 23, Tue 24, Wed 25, Thu 26"},
		{"a month", "Europe/Paris", "2026-10-27 09:30:00", "2026-11-26 09:30:00", 6, "2 Nov, 9 Nov, 16 Nov, 23 Nov"},
		{"a year", "Europe/Paris", "2025-11-26 09:30:00", "2026-11-26 09:30:00", 6, "2026, Apr, Jul, Oct"},
		{"ten years", "Europe/Paris", "2016-11-26 09:30:00", "2026-11-26 09:30:00", 6, "2018, 2020, 2022, 2024, 2026"},
		{"500 years", "Europe/Paris", "1800-01-01 00:00:00", "2300-01-01 00:00:00", 6, "1800, 1900, 2000, 2100, 2200, 2300"},
	} {
		z := zone(test.zone)
		parse := func(s string) time.Time {
			at, err := time.ParseInLocation(time.DateTime, s, z)
			if err != nil {
				t.Fatal(err)
			}
			return at
		}
		from, to := parse(test.from), parse(test.to)
		var labels []string
		all := moments(from, to, test.most)
		for _, m := range all {
			labels = append(labels, m.label)
			if m.at.Before(from) || m.at.After(to) {
				t.Errorf("%s: a tick at %v", test.name, m.at)
			}
		}
		if got := strings.Join(labels, ", "); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
		if !slices.IsSortedFunc(all, func(a, b moment) int { return a.at.Compare(b.at) }) {
			t.Errorf("%s: not in order", test.name)
		}
	}
}
