package systemd

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestParseEntry(t *testing.T) {
	at := time.UnixMicro(1795470736569146)
	for _, c := range []struct {
		in   string
		want LogLine
		ok   bool
	}{
		{`{"__REALTIME_TIMESTAMP":"1795470736569146","PRIORITY":"3","SYSLOG_IDENTIFIER":"puma","MESSAGE":"no"}`,
			LogLine{at, 3, "puma", "no"}, true},
		{`{"__REALTIME_TIMESTAMP":"1795470736569146","MESSAGE":[99,97,102,233,27,0]}`,
			LogLine{at, 6, "", "caf\uFFFD\x1b\x00"}, true},
		{`{"__REALTIME_TIMESTAMP":"1795470736569146","PRIORITY":"9","MESSAGE":["one","two"]}`,
			LogLine{at, 6, "", "one two"}, true},
		{`{"__REALTIME_TIMESTAMP":"1795470736569146","MESSAGE":[[97],[98]]}`, LogLine{at, 6, "", ""}, true},
		{`{"__REALTIME_TIMESTAMP":"1795470736569146","MESSAGE":null}`, LogLine{at, 6, "", ""}, true},
		{`{"__REALTIME_TIMESTAMP":"1795470736569146"}`, LogLine{at, 6, "", ""}, true},
		{`{"MESSAGE":"no time"}`, LogLine{}, false},
		{`{"__REALTIME_TIMESTAMP":"x"}`, LogLine{}, false},
		{`{"__REALTIME_TIMESTAMP":"1"`, LogLine{}, false},
		{``, LogLine{}, false},
		{`[]`, LogLine{}, false},
	} {
		got, ok := parseEntry([]byte(c.in))
		if got != c.want || ok != c.ok {
			t.Errorf("%s: %+v, %v; want %+v, %v", c.in, got, ok, c.want, c.ok)
		}
	}
}

func FuzzParseEntry(f *testing.F) {
	f.Add(`{"__REALTIME_TIMESTAMP":"1795470736569146","PRIORITY":"3","SYSLOG_IDENTIFIER":"puma","MESSAGE":"no"}`)
	f.Add(`{"__REALTIME_TIMESTAMP":"1","MESSAGE":[99,233,0,70000,-1]}`)
	f.Add(`{"__REALTIME_TIMESTAMP":"1","MESSAGE":["a",[1],[[2]]]}`)
	f.Fuzz(func(t *testing.T, s string) {
		line, ok := parseEntry([]byte(s))
		if !ok {
			return
		}
		if !utf8.ValidString(line.Text) || len(line.Text) > maxText || len(line.Identifier) > maxText || line.Priority < 0 || line.Priority > 7 {
			t.Errorf("%q: %+v", s, line)
		}
	})
}

func TestReadEntries(t *testing.T) {
	entry := func(text string) string { return `{"__REALTIME_TIMESTAMP":"1","MESSAGE":"` + text + `"}` + "\n" }
	in := entry("newest") + entry(strings.Repeat("x", 2*maxEntry)) + "garbage\n" + entry("Ein Wort") + entry("old") + entry("oldest")
	read := func(q LogQuery) ([]string, bool) {
		t.Helper()
		lines, enough, err := q.read(strings.NewReader(in))
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, l := range lines {
			texts = append(texts, l.Text)
		}
		return texts, enough
	}
	if got, enough := read(LogQuery{Lines: 3}); !slices.Equal(got, []string{"old", "Ein Wort", "newest"}) || !enough {
		t.Errorf("%q, %v", got, enough)
	}
	if got, enough := read(LogQuery{Lines: 3, Grep: "WORT"}); !slices.Equal(got, []string{"Ein Wort"}) || enough {
		t.Errorf("%q, %v", got, enough)
	}
	_, _, err := LogQuery{}.read(io.MultiReader(strings.NewReader(in), brokenPipe{}))
	if !errors.Is(err, errBroken) {
		t.Errorf("an unread rest: %v", err)
	}
}

var errBroken = errors.New("broken")

type brokenPipe struct{}

func (brokenPipe) Read([]byte) (int, error) { return 0, errBroken }

func TestCutKeepsRunes(t *testing.T) {
	got := cut(strings.Repeat("é", maxText))
	if len(got) > maxText || len(got) < maxText-5 || !utf8.ValidString(got) || strings.ContainsRune(got, utf8.RuneError) || !strings.HasSuffix(got, "é…") {
		t.Errorf("%d bytes, ends with %q", len(got), got[len(got)-8:])
	}
}
