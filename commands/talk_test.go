package commands

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/ledger"
)

func TestHelpShowsWhatTheAskerMayDo(t *testing.T) {
	s := newDesk(t, newHost(t, "board"))
	for who, names := range map[string]string{
		"lulu": "status units graph stats cron alerts history report incident component subscribers maintenance whoami help",
		"olga": "status units logs graph stats cron alerts ack silence unsilence history report incident component subscribers maintenance restart start stop reload say audit whoami help",
		"dada": "status units logs graph stats cron alerts ack silence unsilence history report incident component subscribers maintenance restart start stop reload say audit whoami help",
	} {
		text, block := s.askAs(t, who, "help")
		if text != "Say one of these; help COMMAND tells more, with examples." {
			t.Errorf("%q", text)
		}
		var got []string
		for _, line := range strings.Split(block, "\n") {
			if n := len([]rune(line)); n > 80 {
				t.Errorf("%d characters wide: %s", n, line)
			}
			got = append(got, strings.Fields(line)[0])
		}
		if strings.Join(got, " ") != names {
			t.Errorf("%s sees %q", who, got)
		}
	}
	_, block := s.askAs(t, "olga", "help")
	has(t, strings.Join(strings.Fields(block), " "), "logs UNIT … the last lines", "restart UNIT restart a unit, and wait", "status how")
}

func TestHelpOnACommand(t *testing.T) {
	s := play(t, newHost(t, "board"))
	text, _ := s.ask(t, "help stop")
	if want := `
stop UNIT: stop a unit.
UNIT is its name, with or without .service, or the beginning of it. A failure comes with the last lines of its log.
It asks before it does so.
For example:
  stop diaspora`[1:]; text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	for line, want := range map[string]string{
		"help LOGS":    "logs UNIT [N] [since TIME] [grep WORD]: the last lines that a unit logged.",
		"help who":     "whoami: who you are to me, and why.",
		"help restrat": `✗ no command "restrat"; did you mean "restart"?`,
		"help sta":     `✗ "sta" may be status, stats, start`,
		"help nosuch":  `✗ no command "nosuch"; try: help`,
		"help ale x":   `✗ no command "alerts x"; try: help`,
		"help mai pl":  "maintenance plan \"NAME\"",
		"help a b c":   "✗ usage: help [COMMAND]",
		"":             "Say one of these; help COMMAND tells more, with examples.",
	} {
		if text, _ := s.ask(t, line); !strings.HasPrefix(text, want) {
			t.Errorf("%s: %q, want %q", line, text, want)
		}
	}
	// What one may not do is not told of.
	text, _ = s.askAs(t, "lulu", "help logs")
	has(t, text, `✗ no command "logs"`)
}

// Each command has a manual, and its examples are lines that the bot understands.
func TestManuals(t *testing.T) {
	table := Table(newDesk(t, newHost(t, "board")).host)
	for _, c := range table {
		text := manual(c)
		harmless(t, text)
		has(t, text, c.Name, c.Help+".")
		for _, sub := range c.Subs {
			harmless(t, manual(sub))
			has(t, text, "\n"+sub.Name)
		}
		for _, e := range slices.Concat(c.Examples, examplesBelow(c)) {
			words, err := bot.Words(e)
			c := c
			for _, sub := range c.Subs {
				if err == nil && (e == sub.Name || strings.HasPrefix(e, sub.Name+" ")) {
					c, words = sub, append([]string{sub.Name}, words[2:]...)
				}
			}
			if err != nil || words[0] != c.Name || len(words)-1 < c.MinArgs || c.MaxArgs != bot.Any && len(words)-1 > c.MaxArgs {
				t.Errorf("the example %q of %s: %q, %v", e, c.Name, words, err)
			}
			if c.Name == "logs" {
				if _, err := parseLogs(words[1:], time.Now()); err != nil {
					t.Errorf("the example %q: %v", e, err)
				}
			}
		}
	}
}

func examplesBelow(c *bot.Command) (all []string) {
	for _, sub := range c.Subs {
		all = append(all, sub.Examples...)
	}
	return all
}

func TestHostileLinesRunNothing(t *testing.T) {
	s := play(t, newHost(t, "board"))
	for _, unit := range []string{
		"-h", "--help", "--", "../x", "/etc/passwd", `"a b"`, "a b", "x;reboot", "$(reboot)", "`reboot`", "x|y", "x\x00y", "x\ny", "x\u202ey",
		"\u200fx", "é", "x@", ".", "..", "x.timer.", "\xff", longWord, strings.Repeat("y", 300), "", "@channel", "<!here>", "*",
	} {
		for _, verb := range []string{"restart ", "start ", "stop ", "reload ", "logs "} {
			text, block := s.ask(t, verb+unit)
			if !strings.HasPrefix(text, "✗ ") || strings.Contains(text, "\n") || len(text) > 300 || block != "" {
				t.Errorf("%.40q is answered %q %q", verb+unit, text, block)
			}
		}
		text, _ := s.ask(t, "units "+unit)
		if unit != "" && (!strings.HasPrefix(text, "✗ ") || strings.Contains(text, "\n") || len(text) > 300) {
			t.Errorf("units %.40q is answered %q", unit, text)
		}
	}
	// Nothing but what was refused is in the audit.
	_, block := s.ask(t, "audit 100")
	if changes := strings.Count(block, "  dada: "); changes < 30 || strings.Count(block, "\n  ✗ refused: ") != changes {
		t.Errorf("audit:\n%s", block)
	}
}

func TestOneClearLine(t *testing.T) {
	withoutSystemd(t)
	s := play(t, newHost(t, "board"))
	for line, want := range map[string]string{
		"restart -h":          `✗ restart -h: not a unit name: it begins with "-"`,
		"restart ../x":        `✗ restart ../x: not a unit name: it may hold letters, digits and : - _ . @ \ alone`,
		`restart "a b"`:       `✗ restart a b: not a unit name: it may hold letters, digits and : - _ . @ \ alone`,
		"restart a b":         `✗ usage: restart UNIT`,
		"restart x;reboot":    `✗ restart x;reboot: not a unit name: it may hold letters, digits and : - _ . @ \ alone`,
		"restart getty@":      `✗ restart getty@: a template: name an instance of it, as in getty@NAME.service`,
		`restart ""`:          `✗ restart : no unit was named`,
		"restart x\x00":       `✗ that line hides a control character (U+0000); nothing was run`,
		"restart \u202ex":     `✗ that line hides a control character (U+202E); nothing was run`,
		"restart " + longWord: `✗ that line is too long: at most 2000 bytes are read; nothing was run`,
		"restart x\nstatus":   `✗ one command a line, please: that message has several lines; nothing was run`,
		"logs -h":             `✗ logs -h: not a unit name: it begins with "-"`,
		"logs x 5 min":        `✗ logs: "min" is neither a number of lines, nor since TIME, nor grep WORD; put words that belong together in quotes`,
		"logs x since 25:00":  `✗ logs: "25:00" is no time; try 03:00, 2h, yesterday or 2026-11-23 03:00`,
		"logs x":              `✗ logs x: this host does not run systemd`,
		"restart x":           `✗ restart x: this host does not run systemd`,
		"units":               `✗ units: this host does not run systemd`,
		"audit 0":             `✗ audit: "0" is no number from 1 to 100`,
		"say ops":             `✗ say: there is no text to post`,
	} {
		if text, block := s.ask(t, line); text != want || block != "" {
			t.Errorf("%.40q: %q %q, want %q", line, text, block, want)
		}
	}
	text, _ := s.ask(t, "status")
	has(t, text, "diaspote · up 12 days", "\nnot read: units: this host does not run systemd")
	if text, _ := s.askAs(t, "lulu", "restart x"); text != "✗ restart is for operators; you are a reader here" {
		t.Errorf("%q", text)
	}
}

func TestWhoami(t *testing.T) {
	text, _ := play(t, newHost(t, "board")).askAs(t, "olga", "whoami")
	if text != "You are olga (operator), known by unix:olga. Also: xmpp:olga@pod.example." {
		t.Errorf("%q", text)
	}
}

func TestSay(t *testing.T) {
	s := play(t, newHost(t, "board"))
	for line, want := range map[string]string{
		"say ops all is well":              "posted into ops@conference.pod.example",
		"say #night good":                  "posted into #night",
		"say ni good":                      `✗ say: which room is "ni"? I am in ops@conference.pod.example, #night, #nine`,
		"say nowhere x":                    `✗ say: which room is "nowhere"? I am in ops@conference.pod.example, #night, #nine`,
		"say ops":                          "✗ say: there is no text to post",
		`say ops "  "`:                     "✗ say: there is no text to post",
		"say ops@conference.pod.example x": "posted into ops@conference.pod.example",
	} {
		if text, _ := s.ask(t, line); text != want {
			t.Errorf("%s: %q, want %q", line, text, want)
		}
	}
	if s.ask(t, "say nig the backup is done"); s.posts[len(s.posts)-2].Text != "dada: the backup is done" || s.posts[len(s.posts)-2].Room != "#night" {
		t.Errorf("posted: %+v", s.posts[len(s.posts)-2:])
	}
}

func TestEnding(t *testing.T) {
	for _, tt := range []struct {
		audit ledger.Audit
		want  string
	}{
		{ledger.Audit{Outcome: ledger.Started}, "… under way"},
		{ledger.Audit{Outcome: ledger.Interrupted}, "✗ interrupted: I was stopped while it ran"},
		{ledger.Audit{Outcome: ledger.Refused, Line: "restart x", Detail: "restart x: no such\nunit\x1b"}, "✗ refused: no such unit"},
		{ledger.Audit{Outcome: ledger.Failed, Detail: "exit status 1", Took: 1500 * time.Millisecond}, "✗ failed after 1.5 s: exit status 1"},
		{ledger.Audit{Outcome: ledger.Done, Took: 2 * time.Second}, "● done in 2.0 s"},
		{ledger.Audit{Outcome: ledger.Done, Detail: "x.service restarted in 1.2 s"}, "● x.service restarted in 1.2 s"},
		{ledger.Audit{Outcome: ledger.Refused, Detail: strings.Repeat("x", 500)}, "✗ refused: " + strings.Repeat("x", 159) + "…"},
	} {
		if got := ending(tt.audit); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.audit, got, tt.want)
		}
	}
}

func TestAudit(t *testing.T) {
	s := play(t, newHost(t, "board"))
	s.zone = time.FixedZone("far", 13*3600+17*60)
	if text, _ := s.ask(t, "audit"); text != "Nothing was changed through me yet." {
		t.Errorf("%q", text)
	}
	for range 99 {
		s.ask(t, "restart "+strings.Repeat("x;", 400))
	}
	asked := time.Now().In(s.zone)
	s.ask(t, "restart ../the-newest")
	_, block := s.ask(t, "audit 2")
	like(t, block, `.+\n  ✗ refused: .+\n(?:`+asked.Format("2 Jan 15:04:")+"|"+asked.Add(time.Minute).Format("2 Jan 15:04:")+`)\d\d  dada: restart \.\./the-newest  \(room, ops\)
  ✗ refused: not a unit name: .+`)
	_, block = s.ask(t, "audit 100")
	has(t, block, " changes before these\n", "the-newest")
	if n := len(regexp.MustCompile(`(?m)^\d`).FindAllString(block, -1)); n < 10 || n > 60 {
		t.Errorf("%d changes are shown", n)
	}
}

func TestPresence(t *testing.T) {
	h := newHost(t, "board")
	if got := h.Presence(t.Context()); got != "memory under 70 %" {
		t.Errorf("%q", got)
	}
	withoutSystemd(t)
	h.Units = []Unit{{Name: "web.service", Shown: true}}
	if got := h.Presence(t.Context()); got != "units cannot be read · memory under 70 %" {
		t.Errorf("%q", got)
	}
}
