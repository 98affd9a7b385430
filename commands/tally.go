package commands

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops"
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
	open         int // alerts that last now
}

// unitsReported is how many units a report names, those that were down longest.
const unitsReported = 2

// report is the report, of at most twelve lines.
func (f facts) report() string {
	t := f.tally()
	lines := []string{fmt.Sprintf("%s · %s to %s", f.host, f.period, f.to.Format("Mon 2 Jan 15:04"))}
	if f.pod {
		lines = append(lines, t.podLine())
	}
	lines = append(lines, t.unitLines()...)
	lines = append(lines, t.restartLine(), t.hostLine(), t.upgradeLine(), t.jobLine(), t.diskLine(), t.alertLine(), t.unknownLine())
	return strings.Join(slices.DeleteFunc(lines, func(s string) bool { return s == "" }), "\n")
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
	silenced int
	late     int // events that were noted later
}

func (f facts) tally() *tally {
	t := &tally{facts: f, since: f.from, down: map[string]*downtime{}, oom: map[string]int{}, jobs: map[string]int{},
		restarts: map[string]int{}, worst: map[int64]ops.Severity{}}
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
	case "job":
		t.jobs[outcome]++
	case "cron":
		t.cron++
	case "disk":
		t.disk++
	}
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

func (t *tally) podLine() string {
	d := t.of("")
	n := len(d.merged(t.since, t.to))
	if n == 0 {
		return "pod: not seen down"
	}
	return "pod " + t.up(d) + ": down " + timesOf(n) + ", " + span(d.within(t.since, t.to)) + d.now()
}

func (t *tally) unitLines() []string {
	var units []string
	for unit, d := range t.down {
		if unit != "" && (d.within(t.since, t.to) > 0 || d.failures(t.start) > 0) {
			units = append(units, unit)
		}
	}
	if len(units) == 0 {
		return []string{"units: none seen down"}
	}
	slices.SortFunc(units, func(a, b string) int {
		return cmp.Or(cmp.Compare(t.down[b].within(t.since, t.to), t.down[a].within(t.since, t.to)), cmp.Compare(a, b))
	})
	var lines []string
	for _, unit := range units[:min(len(units), unitsReported)] {
		lines = append(lines, bot.Clip(short(unit), 40)+" "+t.unitText(t.down[unit]))
	}
	if rest := shorts(units[len(lines):]); len(rest) > 0 {
		lines = append(lines, "down too: "+bot.Clip(strings.Join(rest, ", "), 100))
	}
	return lines
}

func (t *tally) unitText(d *downtime) string {
	var why []string
	if n := d.failures(t.start); n > 0 {
		why = append(why, "failed "+timesOf(n))
	}
	if d.restarts > 0 {
		why = append(why, "restarted "+timesOf(d.restarts))
	}
	if len(why) == 0 {
		why = []string{"failed before"}
	}
	reasons, down := strings.Join(why, ", "), d.within(t.since, t.to)
	switch unknown := d.brief.After(t.start); { // it was running again before it was told, and how soon is not known
	case unknown && down == 0:
		return reasons + ", soon up again"
	case unknown:
		return t.up(d) + " at most: " + reasons + ", down at least " + span(down) + d.now()
	}
	return t.up(d) + ": " + reasons + ", down " + span(down) + d.now()
}

// up is the share of the time in which it was up, cut and never rounded up to all of it.
func (t *tally) up(d *downtime) string {
	whole := t.to.Sub(t.since)
	if whole <= 0 {
		return "up"
	}
	share := 1 - float64(d.within(t.since, t.to))/float64(whole)
	return "up " + strconv.FormatFloat(math.Floor(share*10000)/100, 'f', -1, 64) + " %"
}

func (t *tally) restartLine() string {
	if len(t.restarts) == 0 {
		return ""
	}
	var by []string
	for _, who := range slices.Sorted(maps.Keys(t.restarts)) {
		by = append(by, fmt.Sprintf("%d by %s", t.restarts[who], bot.Clip(who, 30)))
	}
	text := "restarts: " + strings.Join(by[:min(len(by), 4)], ", ")
	if t.failed > 0 {
		text += fmt.Sprintf("; %d failed", t.failed)
	}
	return text
}

func (t *tally) hostLine() string {
	kills, by := 0, []string{}
	for _, unit := range slices.Sorted(maps.Keys(t.oom)) {
		kills += t.oom[unit]
		if unit != "" {
			by = append(by, fmt.Sprintf("%s %d", bot.Clip(short(unit), 30), t.oom[unit]))
		}
	}
	text := "no OOM kill"
	if kills > 0 {
		text = plural(int64(kills), "OOM kill")
		if len(by) > 0 {
			text += " (" + strings.Join(by[:min(len(by), 3)], ", ") + ")"
		}
	}
	switch {
	case t.reboots == 0:
		return text + ", no reboot"
	case t.off > 0:
		return text + ", " + plural(int64(t.reboots), "reboot") + " (off up to " + span(t.off) + ")"
	}
	return text + ", " + plural(int64(t.reboots), "reboot")
}

func (t *tally) upgradeLine() string {
	u := t.upgrades
	if u.runs == 0 {
		return "no upgrades"
	}
	text := "upgrades: " + plural(int64(u.runs), "run") + ", " + plural(int64(len(u.packages)), "package")
	if u.failed > 0 {
		text += fmt.Sprintf(", %d failed", u.failed)
	}
	if u.reboot {
		text += "; a reboot is wanted"
	}
	return text
}

func (t *tally) jobLine() string {
	var parts []string
	for _, one := range []struct{ outcome, word string }{
		{"done", "ran"}, {"failed", "failed"}, {"skipped", "skipped"}, {"missed", "missed"}, {"interrupted", "interrupted"}, {"overlap", "left out"},
	} {
		if n := t.jobs[one.outcome]; n > 0 {
			parts = append(parts, count(int64(n))+" "+one.word)
		}
	}
	if t.cron > 0 {
		parts = append(parts, fmt.Sprintf("%d of the host's cron went wrong", t.cron))
	}
	if len(parts) == 0 {
		return ""
	}
	return "jobs: " + strings.Join(parts, ", ")
}

func (t *tally) diskLine() string {
	var parts []string
	for _, d := range t.disks {
		if d.Mount == "/" || d.Percent() >= 80 {
			parts = append(parts, fmt.Sprintf("%s %d %%", bot.Clip(d.Mount, 30), d.Percent()))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	text := "disk now: " + strings.Join(parts[:min(len(parts), 3)], ", ")
	if t.disk > 0 {
		text += "; told " + timesOf(t.disk) + " to be filling up"
	}
	return text
}

func (t *tally) alertLine() string {
	var count [ops.Critical + 1]int
	for _, s := range t.worst {
		count[min(max(s, ops.Info), ops.Critical)]++
	}
	text := fmt.Sprintf("alerts: %d critical, %s, %d to know", count[ops.Critical], plural(int64(count[ops.Warning]), "warning"), count[ops.Info])
	if t.silenced > 0 {
		text += fmt.Sprintf("; %s silenced", plural(int64(t.silenced), "event"))
	}
	if t.open > 0 {
		text += fmt.Sprintf("; %d open now", t.open)
	}
	return text
}

// unknownLine says what the report cannot know.
func (t *tally) unknownLine() string {
	var parts []string
	switch {
	case !t.cut.IsZero():
		parts = append(parts, "there were too many events to count those before "+clock(t.start, t.to))
	case t.since.After(t.from):
		parts = append(parts, "my records begin "+clock(t.since, t.to))
	}
	if t.late > 0 {
		parts = append(parts, plural(int64(t.late), "event")+" noted only later")
	}
	if t.jobs["missed"] > 0 {
		parts = append(parts, "jobs were missed: I, or the host, was away then")
	}
	if len(parts) == 0 {
		return ""
	}
	return "not known for sure: " + strings.Join(parts, "; ")
}

// seconds reads a number of a detail.
func seconds(v any) time.Duration {
	n, _ := v.(float64) // as JSON has it
	return time.Duration(max(n, 0) * float64(time.Second))
}

func timesOf(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return count(int64(n)) + " times"
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
