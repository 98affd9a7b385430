package commands

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/diaspote/vigie/bot"
)

// spanUnits are the words for lengths of time, in English and French.
var spanUnits = map[string]time.Duration{
	"s": time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second, "seconds": time.Second,
	"seconde": time.Second, "secondes": time.Second,
	"m": time.Minute, "mn": time.Minute, "min": time.Minute, "mins": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"h": time.Hour, "hour": time.Hour, "hours": time.Hour, "heure": time.Hour, "heures": time.Hour,
	"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour, "j": 24 * time.Hour, "jour": 24 * time.Hour, "jours": 24 * time.Hour,
}

// span reads a length of time in small letters: "2h", "90 min", "1h30", "2 h 30 min", "1.5 hours", "1 day 2h". The larger
// units come first, each once and with at most five digits.
func span(text string) (long time.Duration, ok bool) {
	glued := false
	for least := time.Duration(0); text != ""; {
		number, rest := leading(text, unicode.IsDigit)
		n, err := strconv.Atoi(number)
		if err != nil || len(number) > 5 {
			return 0, false
		}
		share := 0.0
		if len(rest) > 1 && (rest[0] == '.' || rest[0] == ',') {
			digits, after := leading(rest[1:], unicode.IsDigit)
			if share, err = strconv.ParseFloat("0."+digits, 64); err != nil || digits == "" || len(digits) > 2 {
				return 0, false
			}
			rest = after
		}
		word, rest := leading(strings.TrimPrefix(rest, " "), unicode.IsLetter)
		unit, known := spanUnits[word]
		if word == "" && rest == "" && glued && least == time.Hour && len(number) == 2 && n < 60 && share == 0 { // "1h30"
			unit, known = time.Minute, true
		}
		if !known || least != 0 && unit >= least {
			return 0, false
		}
		long, least, ok = long+time.Duration(n)*unit+time.Duration(share*float64(unit)), unit, true
		text = strings.TrimPrefix(rest, " ")
		glued = text == rest
		for _, and := range []string{"and ", "et "} {
			text = strings.TrimPrefix(text, and)
		}
	}
	return long, ok
}

// leading cuts the letters at the beginning that are so.
func leading(s string, so func(rune) bool) (begin, rest string) {
	if end := strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII || !so(r) }); end >= 0 {
		return s[:end], s[end:]
	}
	return s, ""
}

// while reads how long something is to last: "2h", "30 min", "1h30", "3 days".
func while(text string) (time.Duration, error) {
	long, ok := span(plain(text))
	switch {
	case !ok:
		return 0, fmt.Errorf("%q is no length of time; try 30m, 2h or 3d", bot.Clip(text, 40))
	case long == 0:
		return 0, fmt.Errorf("%q is no time at all", bot.Clip(text, 40))
	}
	return long, nil
}

// spanWords reads a length of time from the first words of a line, as many as make one; used is 0 if none does.
func spanWords(words []string) (long time.Duration, used int) {
	for used = min(7, len(words)); used > 0; used-- {
		if long, ok := span(plain(strings.Join(words[:used], " "))); ok {
			return long, used
		}
	}
	return 0, 0
}

// plain is text in small letters with single blanks.
func plain(text string) string { return strings.Join(strings.Fields(strings.ToLower(text)), " ") }
