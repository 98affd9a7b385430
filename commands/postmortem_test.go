package commands

import (
	"bytes"
	"image/png"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/ledger"
)

// leak is an incident of a night, in which a pod that leaks was killed by the kernel; some of its texts would be markup.
func leak(t *testing.T) postmortem {
	zone := paris(t)
	at := func(s string) time.Time {
		return wall(t, "2026-11-26 "+s[:5], zone).Add(seconds(float64(10*(s[6]-'0') + s[7] - '0')))
	}
	event := func(s, kind, unit, title string, severity ops.Severity, resolved bool) ledger.Record {
		return ledger.Record{Event: ops.Event{Kind: kind, Key: kind + "/" + unit, Unit: unit, Title: title, Severity: severity, At: at(s), Resolved: resolved}, Noted: at(s)}
	}
	did := func(s, who, line string, outcome ledger.Outcome, took time.Duration) ledger.Audit {
		return ledger.Audit{At: at(s), Person: who, Line: line, Outcome: outcome, Took: took, Detail: "diaspora.service: exit status 1"}
	}
	late := event("03:14:00", "job", "", "backup_all ran", ops.Info, false)
	late.Noted = at("04:02:00")
	return postmortem{
		host: "diaspote", now: at("09:30:00"), picture: "incident-12.png", names: map[int64]string{1: "Diaspora", 2: "Web", 3: "Queue"},
		i: incident.Incident{
			ID: 12, Name: "Diaspora is down", Status: incident.Fixed, Impact: incident.Critical, Public: true, Auto: true,
			Opened: at("03:12:44"), Resolved: at("03:41:20"),
			Touched: []incident.Touch{{Component: 1, State: incident.MajorOutage}, {Component: 3, State: incident.Degraded}},
			Updates: []incident.Update{
				{At: at("03:12:44"), Status: incident.Investigating, Text: "Diaspora is down."},
				{At: at("03:20:10"), Status: incident.Identified, Person: "dada", Text: "It ran out of memory.\n- we restart it\n1. <script>alert(1)</script>\n[here](javascript:x) *now* https://pod.example/a_b"},
				{At: at("03:41:20"), Status: incident.Fixed, Text: "All is well again."},
			},
		},
		turns: map[int64][]incident.Turn{
			1: {{At: at("00:10:00"), State: incident.Operational}, {At: at("03:12:44"), State: incident.MajorOutage}, {At: at("03:31:05"), State: incident.Degraded}, {At: at("03:41:20"), State: incident.Operational}},
			2: {{At: at("00:10:00"), State: incident.Operational}},
		},
		events: []ledger.Record{
			event("03:12:44", "oom", "diaspora.service", "OOM kill of ruby | `bash` # _x_", ops.Critical, false),
			event("03:12:45", "unit", "diaspora.service", "diaspora failed: exit status 137", ops.Critical, false),
			event("03:12:50", "pod", "", "pod down: answers 502", ops.Critical, false), late,
			event("03:31:05", "pod", "", "pod up again", ops.Info, true),
		},
		audits: []ledger.Audit{
			did("03:18:02", "dada", "restart diaspora", ledger.Failed, 30*time.Second), did("03:29:40", "olga", "restart diaspora", ledger.Done, 19300*time.Millisecond),
			did("03:35:00", "olga", "silence sidekiq 1h", ledger.Done, 2*time.Millisecond),
		},
		alerts: []ledger.Alert{{ID: 31, Event: ops.Event{Title: "pod down: answers 502"}, Acker: "dada", Acked: at("03:15:31")}},
	}
}

// TestPostmortem compares with testdata/postmortem.md, which was read.
func TestPostmortem(t *testing.T) {
	p := leak(t)
	got := p.summary() + "\n" + p.rest(reportBytes) + "\n"
	const file = "testdata/postmortem.md"
	if os.Getenv("VIGIE_KEEP_GOLDEN") == "1" { // and then read it
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("it reads otherwise than %s:\n%s", file, got)
	}
}

// A long night fits into a post: its middle is left out, and what is for everybody to do stands at the end.
func TestPostmortemIsBounded(t *testing.T) {
	p := leak(t)
	long := strings.Repeat("*<|", 400)
	for n := range 600 {
		e := p.events[n%5]
		e.At, e.Title = e.At.Add(time.Duration(n)*time.Millisecond), long
		p.events = append(p.events, e)
		p.audits = append(p.audits, ledger.Audit{At: e.At, Person: "max" + strings.Repeat("x", n%40), Line: long, Detail: long, Outcome: ledger.Failed})
		p.i.Updates = append(p.i.Updates, incident.Update{At: e.At, Status: incident.Watching, Person: "dada", Text: long})
		p.names[int64(n+10)] = long
		p.i.Touched = append(p.i.Touched, incident.Touch{Component: int64(n + 10), State: incident.Degraded})
	}
	head, rest := p.summary(), p.rest(reportBytes)
	if len(head) > 6000 || len(rest) > 12_000 {
		t.Errorf("%d and %d bytes", len(head), len(rest))
	}
	has(t, rest, "are left out here: history", "**The incident begins.**", "**The incident ends.**", "## What is to change")
}

func TestMarkdown(t *testing.T) {
	for text, want := range map[string]string{
		"plain": "plain", "a_b _c_": `a_b \_c\_`, "a*b": `a\*b`, "[x](y)": `\[x\](y)`, "<b>&amp;": `\<b\>\&amp;`, "a|b": `a\|b`, "`x`": "\\`x\\`", `\`: `\\`, "~~x~~": `\~\~x\~\~`,
		"two\nlines": "two lines", "https://pod.example/a_b?c=d&e=f#g": "https://pod.example/a_b?c=d&e=f#g", "&#38; & &;": `\&#38; & &;`, "\x1b[2Jx\u202ey": `\[2Jxy`,
	} {
		if got := markdown(text, 100); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	got := markdownLines("# a\n\n- b\n+ c\n12. d\n12) e\n=== \n---\n> f\n    code", 200)
	want := "\\# a\\\n  \\- b\\\n  \\+ c\\\n  12\\. d\\\n  12\\) e\\\n  \\===\\\n  \\---\\\n  \\> f\\\n  code"
	if got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
	if got := markdown("abcdef", 3); got != "ab…" {
		t.Error(got)
	}
}

// TestIncidentReport asks for one in a room, and as a script does.
func TestIncidentReport(t *testing.T) {
	h := remembered(t)
	troubled(t, h)
	now := time.Now()
	db := h.Graphs.Ledger
	id, err := db.Begin(t.Context(), ledger.Audit{At: now.Add(-90 * time.Minute), Person: "dada", Line: "restart diaspora"})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Finish(t.Context(), id, ledger.Done, "diaspora.service restarted", 12*time.Second); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Ack(t.Context(), 3, "dada", now.Add(-100*time.Minute), now); err != nil {
		t.Fatal(err)
	}
	s := playAt(t, h, db, time.Now)
	ask := func(line string, single bool, file string) bot.Post {
		done := make(chan struct{})
		s.in <- bot.Message{Chat: "room", Room: "ops", From: "unix:olga", Text: line, Single: single, Picture: file, Done: func(error) { close(done) }}
		<-done
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.posts[len(s.posts)-1]
	}
	p := ask("incident report", false, "")
	has(t, p.Text, `# Pod \*slow\*`, "Report on incident 1 of diaspote, a draft that visitors do not see, written on ", "after 1 h", "- Impact: critical", "- Components: Diaspora (major outage)",
		"- Opened by: dada", "- Alerts taken by: dada")
	has(t, p.Block, `![Pod \*slow\*](<incident-1.png>)`, "✗ pod down: answers 502", "✓ pod up again", "dada: restart diaspora, after 12.0 s", "dada takes alert 3", "| Diaspora | not measured |",
		"- dada: wrote 2 updates; restart diaspora")
	if p.Picture == nil || p.Picture.Name != "incident-1.png" {
		t.Fatalf("the picture: %+v", p.Picture)
	}
	if _, err := png.Decode(bytes.NewReader(p.Picture.Data)); err != nil {
		t.Error(err)
	}
	p = ask("incident report 1", true, "")
	if p.Picture != nil || strings.Contains(p.Block, "## Graphs") {
		t.Error("a script gets a picture that it did not ask for")
	}
	p = ask("incident report 1", true, "my <night>.png")
	has(t, p.Block, `](<my night.png>)`)
	if p.Picture == nil {
		t.Error("a script gets no picture")
	}
	like(t, ask("incident report 7", false, "").Text, `✗ incident report: there is no incident 7; try: incident list all`)
	like(t, ask("incident report x", false, "").Text, `✗ incident report: "x" is no number of an incident; try: incident list`)
	like(t, s.text(t, "lulu", "incident report 1"), `✗ .*is for operators; you are a reader here`)
}
