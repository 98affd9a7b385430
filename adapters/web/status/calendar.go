package status

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/diaspote/vigie/ops/incident"
)

// calendar is the maintenance as an iCalendar (RFC 5545), for people's own calendars.
func (s *sheet) calendar() *answer {
	c := &ical{}
	c.line("BEGIN", "VCALENDAR")
	c.line("VERSION", "2.0")
	c.line("PRODID", "-//vigie//status page//EN")
	c.line("CALSCALE", "GREGORIAN")
	c.line("METHOD", "PUBLISH")
	c.line("NAME", icalText(s.title+" · "+s.W.Maintenance)) // RFC 7986
	c.line("X-WR-CALNAME", icalText(s.title+" · "+s.W.Maintenance))
	c.line("REFRESH-INTERVAL;VALUE=DURATION", "PT1H")
	c.line("X-PUBLISHED-TTL", "PT1H")
	for n := range s.page.Maintenance {
		s.event(c, &s.page.Maintenance[n])
	}
	c.line("END", "VCALENDAR")
	return &answer{status: http.StatusOK, kind: "text/calendar; charset=utf-8", body: []byte(c.String()), open: true}
}

// event writes one maintenance. Its number in the sequence of versions is the seconds from its first to its last change: it grows
// with each, and is the same for everybody.
func (s *sheet) event(c *ical, m *incident.Maintenance) {
	page := s.absolute("maintenance/" + number(m.ID))
	text := m.Text
	if names := s.maintenanceCard(m, 1, 0).Touched; len(names) > 0 {
		text = strings.TrimLeft(text+"\n\n"+s.W.Touches+s.W.Colon+strings.Join(names, ", "), "\n")
	}
	c.line("BEGIN", "VEVENT")
	c.line("UID", "maintenance-"+number(m.ID)+"@"+s.domain())
	c.line("SEQUENCE", strconv.FormatInt(max(0, int64(m.Updated.Sub(m.Created)/time.Second)), 10))
	c.line("DTSTAMP", icalTime(m.Updated))
	c.line("CREATED", icalTime(m.Created))
	c.line("LAST-MODIFIED", icalTime(m.Updated))
	c.line("DTSTART", icalTime(m.Starts))
	c.line("DTEND", icalTime(m.Ends))
	c.line("SUMMARY", icalText(m.Name))
	if text != "" {
		c.line("DESCRIPTION", icalText(text))
	}
	c.line("URL", page)
	if m.Phase == incident.Cancelled {
		c.line("STATUS", "CANCELLED")
	} else {
		c.line("STATUS", "CONFIRMED")
	}
	c.line("TRANSP", "TRANSPARENT") // it takes nobody's time
	c.line("END", "VEVENT")
}

// domain is the host's name in the site's address.
func (s *sheet) domain() string {
	if u, err := url.Parse(s.base); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	return "vigie"
}

func icalTime(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// icalText escapes a text (RFC 5545, 3.3.11).
func icalText(s string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(strings.Map(seen, s))
}

// An ical is a calendar being written.
type ical struct {
	strings.Builder
}

// line writes a line, folded after 75 bytes at the most, between characters (RFC 5545, 3.1).
func (c *ical) line(name, value string) {
	text := name + ":" + value
	for room := 75; len(text) > room; room = 74 {
		cut := room
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		c.WriteString(text[:cut] + "\r\n ")
		text = text[cut:]
	}
	c.WriteString(text + "\r\n")
}
