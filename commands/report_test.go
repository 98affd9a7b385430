package commands

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/commands/panel"
	"github.com/diaspote/vigie/ops"
	kept "github.com/diaspote/vigie/ops/history"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/kernel"
	"github.com/diaspote/vigie/ops/ledger"
)

func at(clock string) time.Time {
	t, err := time.ParseInLocation("2 15:04:05", clock, time.UTC)
	if err != nil {
		panic(err)
	}
	return time.Date(2026, 11, t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

func rec(clock, kind, key, unit string, more ...func(*ledger.Record)) ledger.Record {
	r := ledger.Record{Event: ops.Event{Kind: kind, Key: key, Unit: unit, At: at(clock)}, Noted: at(clock), Alert: 1}
	for _, change := range more {
		change(&r)
	}
	return r
}

func lasting(r *ledger.Record)  { r.Lasting = true }
func resolved(r *ledger.Record) { r.Lasting, r.Resolved = true, true }
func critical(r *ledger.Record) { r.Severity = ops.Critical }
func warning(r *ledger.Record)  { r.Severity = ops.Warning }
func hushed(r *ledger.Record)   { r.Silenced = true }
func ofAlert(id int64) func(*ledger.Record) {
	return func(r *ledger.Record) { r.Alert = id }
}
func with(name string, value any) func(*ledger.Record) {
	return func(r *ledger.Record) { r.Details = append(r.Details, ops.Detail{Name: name, Value: value}) }
}

func restarted(clock, by, line, detail string, took time.Duration) ledger.Audit {
	return ledger.Audit{At: at(clock), Person: by, Line: line, Detail: detail, Took: took, Outcome: ledger.Done}
}

func TestReport(t *testing.T) {
	const calm = "pod: not seen down\nunits: none seen down\nno OOM kill, no reboot\nno upgrades\nalerts: 0 critical, 0 warnings, 0 to know"
	for _, test := range []struct {
		name  string
		facts facts
		want  string
	}{
		{"a calm day", facts{}, calm},
		{"the pod is down twice, once when the day begins", facts{records: []ledger.Record{
			rec("23 11:00:00", "pod", "pod/down", "", lasting, critical),
			rec("23 12:30:00", "pod", "pod/down", "", resolved),
			rec("24 03:00:00", "pod", "pod/down", "", lasting, critical, ofAlert(2)),
			rec("24 03:42:00", "pod", "pod/down", "", resolved, ofAlert(2)),
			rec("24 04:00:00", "pod", "pod/slow", "", lasting, warning, ofAlert(3)),
		}}, "pod up 95 %: down twice, 1 h 12 min\nunits: none seen down\nno OOM kill, no reboot\nno upgrades\nalerts: 1 critical, 1 warning, 0 to know"},
		{"it is down still, and never up 100 %", facts{open: 1, records: []ledger.Record{
			rec("24 11:59:59", "pod", "pod/down", "", lasting, critical),
		}}, "pod up 99.99 %: down once, 1 s, and is down now\nunits: none seen down\nno OOM kill, no reboot\nno upgrades\nalerts: 1 critical, 0 warnings, 0 to know; 1 open now"},
		{"units fail, and one moment counts once", facts{
			records: []ledger.Record{
				rec("23 10:00:00", "unit", "unit/old.service", "old.service", lasting, critical),
				rec("23 11:00:00", "unit", "unit/old.service", "old.service", resolved),
				rec("24 01:00:00", "unit", "unit/diaspora.service", "diaspora.service", lasting, critical),
				rec("24 01:20:00", "unit", "unit/diaspora.service", "diaspora.service", lasting, critical),
				rec("24 01:30:00", "unit", "unit/diaspora.service", "diaspora.service", resolved),
				rec("24 02:00:00", "unit", "unit/sidekiq.service", "sidekiq.service", warning, ofAlert(2)),
				rec("24 02:00:00", "unit", "unit/a.service", "a.service", warning, ofAlert(3)),
			},
			audits: []ledger.Audit{
				restarted("24 04:20:00", "schedule", "restart diaspora", "diaspora.service restarted in 12.3 s; answering again after 19 s", 20*time.Second),
				restarted("24 01:29:00", "dada", "Restart diaspora", "diaspora.service restarted in 60 s", time.Minute),
				restarted("23 11:59:00", "dada", "restart diaspora", "diaspora.service restarted in 60 s", time.Minute),
				restarted("24 05:00:00", "dada", "silence diaspora 2h", "diaspora.service is silenced", time.Minute),
				{At: at("24 06:00:00"), Person: "max", Line: "restart nginx", Outcome: ledger.Failed, Detail: "restart nginx.service: no", Took: time.Minute},
				{At: at("24 06:00:00"), Person: "max", Line: "restart nginx", Outcome: ledger.Refused, Detail: "no"},
			},
		}, "pod: not seen down\n" +
			"diaspora up 97.89 %: failed once, restarted twice, down 30 min\n" +
			"a failed once, soon up again\n" +
			"down too: sidekiq\n" +
			"restarts: 1 by dada, 1 by max, 1 by schedule; 1 failed\n" +
			"no OOM kill, no reboot\nno upgrades\nalerts: 1 critical, 2 warnings, 0 to know"},
		{"everything else", facts{
			disks: []kernel.Disk{{Mount: "/"}},
			records: []ledger.Record{
				rec("24 03:12:44", "oom", "oom/diaspora.service", "diaspora.service", critical),
				rec("24 04:12:44", "oom", "oom/diaspora.service", "diaspora.service", critical, hushed),
				rec("24 05:12:44", "oomd", "oomd/user", "", critical, ofAlert(2)),
				rec("24 06:00:00", "upgrade", "upgrade/1", "", ofAlert(3), with("reboot", true), with("upgraded", []any{
					map[string]any{"name": "nginx", "from": "1", "to": "2"}, map[string]any{"name": "ruby", "from": "1", "to": "2"}})),
				rec("24 06:30:00", "upgrade", "upgrade/failed", "", warning, ofAlert(4), with("reboot", nil), with("upgraded", []any{
					map[string]any{"name": "nginx", "from": "2", "to": "3"}})),
				rec("24 07:00:00", "job", "job/nightly", "", ofAlert(5), with("outcome", "done")),
				rec("24 07:01:00", "job", "job/nightly", "", ofAlert(5), with("outcome", "skipped")),
				rec("24 07:02:00", "job", "job/nightly", "", ofAlert(5), with("outcome", "failed")),
				rec("24 07:03:00", "cron", "cron/root/backup", "", ofAlert(6), lasting, warning),
				rec("24 07:04:00", "cron", "cron/root/backup", "", ofAlert(6), resolved),
				rec("24 07:05:00", "disk", "disk/", "", ofAlert(7), lasting, warning),
			},
		}, "pod: not seen down\nunits: none seen down\n3 OOM kills (diaspora 2), no reboot\n" +
			"upgrades: 2 runs, 2 packages, 1 failed; a reboot is wanted\n" +
			"jobs: 1 ran, 1 failed, 1 skipped, 1 of the host's cron went wrong\n" +
			"disk now: / 0 %; told once to be filling up\n" +
			"alerts: 2 critical, 3 warnings, 2 to know; 1 event silenced"},
		{"the host was off, and then it is not known what was", facts{records: []ledger.Record{
			rec("24 06:00:00", "upgrade", "upgrade/1", "", with("reboot", true)),
			rec("24 07:00:00", "reboot", "reboot", "", warning, ofAlert(2), with("away_seconds", 7200.0), func(r *ledger.Record) { r.Noted = at("24 07:30:00") }),
			rec("24 06:20:00", "job", "job/nightly", "", warning, ofAlert(3), with("outcome", "missed"), func(r *ledger.Record) { r.Noted = at("24 07:30:00") }),
		}}, "pod up 91.66 %: down once, 2 h\nunits: none seen down\nno OOM kill, 1 reboot (off up to 2 h)\nupgrades: 1 run, 0 packages\n" +
			"jobs: 1 missed\nalerts: 0 critical, 2 warnings, 1 to know\n" +
			"not known for sure: 2 events noted only later; jobs were missed: I, or the host, was away then"},
		{"incidents, and work that was announced", facts{
			incidents: []incident.Incident{
				{Name: "Pod slow", Opened: at("24 11:30:00")},
				{Name: "Diaspora is down", Opened: at("24 03:00:00"), Resolved: at("24 03:42:00")},
				{Name: "of the day before", Opened: at("23 10:00:00"), Resolved: at("23 12:30:00")},
				{Name: "at the same time", Opened: at("24 03:10:00"), Resolved: at("24 03:20:00")},
			},
			maintenance: []incident.Maintenance{
				{Name: "PostgreSQL", Phase: incident.Complete, Started: at("24 01:00:00"), Ended: at("24 02:00:00")},
				{Name: "to come", Phase: incident.Upcoming, Starts: at("24 22:00:00")},
				{Name: "Reboot", Phase: incident.UnderWay, Started: at("24 11:00:00")},
			},
			planned: map[string][]gap{"": {{at("24 01:00:00"), at("24 02:00:00")}}, "diaspora.service": {{at("24 01:00:00"), at("24 02:00:00")}}},
			open:    1,
			records: []ledger.Record{
				rec("24 00:30:00", "pod", "pod/down", "", lasting, critical), rec("24 02:00:00", "pod", "pod/down", "", resolved),
				rec("24 01:10:00", "unit", "unit/diaspora.service", "diaspora.service", lasting, critical, ofAlert(2)),
				rec("24 01:30:00", "unit", "unit/diaspora.service", "diaspora.service", resolved, ofAlert(2)),
				rec("24 03:00:00", "incident", "incident/1", "", lasting, ofAlert(3)),
			},
		}, "pod up 97.91 %: down once, 30 min\nincidents: 4, 1 h 42 min in all, the longest 42 min (Diaspora is down); 1 open\n" +
			"maintenance: 2, 2 h in all (Reboot)\nunits: none seen down\nno OOM kill, no reboot\nno upgrades\n" +
			"alerts: 2 critical, 0 warnings, 0 to know; 1 open now"},
		{"too many events", facts{cut: at("24 00:00:00"), records: []ledger.Record{
			rec("23 23:00:00", "oom", "oom/x", "", critical),
			rec("24 06:00:00", "pod", "pod/down", "", lasting, critical, ofAlert(2)),
		}}, "pod up 50 %: down once, 6 h, and is down now\nunits: none seen down\nno OOM kill, no reboot\nno upgrades\n" +
			"alerts: 1 critical, 0 warnings, 0 to know\nnot known for sure: there were too many events to count those before 00:00"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := test.facts
			f.host, f.period, f.from, f.to, f.older, f.pod = "diaspote", "day", at("23 12:00:00"), at("24 12:00:00"), true, true
			head, got, _ := strings.Cut(f.report(), "\n")
			if head != "diaspote · day to Tue 24 Nov 12:00" || got != test.want {
				t.Errorf("got\n%s\n%s\nwant\n%s", head, got, test.want)
			}
		})
	}
}

// TestDiskTrend says what has become of a disk.
func TestDiskTrend(t *testing.T) {
	now := at("24 12:00:00")
	disk := kernel.Disk{Mount: "/", Total: 100 << 30, Used: 40 << 30, Free: 60 << 30}
	for _, test := range []struct {
		then diskThen
		want string
	}{
		{diskThen{}, ""},
		{diskThen{at("24 11:30:00"), 30}, ""},
		{diskThen{at("24 10:00:00"), 39}, ", +1 GiB since 10:00"},
		{diskThen{at("17 12:00:00"), 26}, ", +14 GiB since 17 Nov 12:00, full in about 30 days"},
		{diskThen{at("23 12:00:00"), 0}, ", +40 GiB since yesterday 12:00, full in about 36 hours"},
		{diskThen{at("17 12:00:00"), 39.9}, ", +102 MiB since 17 Nov 12:00"},
		{diskThen{at("17 12:00:00"), 40.05}, ", the same since 17 Nov 12:00"},
		{diskThen{at("17 12:00:00"), 90}, ", −50 GiB since 17 Nov 12:00"},
	} {
		if got := test.then.trend(disk, now); got != test.want {
			t.Errorf("%+v: %q, want %q", test.then, got, test.want)
		}
	}
	if got := (diskThen{at("17 12:00:00"), 5}).trend(kernel.Disk{}, now); got != "" {
		t.Errorf("of no disk: %q", got)
	}
}

// TestReportNames names what is critical and has no line of its own.
// A report of everything there can be has twelve lines.
func TestReportIsShort(t *testing.T) {
	f := facts{
		host: "diaspote", period: "day", from: at("23 12:00:00"), to: at("24 12:00:00"), older: true, pod: true, disks: []kernel.Disk{{Mount: "/"}},
		incidents:   []incident.Incident{{Name: "Pod slow", Opened: at("24 11:30:00")}},
		maintenance: []incident.Maintenance{{Name: "Reboot", Phase: incident.UnderWay, Started: at("24 11:00:00")}},
		audits:      []ledger.Audit{restarted("24 04:20:00", "dada", "restart a", "a.service restarted in 12.3 s", 20*time.Second)},
		records: []ledger.Record{
			rec("24 01:00:00", "unit", "unit/a.service", "a.service", lasting, critical), rec("24 01:00:00", "unit", "unit/b.service", "b.service", lasting, critical),
			rec("24 01:00:00", "unit", "unit/c.service", "c.service", lasting, critical), rec("24 07:00:00", "job", "job/nightly", "", with("outcome", "missed")),
		},
	}
	text := f.report()
	if n := strings.Count(text, "\n") + 1; n > reportRows {
		t.Errorf("%d lines:\n%s", n, text)
	}
	has(t, text, "no OOM kill, no reboot; restarts: 1 by dada\n", "jobs: 1 missed", "incidents: 1", "maintenance: 1", "down too: c", "not known for sure")
}

func TestReportNames(t *testing.T) {
	title := func(s string) func(*ledger.Record) { return func(r *ledger.Record) { r.Title = s } }
	f := facts{host: "diaspote", period: "day", from: at("23 12:00:00"), to: at("24 12:00:00"), older: true, records: []ledger.Record{
		rec("24 01:00:00", "json", "json/db1", "", lasting, critical, title("db1 is down")),
		rec("24 02:00:00", "oom", "oom/x", "", critical, ofAlert(2), title("OOM kill")),
		rec("24 03:00:00", "alertmanager", "alertmanager/a", "", critical, ofAlert(3), title("DiskFull")),
		rec("24 04:00:00", "rule", "rule/restart x", "", critical, ofAlert(4), title("restart x was run and failed")),
		rec("24 05:00:00", "alertmanager", "alertmanager/b", "", critical, ofAlert(5), title("DiskFull")),
		rec("24 05:00:00", "disk", "disk/", "", warning, ofAlert(6), title("disk / 91 % full")),
	}}
	has(t, f.report(), "alerts: 5 critical (DiskFull, restart x was run and failed and 1 more), 1 warning, 0 to know")
}

// TestReportYoung speaks of no time before the ledger began.
func TestReportYoung(t *testing.T) {
	f := facts{
		host: "diaspote", period: "week", from: at("17 12:00:00"), to: at("24 12:00:00"), pod: true,
		records: []ledger.Record{
			rec("1 06:00:00", "upgrade", "upgrade/1", "", func(r *ledger.Record) { r.Noted = at("24 08:00:00") }), // of an old log
			rec("24 11:00:00", "pod", "pod/down", "", lasting, critical),
			rec("24 12:00:00", "pod", "pod/down", "", resolved),
		},
	}
	got := f.report()
	has(t, got, "pod up 75 %: down once, 1 h", "my records begin 08:00", "no upgrades")
	f.records = nil
	has(t, f.report(), "pod: not seen down", "my records begin 12:00")
}

// TestDisksThen reads the beginning of the time that is asked for, and of the history if that is younger.
func TestDisksThen(t *testing.T) {
	db, err := ledger.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	store, err := kept.Open(t.Context(), db, kept.Options{Every: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for left := 48 * time.Hour; left >= 0; left -= 10 * time.Minute {
		var samples []ops.Sample
		for name, value := range map[string]float64{"avail": 60 + left.Hours(), "free": 70 + left.Hours(), "size": 200} {
			samples = append(samples, ops.Sample{Series: ops.Series{Name: "node_filesystem_" + name + "_bytes", Labels: ops.Labels("mountpoint", "/srv")}, Value: value})
		}
		if err := store.Write(t.Context(), now.Add(-left), samples); err != nil {
			t.Fatal(err)
		}
	}
	h := newHost(t, "board")
	h.Graphs = &panel.Set{Store: store, Ledger: db}
	for _, ago := range []time.Duration{24 * time.Hour, 7 * 24 * time.Hour} {
		then, err := h.disksThen(t.Context(), now.Add(-ago), now)
		if err != nil {
			t.Fatal(err)
		}
		begin := now.Add(-min(ago, 48*time.Hour))
		used := 130 - now.Sub(begin).Hours()
		want := 100 * used / (used + 60 + now.Sub(begin).Hours())
		if d := then["/srv"]; math.Abs(d.percent-want) > 1 || d.at.Sub(begin).Abs() > time.Hour {
			t.Errorf("of %s: %+v, want %v at %s", ago, then, want, begin)
		}
	}
}
