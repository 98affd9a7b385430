package incident

import (
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// What a text may have at most, in characters.
const (
	MostName = 200
	MostText = 10_000
)

// An Invalid says what is wrong with something that somebody wanted to write, by its field. Nothing was written.
type Invalid struct {
	Field string // as Cachet's API calls it: "name"
	Why   string // "is empty"
}

func (e *Invalid) Error() string { return "the " + e.Field + " " + e.Why }

// name checks a name, which is one line.
func name(field, s string) (string, error) {
	s = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))), " ")
	switch n := utf8.RuneCountInString(s); {
	case n == 0:
		return "", &Invalid{field, "is empty"}
	case n > MostName:
		return "", &Invalid{field, fmt.Sprintf("has %d characters; it may have %d", n, MostName)}
	}
	return s, nil
}

// text checks a text of several lines, which may be empty.
func text(field, s string) (string, error) {
	s = strings.Map(func(r rune) rune {
		if r == '\n' || unicode.IsPrint(r) || r == '\u200d' { // the joiner that makes one emoji of several
			return r
		}
		if unicode.IsSpace(r) && r != '\r' {
			return ' '
		}
		return -1
	}, strings.ToValidUTF8(s, "\ufffd"))
	s = strings.TrimSpace(s)
	if n := utf8.RuneCountInString(s); n > MostText {
		return "", &Invalid{field, fmt.Sprintf("has %d characters; it may have %d", n, MostText)}
	}
	return s, nil
}

// link checks an address that visitors are led to.
func link(field, s string) (string, error) {
	if s = strings.TrimSpace(s); s == "" {
		return "", nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || len(s) > 1000 {
		return "", &Invalid{field, "is no http or https address"}
	}
	return u.String(), nil
}

// date checks a time that people or programs gave.
func date(field string, t time.Time) error {
	if t.Year() < 2000 || t.Year() > 2200 {
		return &Invalid{field, "is " + t.Format(time.DateOnly) + ", which cannot be meant"}
	}
	return nil
}
