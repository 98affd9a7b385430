package status

import (
	"strconv"
	"time"
)

func english() *words {
	return &words{
		Lang: "en", Name: "English",
		States:    [6]string{"Unknown", "Operational", "Degraded performance", "Partial outage", "Major outage", "Under maintenance"},
		Headlines: [6]string{"Nothing is known yet", "All systems operational", "Degraded performance", "Partial outage", "Major outage", "Maintenance under way"},
		Statuses:  [5]string{"", "Investigating", "Identified", "Watching", "Resolved"},
		Phases:    [4]string{"Planned", "Under way", "Complete", "Cancelled"},
		Impacts:   [4]string{"none", "minor", "major", "critical"},

		Status: "Status", Components: "Services", Incidents: "Incidents", Maintenance: "Maintenance", Planned: "Planned maintenance", Past: "Past incidents",
		History: "The last 90 days", Back: "Back to the status page", Updates: "Updates", Days: "Day by day",

		Nothing: "No service is shown here yet.", NoTrouble: "no trouble", NoTroubleDay: "No incidents.", NoIncident: "No incidents in the last 90 days.",
		Unseen: "nothing is known", Goes: "went on", StillOpen: "is still open", Colon: ": ", More: "All updates",
		Since: "since", Touches: "Affects", Up: "up %s", NoFigure: "no figures yet",
		Start: "90 days ago", Today: "today", Feeds: "Feeds", Subscribe: "Subscribe", Calendar: "Calendar of maintenance", Day: "Day", State: "State", Website: "Website",
		Badge: "Badge", Zone: "Times are in the zone %s.", Copy: "This is a copy, made on %s.", CopyOf: "This is a copy; the status page says of when.", Live: "The page itself",
		Gone: "There is no such page", GoneText: "It may be older than 90 days, or it never was.", Skip: "Skip to the content",
		Effect: "Impact", When: "When",

		DayOf:   func(d time.Time) string { return d.Format("2 January 2006") },
		Weekday: func(d time.Time) string { return d.Format("Monday 2 January") },
		Short:   func(d time.Time) string { return d.Format("2 Jan") },
		Clock:   func(t time.Time) string { return t.Format("15:04") },
		DaysBad: func(n int) string {
			switch n {
			case 0:
				return "no trouble in 90 days"
			case 1:
				return "trouble on 1 of 90 days"
			}
			return "trouble on " + strconv.Itoa(n) + " of 90 days"
		},
		Point: ".", DayUnit: "d", Instant: "less than a minute",
		MoreOf: func(n int) string { return strconv.Itoa(n) + " more" },
		Affected: func(n int) string {
			if n == 1 {
				return "1 service is affected"
			}
			return strconv.Itoa(n) + " services are affected"
		},
	}
}
