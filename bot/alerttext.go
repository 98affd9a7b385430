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
	parts := []string{mark(e) + " " + Clip(e.Title, maxTitle), hour(e.At, now)}
	if e.Unit != "" {
		parts = append(parts, Clip(e.Unit, maxTitle))
	}
	return strings.Join(parts, " · ")
}

// mark tells at a glance how bad it is.
func mark(e ops.Event) string {
	switch {
	case e.Resolved:
		return "✓"
	case e.Severity >= ops.Critical:
		return "✗"
	case e.Severity == ops.Warning:
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
	var last []string
	if a.Count > 1 {
		last = append(last, fmt.Sprintf("×%d since %s", a.Count, hour(a.First, now)))
	}
	if a.Event.Resolved {
		last = append(last, fmt.Sprintf("it lasted %s", lasting(a.Event.At.Sub(a.First))))
	} else if fresh && a.Ended.IsZero() {
		last = append(last, fmt.Sprintf("still so after %s; nobody took it yet: ack %d", lasting(now.Sub(a.First)), a.ID))
	}
	if a.Acker != "" && a.Ended.IsZero() {
		last = append(last, "taken by "+a.Acker)
	}
	text := AlertText(a.Event, now)
	if len(last) > 0 {
		text += "\n" + strings.Join(last, " · ")
	}
	return Post{Text: text, Event: &a.Event, Alert: a.ID, Count: a.Count}
}

// lasting is how long something took, in words that fit its size.
func lasting(d time.Duration) string {
	switch d = max(d, 0); {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()+0.5))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()+0.5))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}
