package status

import (
	"html/template"
	"strconv"
	"time"

	"github.com/diaspote/vigie/ops/incident"
)

// A day of the bars is four units wide; its bar is a line of three down the middle. Bars of trouble are higher, the worse the
// higher, so that they are told apart without their colours too. Numbers are whole, and what can be is one path: a page has
// many bars.
const (
	pitch  = 4
	ground = 32
)

// class is the name of a state in the style sheet.
func class(s incident.State) string {
	if s < incident.Unknown || s > incident.Maintained {
		s = incident.Unknown
	}
	return "s" + strconv.Itoa(int(s))
}

// scale holds what all bars have in common: a place for each day, with its date to be read under the pointer. Bars refer to
// it, so that a page holds it once.
func (w *words) scale(days []incident.Day) template.HTML {
	b := append(make([]byte, 0, 6000), `<svg class="scale" aria-hidden="true" width="0" height="0"><g id="d">`...)
	for n := range days {
		b = upright(b, n, 0)
		b = append(b, `><title>`...)
		b = append(b, w.Short(days[n].Date)...)
		b = append(b, w.Colon...)
		b = append(b, w.NoTrouble...)
		b = append(b, `</title></path>`...)
	}
	return template.HTML(append(b, `</g></svg>`...))
}

// upright begins the path of a day.
func upright(b []byte, day, top int) []byte {
	b = append(b, `<path d=M`...) // without quotes, which HTML allows here
	b = strconv.AppendInt(b, int64(day*pitch+pitch/2), 10)
	b = append(b, ',')
	b = strconv.AppendInt(b, int64(top), 10)
	b = append(b, 'v')
	return strconv.AppendInt(b, int64(ground-top), 10)
}

// A run is days on end that were alike.
type run struct {
	from, to int // to is the first that is none of it
	state    incident.State
}

func runs(days []incident.Day) (all []run) {
	for n := range days {
		if last := len(all) - 1; last >= 0 && all[last].state == days[n].Worst {
			all[last].to = n + 1
			continue
		}
		all = append(all, run{n, n + 1, days[n].Worst})
	}
	return all
}

// bars draws the days of a component. Nothing of it was written by people.
func (w *words) bars(days []incident.Day) template.HTML {
	b := make([]byte, 0, 1500)
	b = append(b, `<svg class="bars" viewBox="0 0 `...)
	b = strconv.AppendInt(b, int64(len(days)*pitch), 10)
	b = append(b, ` 32" preserveAspectRatio="none" role="img" aria-label="`...)
	b = append(b, w.summary(days)...)
	b = append(b, `"><use href="#d"/>`...)
	all := runs(days)
	b = append(b, `<path class="calm s1" d="`...)
	for _, r := range all {
		if r.state == incident.Operational {
			b = r.line(b)
		}
	}
	b = append(b, `"/>`...)
	for _, r := range all {
		if !bad(r.state) && r.state != incident.Operational {
			b = w.calm(b, days, r)
		}
	}
	for _, state := range []incident.State{incident.Degraded, incident.PartialOutage, incident.MajorOutage} {
		b = w.peaks(b, days, state)
	}
	return template.HTML(append(b, `</svg>`...))
}

// bad tells the states that are trouble.
func bad(s incident.State) bool {
	return s == incident.Degraded || s == incident.PartialOutage || s == incident.MajorOutage
}

// line draws a run as one line, which the style sheet makes dashes of.
func (r run) line(b []byte) []byte {
	b = append(b, 'M')
	b = strconv.AppendInt(b, int64(r.from*pitch), 10)
	b = append(b, " 22h"...)
	return strconv.AppendInt(b, int64((r.to-r.from)*pitch), 10)
}

// calm draws a run of days of which nothing is known, or of work, and says so.
func (w *words) calm(b []byte, days []incident.Day, r run) []byte {
	b = append(b, `<path class="calm `...)
	b = append(b, class(r.state)...)
	b = append(b, `" d="`...)
	b = r.line(b)
	b = append(b, `"><title>`...)
	b = append(b, w.Short(days[r.from].Date)...)
	if r.to-r.from > 1 {
		b = append(b, " – "...)
		b = append(b, w.Short(days[r.to-1].Date)...)
	}
	b = append(b, w.Colon...)
	b = append(b, w.dayState(r.state)...)
	return append(b, `</title></path>`...)
}

// peaks draws the days of trouble of one kind, and says of each how long it was.
func (w *words) peaks(b []byte, days []incident.Day, state incident.State) []byte {
	before := len(b)
	b = append(b, `<g class="`...)
	b = append(b, class(state)...)
	b = append(b, `">`...)
	some := false
	for n := range days {
		if d := &days[n]; d.Worst == state {
			some = true
			b = upright(b, n, int(4*(incident.MajorOutage-state)))
			b = append(b, `><title>`...)
			b = append(b, w.Short(d.Date)...)
			b = append(b, w.Colon...)
			b = append(b, w.States[state]...)
			b = append(b, ", "...)
			b = append(b, w.long(troubled(d))...)
			b = append(b, `</title></path>`...)
		}
	}
	if !some {
		return b[:before]
	}
	return append(b, `</g>`...)
}

// troubled is how long there was trouble on a day.
func troubled(d *incident.Day) time.Duration {
	return d.In[incident.Degraded] + d.In[incident.PartialOutage] + d.In[incident.MajorOutage]
}

// dayState is what a day's worst state comes to.
func (w *words) dayState(s incident.State) string {
	switch s {
	case incident.Unknown:
		return w.Unseen
	case incident.Operational:
		return w.NoTrouble
	}
	return w.States[s]
}

// summary is what the bars say, in words.
func (w *words) summary(days []incident.Day) string {
	known, n := false, 0
	last := time.Time{}
	for i := range days {
		known = known || days[i].Worst != incident.Unknown
		if bad(days[i].Worst) {
			n, last = n+1, days[i].Date
		}
	}
	switch {
	case !known:
		return w.Unseen
	case n == 0:
		return w.DaysBad(0)
	}
	return w.DaysBad(n) + " (" + w.Short(last) + ")"
}
