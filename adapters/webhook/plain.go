package webhook

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops"
)

// What the facts of an alert are called, by one program or another; the first that is there counts.
var (
	titleNames    = []string{"title", "summary", "subject", "check_name", "monitorFriendlyName", "alertname", "alert_name", "rule_name", "ruleName", "monitor_name", "headline", "name"}
	textNames     = []string{"text", "message", "msg", "body", "description", "details", "reason", "error", "output", "alertDetails", "long_description", "content"}
	severityNames = []string{"severity", "level", "priority", "importance_level", "urgency", "criticality"}
	stateNames    = []string{"status", "state", "current_state", "new_state", "alert_state", "event_state", "event_type", "alertTypeFriendlyName"}
	keyNames      = []string{"key", "dedup_key", "incident_key", "fingerprint", "alias", "check_id", "monitor_id", "monitorID", "monitor_name", "incident_id", "alert_id", "rule_id"}
	timeNames     = []string{"at", "time", "timestamp", "occurred_at", "state_changed_timestamp", "state_changed_utc_time", "alertDateTime", "created_at", "date", "ts"}
)

// parsePlain reads JSON of vigie's own form — title, text, severity, key, id, at, resolved, lasting, unit (what [Hook] posts) — and tells any
// other as readably as it can: its facts under the names that are in use are put where they belong, the
// rest follows.
func parsePlain(value any, body []byte, now time.Time) ([]ops.Event, bool) {
	if list, ok := value.([]any); ok {
		var all []ops.Event
		for _, one := range list {
			events, known := parsePlain(one, nil, now)
			if !known {
				return nil, false
			}
			all = append(all, events...)
		}
		return all, len(all) > 0
	}
	o := asObject(value)
	f := factsOf(o)
	if len(f.all) == 0 {
		return nil, false
	}
	title, text, state := f.take(titleNames), f.take(textNames), f.take(stateNames)
	state = kuma(o, state)
	at, key := f.take(timeNames), f.take(keyNames)
	e := ops.Event{Kind: plain, Severity: severity(f.take(severityNames)), At: moment(at, now), Unit: f.take([]string{"unit"})}
	e.Resolved = f.yes("resolved") || over(state)
	e.Lasting = !e.Resolved && (f.yes("lasting") || down(state) || lasting(state) || !o.has("lasting") && o.has("resolved") && key != "")
	if e.Severity == unstated && down(state) {
		e.Severity = ops.Critical
	}
	e.Key = plain + "/" + oneOf(key, title, text, sum(body))
	switch {
	case o.has("title") && o.text("id") != "": // vigie's own form; elsewhere an id may well be that of the condition
		e.ID = fmt.Sprintf("%s/%s/%v", plain, f.take([]string{"id"}), e.Resolved)
	case !e.At.IsZero() && body != nil:
		e.ID = plain + "/" + sum(body)
	}
	e.At = or(e.At, now)
	e.Title, e.Text = told(title, text, state, f)
	e.Details = f.details()
	return []ops.Event{e}, true
}

// told puts the title and the text together.
func told(title, text, state string, f *facts) (string, string) {
	if title == "" {
		title, text = headed(text)
	}
	lines := []string{text}
	if long := bot.Clip(title, maxTitle); strings.HasSuffix(long, "…") {
		lines = []string{title, text}
		title = long
	}
	if state != "" && !strings.Contains(strings.ToLower(title), strings.ToLower(state)) {
		if title == "" {
			title = state
		} else {
			title += ": " + bot.Clip(state, 40)
		}
	}
	lines = append(lines, f.rest(text)...)
	return title, strings.TrimSpace(strings.Join(lines, "\n"))
}

// over, lasting and down read the words for a condition that has ended, for one that is there, and for a bad one.
func over(state string) bool {
	return slices.Contains([]string{"resolved", "ok", "up", "recovered", "recovery", "closed", "close", "healthy", "resolve", "normal", "online", "clear", "cleared"}, strings.ToLower(state))
}

func lasting(state string) bool {
	return slices.Contains([]string{"firing", "alerting", "triggered", "trigger", "open", "problem", "alarm", "degraded"}, strings.ToLower(state))
}

func down(state string) bool {
	return slices.Contains([]string{"down", "unhealthy", "offline", "unreachable", "critical", "dead"}, strings.ToLower(state))
}

// A fact is one value of a JSON document, with where it stood.
type fact struct {
	path, name, value string
	depth             int
	taken             bool
}

// facts are the values of a document, those nearer to the top first, bounded.
type facts struct{ all []*fact }

const (
	factsRead  = 300
	factsShown = 20
	factDepth  = 6
)

func factsOf(o object) *facts {
	f := &facts{}
	f.walk(o, "", 0)
	slices.SortStableFunc(f.all, func(a, b *fact) int { return a.depth - b.depth })
	return f
}

func (f *facts) walk(v any, path string, depth int) {
	if depth > factDepth || len(f.all) >= factsRead {
		return
	}
	under := func(name string) string { return strings.TrimPrefix(path+"."+name, ".") }
	if list, ok := v.([]any); ok {
		for _, one := range list {
			f.walk(one, path, depth+1)
		}
	}
	o := asObject(v)
	for _, name := range o.names() {
		f.walk(o[name], under(name), depth+1)
	}
	if s := scalar(v); s != "" && path != "" {
		f.all = append(f.all, &fact{path: path, name: path[strings.LastIndexByte(path, '.')+1:], value: s, depth: depth})
	}
}

// take returns the value of the first of these names that is there, and leaves it out of the rest.
func (f *facts) take(names []string) string {
	for _, name := range names {
		for _, one := range f.all {
			if !one.taken && one.name == name && one.depth <= 3 {
				one.taken = true
				return one.value
			}
		}
	}
	return ""
}

func (f *facts) yes(name string) bool { return f.take([]string{name}) == "true" }

// kuma puts the number that Uptime Kuma has for a state into a word.
// https://github.com/louislam/uptime-kuma/blob/master/src/util.ts
func kuma(o object, state string) string {
	beat := o.object("heartbeat")
	if beat == nil || o.object("monitor") == nil {
		return state
	}
	if word, ok := map[string]string{"0": "Down", "1": "Up", "2": "pending", "3": "maintenance"}[beat.text("status")]; ok {
		return word
	}
	return state
}

// rest are the facts that have no place of their own, a line each.
func (f *facts) rest(text string) []string {
	var lines []string
	for _, one := range f.all {
		if one.taken || one.value == "false" || strings.Contains(text, one.value) {
			continue
		}
		if len(lines) == factsShown {
			return append(lines, "…")
		}
		lines = append(lines, strings.ReplaceAll(one.path, "_", " ")+": "+bot.Clip(one.value, maxLine))
	}
	return lines
}

func (f *facts) details() ops.Details {
	var all ops.Details
	seen := map[string]bool{}
	for _, one := range f.all {
		if !seen[one.path] {
			seen[one.path] = true
			all = append(all, ops.Detail{Name: one.path, Value: bot.Clip(one.value, maxLine)})
		}
	}
	return all
}
