package bot

import (
	"fmt"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// What an alert holds at most, in bytes: what a phone shows without scrolling, and then some.
const (
	maxTitle = 200 // runes
	maxAlert = 2000
)

// AlertText is what a room gets to read of an event: the mark, what happened, the hour in the time zone of now, the
// unit; and below it what there is to say.
func AlertText(e ops.Event, now time.Time) string {
	text := headline(e, now)
	if e.Text != "" {
		text += "\n" + bound(Clean(e.Text), maxAlert)
	}
	return text
}

// headline is the first line of an alert.
func headline(e ops.Event, now time.Time) string {
	parts := []string{Mark(e.Severity, e.Resolved) + " " + Clip(e.Title, maxTitle), hour(e.At, now)}
	if e.Unit != "" {
		parts = append(parts, Clip(e.Unit, maxTitle))
	}
	return strings.Join(parts, " · ")
}

// Mark tells at a glance how bad it is.
func Mark(severity ops.Severity, resolved bool) string {
	switch {
	case resolved:
		return "✓"
	case severity >= ops.Critical:
		return "✗"
	case severity == ops.Warning:
		return "▲"
	}
	return "●"
}

// hour is a time to the second, with the day unless that is today.
func hour(at, now time.Time) string {
	at = at.In(now.Location())
	if at.YearDay() == now.YearDay() && at.Year() == now.Year() {
		return at.Format("15:04:05")
	}
	if now.Sub(at).Abs() < 300*24*time.Hour {
		return at.Format("2 Jan 15:04:05")
	}
	return at.Format("2 Jan 2006 15:04:05")
}

// alertPost is an alert as it stands now.
func alertPost(a *ledger.Alert, now time.Time, fresh bool) Post {
	text := AlertText(a.Event, now)
	if last := lastLine(a, now, fresh); len(last) > 0 {
		text += "\n" + strings.Join(last, " · ")
	}
	return Post{Text: text, Event: &a.Event, Alert: a.ID, Count: a.Count}
}

// lastLine is what there is to say of an alert as a whole.
func lastLine(a *ledger.Alert, now time.Time, again bool) (parts []string) {
	if a.Count > 1 {
		parts = append(parts, fmt.Sprintf("×%d since %s", a.Count, hour(a.First, now)))
	}
	if a.Held() {
		parts = append(parts, "so often that I update this every "+Span(ledger.HoldMost)+" at most")
	}
	lasted := "it lasted "
	if a.Since.After(a.First) {
		lasted = "this time it lasted "
	}
	since := a.Since.Year() >= firstYear
	switch {
	case a.Event.Resolved && since:
		parts = append(parts, lasted+Span(a.Event.At.Sub(a.Since)))
	case a.Severity < ops.Critical: // said again because it says something else now
	case again && a.Acker == "" && a.Ended.IsZero() && since:
		parts = append(parts, fmt.Sprintf("still so after %s; nobody took it yet: ack %d", Span(now.Sub(a.Since)), a.ID))
	case again && a.Acker == "":
		parts = append(parts, fmt.Sprintf("nobody took it yet: ack %d", a.ID))
	}
	if a.Acker != "" && a.Ended.IsZero() {
		parts = append(parts, "taken by "+a.Acker)
	}
	return parts
}

// firstYear is the first in which a clock can be right: a board without a battery boots in 1970, and what began before its
// clock was set lasted nobody knows how long.
const firstYear = 1980
