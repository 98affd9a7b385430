package spool

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestHow(t *testing.T) {
	for want, r := range map[string]Run{
		"failed: exit status 3":               {Status: 3},
		"failed: killed by SIGSEGV":           {Status: 139, Signal: "SIGSEGV"},
		"hangs: ended after 90 min":           {Status: 143, Signal: "SIGTERM", Timeout: 90 * time.Minute},
		"could not be run: permission denied": {Status: 126, Fault: "permission denied"},
	} {
		if got := r.How(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestSpell(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second:            "0 ms",
		1500 * time.Millisecond: "1.5 s",
		9 * time.Second:         "9 s",
		37 * time.Second:        "37 s",
		12 * time.Minute:        "12 min",
		24 * time.Hour:          "24 h",
		150 * time.Minute:       "2 h 30 min",
		7 * 24 * time.Hour:      "7 days",
	} {
		if got := Spell(d); got != want {
			t.Errorf("%d: %q, want %q", d, got, want)
		}
	}
}

func TestCleanName(t *testing.T) {
	for text, want := range map[string]string{
		"backup.sh":               "backup.sh",
		"the backup/of the night": "the-backup-of-the-night",
		"/":                       "job",
		"é\x1b[31m\xff":           "é-31m",
		strings.Repeat("ü", 100):  strings.Repeat("ü", 64),
	} {
		if got := CleanName(text); got != want || !isName(got) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for _, none := range []string{"", "a b", "a/b", "a\nb", "\xff", "a\x00", "€", strings.Repeat("ü", 65)} {
		if isName(none) {
			t.Errorf("%q is taken for a name", none)
		}
	}
}

func FuzzParseRun(f *testing.F) {
	for _, r := range []Run{{Name: "a"}, {Name: "b", Status: 3, Output: "x\ny", Period: time.Hour}, {Name: "c", Timeout: time.Hour, Signal: "SIGTERM"}} {
		data, err := json.Marshal(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := parseRun(data)
		if err != nil {
			return
		}
		if strings.ContainsAny(r.Name, "/\n ") || r.Name == "" {
			t.Errorf("a job may be called %q", r.Name)
		}
		now := time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)
		all := jobs{}
		e := all.seen(r, place{"backup", "diaspote"}, now)
		if (e == nil) != r.well() {
			t.Errorf("%+v: told %+v", r, e)
		}
		if e != nil {
			if _, err := json.Marshal(e.Details); err != nil {
				t.Error(err)
			}
		}
		if late, _ := all.late(now.Add(longest * 3)); len(late) > 0 != (r.Period > 0 && !r.Forget) {
			t.Errorf("%+v: late %q", r, late)
		}
		if _, err := json.Marshal(all); err != nil {
			t.Error(err)
		}
	})
}
