package commands

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/ledger"
)

// What parts of a post-mortem have at most, so that the timeline has room.
const (
	mostRows   = 15 // components
	mostPeople = 6
	mostDeeds  = 6
	mostTold   = 4 // texts
)

// A postmortem is what is known of an incident, to be written down as Markdown.
type postmortem struct {
	host    string
	i       incident.Incident
	names   map[int64]string // of components
	turns   map[int64][]incident.Turn
	events  []ledger.Record
	audits  []ledger.Audit
	alerts  []ledger.Alert // that the events belong to
	picture string         // its file, "" for none
	now     time.Time      // in the zone that all of it is written in
}

// end is when it ended, or now.
func (p postmortem) end() time.Time {
	if p.i.Open() {
		return p.now
	}
	return p.i.Resolved
}

// exact is a moment in full: "Sunday 29 November 2026, 22:00:12 CET".
func (p postmortem) exact(at time.Time) string {
	return at.In(p.now.Location()).Format("Monday 2 January 2006, 15:04:05 MST")
}

// summary is the beginning of it: the heading and what one wants to know at a glance.
func (p postmortem) summary() string {
	draft := ""
	if !p.i.Public {
		draft = ", a draft that visitors do not see"
	}
	began := p.exact(p.i.Opened)
	if zone := zoneName(p.now.Location()); zone != "" && zone != p.i.Opened.In(p.now.Location()).Format("MST") {
		began += " (" + zone + ")"
	}
	ended := "not yet; it has lasted " + lasted(p.end().Sub(p.i.Opened)) + " so far"
	if !p.i.Open() {
		ended = p.exact(p.i.Resolved) + ", after " + lasted(p.i.Resolved.Sub(p.i.Opened))
	}
	lines := []string{
		"# " + markdown(p.i.Name, incident.MostName), "",
		fmt.Sprintf("Report on incident %d of %s%s, written on %s.", p.i.ID, markdown(p.host, 60), draft, p.exact(p.now)), "",
		"- Began: " + began, "- Ended: " + ended, "- Impact: " + p.i.Impact.String(), "- Components: " + p.touched(), "- Opened by: " + p.opener(),
	}
	if who := p.takers(); who != "" {
		lines = append(lines, "- Alerts taken by: "+who)
	}
	return strings.Join(lines, "\n")
}

// lasted says how long something lasted, to the second below an hour.
func lasted(d time.Duration) string {
	if d = d.Round(time.Second); d >= time.Hour || d%time.Minute == 0 || d < time.Minute {
		return bot.Span(d)
	}
	return fmt.Sprintf("%d min %d s", d/time.Minute, d%time.Minute/time.Second)
}

func (p postmortem) touched() string {
	var all []string
	for _, t := range p.i.Touched {
		all = append(all, fmt.Sprintf("%s (%s)", markdown(p.names[t.Component], 60), t.State))
	}
	if more := len(all) - mostRows; more > 0 {
		all = append(all[:mostRows], fmt.Sprintf("%d more", more))
	}
	return cmp.Or(strings.Join(all, ", "), "none")
}

func (p postmortem) opener() string {
	switch {
	case p.i.Auto:
		return "vigie, by itself"
	case len(p.i.Updates) > 0 && p.i.Updates[0].Person != "":
		return markdown(p.i.Updates[0].Person, 60)
	}
	return "vigie, by itself"
}

func (p postmortem) takers() string {
	who := map[string]bool{}
	for _, a := range p.alerts {
		if a.Acker != "" {
			who[markdown(a.Acker, 60)] = true
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(who)), ", ")
}

// rest is what follows the summary. The timeline has at most so many bytes.
func (p postmortem) rest(most int) string {
	parts := []string{"## What happened\n\n" + p.told(), "## Downtime\n\n" + p.downtime()}
	if p.picture != "" {
		parts = append(parts, "## Graphs\n\n!["+markdown(p.i.Name, 100)+"](<"+p.picture+">)")
	}
	end := []string{"## Who did what\n\n" + p.deeds(), "## Cause\n\n*To be written.*", "## What is to change\n\n*To be written.*"}
	for _, part := range append(parts, end...) {
		most -= len(part) + 2
	}
	parts = append(parts, "## Timeline\n\n"+p.timeline(most-100))
	return strings.Join(append(parts, end...), "\n\n")
}

// told is what happened in a sentence, and what people wrote of it.
func (p postmortem) told() string {
	from, to := p.i.Opened.In(p.now.Location()), p.end().In(p.now.Location())
	until := to.Format("15:04 MST")
	if from.YearDay() != to.YearDay() || from.Year() != to.Year() {
		until = to.Format("Monday 2 January, 15:04 MST")
	}
	text := fmt.Sprintf("On %s, from %s to %s", from.Format("Monday 2 January 2006"), from.Format("15:04"), until)
	if p.i.Open() {
		text = fmt.Sprintf("Since %s", from.Format("Monday 2 January 2006, 15:04 MST"))
	}
	words := map[incident.State]string{incident.MajorOutage: "down", incident.PartialOutage: "partly down", incident.Degraded: "slow or faulty"}
	var parts []string
	in := p.spent()
	for _, id := range slices.Sorted(maps.Keys(in)) {
		var down []string
		for _, s := range counted {
			if long := in[id][s]; long > 0 && words[s] != "" {
				down = append(down, words[s]+" for "+lasted(long))
			}
		}
		if len(down) > 0 && len(parts) < mostRows {
			parts = append(parts, markdown(p.names[id], 60)+" was "+strings.Join(down, " and "))
		}
	}
	if len(parts) == 0 {
		parts = []string{"nothing that is measured was down"}
	}
	paragraphs := []string{text + ", " + strings.Join(parts, ", ") + "."}
	for _, u := range p.i.Updates {
		if u.Person != "" && u.Text != "" && len(paragraphs) <= mostTold {
			paragraphs = append(paragraphs, strings.ReplaceAll(markdownLines(u.Text, 500), "\\\n  ", "\\\n"))
		}
	}
	return strings.Join(paragraphs, "\n\n")
}

// counted are the states, the worst first.
var counted = []incident.State{incident.MajorOutage, incident.PartialOutage, incident.Degraded, incident.Maintained}

// spent is how long each component was in which of these states, as far as it was in any.
func (p postmortem) spent() map[int64]map[incident.State]time.Duration {
	in := map[int64]map[incident.State]time.Duration{}
	for id, turns := range p.turns {
		for n, t := range turns {
			end := p.end()
			if n+1 < len(turns) {
				end = earlier(end, turns[n+1].At)
			}
			if long := end.Sub(later(t.At, p.i.Opened)); long > 0 && slices.Contains(counted, t.State) {
				if in[id] == nil {
					in[id] = map[incident.State]time.Duration{}
				}
				in[id][t.State] += long
			}
		}
	}
	return in
}

// downtime is a table of how long each component was how. Of one that the incident touches, and that was well as far as is
// known, there is what the incident says.
func (p postmortem) downtime() string {
	in := p.spent()
	ids := slices.Collect(maps.Keys(in))
	said := map[int64]incident.State{}
	for _, t := range p.i.Touched {
		if in[t.Component] == nil {
			ids = append(ids, t.Component)
			said[t.Component] = t.State
		}
	}
	if len(ids) == 0 {
		return "No component was down."
	}
	slices.Sort(ids)
	ids = ids[:min(len(ids), mostRows)]
	lines := []string{"| Component | Major outage | Partial outage | Degraded | Maintenance |", "|---|---|---|---|---|"}
	for _, id := range ids {
		row := "| " + markdown(p.names[id], 60)
		for _, s := range counted {
			cell := "–"
			if said[id] == s {
				cell = "not measured"
			}
			if long := in[id][s]; long > 0 {
				cell = lasted(long)
			}
			row += " | " + cell
		}
		lines = append(lines, row+" |")
	}
	return strings.Join(lines, "\n")
}

// deeds are what each person did, in few words.
func (p postmortem) deeds() string {
	did, wrote := map[string][]string{}, map[string]int{}
	for _, u := range p.i.Updates {
		if u.Person != "" {
			wrote[u.Person]++
		}
	}
	for who, n := range wrote {
		did[who] = []string{"wrote " + plural(int64(n), "update")}
	}
	for _, a := range p.audits {
		text := markdown(a.Line, 80)
		if a.Outcome != ledger.Done {
			text += " (" + string(a.Outcome) + ")"
		}
		did[a.Person] = append(did[a.Person], text)
	}
	var lines []string
	for _, who := range slices.Sorted(maps.Keys(did)) {
		line := "- " + markdown(who, 60) + ": " + strings.Join(did[who][:min(len(did[who]), mostDeeds)], "; ")
		if more := len(did[who]) - mostDeeds; more > 0 {
			line += fmt.Sprintf("; and %d more", more)
		}
		lines = append(lines, line)
	}
	if more := len(lines) - mostPeople; more > 0 {
		lines = append(lines[:mostPeople], fmt.Sprintf("- and %d more people", more))
	}
	return cmp.Or(strings.Join(lines, "\n"), "Nobody did anything that I know of.")
}
