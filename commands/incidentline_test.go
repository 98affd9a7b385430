package commands

import (
	"slices"
	"strings"
	"testing"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/incident"
)

var someComponents = []incident.Component{
	{ID: 1, Name: "diaspora", Follows: "diaspora.service"}, {ID: 2, Name: "Web"}, {ID: 3, Name: "Web shop"}, {ID: 4, Name: "Mail, lists"}, {ID: 5, Name: "On call"},
}

func TestParseOpening(t *testing.T) {
	for _, tt := range []struct {
		line string
		want opening
		err  string
	}{
		{`"Pod slow"`, opening{name: "Pod slow"}, ""},
		{`Pod slow`, opening{name: "Pod slow"}, ""},
		{`"Pod slow" on diaspora,web major`, opening{name: "Pod slow", on: []int64{1, 2}, onSaid: true, impact: incident.Major}, ""},
		{`"Pod slow" major on diaspora, web`, opening{name: "Pod slow", on: []int64{1, 2}, onSaid: true, impact: incident.Major}, ""},
		{`“Pod slow” draft critical on web shop`, opening{name: "Pod slow", on: []int64{3}, onSaid: true, impact: incident.Critical, draft: true}, ""},
		{`"Pod slow" "We are at it." on nothing minor`, opening{name: "Pod slow", text: "We are at it.", onSaid: true, impact: incident.Minor}, ""},
		{`Outage "We are at it."`, opening{name: "Outage", text: "We are at it."}, ""},
		{`Pod slow on web and diaspora`, opening{name: "Pod slow", on: []int64{2, 1}, onSaid: true}, ""},
		{`Pod slow on web diaspora minor`, opening{name: "Pod slow", on: []int64{2, 1}, onSaid: true, impact: incident.Minor}, ""},
		{`Pod slow on Mail, lists`, opening{name: "Pod slow", on: []int64{4}, onSaid: true}, ""},
		{`Slow on old phones`, opening{name: "Slow on old phones"}, ""},
		{`Slow on old phones on web`, opening{name: "Slow on old phones", on: []int64{2}, onSaid: true}, ""},
		{`"Slow on web" on web`, opening{name: "Slow on web", on: []int64{2}, onSaid: true}, ""},
		{`"Slow on web"`, opening{name: "Slow on web"}, ""},
		{`Nobody can log on`, opening{name: "Nobody can log on"}, ""},
		{`major`, opening{name: "major"}, ""},
		{`Major major`, opening{name: "Major", impact: incident.Major}, ""},
		{`A major minor critical`, opening{name: "A major minor", impact: incident.Critical}, ""},
		{`on on web`, opening{name: "on", on: []int64{2}, onSaid: true}, ""},
		{`Pod slow public`, opening{name: "Pod slow"}, ""},
		{`Pod slow on #3`, opening{name: "Pod slow", on: []int64{3}, onSaid: true}, ""},
		{`Pod slow on everything`, opening{name: "Pod slow", on: []int64{1, 2, 3, 4, 5}, onSaid: true}, ""},
		{``, opening{}, ""},
		{`""`, opening{}, ""},
		{`Slow on mars`, opening{}, `there is no component "mars"`},
		{`"Pod slow" on mars major`, opening{}, `there is no component "mars"`},
		{`"Pod slow" on old phones`, opening{}, `there is no component "old phones"`},
		{`"Pod slow" since noon on web`, opening{}, `"since noon" is not understood there`},
		{`"Pod slow" web major`, opening{name: "Pod slow", text: "web", impact: incident.Major}, ""},
		{`"` + strings.Repeat("é ", 150) + `"`, opening{}, "it may have 200"},
	} {
		words, err := bot.Words(tt.line)
		if err != nil {
			t.Fatal(err)
		}
		o, err := parseOpening(words, someComponents)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%s: %v, want %q", tt.line, err, tt.err)
			}
			continue
		}
		if err != nil || o.name != tt.want.name || o.text != tt.want.text || !slices.Equal(o.on, tt.want.on) || o.onSaid != tt.want.onSaid ||
			o.impact != tt.want.impact || o.draft != tt.want.draft {
			t.Errorf("%s: %+v, %v", tt.line, o, err)
		}
	}
}

func TestParseUpdate(t *testing.T) {
	for _, tt := range []struct {
		line, text string
		status     incident.Status
		held       bool
	}{
		{`"The disk was full" identified`, "The disk was full", incident.Identified, false},
		{`The disk was full. identified`, "The disk was full.", incident.Identified, false},
		{`The disk was full: IDENTIFIED`, "The disk was full:", incident.Identified, false},
		{`The cause is identified`, "The cause is identified", 0, true},
		{`The cause is not yet identified`, "The cause is not yet identified", 0, true},
		{`"The cause is identified"`, "The cause is identified", 0, false},
		{`"The cause is" not identified`, "The cause is not identified", 0, true},
		{`The cause is identified.`, "The cause is identified.", 0, false},
		{`identified`, "", incident.Identified, false},
		{`monitoring`, "", incident.Watching, false},
		{`It is back. fixed`, "It is back.", incident.Fixed, false},
		{`We are at it`, "We are at it", 0, false},
		{``, "", 0, false},
	} {
		words, err := bot.Words(tt.line)
		if err != nil {
			t.Fatal(err)
		}
		if text, status, held := parseUpdate(words); text != tt.text || status != tt.status || held != tt.held {
			t.Errorf("%s: %q, %v, %v", tt.line, text, status, held)
		}
	}
}

func TestParseMerge(t *testing.T) {
	for line, want := range map[string][2]int64{
		"12 13": {12, 13}, "#12 #13": {12, 13}, "13 into 12": {12, 13}, "12 with 13": {12, 13}, "12": {12, 0}, "": {0, 0},
	} {
		into, id, err := parseMerge(strings.Fields(line))
		if got := [2]int64{into, id}; err != nil || got != want {
			t.Errorf("%s: %v, %v", line, got, err)
		}
	}
	for _, line := range []string{"x", "12 x", "12 13 14", "into 12", "-1 2", "+1 2", "0 1", "99999999999999999999 1", "1 into into"} {
		if into, id, err := parseMerge(strings.Fields(line)); err == nil {
			t.Errorf("%s: %d, %d", line, into, id)
		}
	}
}

// No word of an update is lost, and what is understood of a new incident makes a line that is understood so again.
func FuzzIncidentLines(f *testing.F) {
	for _, line := range []string{
		`"Pod slow" "We are at it." on diaspora,web major draft`, `Pod slow on web and mail, lists`, `The disk was full. identified`, `on on on`, `'x "y' on #4`,
		`« Le pod » on Web shop critical`, `13 into 12`, "a\u00a0b on\u2003web", `""`, "“ ” on nothing",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		words, err := bot.Words(line)
		if err != nil {
			return
		}
		given := strings.Join(strings.Fields(strings.Join(words, " ")), " ")
		text, status, _ := parseUpdate(words)
		kept := strings.Join(strings.Fields(text), " ")
		if status != 0 {
			rest, _ := strings.CutPrefix(given, kept)
			if statuses[strings.ToLower(strings.TrimSpace(rest))] != status {
				t.Errorf("%q: %q and %v", line, text, status)
			}
		} else if kept != given {
			t.Errorf("%q: %q is left of it", line, text)
		}
		if into, id, err := parseMerge(words); err == nil && id != 0 && (into < 1 || id < 1) {
			t.Errorf("%q: %d, %d", line, into, id)
		}
		o, err := parseOpening(words, someComponents)
		if err != nil || o.name == "" || o.text != "" && !spaced(o.name) && !spaced(o.text) {
			return
		}
		again, err := o.line(someComponents)
		if err != nil {
			return // too many kinds of quotes, or too long
		}
		words, err = bot.Words(again)
		if err != nil {
			t.Fatalf("%q became %q: %v", line, again, err)
		}
		p, err := parseOpening(words[2:], someComponents)
		if err != nil || p.name != o.name || p.text != o.text || !slices.Equal(p.on, o.on) || p.onSaid != o.onSaid || p.impact != o.impact || p.draft != o.draft {
			t.Errorf("%q is %+v; as %q it is %+v, %v", line, o, again, p, err)
		}
	})
}
