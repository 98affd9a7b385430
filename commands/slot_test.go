package commands

import "testing"

func TestSlot(t *testing.T) {
	zone := paris(t)
	for _, tt := range []struct{ now, from, to, want string }{
		{thursday, "2026-11-29 22:00", "2026-11-30 00:00", "Sunday 29 November 2026, 22:00–00:00 CET (Europe/Paris), in 3 days"},
		{thursday, "2026-11-26 22:00", "2026-11-26 23:30", "Thursday 26 November 2026, 22:00–23:30 CET (Europe/Paris), in 5 h 15 min"},
		{thursday, "2026-11-27 22:00", "2026-11-28 02:00", "Friday 27 November 2026, 22:00 to Saturday 28 November, 02:00 CET (Europe/Paris), tomorrow"},
		{thursday, "2026-12-31 22:00", "2027-01-01 02:00", "Thursday 31 December 2026, 22:00 to Friday 1 January 2027, 02:00 CET (Europe/Paris), in 35 days"},
		{thursday, "2026-11-26 16:00", "2026-11-26 17:00", "Thursday 26 November 2026, 16:00–17:00 CET (Europe/Paris), now"},
		{thursday, "2026-11-25 16:00", "2026-11-25 17:00", "Wednesday 25 November 2026, 16:00–17:00 CET (Europe/Paris), over"},
		{"2026-11-26 23:50", "2026-11-27 00:10", "2026-11-27 01:00", "Friday 27 November 2026, 00:10–01:00 CET (Europe/Paris), in 20 min"},
		// The clocks change within it, or before it.
		{"2027-03-26 12:00", "2027-03-28 01:00", "2027-03-28 04:00", "Sunday 28 March 2027, 01:00 CET–04:00 CEST (Europe/Paris), in 2 days"},
		{"2027-10-29 12:00", "2027-10-30 22:00", "2027-10-31 04:00", "Saturday 30 October 2027, 22:00 CEST to Sunday 31 October, 04:00 CET (Europe/Paris), tomorrow"},
		{"2027-10-29 12:00", "2027-11-01 22:00", "2027-11-01 23:00", "Monday 1 November 2027, 22:00–23:00 CET (Europe/Paris), in 3 days"},
	} {
		if got := slot(wall(t, tt.from, zone), wall(t, tt.to, zone), wall(t, tt.now, zone)); got != tt.want {
			t.Errorf("got\n%s, want\n%s", got, tt.want)
		}
	}
	now := wall(t, thursday, zone).UTC()
	if got, want := slot(now, now.Add(3600e9), now), "Thursday 26 November 2026, 15:45–16:45 UTC, now"; got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
}
