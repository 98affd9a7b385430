package commands

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/kernel"
	"github.com/diaspote/vigie/ops/ledger"
)

// facts are what a report is made of.
type facts struct {
	host, period string
	from, to     time.Time
	records      []ledger.Record // in any order; of those before from, what lasted counts
	older        bool            // there are events from before
	cut          time.Time       // events before that were too many to read; zero if all were read
	audits       []ledger.Audit
	pod          bool // there is one
	disks        []kernel.Disk
	then         map[string]diskThen // what is known of them from before, by their mount points
	open         int                 // alerts that last now

	incidents   []incident.Incident // of that time, drafts too
	maintenance []incident.Maintenance
	planned     map[string][]gap // when units were under maintenance; "" is the pod
}

// reportRows is how many lines a report has at most: with more to say, what is short shares one.
const reportRows = 12

// report is the report, of at most twelve lines.
func (f facts) report() string {
	t := f.tally()
	lines := []string{fmt.Sprintf("%s · %s to %s", f.host, f.period, f.to.Format("Mon 2 Jan 15:04"))}
	if f.pod {
		lines = append(lines, t.podLine())
	}
	lines = append(lines, t.incidentLine(), t.maintenanceLine())
	lines = append(lines, t.unitLines()...)
	restarts, host, upgrades, jobs := t.restartLine(), t.hostLine(), t.upgradeLine(), t.jobLine()
	rest := []string{t.diskLine(), t.alertLine(), t.unknownLine()}
	said := func() []string {
		all := slices.Concat(lines, []string{restarts, host, upgrades, jobs}, rest)
		return slices.DeleteFunc(all, func(s string) bool { return s == "" })
	}
	for _, pair := range [][2]*string{{&host, &restarts}, {&upgrades, &jobs}} {
		if *pair[1] != "" && len(said()) > reportRows {
			*pair[0], *pair[1] = *pair[0]+"; "+*pair[1], ""
		}
	}
	return strings.Join(said(), "\n")
}

// A tally is what is counted for a report.
type tally struct {
	facts
	start time.Time // what came before is not counted
	since time.Time // from when on it is known what was up

	down     map[string]*downtime // by unit; "" is the pod
	oom      map[string]int       // kills by unit, "" for none
	reboots  int
	off      time.Duration
	upgrades struct {
		runs, failed int
		packages     map[string]bool
		reboot       bool // is wanted
	}
	jobs     map[string]int // by their outcome
	cron     int            // jobs of the host that failed or did not run
	disk     int            // times that one was told to be full
	restarts map[string]int // by who asked for them
	failed   int            // restarts that did
	worst    map[int64]ops.Severity
	named    map[int64]string // the titles of those that no other line tells of
	silenced int
	late     int // events that were noted later
}

func (f facts) tally() *tally {
	t := &tally{facts: f, since: f.from, down: map[string]*downtime{}, oom: map[string]int{}, jobs: map[string]int{},
		restarts: map[string]int{}, worst: map[int64]ops.Severity{}, named: map[int64]string{}}
	t.upgrades.packages = map[string]bool{}
	slices.SortStableFunc(t.records, func(a, b ledger.Record) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Row, b.Row)) })
	t.start = later(t.from, t.cut)
	t.since = t.begin()
	for _, r := range t.records {
		t.conditions(r)
		if !r.At.Before(t.start) {
			t.count(r)
		}
	}
	for _, a := range t.audits {
		t.audit(a)
	}
	for unit, d := range t.down {
		d.planned = t.planned[unit]
	}
	return t
}

// begin is since when what is up was watched: the ledger may be younger than the time of the report, and what it has from
// before then was read in the host's logs.
func (t *tally) begin() time.Time {
	begin := t.from
	if !t.older {
		begin = t.to
		for _, r := range t.records {
			begin = earlier(begin, r.Noted)
		}
		for _, a := range t.audits {
			begin = earlier(begin, a.At)
		}
	}
	return later(begin, t.start)
}

// conditions follows what lasts, also from before the time of the report.
func (t *tally) conditions(r ledger.Record) {
	switch {
	case r.Key == "pod/down":
		t.of("").condition(r)
	case r.Kind == "unit" && r.Unit != "":
		t.of(r.Unit).condition(r)
	case r.Kind == "reboot" && !r.Resolved: // while the host is off, so is the pod
		if away := seconds(r.Details.Get("away_seconds")); away > 0 {
			t.of("").add(r.At.Add(-away), r.At)
		}
	}
}

func (t *tally) of(unit string) *downtime {
	if t.down[unit] == nil {
		t.down[unit] = &downtime{}
	}
	return t.down[unit]
}

// count takes in an event of the time of the report.
func (t *tally) count(r ledger.Record) {
	if r.Kind == incident.KindIncident || r.Kind == incident.KindMaintenance { // they have lines of their own
		return
	}
	if r.Noted.Sub(r.At) > lateAfter {
		t.late++
	}
	if r.Silenced {
		t.silenced++
	}
	if r.Resolved {
		return
	}
	if r.Alert != 0 {
		t.worst[r.Alert] = max(t.worst[r.Alert], r.Severity)
		if named(r.Event) {
			t.named[r.Alert] = r.Title
		}
	}
	outcome, _ := r.Details.Get("outcome").(string)
	switch r.Kind {
	case "oom", "oomd":
		t.oom[r.Unit]++
	case "reboot":
		t.reboots++
		t.off += seconds(r.Details.Get("away_seconds"))
		t.upgrades.reboot = false
	case "upgrade":
		t.upgrade(r)
	case "job", "report":
		t.jobs[outcome]++
	case "cron":
		t.cron++
	case "disk":
		t.disk++
	}
}

// named tells an event whose title a report has: a critical one of a kind that has no line of its own there.
func named(e ops.Event) bool {
	return e.Severity >= ops.Critical && !e.Resolved && !slices.Contains([]string{"pod", "unit", "oom", "oomd", "reboot", "upgrade"}, e.Kind)
}

func (t *tally) upgrade(r ledger.Record) {
	t.upgrades.runs++
	if r.Severity > ops.Info {
		t.upgrades.failed++
	}
	list, _ := r.Details.Get("upgraded").([]any)
	for _, one := range list {
		if p, ok := one.(map[string]any); ok {
			t.upgrades.packages[fmt.Sprint(p["name"])] = true
		}
	}
	if wanted, ok := r.Details.Get("reboot").(bool); ok {
		t.upgrades.reboot = wanted
	}
}

// audit counts the restarts, and what they were down for.
func (t *tally) audit(a ledger.Audit) {
	words, err := bot.Words(a.Line)
	if err != nil || len(words) < 2 || !strings.EqualFold(words[0], "restart") || a.At.Before(t.start) || a.At.After(t.to) {
		return
	}
	switch a.Outcome {
	case ledger.Failed:
		t.failed++
	case ledger.Done, ledger.Interrupted:
	default:
		return
	}
	t.restarts[a.Person]++
	unit, _, _ := strings.Cut(a.Detail, " ") // "diaspora.service restarted in 12.3 s"
	if a.Outcome == ledger.Done && a.Took > 0 && strings.Contains(unit, ".") {
		t.of(unit).restart(a.At, a.At.Add(a.Took))
	}
}

// seconds reads a number of a detail.
func seconds(v any) time.Duration {
	n, _ := v.(float64) // as JSON has it
	return time.Duration(max(n, 0) * float64(time.Second))
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
