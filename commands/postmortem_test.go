package commands

import (
	"os"
	"testing"
	"time"

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
