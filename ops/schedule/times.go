package schedule

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// times are the minutes at which an entry runs: one bit a value for each of the five fields.
type times struct {
	minute, hour, dom, month, dow uint64

	// bothDays: day of month and day of week must both match. It is so when either field begins with
	// a star, "*/2" too; otherwise one of them is enough (the note in crontab(5), find_jobs in cron.c).
	bothDays bool
	// wild: the minute or the hour begins with a star. Such an entry follows the wall clock over a
	// change of daylight saving, any other is neither lost nor repeated (cron(8)).
	wild   bool
	reboot bool // runs when cron starts after a boot, and at no time
}

// A field is one of the five of a schedule. names[i] stands for the value low+i.
type field struct {
	name      string
	low, high int
	names     []string
}

func fields() [5]field {
	months := []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
	days := []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	return [5]field{
		{"minute", 0, 59, nil},
		{"hour", 0, 23, nil},
		{"day-of-month", 1, 31, nil},
		{"month", 1, 12, months},
		{"day-of-week", 0, 7, days},
	}
}

// parseTimes takes the schedule off the beginning of a line: five fields or an @word. written is the
// schedule with single blanks, rest the line after it.
func parseTimes(line string) (written string, w times, rest string, err error) {
	if line[0] == '@' {
		word, rest := cutBlank(line)
		w, err := wordTimes(word)
		return word, w, rest, err
	}
	var texts [5]string
	var bits [5]uint64
	rest = line
	for i, f := range fields() {
		texts[i], rest = cutBlank(rest)
		if bits[i], err = f.parse(texts[i]); err != nil {
			return "", times{}, "", err
		}
	}
	star := func(i int) bool { return texts[i][0] == '*' }
	w = times{minute: bits[0], hour: bits[1], dom: bits[2], month: bits[3]}
	w.dow = bits[4]&0x7f | bits[4]>>7 // 7 is Sunday, as 0 is
	w.bothDays = star(2) || star(4)
	w.wild = star(0) || star(1)
	return strings.Join(texts[:], " "), w, rest, nil
}

// wordTimes gives the times of @daily and its like, by the five fields that each stands for.
func wordTimes(word string) (times, error) {
	expanded := map[string]string{
		"@yearly":   "0 0 1 1 *",
		"@annually": "0 0 1 1 *",
		"@monthly":  "0 0 1 * *",
		"@weekly":   "0 0 * * 0",
		"@daily":    "0 0 * * *",
		"@midnight": "0 0 * * *",
		"@hourly":   "0 * * * *",
	}
	if word == "@reboot" {
		return times{reboot: true}, nil
	}
	five, ok := expanded[word]
	if !ok {
		return times{}, fmt.Errorf("bad time specifier %s", quote(word))
	}
	_, w, _, err := parseTimes(five)
	return w, err
}

// parse reads a list of values, ranges and steps. Like cron it does not mind what follows a whole
// value ("5;" is 5), and it wants a range before a step ("5/10" is refused).
func (f field) parse(text string) (uint64, error) {
	var bits uint64
	for rest := text; ; {
		low, high, step, after, err := f.parseRange(rest)
		if err != nil {
			return 0, fmt.Errorf("bad %s %s: %w", f.name, quote(text), err)
		}
		for v := low; v <= high; v += step {
			bits |= 1 << v
		}
		next, more := strings.CutPrefix(after, ",")
		if !more {
			return bits, nil
		}
		rest = next
	}
}

// parseRange reads one value or range, and returns what comes after it.
func (f field) parseRange(s string) (low, high, step int, rest string, err error) {
	if after, star := strings.CutPrefix(s, "*"); star {
		low, high, rest = f.low, f.high, after
	} else {
		if low, rest, err = f.value(s); err != nil {
			return 0, 0, 0, "", err
		}
		after, isRange := strings.CutPrefix(rest, "-")
		if !isRange {
			if strings.HasPrefix(rest, "/") {
				err = errors.New("a step needs a range or a star before it")
			}
			return low, low, 1, rest, err
		}
		if high, rest, err = f.value(after); err != nil {
			return 0, 0, 0, "", err
		}
	}
	after, stepped := strings.CutPrefix(rest, "/")
	if !stepped {
		return low, high, 1, rest, nil
	}
	step, rest, err = number(after)
	if err == nil && step <= 0 {
		err = errors.New("a step must be 1 or more")
	}
	return low, high, step, rest, err
}

// value reads a number or a name off the beginning of s.
func (f field) value(s string) (v int, rest string, err error) {
	word := leadingWord(s)
	for i, name := range f.names {
		if strings.EqualFold(name, word) {
			return f.low + i, s[len(word):], nil
		}
	}
	v, rest, err = number(s)
	if err == nil && (v < f.low || v > f.high) {
		err = fmt.Errorf("it goes from %d to %d", f.low, f.high)
	}
	return v, rest, err
}

func number(s string) (v int, rest string, err error) {
	word := leadingWord(s)
	if word == "" {
		return 0, "", errors.New("a value is missing")
	}
	digits := strings.TrimLeft(word[:len(word)-1], "0") + word[len(word)-1:]
	if len(digits) > 6 {
		return 0, "", errors.New("not a number that cron knows")
	}
	v, err = strconv.Atoi(digits)
	if err != nil {
		return 0, "", errors.New("neither a number nor a name that cron knows")
	}
	return v, s[len(word):], nil
}

// leadingWord is what s begins with in ASCII letters and digits.
func leadingWord(s string) string {
	i := 0
	for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] >= 'a' && s[i] <= 'z' || s[i] >= 'A' && s[i] <= 'Z') {
		i++
	}
	return s[:i]
}

func (w times) empty() bool {
	days := w.dom == 0 && w.dow == 0
	if w.bothDays {
		days = w.dom == 0 || w.dow == 0
	}
	return w.minute == 0 || w.hour == 0 || w.month == 0 || days
}

// onDay tells whether the day of a wall clock is one of the schedule's.
func (w times) onDay(day time.Time) bool {
	dom := w.dom>>day.Day()&1 == 1
	dow := w.dow>>day.Weekday()&1 == 1
	days := dom || dow
	if w.bothDays {
		days = dom && dow
	}
	return days && w.month>>day.Month()&1 == 1
}

// at tells whether the minute of a wall clock is one of the schedule's.
func (w times) at(clock time.Time) bool {
	return w.onDay(clock) && w.hour>>clock.Hour()&1 == 1 && w.minute>>clock.Minute()&1 == 1
}
