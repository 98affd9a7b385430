package status

import (
	"html"
	"html/template"
	"math"
	"strconv"
	"strings"
	"time"
)

// Words are what the page says of itself in one language. Those with a %s are filled in.
type words struct {
	Lang, Name string // "fr", "Français"
	Other      *words

	// A state in a word or two, and as the headline.
	States, Headlines [6]string
	// How far an incident is, from Investigating on, and a maintenance, from Upcoming on.
	Statuses [5]string
	Phases   [4]string
	Impacts  [4]string

	Status, Components, Incidents, Maintenance, Planned, Past, History, Back, Updates, Days, Nothing, NoTrouble, NoTroubleDay,
	NoIncident, Unseen, Goes, More, Since, Touches, Up, NoFigure, Colon, StillOpen, Start, Today, Feeds, Subscribe, Calendar, Day,
	State, Website, Badge, Zone, Copy, CopyOf, Live, Gone, GoneText, Skip, Effect, When string

	DayOf    func(d time.Time) string // "26 November 2026"
	Weekday  func(d time.Time) string // "Thursday 26 November"
	Short    func(d time.Time) string // "26 Nov"
	Clock    func(t time.Time) string // "16:45"
	DaysBad  func(n int) string       // of 90
	Point    string                   // of decimals
	DayUnit  string                   // of durations
	Instant  string                   // a duration too short to be told
	MoreOf   func(n int) string
	Affected func(n int) string
}

// languages are those that there are; the first is for who asks for none of them.
func languages() []*words {
	en, fr := english(), french()
	en.Other, fr.Other = fr, en
	return []*words{en, fr}
}

const (
	thin = "\u202f" // a narrow space that no line breaks at, as CLDR has it before a French %
	hard = "\u00a0"
)

// percent is a share, rounded down: nothing that has failed is told as 100 %.
func (w *words) percent(share float64) string {
	n := int(math.Floor(share*10_000 + 1e-6))
	text := strconv.Itoa(n / 100)
	if rest := n % 100; rest != 0 {
		text += w.Point + strings.TrimRight(string([]byte{'0' + byte(rest/10), '0' + byte(rest%10)}), "0")
	}
	return text + thin + "%"
}

// up is a share of the time, in words.
func (w *words) up(share float64) string {
	if math.IsNaN(share) {
		return w.NoFigure
	}
	return fill(w.Up, w.percent(share))
}

// long is a duration, to the minute.
func (w *words) long(d time.Duration) string {
	minutes := int(d.Round(time.Minute) / time.Minute)
	days, hours, rest := minutes/(24*60), minutes/60%24, minutes%60
	if minutes == 0 {
		return w.Instant
	}
	var parts []string
	for _, part := range []struct {
		n    int
		unit string
	}{{days, w.DayUnit}, {hours, "h"}, {rest, "min"}} {
		if part.n != 0 && len(parts) < 2 {
			parts = append(parts, strconv.Itoa(part.n)+hard+part.unit)
		}
	}
	return strings.Join(parts, hard)
}

// zone names the zone of a time: by its letters, or by its distance from UTC where it has none.
func zone(t time.Time) string {
	name, off := t.Zone()
	if !strings.HasPrefix(name, "+") && !strings.HasPrefix(name, "-") {
		return name
	}
	sign := "+"
	if off < 0 {
		sign, off = "−", -off
	}
	text := "UTC" + sign + strconv.Itoa(off/3600)
	if off%3600 != 0 {
		text += ":" + strconv.Itoa(off%3600/60)
	}
	return text
}

// A stamp is a time as the page has it.
type stamp struct {
	ISO, Text string
}

// HTML is the time as an element. A page has many.
func (s stamp) HTML() template.HTML {
	return template.HTML(`<time datetime="` + s.ISO + `">` + html.EscapeString(s.Text) + `</time>`)
}

func iso(t time.Time) string { return t.Format(time.RFC3339) }

// moment is a time in full, with its zone.
func (w *words) moment(t time.Time) stamp {
	return stamp{t.Format("2006-01-02T15:04Z07:00"), w.DayOf(t) + ", " + w.Clock(t) + hard + zone(t)}
}

// A span is from when to when.
type span struct {
	From, To stamp
}

// span leaves out of the end what is as at the beginning.
func (w *words) span(from, to time.Time) span {
	s := span{w.moment(from), w.moment(to)}
	if zone(from) == zone(to) {
		s.From.Text = w.DayOf(from) + ", " + w.Clock(from)
		if sameDay(from, to) {
			s.To.Text = w.Clock(to) + hard + zone(to)
		}
	}
	return s
}

// hours is a span of a day that stands beside it; if it ends on another, that is said.
func (w *words) hours(from, to time.Time) span {
	s := w.span(from, to)
	if sameDay(from, to) {
		s.From.Text = w.Clock(from)
	}
	return s
}

func sameDay(a, b time.Time) bool {
	y, m, d := a.Date()
	z, n, e := b.Date()
	return y == z && m == n && d == e
}
