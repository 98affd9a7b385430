package schedule

import (
	"strings"
	"testing"
)

func TestParseCondition(t *testing.T) {
	for text, want := range map[string]Condition{
		"memory below 50 %":       {What: "memory", Limit: 50, Percent: true},
		" swap  above 12.5% ":     {What: "swap", Above: true, Limit: 12.5, Percent: true},
		"disk /var/lib below 5 %": {What: "disk", Path: "/var/lib", Limit: 5, Percent: true},
		"load below 1.5":          {What: "load", Limit: 1.5},
		"load above 150 %":        {What: "load", Above: true, Limit: 150, Percent: true},
	} {
		if got, err := ParseCondition(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "memory", "memory below", "memory below %", "memory below 50", "memory under 50 %", "memory below 101 %", "memory below -1 %",
		"memory below NaN %", "memory below 1e9 %", "memory below . %", "disk below 5 %", "disk var below 5 %", "moon below 5 %", "memory below 50 % or so", "load below 1 2",
		"load below 1.5 x", "memory below 50 %%", "memory below 5\x1b[2J %",
	} {
		if got, err := ParseCondition(text); err == nil {
			t.Errorf("%q is taken for %+v", text, got)
		} else if !strings.Contains(err.Error(), `"load below 1.5"`) || strings.ContainsRune(err.Error(), 0x1b) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestConditionAgainstAFigure(t *testing.T) {
	for _, test := range []struct {
		condition string
		value     float64
		holds     bool
		with      string
	}{
		{"memory below 50 %", 41.2, true, "memory is at 41 %, below 50 %"},
		{"memory below 50 %", 49.7, true, "memory is at 49.7 %, below 50 %"},
		{"memory below 50 %", 50, false, ""},
		{"disk / above 90 %", 97, true, "disk / is at 97 %, above 90 %"},
		{"disk / above 90 %", 12, false, ""},
		{"load below 1.5", 0.424, true, "load is at 0.42, below 1.50"},
	} {
		c, err := ParseCondition(test.condition)
		if err != nil {
			t.Fatal(err)
		}
		if c.Holds(test.value) != test.holds || test.holds && c.With(test.value) != test.with {
			t.Errorf("%s with %v: %v, %q", test.condition, test.value, c.Holds(test.value), c.With(test.value))
		}
	}
}

func FuzzParseCondition(f *testing.F) {
	for _, seed := range []string{"memory below 50 %", "disk / above 90%", "load below 1.5", "%", "disk", "load"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCondition(text)
		if err != nil {
			return
		}
		if c.Holds(c.Limit) {
			t.Errorf("%q: the limit itself is neither above nor below", text)
		}
		if c.Limit < 0 || c.Percent == false && c.What != "load" || (c.Path != "") != (c.What == "disk") {
			t.Errorf("%q: %+v", text, c)
		}
	})
}
