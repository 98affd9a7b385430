package commands

import (
	"fmt"
	"time"

	"github.com/diaspote/vigie/bot"
)

// slot says when something planned is, with all that could be mistaken: "Sunday 29 November 2026, 22:00–00:00 CET
// (Europe/Paris), in 3 days". It is written in now's zone.
func slot(from, to, now time.Time) string {
	from, to = from.In(now.Location()), to.In(now.Location())
	const date = "Monday 2 January 2006"
	zone, end := from.Format("MST"), to.Format("MST")
	text := from.Format(date + ", 15:04")
	if zone != end { // the clocks change meanwhile
		text += " " + zone
	}
	switch midnight := onDay(from, 1, time.Time{}); {
	case to.Before(midnight), to.Equal(midnight):
		text += "–" + to.Format("15:04")
	case from.Year() == to.Year():
		text += to.Format(" to Monday 2 January, 15:04")
	default:
		text += to.Format(" to " + date + ", 15:04")
	}
	text += " " + end
	if name := zoneName(now.Location()); name != "" && name != end {
		text += " (" + name + ")"
	}
	return text + aheadOf(from, to, now)
}

// zoneName is what the zone is called in the tz database; "" for that of the host, which does not say.
func zoneName(zone *time.Location) string {
	if zone == time.Local {
		return ""
	}
	return zone.String()
}

// aheadOf says how far it is from now.
func aheadOf(from, to, now time.Time) string {
	days := int(onDay(from, 0, noon).Sub(onDay(now, 0, noon)).Round(24*time.Hour) / (24 * time.Hour))
	switch wait := from.Sub(now); {
	case !to.After(now):
		return ", over"
	case wait < time.Second:
		return ", now"
	case wait < 12*time.Hour || days == 0:
		return ", in " + bot.Span(wait.Round(time.Minute))
	case days == 1:
		return ", tomorrow"
	default:
		return fmt.Sprintf(", in %d days", days)
	}
}

var noon = time.Date(0, 1, 1, 12, 0, 0, 0, time.UTC)

// twice warns of a time whose hour comes twice that night, as the clocks go back.
func twice(at time.Time) string {
	second, ok := again(at)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%s comes twice then, and the first is meant; for the second: %s", at.Format("15:04"), second.Format("2006-01-02T15:04-07:00"))
}
