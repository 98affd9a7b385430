package commands

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// raise lets something happen on the host of the stage.
func (s *stage) raise(t testing.TB, events ...ops.Event) {
	t.Helper()
	if err := s.bot.Raise(context.Background(), events...); err != nil {
		t.Fatal(err)
	}
}

func (s *stage) text(t testing.TB, from, line string) string {
	t.Helper()
	text, block := s.askAs(t, from, line)
	return strings.TrimRight(text+"\n"+block, "\n")
}

func now(ago time.Duration) time.Time { return time.Now().Add(-ago).UTC() }

func TestAlertsAndAck(t *testing.T) {
	s := play(t, newHost(t, "board"))
	like(t, s.text(t, "lulu", "alerts"), `All is calm\.`)
	like(t, s.text(t, "olga", "ack"), `✗ ack: there is nothing to take`)
	s.raise(t,
		ops.Event{Kind: "disk", Key: "disk/", Severity: ops.Warning, Lasting: true, At: now(time.Minute), Title: "disk / is 91 % full"})
	like(t, s.text(t, "olga", "ack"), `olga has taken #1 ▲ disk / is 91 % full · since .*\d\d:\d\d · taken by olga`)
	s.raise(t,
		ops.Event{Kind: "oom", Key: "oom/diaspora.service", Unit: "diaspora.service", Severity: ops.Critical, At: now(3 * time.Minute), Title: "OOM kill"},
		ops.Event{Kind: "oom", Key: "oom/diaspora.service", Unit: "diaspora.service", Severity: ops.Critical, At: now(time.Minute), Title: "OOM kill"},
		ops.Event{Kind: "pod", Key: "pod/down", Severity: ops.Critical, Lasting: true, At: now(2 * time.Minute), Title: "pod\x1b[31m down"},
		ops.Event{Kind: "pod", Key: "pod/slow", Severity: ops.Warning, Lasting: true, At: now(2 * time.Minute), Title: "slow"},
		ops.Event{Kind: "pod", Key: "pod/slow", Resolved: true, At: now(time.Minute), Title: "fast"},
		ops.Event{Kind: "job", Key: "job/x", At: now(time.Minute), Title: "x ran"})
	const oom, pod = `#2 ✗ OOM kill · diaspora\.service · last .*\d\d:\d\d · ×2`, `#3 ✗ pod.*down · since .*\d\d:\d\d`
	like(t, s.text(t, "lulu", "alerts"), oom+"\n"+pod+"\n"+`#1 ▲ disk / is 91 % full · since .*\d\d:\d\d · taken by olga`)
	like(t, s.text(t, "olga", "ack"), "✗ ack: which one\\?\n"+oom+"\n"+pod)
	like(t, s.text(t, "olga", "ack #2"), `olga has taken `+oom+` · taken by olga`)
	like(t, s.text(t, "olga", "ack 77"), `✗ ack 77: there is no alert of that number; try: alerts`)
	like(t, s.text(t, "olga", "ack -1"), `✗ ack: "-1" is no number of an alert; try: alerts`)
	like(t, s.text(t, "lulu", "ack 3"), `✗ ack is for operators; you are a reader here`)
	like(t, s.text(t, "lulu", "alerts"), pod+"\n"+`#1 .*`)
	has(t, s.text(t, "olga", "audit"), "olga: ack #2", "olga has taken #2")
}

func TestSilence(t *testing.T) {
	h := newHost(t, "board")
	h.Units = []Unit{{Name: "diaspora.service"}, {Name: "sidekiq.service"}}
	s := play(t, h)
	s.raise(t, ops.Event{Kind: "pressure", Key: "memory/pressure", At: now(time.Minute), Title: "memory is short"})
	like(t, s.text(t, "olga", "silence diaspora 2h a new Ruby"), `diaspora\.service is silenced until .*\d\d:\d\d; to end it: unsilence diaspora`)
	like(t, s.text(t, "olga", "silence memory/pressure 30m"), `memory/pressure is silenced until .*; to end it: unsilence memory/pressure`)
	like(t, s.text(t, "olga", "silence disk/* 3d"), `disk/\* is silenced until .*; to end it: unsilence disk/\*`+"\nNothing has had that key of late; .*")
	s.raise(t,
		ops.Event{Kind: "unit", Key: "unit/diaspora.service", Unit: "diaspora.service", Severity: ops.Critical, Lasting: true, At: now(0), Title: "failed"})
	like(t, s.text(t, "lulu", "alerts"), `#2 ✗ failed · diaspora\.service · since .* · silenced
silenced until .*: memory/pressure, by olga
silenced until .*: diaspora\.service, by olga: a new Ruby
silenced until .*: disk/\*, by olga`)
	has(t, s.text(t, "lulu", "history"), "✗ failed · diaspora (unit/diaspora.service), silenced")
	for line, want := range map[string]string{
		"silence diaspora soon":   `✗ silence diaspora: "soon" is no length of time; try 30m, 2h or 3d`,
		"silence diaspora 31d":    `✗ silence diaspora: 31d is out of bounds; give it from 1m to 30d`,
		"silence diaspora 0m":     `✗ silence diaspora: "0m" is no time at all`,
		"silence diaspora 99999d": `✗ silence diaspora: 99999d is out of bounds; .*`,
		"silence * 2h":            `✗ silence \*: name a unit or a key; a \* may stand at its end`,
		"silence d*k 2h":          `✗ silence d\*k: name a unit or a key; .*`,
	} {
		like(t, s.text(t, "olga", line), want)
	}
	for _, line := range [][2]string{
		{"unsilence nginx", `✗ unsilence nginx: that is not silenced; there is memory/pressure, diaspora, disk/\*`},
		{"unsilence d", `✗ unsilence d: that is not silenced; .*`},
		{"unsilence diaspora", `diaspora\.service is told again\.`},
		{"unsilence memory", `memory/pressure is told again\.`},
		{"unsilence disk/*", `disk/\* is told again\.`},
		{"unsilence disk/*", `✗ unsilence: nothing is silenced`},
	} {
		like(t, s.text(t, "olga", line[0]), line[1])
	}
	like(t, s.text(t, "lulu", "silence diaspora 2h"), `✗ silence is for operators; .*`)
}

func TestHistory(t *testing.T) {
	s := play(t, newHost(t, "board"))
	like(t, s.text(t, "lulu", "history"), `Nothing has happened yet that I know of\.`)
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	s.zone = paris
	noon := time.Now().UTC().AddDate(0, 0, -2).Truncate(24 * time.Hour).Add(12 * time.Hour)
	s.raise(t,
		ops.Event{Kind: "oom", Key: "oom/diaspora.service", Unit: "diaspora.service", Severity: ops.Critical, At: noon, Title: "OOM kill"},
		ops.Event{Kind: "pod", Key: "pod/down", Severity: ops.Critical, Lasting: true, At: noon.Add(24 * time.Hour), Title: "pod\n\x1b[2Jdown"},
		ops.Event{Kind: "pod", Key: "pod/down", Resolved: true, At: now(0), Title: "pod is up"})
	at := func(d time.Duration) string { return noon.Add(d).In(paris).Format("15:04") }
	day := func(d time.Duration) string { return noon.Add(d).In(paris).Format("-- Mon 2 Jan 2006") }
	got := s.text(t, "lulu", "history")
	like(t, got, day(0)+"\n"+at(0)+` ✗ OOM kill · diaspora \(oom/diaspora\.service\), noted .*`+"\n"+
		day(24*time.Hour)+"\n"+at(24*time.Hour)+` ✗ pod.*down \(pod/down\), noted .*`+"\n"+
		time.Now().In(paris).Format("-- Mon 2 Jan 2006")+"\n"+`\d\d:\d\d ✓ pod is up \(pod/down\)`)
	if got := s.text(t, "lulu", "history OOM"); !strings.Contains(got, "OOM kill") || strings.Contains(got, "pod") {
		t.Errorf("of oom alone: %s", got)
	}
	if got := s.text(t, "lulu", "history since 2 h"); strings.Contains(got, "OOM kill") || !strings.Contains(got, "pod is up") {
		t.Errorf("of two hours: %s", got)
	}
	for line, want := range map[string]string{
		"history oom since 2h":  `No oom event since .*\d\d:\d\d that I know of\.`,
		"history lamp":          `There is no event of kind "lamp"; those of late are oom, pod\.`,
		"history oom pod":       `✗ history: "pod" is not understood; it goes: history \[KIND\] \[since TIME\]`,
		"history since":         `✗ history: since when\? For example: history since yesterday`,
		"history since the war": `✗ history: "the" is no time; .*`,
	} {
		like(t, s.text(t, "lulu", line), want)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	var past []ledger.Record
	for i := range mostEvents {
		past = append(past, ledger.Record{Event: ops.Event{
			Kind: "json", Key: strings.Repeat("k", 400), Title: fmt.Sprintf("%d ", i) + strings.Repeat("é", 400), At: time.Unix(int64(-60*i), 0),
		}})
	}
	got := historyBlock(past, time.Unix(0, 0).UTC())
	harmless(t, got)
	has(t, got, "events before these", "● 0 é")
}

// TestReportIsAsked asks for reports of what the ledger has, more than a page of it.
func TestReportIsAsked(t *testing.T) {
	h := newHost(t, "board")
	h.PodURL = "https://pod.example"
	s := play(t, h)
	var events []ops.Event
	same := now(time.Hour)
	for i := range 2*reportPage + 100 { // 300 of each moment, so that a page ends within one
		events = append(events, ops.Event{Kind: "job", Key: fmt.Sprint("job/", i), At: same.Add(time.Duration(i/300) * time.Millisecond), Title: "ran",
			Details: ops.Details{{Name: "outcome", Value: "done"}}})
	}
	events = append(events,
		ops.Event{Kind: "oom", Key: "oom/x", Severity: ops.Critical, At: now(2 * time.Hour), Title: "OOM kill"},
		ops.Event{Kind: "pod", Key: "pod/down", Severity: ops.Critical, Lasting: true, At: now(30 * time.Hour), Title: "down"},
		ops.Event{Kind: "pod", Key: "pod/down", Resolved: true, At: now(29 * time.Hour), Title: "up"})
	s.raise(t, events...)
	has(t, s.text(t, "lulu", "report week"), "diaspote · week to", "pod", "1 OOM kill, no reboot", "jobs: 1,100 ran", "alerts: 2 critical, 0 warnings, 1100 to know", "my records begin")
	has(t, s.text(t, "lulu", "report day"), "jobs: 1,100 ran", "alerts: 1 critical, 0 warnings, 1100 to know")
	if n := strings.Count(s.text(t, "lulu", "report month"), "\n"); n > 11 {
		t.Errorf("%d lines", n+1)
	}
	like(t, s.text(t, "lulu", "report year"), `✗ report: "year" is not day, week or month`)
}
