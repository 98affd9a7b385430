package bot_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/diaspote/vigie/bot"
)

func TestWords(t *testing.T) {
	tests := []struct {
		line string
		want []string
		err  string
	}{
		{"restart diaspora", []string{"restart", "diaspora"}, ""},
		{"  restart\t diaspora ", []string{"restart", "diaspora"}, ""},
		{"restart\u00a0diaspora", []string{"restart", "diaspora"}, ""},
		{`incident open "Pod slow" on web`, []string{"incident", "open", "Pod slow", "on", "web"}, ""},
		{`open “Pod slow” « très lent » 'so it is'`, []string{"open", "Pod slow", "très lent", "so it is"}, ""},
		{`open ""`, []string{"open", ""}, ""},
		{`grep don't "it's" can"t`, []string{"grep", "don't", "it's", `can"t`}, ""},
		{`grep "a"b"`, []string{"grep", `a"b`}, ""},
		{`say $HOME; reboot | x > y`, []string{"say", "$HOME;", "reboot", "|", "x", ">", "y"}, ""},
		{"sta\u200btus\u2060", []string{"status"}, ""},
		{"", nil, ""},
		{`open "Pod slow`, nil, "is not closed"},
		{"status\nrestart diaspora", nil, "several lines"},
		{"status\u2028restart", nil, "several lines"},
		{"restart \u202eaiasps", nil, "hides a control character (U+202E)"},
		{"status\x00", nil, "(U+0000)"},
		{"status\x1b[2J", nil, "(U+001B)"},
		{"\xff\xfe", nil, "not valid UTF-8"},
		{strings.Repeat("a", 10<<20), nil, "too long: at most 2000 bytes"},
	}
	for _, tt := range tests {
		got, err := bot.Words(tt.line)
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%.40q: error %v, want %q", tt.line, err, tt.err)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%.40q: %q, want %q", tt.line, got, tt.want)
		}
	}
}

func FuzzWords(f *testing.F) {
	f.Add(`incident open "Pod slow" 'x “y”`)
	f.Add("status\x00\u202e")
	f.Fuzz(func(t *testing.T, line string) {
		words, err := bot.Words(line)
		if err != nil && words != nil {
			t.Error("words and an error")
		}
		for _, w := range words {
			if !utf8.ValidString(w) || strings.ContainsFunc(w, func(r rune) bool { return unicode.IsControl(r) && r != '\t' }) {
				t.Errorf("%q came through", w)
			}
		}
	})
}

func TestLine(t *testing.T) {
	for _, words := range [][]string{
		{"restart", "diaspora"}, {"say", "here", "it is late"}, {"say", "it's"}, {"say", `a "b" c`}, {"say", `it's a "b"`}, {"say", ""}, {"say", "“x”"}, {"say", "'"},
	} {
		line, err := bot.Line(words...)
		if err != nil {
			t.Errorf("%q: %v", words, err)
			continue
		}
		if again, err := bot.Words(line); err != nil || !slices.Equal(again, words) {
			t.Errorf("%q became %s, which reads %q (%v)", words, line, again, err)
		}
	}
	if line, err := bot.Line("a\" b' c” d» e", "x"); err == nil {
		t.Errorf("kept as %s", line)
	}
}

func TestFind(t *testing.T) {
	table := bot.Table{read("status", echo), read("start", echo), read("stop", echo), read("restart", echo), read("audit", echo)}
	all := func(*bot.Command) bool { return true }
	tests := []struct{ word, name, err string }{
		{"status", "status", ""},
		{"STATUS", "status", ""},
		{"stat", "status", ""},
		{"r", "restart", ""},
		{"sta", "", `"sta" may be status, start`},
		{"statsu", "", `did you mean "status"?`},
		{"restrat", "", `did you mean "restart"?`},
		{"x", "", `no command "x"; try: help`},
		{"reboot", "", "try: help"},
		{"\u202e", "", "no command"},
	}
	for _, tt := range tests {
		c, err := table.Find(tt.word, all)
		if err != nil {
			if tt.err == "" || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%q: %v, want %q", tt.word, err, tt.err)
			}
		} else if c.Name != tt.name {
			t.Errorf("%q found %s, want %q", tt.word, c.Name, tt.name)
		}
	}
	if _, err := table.Find("audi", func(c *bot.Command) bool { return c.Name != "audit" }); err == nil || strings.Contains(err.Error(), "audit") {
		t.Errorf("a command that is not allowed is hinted at: %v", err)
	}
}

func TestClean(t *testing.T) {
	tests := []struct{ in, want string }{
		{"a\tb\r\nc\n", "a b\nc"},
		{"\x1b[31mred\x1b[0m \a\x00", "[31mred[0m"},
		{"gnu\u202edessev\u2066x", "gnudessevx"},
		{"caf\xe9", "caf\ufffd"},
		{"👩\u200d💻", "👩\u200d💻"},
	}
	for _, tt := range tests {
		if got := bot.Clean(tt.in); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\x1b\u202e\xff\n")
	f.Fuzz(func(t *testing.T, s string) {
		got := bot.Clean(s)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
			t.Errorf("%q came through as %q", s, got)
		}
		if bot.Clean(got) != got {
			t.Errorf("%q is not clean yet", got)
		}
		if clipped := bot.Clip(s, 10); utf8.RuneCountInString(clipped) > 10 {
			t.Errorf("%q is longer than 10", clipped)
		}
	})
}
