package oom

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops"
)

const fixtures = "../../fixtures/oom"

var night = time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)

func explain(t testing.TB, file string) []ops.Event {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(fixtures, file))
	if err != nil {
		t.Fatal(err)
	}
	events, err := Explain(bytes.NewReader(text), func() time.Time { return night })
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// brief is what tells one event from another.
func brief(e ops.Event) string {
	d := e.Details.Get
	return fmt.Sprintf("%s %v %q anon=%v global=%v cgroup=%v by=%v", e.Key, d("pid"), d("name"), d("anon_rss_kb"), d("global"), d("cgroup"), d("by"))
}

func TestKills(t *testing.T) {
	unitGroup := "/system.slice/diaspora.service"
	global := func(name string, pid, anon int) string {
		return fmt.Sprintf("oom/%s %d %q anon=%d global=true cgroup=<nil> by=<nil>", strings.TrimSpace(ops.OneLine(name, 64)), pid, name, anon)
	}
	for file, want := range map[string][]string{
		"arm-3.16-global.log": {global("ruby", 2211, 1373636)},
		"child-4.9.log":       {global("convert", 701, 323900)},
		"memcg-6.1.log":       {"oom/diaspora.service 2211 \"ruby\" anon=430080 global=false cgroup=" + unitGroup + " by=<nil>"},
		"group-6.12.kmsg": {
			"oom/diaspora.service 50 \"ruby\" anon=430080 global=false cgroup=" + unitGroup + " by=<nil>",
			"oom/diaspora.service 51 \"node\" anon=40000 global=false cgroup=" + unitGroup + " by=<nil>",
			"oom/php 77 \"php\" anon=30000 global=false cgroup=<nil> by=<nil>",
		},
		"names.kmsg": {
			global("Web Content", 1, 1), global("(sd-pam)", 2, 2), global("café\n\\", 3, 3), global("x) total-vm:9kB", 4, 4),
			"oom/unknown 5 %!q(<nil>) anon=5 global=true cgroup=<nil> by=<nil>", global(",pid=1,uid=0", 6, 6),
			"oom/httpd 7 \"httpd\" anon=7 global=<nil> cgroup=<nil> by=<nil>", "oom/java 8 \"java\" anon=8 global=<nil> cgroup=<nil> by=<nil>",
		},
		"forged.log": nil,
		"daemons.log": {
			"oomd/diaspora.service <nil> %!q(<nil>) anon=<nil> global=<nil> cgroup=<nil> by=systemd-oomd",
			"oomd/sidekiq.service <nil> %!q(<nil>) anon=<nil> global=<nil> cgroup=<nil> by=systemd-oomd",
			"oomd/ruby 2211 \"ruby\" anon=<nil> global=<nil> cgroup=<nil> by=earlyoom",
			"oomd/we \"ird) 2300 \"we \\\"ird)\" anon=<nil> global=<nil> cgroup=<nil> by=earlyoom",
		},
	} {
		t.Run(file, func(t *testing.T) {
			var got []string
			for _, e := range explain(t, file) {
				got = append(got, brief(e))
			}
			if !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

func TestWords(t *testing.T) {
	for file, want := range map[string]string{
		"arm-3.16-global.log": "ruby (2211) was killed by the kernel: it held 1.31 of 1.97 GiB.\n" +
			"Next largest: postgres 212 MiB, redis-server 64 MiB, nginx 3.56 MiB, systemd-udevd 592 KiB.",
		"memcg-6.1.log": "ruby (2211) was killed by the limit of its own group /system.slice/diaspora.service (512 MiB): it held 430 MiB.\n" +
			"Next largest: node 40 MiB.",
		"daemons.log": "/system.slice/diaspora.service was killed by systemd-oomd.\n" +
			"Why: memory used (2000000000) / total (2100000000) and swap used (1) / total (1) being more than 90.00%.",
	} {
		if e := explain(t, file)[0]; e.Text != want {
			t.Errorf("%s says\n%s\nnot\n%s", file, e.Text, want)
		}
	}
}

// TestHours reads one kill behind each of the prefixes that logs put before it.
func TestHours(t *testing.T) {
	const kill = "Out of memory: Killed process 5 (ruby) total-vm:9kB, anon-rss:5kB, file-rss:0kB, shmem-rss:0kB"
	wall := time.Date(2026, 11, 11, 3, 12, 44, 0, time.UTC)
	boot := 4711100 * time.Millisecond
	for prefix, want := range map[string]struct {
		at    time.Time
		since time.Duration
	}{
		"":                                                 {since: -1},
		"[ 4711.100000] ":                                  {since: boot},
		"<3>[ 4711.100000] ":                               {since: boot},
		"[ 4711.100000][    T2] ":                          {since: boot},
		"[ 4711.100000] [   C0] ":                          {since: boot},
		"3,17,4711100000,-,caller=T1;":                     {since: boot},
		"kern  :err   : [ 4711.100000] ":                   {since: boot},
		"[ 4711.100000] diaspote kernel: ":                 {since: boot},
		"kernel: ":                                         {since: -1},
		"[Wed Nov 11 03:12:44 2026] ":                      {at: wall, since: -1},
		"[Wed Nov 11 03:12:44 2026 <    0.000012>] ":       {at: wall, since: -1},
		"[ 4711.100000 <    0.000012>] ":                   {since: boot},
		"[Nov11 03:12] ":                                   {at: wall.Truncate(time.Minute), since: -1},
		"[  +0.000012] ":                                   {since: -1},
		"\x1b[32m[ 4711.100000] \x1b[0m\x1b[31m":           {since: boot},
		"Nov 11 03:12:44 diaspote kernel: ":                {at: wall, since: -1},
		"Dec 11 03:12:44 diaspote kernel: [ 4711.100000] ": {at: wall.AddDate(-1, 1, 0), since: boot},
		"17 Nov 11 03:12:44   kernel: [ 4711.100000] ":     {at: wall, since: boot},
		"2026-11-11T04:12:44.000000+01:00 diaspote kernel: [4711.100] ":  {at: wall, since: boot},
		"2026-11-11T03:12:44,000000+00:00 ":                              {at: wall, since: -1},
		"2026-11-11 03:12:44 diaspote kernel: ":                          {at: wall, since: -1},
		"Wed 2026-11-11 03:12:44 UTC diaspote kernel: ":                  {at: wall, since: -1},
		"1794366764.000000 diaspote kernel: ":                            {at: wall, since: -1},
		"<3>1 2026-11-11T03:12:44Z diaspote kernel - - - [4711.100000] ": {at: wall, since: boot},
	} {
		var p Parser
		p.Now = func() time.Time { return night }
		found := p.Feed(prefix + kill)
		if len(found) != 1 || found[0].Kill == nil {
			t.Errorf("%q: no kill is found", prefix)
			continue
		}
		if k := found[0].Kill; !k.At.Equal(want.at) || k.SinceBoot != want.since {
			t.Errorf("%q: %v and %v, not %v and %v", prefix, k.At, k.SinceBoot, want.at, want.since)
		}
	}
}

func FuzzParser(f *testing.F) {
	files, err := filepath.Glob(filepath.Join(fixtures, "*"))
	if err != nil || len(files) == 0 {
		f.Fatal("the fixtures are not here", err)
	}
	more, _ := filepath.Glob(filepath.Join(corpus, "*.log"))
	for _, file := range append(files, more...) {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		events, err := Explain(strings.NewReader(text), func() time.Time { return night })
		if err != nil {
			t.Fatal(err)
		}
		kills, _, _ := split(events)
		if most := strings.Count(text, "rocess") + strings.Count(text, `\`) + strings.Count(text, "MESSAGE"); len(kills) > most {
			t.Errorf("%d kills in a text that can name %d", len(kills), most)
		}
		for _, e := range events {
			if strings.ContainsAny(e.Key, "\n\r\x1b") || strings.Contains(e.Title, "\n") || e.At.IsZero() {
				t.Errorf("not fit to be told: %+v", e)
			}
			if _, err := e.Details.MarshalJSON(); err != nil {
				t.Error(err)
			}
		}
	})
}

func BenchmarkParser(b *testing.B) {
	text, err := os.ReadFile(filepath.Join(fixtures, "group-6.12.kmsg"))
	if err != nil {
		b.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	b.Run("kill", func(b *testing.B) {
		var p Parser
		for b.Loop() {
			p.Feed(lines[2])
		}
	})
	b.Run("other", func(b *testing.B) {
		var p Parser
		for b.Loop() {
			p.Feed("6,903,4711000120,-;usb 1-1.2: new high-speed USB device number 4 using dwc_otg")
		}
	})
}
