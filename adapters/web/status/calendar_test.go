package status

import (
	"strings"
	"testing"

	ics "github.com/arran4/golang-ical"
)

// FuzzCalendar has a library read back whatever text is written, in lines that are short enough.
func FuzzCalendar(f *testing.F) {
	for _, seed := range []string{"plain", "a;b,c\\d\n e", "\\n", strings.Repeat("日", 50), "x\r\nBEGIN:VEVENT", ":\"'", "\\\\;\\,"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := &ical{}
		c.line("BEGIN", "VCALENDAR")
		c.line("BEGIN", "VEVENT")
		c.line("SUMMARY", icalText(text))
		c.line("END", "VEVENT")
		c.line("END", "VCALENDAR")
		for line := range strings.SplitSeq(c.String(), "\r\n") {
			if len(line) > 75 || strings.ContainsAny(line, "\r\n") {
				t.Errorf("a line is %q", line)
			}
		}
		cal, err := ics.ParseCalendar(strings.NewReader(c.String()))
		if err != nil {
			t.Fatal(err)
		}
		events := cal.Events()
		if len(events) != 1 {
			t.Fatalf("%d events", len(events))
		}
		p := events[0].GetProperty(ics.ComponentPropertySummary)
		if want := strings.Map(seen, text); p == nil || p.Value != want {
			t.Errorf("%q reads %+v", want, p)
		}
	})
}
