package status

import (
	"html/template"
	"strconv"
	"time"

	"github.com/diaspote/vigie/ops/incident"
)

// A day of the bars is four units wide, a bar three of them. Bars of trouble are higher, the worse the higher, so that they are told
// apart without their colours too.
const (
	pitch = 4
	wide  = 3
	tall  = 32
)

// class is the name of a state in the style sheet.
func class(s incident.State) string {
	if s < incident.Unknown || s > incident.Maintained {
		s = incident.Unknown
	}
	return "s" + strconv.Itoa(int(s))
}

// lengthOf is how wide so many days are.
func lengthOf(days int) int { return days*pitch - (pitch - wide) }

// scale holds what all bars have in common: a place for each day, with its date to be read under the pointer. Bars refer to
// it, so that a page holds it once.
func (w *words) scale(days []incident.Day) template.HTML {
	b := []byte(`<svg class="scale" aria-hidden="true" width="0" height="0"><g id="d">`)
	for n := range days {
		b = append(b, `<path d="M`...)
		b = strconv.AppendInt(b, int64(n*pitch), 10)
		b = append(b, ` 0h3v32h-3"><title>`...)
		b = append(b, w.Short(days[n].Date)...)
		b = append(b, ": "...)
		b = append(b, w.NoTrouble...)
		b = append(b, `</title></path>`...)
	}
	return template.HTML(append(b, `</g></svg>`...))
}

// bars draws the days of a component. Nothing of it was written by people.
func (w *words) bars(days []incident.Day) template.HTML {
	b := make([]byte, 0, 400)
	b = append(b, `<svg class="bars" viewBox="0 0 `...)
	b = strconv.AppendInt(b, int64(lengthOf(len(days))), 10)
	b = append(b, ` 32" preserveAspectRatio="none" role="img" aria-label="`...)
	b = append(b, w.summary(days)...)
	b = append(b, `"><use href="#d"/>`...)
	for from := 0; from < len(days); {
		to := from + 1
		state := days[from].Worst
		if !bad(state) {
			for to < len(days) && days[to].Worst == state {
				to++
			}
			b = w.calm(b, days, from, to)
		} else {
			b = w.peak(b, &days[from], from)
		}
		from = to
	}
	return template.HTML(append(b, `</svg>`...))
}

// bad tells the states that are trouble.
func bad(s incident.State) bool {
	return s == incident.Degraded || s == incident.PartialOutage || s == incident.MajorOutage
}

// calm draws a run of days without trouble as one dashed line. Of days of which nothing is known, or of work, it says so.
func (w *words) calm(b []byte, days []incident.Day, from, to int) []byte {
	b = append(b, `<path class="`...)
	b = append(b, class(days[from].Worst)...)
	b = append(b, `" d="M`...)
	b = strconv.AppendInt(b, int64(from*pitch), 10)
	b = append(b, ` 22h`...)
	b = strconv.AppendInt(b, int64(lengthOf(to-from)), 10)
	if days[from].Worst == incident.Operational {
		return append(b, `"/>`...)
	}
	b = append(b, `"><title>`...)
	b = append(b, w.Short(days[from].Date)...)
	if to-from > 1 {
		b = append(b, " – "...)
		b = append(b, w.Short(days[to-1].Date)...)
	}
	b = append(b, ": "...)
	b = append(b, w.dayState(days[from].Worst)...)
	return append(b, `</title></path>`...)
}

// peak draws a day of trouble, and says how long it was.
func (w *words) peak(b []byte, d *incident.Day, at int) []byte {
	b = append(b, `<path class="`...)
	b = append(b, class(d.Worst)...)
	b = append(b, `" d="M`...)
	b = strconv.AppendInt(b, int64(at*pitch), 10)
	b = append(b, ' ')
	top := map[incident.State]int{incident.Degraded: 8, incident.PartialOutage: 4, incident.MajorOutage: 0}[d.Worst]
	b = strconv.AppendInt(b, int64(top), 10)
	b = append(b, `h3V32h-3"><title>`...)
	b = append(b, w.Short(d.Date)...)
	b = append(b, ": "...)
	b = append(b, w.States[d.Worst]...)
	b = append(b, ", "...)
	b = append(b, w.long(troubled(d))...)
	return append(b, `</title></path>`...)
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
