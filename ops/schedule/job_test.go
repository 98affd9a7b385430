package schedule

import (
	"strings"
	"testing"
	"time"
)

func TestCheck(t *testing.T) {
	good := Job{Name: "nightly-restart", At: "20 4 * * 7", Do: "restart diaspora", Unless: "memory below 50 %"}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*Job){
		`job "": a name has`:                func(j *Job) { j.Name = "" },
		`job "a/b": a name has`:             func(j *Job) { j.Name = "a/b" },
		`job "-x": a name has`:              func(j *Job) { j.Name = "-x" },
		`job "a\x1b[2J`:                     func(j *Job) { j.Name = "a\x1b[2J\u202e" },
		`job "a\n": a name`:                 func(j *Job) { j.Name = "a\n" },
		`job "xxxx`:                         func(j *Job) { j.Name = strings.Repeat("x", 1000) },
		`at: no times`:                      func(j *Job) { j.At = " " },
		`at: bad hour "24"`:                 func(j *Job) { j.At = "1 24 * * *" },
		`at: "root" follows`:                func(j *Job) { j.At = "1 2 * * * root" },
		`at: "x" follows`:                   func(j *Job) { j.At = "@daily x" },
		`at: @reboot is no`:                 func(j *Job) { j.At = "@reboot" },
		`at: "0 0 31 2 *" never comes`:      func(j *Job) { j.At = "0 0 31 2 *" },
		`at: bad time specifier "@every"`:   func(j *Job) { j.At = "@every 5m" },
		`at: bad day-of-week "": a value`:   func(j *Job) { j.At = "1 2 3 4" },
		`it does nothing`:                   func(j *Job) { j.Do = "  " },
		`more than one line`:                func(j *Job) { j.Do = "restart x\nrestart y" },
		`longer than 1000 bytes`:            func(j *Job) { j.Do = strings.Repeat("x", 1001) },
		`unless: "moon": there are memory,`: func(j *Job) { j.Unless = "moon" },
	} {
		bad := good
		change(&bad)
		err := bad.Check()
		if err == nil {
			t.Errorf("%+v is taken", bad)
		} else if !strings.Contains(err.Error(), want) || len(err.Error()) > 300 || strings.ContainsAny(err.Error(), "\x1b\n\u202e") {
			t.Errorf("got %q, want %q in it", err, want)
		}
	}
}

func TestDuesUntil(t *testing.T) {
	for _, test := range []struct{ at, dealt, now, want string }{
		{"20 4 * * *", "2026-06-01 04:20", "2026-06-02 04:19", ""},
		{"20 4 * * *", "2026-06-01 04:20", "2026-06-02 04:20", "2026-06-02 04:20 2026-06-02 04:20"},
		{"20 4 * * *", "2026-06-01 04:20", "2026-06-04 12:00", "2026-06-02 04:20 2026-06-04 04:20"},
		{"* * * * *", "2016-06-01 04:20", "2026-06-04 12:00", "2016-06-01 04:21 2026-06-04 12:00"},
		{"* 4 1 * *", "2016-06-01 04:20", "2026-06-04 12:00", "2016-06-01 04:21 2026-06-01 04:59"},
		{"0 0 29 2 *", "2016-06-01 04:20", "2026-06-04 12:00", "2020-02-29 00:00 2024-02-29 00:00"},
		{"20 4 * * *", "2026-06-05 04:20", "2026-06-04 12:00", ""},
	} {
		const layout = "2006-01-02 15:04"
		dealt, _ := time.Parse(layout, test.dealt)
		now, _ := time.Parse(layout, test.now)
		got := ""
		if first, last, ok := entry(t, test.at).duesUntil(dealt, now); ok {
			got = first.Format(layout) + " " + last.Format(layout)
		}
		if got != test.want {
			t.Errorf("%s from %s to %s: %q, want %q", test.at, test.dealt, test.now, got, test.want)
		}
	}
}

func TestDoubles(t *testing.T) {
	for command, want := range map[string]string{
		"systemctl restart diaspora":                                    "diaspora",
		"/bin/systemctl --no-block restart diaspora.service >/dev/null": "diaspora",
		"sleep 5; sudo systemctl try-restart nginx diaspora && echo":    "nginx diaspora",
		"service diaspora restart":                                      "diaspora",
		"/usr/sbin/invoke-rc.d --quiet diaspora force-reload":           "diaspora",
		"test -x /etc/init.d/diaspora && /etc/init.d/diaspora restart":  "diaspora",
		"cd / && (systemctl -q restart 'diaspora.service')":             "diaspora",
		"systemctl status diaspora":                                     "",
		"systemctl restart":                                             "",
		"systemctl":                                                     "",
		"service":                                                       "",
		"echo systemctl; restart diaspora":                              "",
		"cd /home/diaspora && script/restart":                           "",
		"cat%systemctl restart diaspora":                                "",
		"$(printf 'systemctl restart %s' diaspora)":                     "",
		"": "",
		"\x1b]0;x\x07 ; systemctl restart \u202ediaspora\x00":            "\u202ediaspora\x00",
		"systemctl restart diaspora@1.service postgresql@13-main.target": "diaspora@1 postgresql@13-main.target",
	} {
		if got := strings.Join(Entry{Command: command}.Restarts(), " "); got != want {
			t.Errorf("%q restarts %q, want %q", command, got, want)
		}
	}
	entries, _ := ParseCrontab([]byte("20 4 * * * root systemctl restart diaspora.service\n0 5 * * * root service nginx restart\n"), "/etc/cron.d/pod", true)
	jobs := []Job{{Name: "nightly", Do: "restart diaspora"}, {Name: "weekly", Do: "report week"}, {Name: "x", Do: "restart"}}
	doubles := Doubles(jobs, entries)
	if len(doubles) != 1 || doubles[0].String() != "nightly restarts diaspora too (/etc/cron.d/pod:1: 20 4 * * *); one of the two is enough" {
		t.Errorf("%v", doubles)
	}
	entries[0].Ignored = "line 3"
	if doubles := Doubles(jobs, entries); len(doubles) != 0 {
		t.Errorf("%v", doubles)
	}
}

func FuzzRestarts(f *testing.F) {
	f.Add("systemctl restart diaspora")
	f.Add("service x restart; /etc/init.d/")
	f.Fuzz(func(t *testing.T, command string) {
		for _, unit := range (Entry{Command: command}).Restarts() {
			if strings.ContainsAny(unit, " \t;&|") || !strings.Contains(strings.ReplaceAll(command, `\`, ""), strings.ReplaceAll(unit, `\`, "")) {
				t.Errorf("%q restarts %q", command, unit)
			}
		}
	})
}

func FuzzParseAt(f *testing.F) {
	for _, seed := range []string{"20 4 * * *", "@daily", "@reboot", "0 0 31 2 *", ""} {
		f.Add(seed)
	}
	now := time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, at string) {
		e, err := ParseAt(at)
		if err != nil {
			return
		}
		if next, ok := e.Next(now); !ok || !next.After(now) {
			t.Errorf("%q: %v, %v", at, next, ok)
		}
	})
}
