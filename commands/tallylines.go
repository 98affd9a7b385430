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
)

// unitsReported is how many units a report names, those that were down longest.
const unitsReported = 2

func (t *tally) podLine() string {
	d := t.of("")
	n := len(d.merged(t.since, t.to))
	if n == 0 {
		return "pod: not seen down"
	}
	return "pod " + t.up(d) + ": down " + timesOf(n) + ", " + bot.Span(d.within(t.since, t.to)) + d.now()
}

// incidentLine is "incidents: 3, 1 h 12 min in all, the longest 40 min (Diaspora is down); 1 open".
func (t *tally) incidentLine() string {
	if len(t.incidents) == 0 {
		return ""
	}
	var all downtime
	var longest time.Duration
	open, name := 0, ""
	for _, i := range t.incidents {
		end := i.Resolved
		if i.Open() {
			open++
			end = t.to
		}
		g := gap{later(i.Opened, t.from), earlier(end, t.to)}
		all.add(g.from, g.to)
		if long := g.to.Sub(g.from); name == "" || long > longest {
			longest, name = long, i.Name
		}
	}
	text := fmt.Sprintf("incidents: %d, %s in all", len(t.incidents), bot.Span(all.within(t.from, t.to)))
	if len(t.incidents) > 1 {
		text += ", the longest " + bot.Span(longest)
	}
	text += " (" + bot.Clip(name, 60) + ")"
	if open > 0 {
		text += fmt.Sprintf("; %d open", open)
	}
	return text
}

// maintenanceLine is "maintenance: 2, 3 h 10 min in all (PostgreSQL 15 → 17)".
func (t *tally) maintenanceLine() string {
	var all downtime
	n, name := 0, ""
	for _, m := range t.maintenance {
		if g, ok := t.work(m); ok {
			all.add(g.from, g.to)
			n, name = n+1, m.Name
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("maintenance: %d, %s in all (%s)", n, bot.Span(all.within(t.from, t.to)), bot.Clip(name, 60))
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
		return t.up(d) + " at most: " + reasons + ", down at least " + bot.Span(down) + d.now()
	}
	return t.up(d) + ": " + reasons + ", down " + bot.Span(down) + d.now()
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
		return text + ", " + plural(int64(t.reboots), "reboot") + " (off up to " + bot.Span(t.off) + ")"
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
			parts = append(parts, fmt.Sprintf("%s %d %%%s", bot.Clip(d.Mount, 30), d.Percent(), t.then[d.Mount].trend(d, t.to)))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	text := "disk now: " + strings.Join(parts[:min(len(parts), 3)], "; ")
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
	text := fmt.Sprintf("alerts: %d critical%s, %s, %d to know", count[ops.Critical], t.names(), plural(int64(count[ops.Warning]), "warning"), count[ops.Info])
	if t.silenced > 0 {
		text += fmt.Sprintf("; %s silenced", plural(int64(t.silenced), "event"))
	}
	if t.open > 0 {
		text += fmt.Sprintf("; %d open now", t.open)
	}
	return text
}

// titlesReported is how many critical alerts a report names, the newest of those that no other line tells of.
const titlesReported = 2

func (t *tally) names() string {
	var names []string
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(t.named))) {
		if name := bot.Clip(t.named[id], 40); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	text := " (" + strings.Join(names[:min(len(names), titlesReported)], ", ")
	if more := len(names) - titlesReported; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text + ")"
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

func timesOf(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return count(int64(n)) + " times"
}
