package commands

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
)

// mostAhead is how far ahead a date may be, in years: what is further is mistyped.
const mostAhead = 5

// farAhead is how far ahead a date without a year may be: "29 Oct" said in November was rather mistyped.
const farAhead = 200 * 24 * time.Hour

// A dateError says why what looks like a date is none, or which of two it may be. Any other text is no date at all.
type dateError struct {
	why   string
	vague bool // an hour is missing alone: it may as well be no date
}

func (e *dateError) Error() string { return e.why }

func noDate(format string, args ...any) error { return &dateError{why: fmt.Sprintf(format, args...)} }

// future reads a time to come from the first words of a line, as many as make one, and tells how many those are; 0 if they
// begin with no date. In English or French, in any case: "22:00" (the next one), "tomorrow 22:00", "sunday 4am", "dimanche à 4h",
// "tonight 23:00", "29 nov 10pm", "29.11. 22:00", "2026-11-29 22:00", "2026-11-29T21:00Z", "in 2h", "in 3 days 22:00", "now".
//
// A day of the week is the next one: today, if the hour is still ahead. A date without a year is the next one. What may be two
// times, what does not exist and what has passed is an error that says so.
func future(words []string, now time.Time) (at time.Time, used int, err error) {
	return next(words, now, now)
}

// next is [future] for what comes after some other time: an hour and a day of the week are the next after that, while
// "tomorrow" is still from now.
func next(words []string, now, after time.Time) (at time.Time, used int, err error) {
	d := dating{now: now, after: after.In(now.Location())}
	for _, w := range words[:min(len(words), 12)] {
		d.words = append(d.words, strings.TrimSuffix(plain(bot.Clip(w, 60)), ","))
	}
	if at, err = d.read(); err != nil || d.used == 0 {
		return time.Time{}, 0, err
	}
	switch at = at.In(now.Location()); {
	case at.Before(now):
		return time.Time{}, 0, noDate("%s has passed: it is %s", full(at), now.Format("15:04 on Monday 2 January 2006"))
	case at.After(now.AddDate(mostAhead, 0, 0)):
		return time.Time{}, 0, noDate("%s is more than %d years ahead", full(at), mostAhead)
	}
	return at, d.used, nil
}

// A dating goes through the words of a date.
type dating struct {
	words      []string
	used       int
	now, after time.Time

	day   day
	clock time.Time
	timed bool   // there is a clock
	part  string // of the day: "morning"
}

// word is the word so many further on, "" at the end.
func (d *dating) word(further int) string {
	if n := d.used + further; n < len(d.words) {
		return d.words[n]
	}
	return ""
}

func (d *dating) read() (time.Time, error) {
	switch d.word(0) {
	case "now", "maintenant":
		d.used++
		return d.now, nil
	case "in", "dans":
		return d.within()
	}
	if at, ok := instant(d.word(0)); ok {
		d.used++
		return at, nil
	}
	for {
		begin := d.used
		for slices.Contains([]string{"on", "at", "from", "the", "le", "à", "a", "de", "du"}, d.word(0)) { // they stand before a day or an hour
			d.used++
		}
		found, err := d.one()
		if err != nil {
			return time.Time{}, err
		}
		if !found {
			d.used = begin
			break
		}
	}
	switch {
	case d.used == 0:
		return time.Time{}, nil
	case !d.timed && d.day.kind == tonight:
		return time.Time{}, &dateError{"tonight at what hour? For example: tonight 23:00", true}
	case !d.timed:
		return time.Time{}, &dateError{fmt.Sprintf("at what hour? For example: %s 22:00", strings.Join(d.words[:d.used], " ")), true}
	}
	return d.settle()
}

// one reads a day or an hour, whichever is not there yet.
func (d *dating) one() (found bool, err error) {
	if !d.timed {
		if found, err = d.readClock(); found || err != nil {
			return found, err
		}
	}
	if d.day.kind == noDay {
		return d.readDay()
	}
	return d.readPart(), nil
}

// within reads what follows "in": a length of time, or days and an hour.
func (d *dating) within() (time.Time, error) {
	long, used := spanWords(d.words[1:])
	unit := d.word(2)
	if n, ok := small(d.word(1), 1, 500); ok && slices.Contains([]string{"week", "weeks", "semaine", "semaines"}, unit) {
		long, used = time.Duration(n)*7*24*time.Hour, 2
	}
	if used == 0 || long == 0 {
		return time.Time{}, nil
	}
	d.used = 1 + used
	if long%(24*time.Hour) != 0 {
		at := d.now.Add(long)
		if minute := at.Truncate(time.Minute); minute.Before(at) { // nobody plans by seconds
			at = minute.Add(time.Minute)
		}
		return at, nil
	}
	d.day = day{kind: fromToday, later: int(long / (24 * time.Hour))}
	if slices.Contains([]string{"at", "à", "a"}, d.word(0)) {
		d.used++
	}
	found, err := d.readClock()
	if err != nil {
		return time.Time{}, err
	}
	if !found {
		d.clock, d.timed = d.now, true
	}
	return d.settle()
}

// readClock reads an hour, of as many words as make one.
func (d *dating) readClock() (bool, error) {
	if isMidnight(d.word(0)) {
		d.used++
		d.timed = true
		if d.day.kind == noDay { // a day may follow
			if _, err := d.readDay(); err != nil {
				return true, err
			}
		}
		if d.day.kind == tonight || d.day.kind == noDay {
			d.day = day{}
			return true, nil // the next one
		}
		return true, noDate("midnight may be the one before that day or the one after it: say 00:00 with the day that begins then")
	}
	for n := min(3, len(d.words)-d.used); n > 0; n-- {
		if c, ok := hour(strings.Join(d.words[d.used:d.used+n], " ")); ok {
			d.clock, d.timed = c, true
			d.used += n
			return true, nil
		}
	}
	w := d.word(0)
	if strings.HasPrefix(w, "24:00") || w == "24h" || w == "24h00" {
		return true, noDate("24:00 is 00:00 of the next day: say that")
	}
	if c, looks := strings.CutSuffix(w, "h"); looks || strings.Contains(w, ":") { // "25h", "22:61"
		if _, err := time.Parse("15", strings.Split(c, ":")[0]); c != "" && strings.Trim(c, "0123456789:") == "" || err == nil && looks {
			return true, noDate("%q is no hour of the clock; they go from 00:00 to 23:59", bot.Clip(w, 20))
		}
	}
	if n, ok := small(w, 0, 23); ok && d.used > 0 && slices.Contains([]string{"at", "à"}, d.words[d.used-1]) {
		if n > 0 && n <= 12 {
			return true, noDate("%d o'clock may be %02d:00 or %02d:00: say which", n, n%12, n%12+12)
		}
		d.clock, _ = clockOf(w, "", false, "")
		d.timed = true
		d.used++
		return true, nil
	}
	return false, nil
}

// readPart reads a part of a day, which says nothing more once there is an hour.
func (d *dating) readPart() bool {
	parts := map[string]string{"morning": "morning", "matin": "morning", "afternoon": "afternoon", "après-midi": "afternoon", "apres-midi": "afternoon",
		"evening": "evening", "soir": "evening", "night": "night", "nuit": "night"}
	part, ok := parts[d.word(0)]
	if !ok || d.part != "" {
		return false
	}
	d.part = part
	d.used++
	return true
}

// settle is the time that a day and an hour make.
func (d *dating) settle() (time.Time, error) {
	if err := d.fits(); err != nil {
		return time.Time{}, err
	}
	base, later, err := d.day.of(d)
	if err != nil {
		return time.Time{}, err
	}
	at := onDay(base, later, d.clock)
	if at.Hour() != d.clock.Hour() || at.Minute() != d.clock.Minute() {
		return time.Time{}, noDate("there is no %s on %s: the clocks go forward then, and %s comes next", d.clock.Format("15:04"),
			at.Format("Monday 2 January 2006"), at.Format("15:04"))
	}
	if second, twice := again(at); twice && !at.After(d.after) { // the first has gone by
		at = second
	}
	return at, nil
}

// instant reads a time with its zone: "2026-11-29t21:00z".
func instant(w string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02T15:04Z07:00", time.RFC3339, "2006-01-02T15:04Z0700", "2006-01-02T15:04:05Z0700"} {
		if at, err := time.Parse(layout, strings.ToUpper(w)); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// fits checks that the hour is one of the part of the day that was named.
func (d *dating) fits() error {
	h := d.clock.Hour()
	from, to := 0, 24
	switch d.part {
	case "morning":
		to = 13
	case "afternoon":
		from, to = 12, 19
	case "evening":
		from = 17
	case "night":
		if h < 6 {
			return noDate("%s at night may be before that day or after it: say the day without night", d.clock.Format("15:04"))
		}
		from = 18
	}
	if h < from || h >= to {
		return noDate("%s is not in the %s", d.clock.Format("15:04"), d.part)
	}
	return nil
}

// full is a time with all that there is to say of it: "Sunday 29 November 2026, 22:00 CET".
func full(at time.Time) string { return at.Format("Monday 2 January 2006, 15:04 MST") }
