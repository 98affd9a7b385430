package schedule

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // for a host without time zones

	"github.com/robfig/cron/v3"
)

func entry(t testing.TB, schedule string) Entry {
	t.Helper()
	entries, problems := ParseCrontab([]byte(schedule+" x\n"), "x", false)
	if len(entries) != 1 {
		t.Fatalf("%s: %v", schedule, problems)
	}
	return entries[0]
}

func TestNext(t *testing.T) {
	const layout = "2006-01-02 15:04 MST"
	for _, test := range []struct {
		schedule, zone, after string // after in UTC
		want                  string // the runs that follow
	}{
		{"20 4 * * *", "Europe/Paris", "2026-06-01 02:19", "2026-06-01 04:20 CEST, 2026-06-02 04:20 CEST"},
		{"20 4 * * *", "Europe/Paris", "2026-06-01 02:20", "2026-06-02 04:20 CEST"},
		{"0 0 * * 7", "UTC", "2026-06-01 00:00", "2026-06-07 00:00 UTC, 2026-06-14 00:00 UTC"},
		{"0 0 * * 5-7", "UTC", "2026-06-01 00:00", "2026-06-05 00:00 UTC, 2026-06-06 00:00 UTC, 2026-06-07 00:00 UTC, 2026-06-12 00:00 UTC"},
		{"@weekly", "UTC", "2026-06-01 00:00", "2026-06-07 00:00 UTC"},
		{"@yearly", "UTC", "2026-06-01 00:00", "2027-01-01 00:00 UTC, 2028-01-01 00:00 UTC"},
		{"59 23 31 12 *", "UTC", "2026-12-31 23:59", "2027-12-31 23:59 UTC"},

		// Both days restricted: either. One of them beginning with a star: both, "*/2" too.
		{"0 0 13 * fri", "UTC", "2026-06-01 00:00", "2026-06-05 00:00 UTC, 2026-06-12 00:00 UTC, 2026-06-13 00:00 UTC, 2026-06-19 00:00 UTC"},
		{"0 0 */2 * fri", "UTC", "2026-06-01 00:00", "2026-06-05 00:00 UTC, 2026-06-19 00:00 UTC, 2026-07-03 00:00 UTC"},
		{"0 0 1-31/2 * fri", "UTC", "2026-06-01 00:00", "2026-06-03 00:00 UTC, 2026-06-05 00:00 UTC, 2026-06-07 00:00 UTC"},
		{"0 0 13 * */5", "UTC", "2026-06-01 00:00", "2026-09-13 00:00 UTC, 2026-11-13 00:00 UTC"},

		{"0 0 29 2 *", "UTC", "2026-06-01 00:00", "2028-02-29 00:00 UTC, 2032-02-29 00:00 UTC"},
		{"0 0 29 2 *", "Europe/Paris", "2096-06-01 00:00", "2104-02-29 00:00 CET"},
		{"0 0 29 2 */7", "Europe/Paris", "2026-06-01 00:00", "2032-02-29 00:00 CET, 2060-02-29 00:00 CET"},
		{"0 0 31 2 *", "Europe/Paris", "2026-06-01 00:00", "never"},
		{"@reboot", "UTC", "2026-06-01 00:00", "never"},

		// Spring: 02:00 to 03:00 on 29 March is left out.
		{"30 2 * * *", "Europe/Paris", "2026-03-28 00:00", "2026-03-28 02:30 CET, 2026-03-29 03:00 CEST, 2026-03-30 02:30 CEST"},
		{"30 2 * * *", "Europe/Paris", "2026-03-29 01:00", "2026-03-30 02:30 CEST"},
		{"0 3 * * *", "Europe/Paris", "2026-03-29 00:00", "2026-03-29 03:00 CEST, 2026-03-30 03:00 CEST"},
		{"*/30 2 * * *", "Europe/Paris", "2026-03-28 01:15", "2026-03-28 02:30 CET, 2026-03-30 02:00 CEST"},
		{"30 * * * *", "Europe/Paris", "2026-03-29 00:00", "2026-03-29 01:30 CET, 2026-03-29 03:30 CEST"},
		{"@hourly", "Europe/Paris", "2026-03-29 00:00", "2026-03-29 03:00 CEST, 2026-03-29 04:00 CEST"},
		{"@daily", "America/Asuncion", "2024-10-05 04:00", "2024-10-06 01:00 -03, 2024-10-07 00:00 -03"}, // midnight is left out

		// Autumn: 02:00 to 03:00 on 25 October comes twice.
		{"30 2 * * *", "Europe/Paris", "2026-10-24 12:00", "2026-10-25 02:30 CEST, 2026-10-26 02:30 CET"},
		{"30 2 * * *", "Europe/Paris", "2026-10-25 01:10", "2026-10-26 02:30 CET"},
		{"0 3 * * *", "Europe/Paris", "2026-10-25 00:30", "2026-10-25 03:00 CET"},
		{"30 * * * *", "Europe/Paris", "2026-10-25 00:00", "2026-10-25 02:30 CEST, 2026-10-25 02:30 CET, 2026-10-25 03:30 CET"},
		{"*/30 2 * * *", "Europe/Paris", "2026-10-24 12:00", "2026-10-25 02:00 CEST, 2026-10-25 02:30 CEST, 2026-10-25 02:00 CET, 2026-10-25 02:30 CET"},
		{"15 2 * * *", "Australia/Lord_Howe", "2026-10-03 00:00", "2026-10-04 02:30 +11"}, // half an hour is left out

		// Samoa had no 30 December 2011: a correction of the clock, nothing is made up for.
		{"0 12 30 12 *", "Pacific/Apia", "2011-12-01 00:00", "2012-12-30 12:00 +14"},
	} {
		zone, err := time.LoadLocation(test.zone)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse("2006-01-02 15:04", test.after)
		if err != nil {
			t.Fatal(err)
		}
		e := entry(t, test.schedule)
		var got []string
		at = at.In(zone)
		for range strings.Count(test.want, ",") + 1 {
			next, ok := e.Next(at)
			if !ok {
				got = append(got, "never")
				break
			}
			got = append(got, next.Format(layout))
			at = next
		}
		if s := strings.Join(got, ", "); s != test.want {
			t.Errorf("%s in %s after %s:\ngot  %s\nwant %s", test.schedule, test.zone, test.after, s, test.want)
		}
	}
}

func TestNextOfAnIgnoredEntry(t *testing.T) {
	e := entry(t, "* * * * *")
	e.Ignored = "cron ignores the file"
	if next, ok := e.Next(time.Now()); ok {
		t.Errorf("%v, for a job that cron does not run", next)
	}
}

// TestNextAsRobfig compares with another reader of schedules where both must agree: in UTC, and in
// what both take to mean the same.
func TestNextAsRobfig(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 20))
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	for range 2000 {
		schedule := strings.Join([]string{
			pick("*", "0", "5,50", "*/7", "10-40/15"), pick("*", "4", "0,23", "*/5", "9-17"), pick("*", "1", "30", "28-31", "1,15"),
			pick("*", "2", "feb,dec", "*/4", "6-9"), pick("*", "0", "mon-fri", "sun", "2,4"),
		}, " ")
		other, err := cron.ParseStandard(schedule)
		if err != nil {
			t.Fatal(err)
		}
		e := entry(t, schedule)
		at := time.Date(2020+random.IntN(20), time.Month(1+random.IntN(12)), 1+random.IntN(28), random.IntN(24), random.IntN(60), random.IntN(60), 0, time.UTC)
		for range 5 {
			next, ok := e.Next(at)
			want := other.Next(at)
			if ok == want.IsZero() || ok && !next.Equal(want) {
				if want.IsZero() {
					break // the other looks five years ahead
				}
				t.Errorf("%s after %v: %v, want %v", schedule, at, next, want)
			}
			if !ok {
				break
			}
			at = next
		}
	}
}

func TestMatchRuns(t *testing.T) {
	crontab := "17 * * * * root    cd / && run-parts --report /etc/cron.hourly\n" +
		"0 3 * * * dada backup $(date +\\%F) %stdin\n" +
		"0 4 * * * dada same\n" +
		"0 5 * * * dada same\n" +
		"@reboot dada café\n" +
		"1 1 * * * dada never\n"
	entries, problems := ParseCrontab([]byte(crontab), "x", true)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	day := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	at := func(hour, minute int) time.Time {
		return day.Add(time.Duration(hour*60+minute)*time.Minute + time.Second)
	}
	lines := []RunLine{
		{at(1, 17), "(root) CMD (   cd / && run-parts --report /etc/cron.hourly)"},
		{at(0, 17), "(root) CMD (   cd / && run-parts --report /etc/cron.hourly)"},
		{at(3, 0), "(dada) CMD ([4711] backup $(date +%F) )"},
		{at(4, 0), "Jun  1 04:00:01 pod CRON[815]: (dada) CMD (same)"},
		{at(5, 1), "(dada) CMD (same)"},
		{at(6, 0), "(dada) CMD (same)"}, // none of them was to run then
		{at(7, 0), "(dada) CMD (caf\\303\\251)"},
		{at(8, 0), "(eve) CMD (never)"},
		{at(8, 0), "(dada) END (never)"},
		{at(8, 0), "pam_unix(cron:session): session opened for user dada(uid=1000) by (uid=0)"},
		{at(8, 0), "(dada) CMD (never"},
		{at(8, 0), ""},
	}
	want := map[int]time.Time{0: at(1, 17), 1: at(3, 0), 2: at(4, 0), 3: at(5, 1), 4: at(7, 0)}
	if got := MatchRuns(entries, lines); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func FuzzParseRun(f *testing.F) {
	f.Add("(root) CMD (   cd /)")
	f.Add("CRON[1]: (root) CMD ([1] x)")
	f.Fuzz(func(t *testing.T, message string) {
		user, command, ok := parseRun(message)
		if ok && !strings.Contains(message, user+") CMD (") {
			t.Errorf("%q: user %q", message, user)
		}
		if c := withoutPID(command); !strings.HasSuffix(command, c) {
			t.Errorf("%q became %q", command, c)
		}
	})
}

func TestLogged(t *testing.T) {
	got := logged(" a\tb\x7fé ")
	if want := `a^Ib^?\303\251`; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func BenchmarkNext(b *testing.B) {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		b.Fatal(err)
	}
	after := time.Date(2026, 6, 1, 0, 0, 0, 0, zone)
	for _, schedule := range []string{"20 4 * * *", "0 0 29 2 */7", "0 0 31 2 *"} {
		e := entry(b, schedule)
		b.Run(strings.ReplaceAll(schedule, " ", "_"), func(b *testing.B) {
			for b.Loop() {
				e.Next(after)
			}
		})
	}
}
