package cachet

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// stamp is how Cachet writes times.
const stamp = "2006-01-02 15:04:05"

// layouts are how times come in, and how exact each is: of Cachet 2.4, of 2.3, of date pickers and of other programs.
var layouts = []struct {
	layout string
	exact  time.Duration
}{
	{stamp, time.Second},
	{"2006-01-02 15:04", time.Minute},
	{"02/01/2006 15:04", time.Minute},
	{"02/01/2006 15:04:05", time.Second},
	{"2006-01-02T15:04:05", time.Second},
	{"2006-01-02T15:04", time.Minute},
	{"2006-01-02", time.Minute},
}

var errDate = errors.New("is no date such as 2026-11-29 22:00")

// parseDate reads a time in any of the ways that Cachet and programs made for it have, in a zone unless it brings one: also
// seconds since 1970. A date that there is not, or an hour that daylight saving leaves out, is an error.
func parseDate(s string, zone *time.Location) (at time.Time, exact time.Duration, err error) {
	if s = strings.TrimSpace(s); len(s) > 40 {
		return at, 0, errDate
	}
	if head, tail, _ := strings.Cut(s, "."); len(head) >= 9 && strings.Trim(tail, "0123456789") == "" {
		if n, err := strconv.ParseInt(head, 10, 64); err == nil && n > 0 && n < 1e10 {
			return time.Unix(n, 0).In(zone), time.Second, nil
		}
	}
	for _, l := range layouts {
		at, err := time.ParseInLocation(l.layout, s, zone)
		if err != nil {
			continue
		}
		if same, err := time.Parse(l.layout, s); err != nil || same.Format(stamp) != at.Format(stamp) {
			return at, 0, errors.New("is an hour that there is not in " + zone.String())
		}
		return at, l.exact, nil
	}
	if at, err = time.Parse(time.RFC3339, s); err != nil {
		return at, 0, errDate
	}
	return at.In(zone), time.Second, nil
}

// when is a time as Cachet writes it; nil for none.
func (a *API) when(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return a.stamp(t)
}

func (a *API) stamp(t time.Time) string { return t.In(a.Now().Location()).Format(stamp) }

// same tells whether a time that was sent is the one that was shown before, as when a whole object is sent back. Both are compared
// as they are written: an hour that comes twice in autumn is the one that it was.
func same(sent time.Time, exact time.Duration, shown time.Time) bool {
	layout := stamp
	if exact == time.Minute {
		layout = stamp[:len("2006-01-02 15:04")]
	}
	return sent.Format(layout) == shown.In(sent.Location()).Format(layout)
}
