package bot

import (
	"testing"
	"time"

	"github.com/diaspote/vigie/ops"
)

// TestQuietHours go by the clock on the wall, also in the nights in which it is set.
func TestQuietHours(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	night := Quiet{From: 23 * time.Hour, To: 7 * time.Hour, Passes: ops.Critical}
	nap := Quiet{From: 13 * time.Hour, To: 14*time.Hour + 30*time.Minute, Passes: ops.Warning}
	early := Quiet{From: 30 * time.Minute, To: 2*time.Hour + 30*time.Minute, Passes: ops.Critical}
	for _, test := range []struct {
		quiet     Quiet
		severity  ops.Severity
		now, want string // in UTC; "" for now
	}{
		{night, ops.Warning, "2026-11-24 21:59", ""}, // 22:59
		{night, ops.Warning, "2026-11-24 22:00", "2026-11-25 06:00"},
		{night, ops.Info, "2026-11-25 05:59", "2026-11-25 06:00"},
		{night, ops.Info, "2026-11-25 06:00", ""},
		{night, ops.Critical, "2026-11-25 02:00", ""},
		{night, ops.Warning, "2026-03-28 22:30", "2026-03-29 05:00"}, // an hour is left out: 7 h and a half
		{night, ops.Warning, "2026-03-29 04:59", "2026-03-29 05:00"}, // 06:59 in summer
		{night, ops.Warning, "2026-10-24 21:30", "2026-10-25 06:00"}, // an hour comes twice
		{night, ops.Warning, "2026-10-25 05:30", "2026-10-25 06:00"}, // 06:30 in winter
		{nap, ops.Info, "2026-07-01 11:00", "2026-07-01 12:30"},
		{nap, ops.Warning, "2026-07-01 11:00", ""},
		{nap, ops.Info, "2026-07-01 12:30", ""},
		{early, ops.Warning, "2026-03-29 00:30", "2026-03-29 01:30"}, // 02:30 is not on that clock: 03:30
		{early, ops.Warning, "1970-01-01 00:10", "1970-01-01 01:30"}, // a clock that was never set
		{Quiet{}, ops.Info, "2026-11-25 02:00", ""},
	} {
		at := func(s string) time.Time {
			at, err := time.Parse("2006-01-02 15:04", s)
			if err != nil {
				t.Fatal(err)
			}
			return at.In(paris)
		}
		want := test.now
		if test.want != "" {
			want = test.want
		}
		if got := test.quiet.until(at(test.now), test.severity); !got.Equal(at(want)) {
			t.Errorf("%s at %s: %s, want %s", test.severity, at(test.now), got, at(want))
		}
	}
}
