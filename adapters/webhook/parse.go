package webhook

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops"
)

// The kinds of senders. Each event has that of its sender as its Kind, or notUnderstood.
const (
	alertmanager = "alertmanager" // https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
	grafana      = "grafana"      // https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
	github       = "github"       // https://docs.github.com/en/webhooks/webhook-events-and-payloads
	slack        = "slack"        // https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
	plain        = "json"         // any other JSON

	notUnderstood = "not-understood"
)

// Kinds are the kinds of senders that there are.
func Kinds() []string { return []string{alertmanager, grafana, github, slack, plain} }

const (
	maxBody  = 1 << 20 // bytes of a request
	rawShown = 2000    // bytes of what was not understood that are told
	rawKept  = 8000    // and that are kept with the event
	maxTitle = 200     // runes of a title
	maxLine  = 500     // runes of a line of text that names a fact
	unstated = ops.Severity(-1)
)

// An envelope is what a sender says about a body outside of it; "" where it does not.
type envelope struct {
	Event    string // GitHub's name of the event, from X-GitHub-Event
	Delivery string // GitHub's name of the delivery, from X-GitHub-Delivery
}

// Explain reads what a sender of that kind posts, and returns the events that the bot would make of it. What cannot
// be understood is an event of kind not-understood; an error means that r could not be read. It has no side effects.
func Explain(kind string, r io.Reader, now time.Time) ([]ops.Event, error) {
	if !slices.Contains(Kinds(), kind) {
		return nil, fmt.Errorf("explain %q: no such kind of webhook; there are %s", kind, strings.Join(Kinds(), ", "))
	}
	body, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("read the %s payload: %w", kind, err)
	}
	if len(body) > maxBody {
		return nil, fmt.Errorf("read the %s payload: it is larger than 1 MiB, which is what a webhook may post", kind)
	}
	return settle(parse(kind, body, envelope{}, now)), nil
}

// parse makes events of a body. The Severity of those whose sender states none is unstated.
func parse(kind string, body []byte, about envelope, now time.Time) []ops.Event {
	value, err := decode(body)
	if err != nil {
		return []ops.Event{raw(kind, body, err.Error(), now)}
	}
	var events []ops.Event
	known := false
	switch kind {
	case alertmanager, grafana:
		events, known = parseAlerts(kind, value, now)
	case github:
		events, known = parseGitHub(value, about, now)
	case slack:
		events, known = parseSlack(value, body, now)
	case plain:
		events, known = parsePlain(value, body, now)
	}
	if !known {
		return []ops.Event{raw(kind, body, "JSON, but not as "+kind+" has it", now)}
	}
	return events
}

// raw is the event of a body that was not understood: what came is told as it is, so that nothing is lost.
func raw(kind string, body []byte, why string, now time.Time) ops.Event {
	return ops.Event{
		Kind: notUnderstood, Key: notUnderstood + "/" + kind + "/" + sum(body), At: now, Severity: ops.Warning,
		Title:   "not understood: something from a " + kind + " webhook",
		Text:    strings.TrimSpace(why + "\n" + clipped(bytes.TrimSpace(body), rawShown)),
		Details: ops.Details{{Name: "webhook", Value: kind}, {Name: "why", Value: why}, {Name: "raw", Value: clipped(body, rawKept)}},
	}
}

// clipped is the beginning of a body, n bytes at most, and how much it was.
func clipped(body []byte, n int) string {
	text := strings.ToValidUTF8(string(body[:min(len(body), n)]), "\ufffd")
	if len(body) > n {
		text += fmt.Sprintf("… (%d bytes in all)", len(body))
	}
	return text
}

// sum names a text in a key or an ID.
func sum(text []byte) string {
	h := sha256.Sum256(text)
	return hex.EncodeToString(h[:8])
}

const maxName = 200 // bytes of a key or an ID

// named keeps a key or an ID within bounds, and still apart from others that begin alike.
func named(name string) string {
	if len(name) <= maxName {
		return name
	}
	return strings.ToValidUTF8(name[:maxName-20], "") + "~" + sum([]byte(name))
}

// settle bounds what the events are called. Of those whose sender states no severity, what lasts is a Warning, and
// the rest Info.
func settle(events []ops.Event) []ops.Event {
	for i := range events {
		e := &events[i]
		e.Key, e.ID = named(e.Key), named(e.ID)
		if e.Title = bot.Clip(e.Title, 2*maxTitle); strings.TrimSpace(e.Title) == "" {
			e.Title = "something from a " + e.Kind + " webhook"
		}
		switch {
		case e.Severity != unstated:
		case e.Lasting || e.Resolved:
			e.Severity = ops.Warning
		default:
			e.Severity = ops.Info
		}
	}
	return events
}

// headed makes a title of one line out of a text and puts the rest below; a line too long for a title stays
// there too.
func headed(text string) (title, rest string) {
	text = strings.TrimSpace(text)
	first, rest, _ := strings.Cut(text, "\n")
	if title = bot.Clip(strings.TrimSpace(first), maxTitle); strings.HasSuffix(title, "…") {
		return title, text
	}
	return title, strings.TrimSpace(rest)
}

// severity reads how bad the sender finds it, in the words that are in use.
func severity(word string) ops.Severity {
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "critical", "crit", "page", "error", "err", "emergency", "emerg", "fatal", "panic", "alert", "high", "highest", "major",
		"disaster", "severe", "urgent", "p0", "p1", "sev0", "sev1", "s1", "danger":
		return ops.Critical
	case "warning", "warn", "minor", "average", "medium", "moderate", "normal", "ticket", "p2", "p3", "sev2", "sev3", "s2", "s3":
		return ops.Warning
	case "info", "information", "informational", "notice", "none", "low", "lowest", "ok", "debug", "p4", "p5", "sev4", "s4", "good":
		return ops.Info
	}
	return unstated
}
