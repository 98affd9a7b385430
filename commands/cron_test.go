package commands

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestScheduleTable(t *testing.T) {
	zone := paris(t)
	now := wall(t, "2026-03-28 22:31", zone)
	got := scheduleTable([]planned{
		{name: "pod:3", next: wall(t, "2026-03-29 04:20", zone).UTC(), last: wall(t, "2026-03-28 04:20", zone).UTC(), outcome: unknown, what: "20 4 * * * root /bin/true"},
		{name: "apt-daily.timer", next: wall(t, "2026-03-31 06:10", zone), outcome: "✗ exit-code", what: "starts apt-daily.service"},
		{name: "x\ny\x1b[2J", what: "@reboot\troot"},
	}, now)
	if want := `
NEXT            LAST   OUTCOME      NAME             WHAT
tomorrow 04:20  04:20  –            pod:3            20 4 * * * root /bin/true
Tue 06:10       –      ✗ exit-code  apt-daily.timer  starts apt-daily.service
–               –      –            x y[2J           @reboot root`[1:]; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// crontab writes a crontab below root.
func crontab(t *testing.T, root, name, text string) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestCronShowsCrontabsOfAHost(t *testing.T) {
	h := newHost(t, "board")
	crontab(t, h.Root, "/etc/crontab", "MAILTO=root\n20 4 * * 7 root /usr/bin/pod-restart --now\n@reboot root /bin/true\n")
	crontab(t, h.Root, "/etc/cron.d/hostile", "1 2 29 feb * root echo \x1b[31mred\x1b[m \u202eevil "+strings.Repeat("x", 900)+"\n")
	crontab(t, h.Root, "/etc/cron.d/broken", "1 2 3 root /bin/false\n* * * * * root /bin/true\n")
	crontab(t, h.Root, "/etc/passwd", "root:x:0:0::/root:/bin/sh\n")
	s := play(t, h)
	text, block := s.ask(t, "cron")
	has(t, text, "/etc/cron.d/broken:1: ", "cron ignores the whole file")
	for _, row := range []string{
		`(Sun|tomorrow|\d+ \w+)? *04:20 +– +– +crontab:2 +20 4 \* \* 7 root /usr/bin/pod-restart --now`,
		`.*(29 Feb|02:01).* +– +– +hostile:1 +1 2 29 feb \* root echo \[31mred\[m evil x+…`,
		`– +– +– +crontab:3 +@reboot root /bin/true`,
		`– +– +– +broken:2 +ignored by cron: line 1: .+`,
	} {
		if !regexp.MustCompile("(?m)^" + row + "$").MatchString(block) {
			t.Errorf("no row like %s in\n%s", row, block)
		}
	}
}

// cron knows the host's time zone alone, whatever zone the config shows times in.
func TestCronGoesByTheHostsZone(t *testing.T) {
	h := newHost(t, "board")
	crontab(t, h.Root, "/etc/crontab", "20 4 * * * root /bin/true\n")
	now := time.Now().In(time.FixedZone("far", 13*3600+17*60))
	rows, _ := h.crontabs(t.Context(), now)
	if len(rows) != 1 || rows[0].next.In(time.Local).Format("15:04") != "04:20" || rows[0].next.Sub(now) > 25*time.Hour {
		t.Errorf("%+v", rows)
	}
}

func TestCronWithNothing(t *testing.T) {
	withoutSystemd(t)
	s := play(t, newHost(t, "board"))
	if text, _ := s.ask(t, "cron"); text != "Nothing runs by itself on this host.\nno timers: this host does not run systemd" {
		t.Errorf("%q", text)
	}
}

func TestManyProblemsOfCrontabsAreCounted(t *testing.T) {
	h := newHost(t, "board")
	crontab(t, h.Root, "/etc/crontab", strings.Repeat("x\x1b[2J\u202e y z\n", 50))
	text, _ := play(t, h).ask(t, "cron")
	has(t, text, "/etc/crontab:1: ", "… and 45 more problems")
}
