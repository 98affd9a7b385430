package systemd

import (
	"fmt"
	"strings"
	"testing"
	"time"

	godbus "github.com/godbus/dbus/v5"

	"github.com/diaspote/vigie/ops"
)

// play lets a story see moments, each a line "milliseconds state invocation NRestarts [result] [job]" as systemd
// sent them, and returns what is told, each as "milliseconds title", until nothing more is due.
func play(critical bool, lines string) (told []string) {
	zero := time.Date(2026, 3, 29, 3, 0, 0, 0, time.UTC)
	s := &story{name: "x.service"}
	until := func(end time.Time) {
		for {
			v, due := s.judge(critical)
			if v == nothing || due.After(end) {
				return
			}
			e := s.event(v, ops.Critical, due)
			if v != forget {
				told = append(told, fmt.Sprintf("%d %s", due.Sub(zero).Milliseconds(), e.Title))
			}
			s.tell(v, s.bad.crashes, e.ID, due)
		}
	}
	for i, line := range strings.Split(strings.TrimSpace(lines), "\n") {
		var ms, restarts int
		var state, invocation, result, job string
		fmt.Sscan(line, &ms, &state, &invocation, &restarts, &result, &job)
		at := zero.Add(time.Duration(ms) * time.Millisecond)
		until(at)
		m := moment{job: job == "job", stamp: uint64(i + 1)}
		m.ActiveState, m.SubState, _ = strings.Cut(state, "/")
		m.InvocationID, m.Restarts, m.Since, m.Result = invocation, uint32(restarts), at, result
		if result == "exit-code" {
			m.ExitCode, m.ExitStatus = 1, 5
		} else if result == "signal" {
			m.ExitCode, m.ExitStatus = 2, 11
		}
		s.see(m, at, critical, false)
	}
	until(zero.Add(24 * time.Hour))
	return told
}

// The transitions are as systemd 252 sends them.
func TestVerdicts(t *testing.T) {
	const running = "0 active/running a 0 success\n"
	crash := func(ms int, run string, n int) string {
		return fmt.Sprintf("%d failed/failed %s %d exit-code\n%d activating/auto-restart %s %d exit-code\n", ms, run, n, ms+1, run, n)
	}
	again := func(ms int, run string, n int) string {
		return fmt.Sprintf("%d inactive/dead %s %d success job\n%d active/running %s %d success\n", ms, run, n, ms+10, run, n)
	}
	loop := running
	for i := range 5 {
		loop += crash(1000+250*i, string(rune('a'+i)), i)
		if i < 4 {
			loop += again(1120+250*i, string(rune('b'+i)), i+1)
		}
	}
	slow := running
	for i := range 9 {
		slow += crash(10_000*(i+1), string(rune('a'+i)), i) + again(10_000*(i+1)+1000, string(rune('b'+i)), i+1)
	}
	for _, c := range []struct {
		name, moments, want string
	}{
		{"mended", running + "100 failed/failed a 0 signal\n101 activating/auto-restart a 0 signal\n" + again(2090, "b", 1),
			"6100 crashed, running again after 2 s"},
		{"twice", running + crash(1000, "a", 0) + again(3000, "b", 1) + crash(4000, "b", 1) + again(6990, "c", 2),
			"11000 failed twice, running again after 6 s"},
		{"fails", running + "1000 failed/failed a 0 exit-code", "1500 failed: exit status 5"},
		{"failed, mended by somebody", running + "1000 failed/failed a 0 exit-code\n" + again(14_990, "b", 0),
			"1500 failed: exit status 5|19000 running again"},
		{"start limit", loop + "2200 inactive/dead e 5 exit-code job\n2201 failed/failed e 5 exit-code job\n2202 failed/failed e 5 exit-code",
			"2701 start limit hit: failed 5 times in 1 s"},
		{"slow loop", slow, "15010 failed, running again after 1 s|25010 failed, running again after 1 s|" +
			"30501 crash-looping: 3 times in 20 s|90501 crash-looping: 9 times in 80 s|117980 running again"},
		{"long pause", running + crash(1000, "a", 0) + again(31_000, "b", 1),
			"5001 failed, not running again yet|35010 running again"},
		{"reload", running + "100 reloading/reload a 0 success job\n200 active/running a 0 success", ""},
		{"restart", running + "100 deactivating/stop-sigterm a 0 success job\n200 inactive/dead a 0 success job\n" + again(300, "b", 0), ""},
		{"restart of what ends badly", running + "100 deactivating/stop-sigterm a 0 success job\n200 failed/failed a 0 exit-code job\n" +
			"300 failed/failed b 0 success job\n301 active/running b 0 success", ""},
		{"stop of what ends badly", running + "100 deactivating/stop-sigterm a 0 success job\n200 failed/failed a 0 exit-code job\n" +
			"300 failed/failed a 0 exit-code", "4200 failed: exit status 5"},
		{"oneshot fails, then does not", "0 activating/start a 0 success job\n100 failed/failed a 0 exit-code\n" +
			"60000 failed/failed b 0 success job\n60001 activating/start b 0 success job\n60100 inactive/dead b 0 success",
			"600 failed: exit status 5|60600 ran well again"},
		{"a restart that no signal showed", running + "5000 active/running b 1 success", "9000 crashed, running again"},
		{"a crash after such a restart", running + "5000 active/running b 1 success\n" + crash(10_000, "b", 1) + again(10_490, "c", 2),
			"9000 crashed, running again|14500 failed, running again after 0.5 s"},
	} {
		if got := strings.Join(play(true, c.moments), "|"); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
	getty := running + "100 inactive/dead a 0 success\n101 activating/auto-restart a 0 success\n" + again(200, "b", 1)
	if got := play(false, getty); got != nil {
		t.Errorf("a getty after a logout: %q", got)
	}
}

func TestServiceAt(t *testing.T) {
	for path, want := range map[string]string{
		unitPath + "cron_2eservice":             "cron.service",
		unitPath + "user_401000_2eservice":      "user@1000.service",
		unitPath + "a_5f_2eb_2dc_2eservice":     "a_.b-c.service",
		unitPath + "cron_2etimer":               "",
		unitPath + "_zz_2eservice":              "",
		"/org/freedesktop/systemd1/x_2eservice": "",
		unitPath + "_2eservice":                 ".service",
		unitPath + "x_2":                        "",
	} {
		if got := serviceAt(godbus.ObjectPath(path)); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
