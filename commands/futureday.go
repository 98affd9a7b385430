package commands

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
)

// A dayKind is how a day was named.
type dayKind int

const (
	noDay     dayKind = iota
	fromToday         // "tomorrow"
	tonight           // the night that begins today; early hours are of tomorrow
	inWeek            // "sunday"
	dated             // "29 nov"
)

// A day is one as it was named.
type day struct {
	kind    dayKind
	later   int // of fromToday
	weekday time.Weekday
	checked bool // a date came with a weekday
	year    int  // of dated; 0 for none
	month   time.Month
	date    int
}

// The names of days and months in English and French, each by its number; from there on, see [nameOf].
var (
	weekdayNames = [][]string{
		{"sunday", "dimanche"}, {"monday", "lundi"}, {"tuesday", "mardi"}, {"wednesday", "mercredi"},
		{"thursday", "jeudi"}, {"friday", "vendredi"}, {"saturday", "samedi"},
	}
	monthNames = [][]string{
		{}, {"january", "janvier"}, {"february", "février", "fevrier"}, {"march", "mars"}, {"april", "avril"}, {"may", "mai"}, {"june", "juin"},
		{"july", "juillet"}, {"august", "août", "aout"}, {"september", "septembre"}, {"october", "octobre"},
		{"november", "novembre"}, {"december", "décembre", "decembre"},
	}
)

// nameOf is the number of the only name that begins so, -1 for none. It takes three letters: "jui" may be two months.
func nameOf(word string, names [][]string) int {
	word = strings.TrimSuffix(word, ".")
	found := -1
	for i, all := range names {
		for _, name := range all {
			if len([]rune(word)) < 3 || !strings.HasPrefix(name, word) || found == i {
				continue
			}
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// small reads digits alone.
func small(s string, least, most int) (int, bool) {
	n, err := strconv.ParseUint(s, 10, 31)
	return int(n), err == nil && len(s) <= 4 && int(n) >= least && int(n) <= most
}

// readDay reads a day, of as many words as make one.
func (d *dating) readDay() (bool, error) {
	w := strings.ReplaceAll(d.word(0), "’", "'")
	two := w + " " + d.word(1)
	take := func(words int, day day) (bool, error) {
		d.used += words
		d.day = day
		return true, nil
	}
	switch {
	case w == "today" || w == "aujourd'hui":
		return take(1, day{kind: fromToday})
	case w == "tonight":
		return take(1, day{kind: tonight})
	case slices.Contains([]string{"ce soir", "cette nuit", "this evening"}, two):
		return take(2, day{kind: tonight})
	case w == "yesterday" || w == "hier":
		return false, noDate("%s is over; it is %s", w, d.now.Format("15:04 on Monday 2 January 2006"))
	case w == "tomorrow" || w == "demain":
		return take(1, day{kind: fromToday, later: 1})
	case w == "après-demain" || w == "apres-demain":
		return take(1, day{kind: fromToday, later: 2})
	case two == "day after" && d.word(2) == "tomorrow":
		return take(3, day{kind: fromToday, later: 2})
	}
	if found, err := d.readDate(); found || err != nil {
		return found, err
	}
	skip := 0
	if slices.Contains([]string{"next", "this", "ce"}, w) {
		skip = 1
	}
	weekday := nameOf(d.word(skip), weekdayNames)
	if weekday < 0 {
		return false, nil
	}
	d.used += skip + 1
	if w == "next" || d.word(0) == "prochain" {
		near := onDay(d.now, (weekday-int(d.now.Weekday())+6)%7+1, time.Time{})
		return true, noDate("next %s may be %s or %s: say which", time.Weekday(weekday), near.Format("2 January"), near.AddDate(0, 0, 7).Format("2 January"))
	}
	found, err := d.readDate()
	if !found {
		d.day = day{kind: inWeek, weekday: time.Weekday(weekday)}
	} else {
		d.day.checked, d.day.weekday = true, time.Weekday(weekday)
	}
	return true, err
}

// readDate reads a date, and the hour that stands behind it in one word as in ISO 8601.
func (d *dating) readDate() (bool, error) {
	w := d.word(0)
	if date, clock, iso := strings.Cut(w, "t"); iso && len(date) == 10 && !d.timed {
		if found, err := d.numbers(date); !found || err != nil {
			return found, err
		}
		c, ok := hour(clock)
		if !ok {
			return true, noDate("%q is no hour; it goes %sT22:00, or T21:00Z for one of UTC", bot.Clip(clock, 20), date)
		}
		d.clock, d.timed = c, true
		return true, nil
	}
	if strings.ContainsAny(w, "-./") {
		if found, err := d.numbers(w); found || err != nil {
			return found, err
		}
	}
	number, rest := leading(w, func(r rune) bool { return r >= '0' && r <= '9' })
	month, words := -1, 1
	switch {
	case number != "" && slices.Contains([]string{"", ".", "st", "nd", "rd", "th", "er"}, rest): // "29 nov", "1er mai"
		if slices.Contains([]string{"of", "de"}, d.word(1)) {
			words++
		}
		month = nameOf(d.word(words), monthNames)
		words++
	case number != "": // "29nov"
		month = nameOf(rest, monthNames)
	default: // "nov 29"; but of "mar 29 nov" the first is a day
		number, rest = leading(d.word(1), func(r rune) bool { return r >= '0' && r <= '9' })
		if month = nameOf(w, monthNames); !slices.Contains([]string{"", "st", "nd", "rd", "th"}, rest) || nameOf(d.word(2), monthNames) >= 0 {
			month = -1
		}
		words++
	}
	date, ok := small(number, 1, 99)
	if month < 0 || !ok {
		return false, nil
	}
	d.used += words
	d.day = day{kind: dated, month: time.Month(month), date: date}
	if year, ok := small(d.word(0), 1000, 9999); ok {
		if year < d.now.Year()-1 || year > d.now.Year()+mostAhead+1 {
			return true, noDate("%q may be a year or an hour: an hour goes 22:00", d.word(0))
		}
		d.day.year = year
		d.used++
	}
	return true, d.day.exists(d.now)
}

// numbers reads "2026-11-29", "29.11.", "29.11.2026" and "29/11"; of "04/05" nobody knows.
func (d *dating) numbers(w string) (bool, error) {
	w = strings.TrimSuffix(w, ".")
	var parts []int
	separator := ""
	for _, separator = range []string{"-", ".", "/"} {
		if strings.Contains(w, separator) {
			break
		}
	}
	for _, p := range strings.Split(w, separator) {
		n, ok := small(p, 0, 9999)
		if !ok {
			return false, nil
		}
		parts = append(parts, n)
	}
	var one day
	switch n := len(parts); {
	case n == 3 && parts[0] >= 1000:
		one = day{year: parts[0], month: time.Month(parts[1]), date: parts[2]}
	case n == 2 && separator != "-", n == 3 && separator != "-":
		one = day{month: time.Month(parts[1]), date: parts[0]}
		if n == 3 {
			if one.year = parts[2]; one.year < 100 {
				one.year += 2000
			}
		}
	default:
		return false, nil
	}
	if american := (day{month: time.Month(one.date), date: int(one.month)}); separator == "/" && parts[0] < 1000 {
		switch {
		case one.month > 12 && american.month <= 12:
			one.month, one.date = american.month, american.date
		case one.month != american.month && one.month >= 1 && one.month <= 12 && american.month >= 1 && american.month <= 12:
			return true, noDate("%s may be %d %s or %d %s: write the month as a word", w, one.date, one.month, american.date, american.month)
		}
	}
	if one.month < 1 || one.month > 12 {
		hint := ""
		if separator == "." && len(parts) == 2 && parts[0] < 24 && parts[1] < 60 {
			hint = fmt.Sprintf("; an hour goes %02d:%02d", parts[0], parts[1])
		}
		return true, noDate("there is no month %d in %s%s", int(one.month), bot.Clip(w, 20), hint)
	}
	one.kind = dated
	d.used++
	d.day = one
	return true, one.exists(d.now)
}

// exists tells what is wrong with a date.
func (y day) exists(now time.Time) error {
	if y.year != 0 {
		if !y.in(y.year) {
			return noDate("there is no %d %s %d", y.date, y.month, y.year)
		}
		return nil
	}
	if !y.in(now.Year()) && !y.in(now.Year()+1) {
		if y.in(2000) { // as every fourth year
			return noDate("there is no %d %s in %d or %d", y.date, y.month, now.Year(), now.Year()+1)
		}
		return noDate("there is no %d %s", y.date, y.month)
	}
	return nil
}

func (y day) in(year int) bool {
	t := time.Date(year, y.month, y.date, 12, 0, 0, 0, time.UTC)
	return t.Day() == y.date && t.Month() == y.month
}

// of is the day that is meant, as so many days after another, in the zone of the dating.
func (y day) of(d *dating) (base time.Time, later int, err error) {
	ahead := func(later int) bool {
		at := onDay(d.after, later, d.clock)
		second, twice := again(at)
		return at.After(d.after) || twice && second.After(d.after)
	}
	switch y.kind {
	case fromToday:
		return d.now, y.later, nil
	case tonight:
		if d.clock.Hour() < nightEnds && d.now.Hour() >= nightEnds {
			later = 1
		}
		return d.now, later, nil
	case inWeek:
		later = (int(y.weekday) - int(d.after.Weekday()) + 7) % 7
		if later == 0 && !ahead(0) {
			later = 7
		}
		return d.after, later, nil
	case dated:
		base, err = y.dateOf(d)
		return base, 0, err
	}
	if !ahead(0) {
		later = 1
	}
	return d.after, later, nil
}

// nightEnds is the hour from which on it is no longer last night.
const nightEnds = 6

// dateOf is noon of a date.
func (y day) dateOf(d *dating) (time.Time, error) {
	noon := func(year int) time.Time { return time.Date(year, y.month, y.date, 12, 0, 0, 0, d.now.Location()) }
	at := noon(cmp.Or(y.year, d.now.Year()))
	if y.year == 0 && (!y.in(d.now.Year()) || onDay(at, 0, d.clock).Before(d.now)) {
		if at = noon(d.now.Year() + 1); !y.in(at.Year()) || at.Sub(d.now) > farAhead {
			return at, noDate("%d %s %s has passed; if you mean another year, write it", y.date, y.month, d.clock.Format("15:04"))
		}
	}
	if y.checked && at.Weekday() != y.weekday {
		return at, noDate("%s is a %s, not a %s", at.Format("2 January 2006"), at.Weekday(), y.weekday)
	}
	return at, nil
}
