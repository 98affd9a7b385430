package graph

import "time"

// A moment is a tick of the time axis.
type moment struct {
	at    time.Time
	label string
	day   bool // where a day, or a year, begins among smaller steps
}

// moments are round times in the zone of from, at most so many, in order, all within [from, to].
func moments(from, to time.Time, most int) []moment {
	to = to.In(from.Location())
	span := secondsOf(to) - secondsOf(from)
	most = max(most, 2)
	for _, s := range []int{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 2 * 3600, 3 * 3600, 6 * 3600, 12 * 3600} {
		if span/float64(s) <= float64(most) {
			return clockMoments(from, to, s)
		}
	}
	for _, days := range []int{1, 2, 7} {
		if span/86400/float64(days) <= float64(most) {
			return dayMoments(from, to, days)
		}
	}
	for _, months := range []int{1, 2, 3, 6} {
		if span/86400/30.4/float64(months) <= float64(most) {
			return monthMoments(from, to, months)
		}
	}
	years := 1
	for _, f := range []int{2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000, 1_000_000, 100_000_000} {
		if span/86400/365.25/float64(years) <= float64(most) {
			break
		}
		years = f
	}
	return yearMoments(from, to, years)
}

// clockMoments are those whose time of day is a multiple of step, in seconds and at most half a day. It walks along real time in
// strides short enough for any change of the clocks: what the clock skips has no tick, what it shows twice has two.
func clockMoments(from, to time.Time, step int) []moment {
	stride := time.Duration(min(step, 1800)) * time.Second
	var all []moment
	_, m, s := from.Clock()
	hour := from.Add(-time.Duration(m*60+s)*time.Second - time.Duration(from.Nanosecond()))
	for t := hour; !t.After(to); t = t.Add(stride) {
		h, m, s := t.Clock()
		if t.Before(from) || (h*3600+m*60+s)%step != 0 {
			continue
		}
		layout := "15:04"
		if step < 60 {
			layout = "15:04:05"
		}
		all = append(all, moment{at: t, label: t.Format(layout)})
		last := &all[len(all)-1]
		switch {
		case h+m+s == 0:
			last.label, last.day = t.Format("2 Jan"), true
		case len(all) > 1 && last.label == all[len(all)-2].label:
			last.label += " " + t.Format("MST") // the hour that comes twice
		}
	}
	return all
}

func dayMoments(from, to time.Time, days int) []moment {
	layout := "Mon 2"
	if days > 2 {
		layout = "2 Jan"
	}
	var all []moment
	start := midnight(from)
	if days == 7 { // on Mondays
		start = date(from, from.Year(), from.Month(), from.Day()-int(from.Weekday()+6)%7)
	}
	for i := 0; ; i += days {
		t := date(from, start.Year(), start.Month(), start.Day()+i)
		if t.After(to) {
			return all
		}
		if !t.Before(from) {
			all = append(all, moment{at: t, label: t.Format(layout), day: t.Day() == 1 || days < 7 && t.Weekday() == time.Monday})
		}
	}
}

func monthMoments(from, to time.Time, months int) []moment {
	var all []moment
	for i := 1; ; i += months { // from January on
		t := date(from, from.Year(), time.Month(i), 1)
		if t.After(to) {
			return all
		}
		if t.Before(from) {
			continue
		}
		m := moment{at: t, label: t.Format("Jan")}
		if t.Month() == time.January {
			m.label, m.day = t.Format("2006"), true
		}
		all = append(all, m)
	}
}

func yearMoments(from, to time.Time, years int) []moment {
	var all []moment
	for year := from.Year() - (from.Year()%years+years)%years; ; year += years {
		t := date(from, year, time.January, 1)
		if t.After(to) {
			return all
		}
		if !t.Before(from) {
			all = append(all, moment{at: t, label: t.Format("2006")})
		}
	}
}

func midnight(t time.Time) time.Time { return date(t, t.Year(), t.Month(), t.Day()) }

// date is the first moment of a day in the zone of zone. There are zones where clocks change at midnight: their day may begin
// at 1:00, and [time.Date] is free to give 23:00 of the day before.
func date(zone time.Time, year int, month time.Month, day int) time.Time {
	t := time.Date(year, month, day, 0, 0, 0, 0, zone.Location())
	if h := t.Hour(); h > 12 {
		t = t.Add(time.Duration(24-h) * time.Hour)
	}
	return t
}

// secondsOf is like Unix, with fractions. Differences of [time.Time] end at 292 years.
func secondsOf(t time.Time) float64 { return float64(t.Unix()) + float64(t.Nanosecond())/1e9 }
