package webhook

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops"
)

// parseAlerts reads a group of alerts as Alertmanager and Grafana post them (they share one form), the bare list
// of Alertmanager's own API, and the single alert of Grafana before 8.
func parseAlerts(kind string, value any, now time.Time) (events []ops.Event, known bool) {
	group := asObject(value)
	alerts := group.objects("alerts")
	if list, bare := value.([]any); bare {
		alerts = object{"alerts": list}.objects("alerts")
	}
	if len(alerts) == 0 {
		return parseLegacy(kind, group, now)
	}
	for _, a := range alerts {
		if !a.has("labels") && !a.has("annotations") {
			return nil, false
		}
		events = append(events, alertEvent(kind, group, a, now))
	}
	if cut := group.text("truncatedAlerts"); cut != "" && cut != "0" {
		events[0].Text = strings.TrimSpace(events[0].Text + "\n" + cut + " more alerts of this group were cut off by its sender (max_alerts)")
	}
	return events, true
}

// alertEvent is one alert of a group.
func alertEvent(kind string, group, a object, now time.Time) ops.Event {
	labels, notes := a.object("labels"), a.object("annotations")
	starts, ends := a.text("startsAt"), moment(a.text("endsAt"), now)
	resolved := strings.EqualFold(oneOf(a.text("status"), group.text("status")), "resolved")
	if group == nil { // the bare list has no status: what has ended is over
		resolved = !ends.IsZero() && !ends.After(now)
	}
	status, at := "firing", moment(starts, now)
	if resolved {
		status, at = "resolved", ends
	}
	print := oneOf(a.text("fingerprint"), fingerprint(labels))
	e := ops.Event{
		ID: kind + "/" + print + "/" + starts + "/" + status, Kind: kind, Key: kind + "/" + print,
		Severity: severity(oneOf(labels.text("severity", "priority", "level"), notes.text("severity"))),
		At:       or(at, now), Lasting: !resolved, Resolved: resolved,
		Title: alertTitle(labels, notes),
	}
	e.Text = alertText(e.Title, labels, notes, a)
	e.Details = ops.Details{{Name: "status", Value: status}, {Name: "labels", Value: labels}, {Name: "annotations", Value: notes}}
	for _, name := range []string{"startsAt", "endsAt", "generatorURL", "silenceURL", "dashboardURL", "panelURL", "valueString"} {
		if v := a.text(name); v != "" && !strings.HasPrefix(v, "0001-") {
			e.Details = append(e.Details, ops.Detail{Name: name, Value: bot.Clip(v, 2000)})
		}
	}
	return e
}

// places are the labels that say where.
var places = []string{"instance", "host", "hostname", "node", "node_name"}

// alertTitle names the alert and what it is about.
func alertTitle(labels, notes object) string {
	name := oneOf(labels.text("alertname", "alert", "rulename"), notes.text("summary", "title"), labels.text("service", "job"), "alert")
	if about := labels.text(places...); about != "" && !strings.Contains(name, about) {
		name += " on " + about
	}
	return bot.Clip(name, maxTitle)
}

// alertText is what people wrote about the alert, then its labels: with no annotations they are all that there is.
func alertText(title string, labels, notes, a object) string {
	var lines []string
	add := func(line string) {
		if line != "" && len(lines) < maxLines && !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, line) }) {
			lines = append(lines, line)
		}
	}
	first := []string{"title", "summary", "message", "description"}
	for _, name := range first {
		add(notes.text(name))
	}
	for _, name := range notes.names() {
		text := notes.text(name)
		if text != "" && !slices.Contains(first, name) && !strings.HasPrefix(name, "__") {
			add(bot.Clip(name+": "+text, maxLine))
		}
	}
	var rest []string
	for _, name := range labels.names() {
		text := labels.text(name)
		told := name == "alertname" || name == "severity" || slices.Contains(places, name) && strings.HasSuffix(title, " on "+text)
		if text != "" && !told && !strings.HasPrefix(name, "__") {
			rest = append(rest, name+" "+bot.Clip(text, maxLine))
		}
	}
	add(strings.Join(rest, " · "))
	if value := grafanaValue(a); value != "" {
		add("value " + value)
	}
	return strings.Join(lines, "\n")
}

// grafanaValue is what Grafana measured, "B=22, C=1".
func grafanaValue(a object) string {
	var all []string
	values := a.object("values")
	for _, name := range values.names() {
		all = append(all, name+"="+values.text(name))
	}
	return bot.Clip(strings.Join(all, ", "), maxLine)
}

// fingerprint is what Alertmanager calls one: FNV-1a over the sorted labels.
// https://pkg.go.dev/github.com/prometheus/common/model#LabelSet.Fingerprint
func fingerprint(labels object) string {
	h := fnv.New64a()
	for _, name := range labels.names() {
		text, _ := labels[name].(string)
		fmt.Fprintf(h, "%s\xff%s\xff", name, cmp.Or(text, labels.text(name)))
	}
	return fmt.Sprintf("%016x", h.Sum64())
}

// parseLegacy reads the single alert of Grafana's dashboards before version 8.
// https://grafana.com/docs/grafana/v7.5/alerting/notifications/#webhook
func parseLegacy(kind string, o object, now time.Time) ([]ops.Event, bool) {
	if o.text("ruleName", "title") == "" || !o.has("state") {
		return nil, false
	}
	state := strings.ToLower(o.text("state"))
	rule := o.text("ruleId")
	if rule == "" || rule == "0" {
		rule = sum([]byte(o.text("ruleName")))
	}
	e := ops.Event{
		Kind: kind, Key: kind + "/rule/" + rule, Severity: severity(o.object("tags").text("severity")), At: now,
		Resolved: state == "ok", Lasting: state == "alerting" || state == "no_data",
		Title:   bot.Clip(o.text("ruleName", "title"), maxTitle),
		Details: ops.Details{{Name: "state", Value: state}, {Name: "rule", Value: o.text("ruleId")}, {Name: "url", Value: o.text("ruleUrl")}},
	}
	lines := []string{}
	if title := o.text("title"); !strings.HasSuffix(title, e.Title) {
		lines = append(lines, title)
	}
	if message := o.text("message"); message != "" {
		lines = append(lines, message)
	}
	for _, match := range o.objects("evalMatches") {
		line := match.text("metric") + " " + match.text("value")
		tags := match.object("tags")
		for _, name := range tags.names() {
			line += " · " + name + " " + tags.text(name)
		}
		lines = append(lines, bot.Clip(line, maxLine))
	}
	e.Text = strings.Join(lines, "\n")
	return []ops.Event{e}, true
}
