package upgrade

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops"
)

const fixtures = "../../fixtures/upgrades"

// told are the events of a log, each as its severity, title and text.
func told(t *testing.T, name string) (list []string) {
	t.Helper()
	f, err := os.Open(filepath.Join(fixtures, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	explain := ExplainUnattended
	if strings.HasPrefix(name, "history") {
		explain = ExplainHistory
	}
	events, err := explain(f, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	for _, ev := range events {
		list = append(list, strings.TrimSpace(ev.Severity.String()+" "+ev.Title+"\n"+ev.Text))
	}
	return list
}

func TestTold(t *testing.T) {
	const repair = "dpkg may be left with packages that are unpacked and not configured: dpkg --configure -a, then apt-get -f install\n"
	const right = "to put right: dpkg --configure -a, then apt-get -f install; the log: /var/log/apt/term.log\n"
	for name, want := range map[string][]string{
		"history-all-fields.log": {
			"info 3 packages upgraded, 3 installed, 2 removed\nlinux-image-armmp 6.1.128-1 → 6.1.129-1\n" +
				"libc6 2.36-9+deb12u9 → 2.36-9+deb12u10\nruby3.1 3.1.2-7+deb12u2 → 3.1.2-7+deb12u1\n" +
				"installed: linux-image-6.1.0-32-armmp, libfoo2, nginx\nremoved: libfoo1, postfix\n" +
				"by hand: apt full-upgrade, asked for by dada (1000)",
			"warning upgrade failed: Sub-process /usr/bin/dpkg returned an error code (1)\n" + right + "meant to upgrade: postgresql-15",
			"critical upgrade died half-way\n" + repair + "meant to upgrade: redis-server",
			"info nothing to upgrade\nby hand: apt-get -f install",
			"info part of apt's history was not understood\nthis is no record at all",
		},
		"unattended-debian13.log": {
			"info 2 packages upgraded, 1 removed\ncurl, libcurl4t64\nremoved: libfoo1\n" +
				"held back: nginx-common (its configuration file was changed: upgrade it by hand)\n" +
				"held back: redis-server (on the blacklist)\nheld back: ruby3.3 (on hold)\nwants a reboot",
			"info nothing to upgrade",
			"critical upgrade died half-way\n" + repair + "meant to upgrade: curl",
			"warning upgrade failed: AttributeError: 'Cache' object has no attribute 'x'",
		},
		"unattended-mail.txt": {
			"info 4 packages upgraded, 1 removed\ncurl, libcurl4t64, linux-image-armmp, tzdata\nremoved: linux-image-6.12.9-armmp\n" +
				"held back: redis-server (on the blacklist)\nheld back: nginx-common (unattended-upgrades does not say why)\nwants a reboot",
		},
		"unattended-mail-failed.txt": {
			"warning upgrade failed: the mail does not say why\n" + right + "meant to upgrade: postgresql-9.4",
		},
		"unattended-debian8.log": {
			"info 2 packages upgraded\nopenssh-client (security), openssh-server (security)", "info nothing to upgrade"},
		"unattended-french.log": {
			"info 2 packages upgraded\nglibc-doc (security), libc6 (security)", "warning upgrade failed: Impossible d'obtenir le verrou"},
		"unattended-unknown-language.log": {
			"info 2 packages upgraded\ncurl, libcurl4", "warning upgrade failed: Ne funkciis\n" + right + "meant to upgrade: bash"},
	} {
		if got := told(t, name); !slices.Equal(got, want) {
			t.Errorf("%s:\n%s\n\nwant:\n%s", name, strings.Join(got, "\n--\n"), strings.Join(want, "\n--\n"))
		}
	}
}

func TestNeedrestart(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(fixtures, "needrestart-batch.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][]string{
		string(text): {"diaspora", "sidekiq", "kernel"},
		"NEEDRESTART-KCUR: 6.1\nNEEDRESTART-KEXP: 6.1\nNEEDRESTART-KSTA: 1\n": nil,
		"NEEDRESTART-KCUR: 6.1\nNEEDRESTART-KEXP: \nNEEDRESTART-KSTA: 3\n":    nil, // /boot could not be read
		"": nil,
	} {
		if got := ParseNeedrestart(text); !slices.Equal(got, want) {
			t.Errorf("%q wants a restart in %q, not %q", got, text, want)
		}
	}
}

func TestDpkgErrors(t *testing.T) {
	const output = "Log started: 2025-01-01  10:00:00\ndpkg: error processing package before (--configure):\n an older run\n" +
		"Log started: 2025-01-02  10:00:00\nSetting up b (1) ...\ndpkg: error processing package b (--configure):\n" +
		" subprocess installed post-installation script returned error exit status 1\n" +
		"dpkg: error processing package c (--configure):\n dependency problems - leaving unconfigured\n" +
		"dpkg: error processing archive /var/cache/apt/archives/d_2_all.deb (--unpack):\r\n no space left\r\n"
	want := []string{"b: subprocess installed post-installation script returned error exit status 1", "d_2_all.deb: no space left"}
	if got := ParseDpkgErrors(outputBetween(output, "2025-01-02  10:00:00", "")); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestManyPackagesAreCut(t *testing.T) {
	r := Run{Unattended: true}
	yes := true
	for i := range 22 {
		p := Package{Name: string(rune('a' + i)), From: "1", To: "2"}
		if i == 21 {
			p.Security = &yes
		}
		r.Upgraded = append(r.Upgraded, p)
	}
	lines := strings.Split(r.Event(time.UTC, time.Time{}).Text, "\n")
	if len(lines) != shown+1 || lines[0] != "v 1 → 2 (security)" || lines[shown] != "and 14 more" {
		t.Errorf("%q", lines)
	}
}

func TestPluginRefusesWhatIsNone(t *testing.T) {
	for _, data := range []string{"", "[]", "{}", `{"result": null}`, `{"result": {"packages_upgraded": "x"}}`} {
		if ev, err := FromPlugin([]byte(data), time.Now()); err == nil {
			t.Errorf("%q is an event: %+v", data, ev)
		}
	}
	// Without the logs the lists have to do.
	ev, err := FromPlugin([]byte(`{"result": {"success": false, "result": "Lock could not be acquired", "packages_upgraded": ["curl"]}}`), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	has(t, ev, ops.Warning, "upgrade failed: Lock could not be acquired", "meant to upgrade: curl")
}

// sound checks what holds of every event, whatever the log.
func sound(t *testing.T, events []ops.Event) {
	for _, ev := range events {
		if ev.Title == "" || strings.Contains(ev.Title, "\n") || ev.Key == "" || len(ev.Text) > 64<<10 {
			t.Errorf("a bad event: %+v", ev)
		}
		if _, err := ev.Details.MarshalJSON(); err != nil {
			t.Error(err)
		}
	}
}

func fuzz(f *testing.F, pattern string, parse func(string) ([]Run, []string)) {
	files, _ := filepath.Glob(filepath.Join(fixtures, pattern))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		runs, unread := parse(text)
		if len(runs) == 0 && len(unread) == 0 && len(entriesOf(text)) == 0 && strings.Trim(text, "\x00 \t\r\n\v\f\u0085\u00a0") != "" && !blank(text) {
			t.Errorf("lost: %q", text)
		}
		var events []ops.Event
		for _, r := range merge(runs, runs) {
			events = append(events, r.Event(time.UTC, time.Time{}))
		}
		sound(t, events)
	})
}

func blank(text string) bool { return strings.TrimSpace(strings.ReplaceAll(text, "\x00", "")) == "" }

func entriesOf(text string) []entry { _, list := entries(text); return list }

func FuzzHistory(f *testing.F) { fuzz(f, "history-*", ParseHistory) }

func FuzzUnattended(f *testing.F) { fuzz(f, "unattended-*", ParseUnattended) }

func FuzzPlugin(f *testing.F) {
	f.Add([]byte(`{"result": {"success": true, "packages_upgraded": ["curl"]}, "log": "", "history": "Start-Date: x"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if ev, err := FromPlugin(data, time.Unix(0, 0)); err == nil {
			sound(t, []ops.Event{ev})
		}
	})
}

func FuzzNeedrestart(f *testing.F) {
	f.Add("NEEDRESTART-SVC: a.service\nNEEDRESTART-KSTA: 3\nNEEDRESTART-KEXP: x\n")
	f.Fuzz(func(t *testing.T, text string) { ParseNeedrestart(text); ParseDpkgErrors(text) })
}

func BenchmarkUnattended(b *testing.B) {
	text, err := os.ReadFile(filepath.Join(fixtures, "unattended-debian13.log"))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		ParseUnattended(string(text))
	}
}
