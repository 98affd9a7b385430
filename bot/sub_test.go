package bot_test

import (
	"context"
	"strings"
	"testing"

	"github.com/diaspote/vigie/bot"
)

func TestCommandsBelowACommand(t *testing.T) {
	answers := func(text string) func(context.Context, *bot.Call) error {
		return func(_ context.Context, c *bot.Call) error {
			c.Say(text + ":" + strings.Join(c.Args, "|"))
			return nil
		}
	}
	cron := &bot.Command{Name: "cron", Help: "h", Needs: bot.Reader, Run: answers("cron"), Subs: bot.Table{
		{Name: "cron run", Usage: "NAME", Help: "h", Needs: bot.Operator, Changes: true, MinArgs: 1, MaxArgs: 1, Run: answers("run")},
		{Name: "cron add", Help: "h", Needs: bot.Admin, Changes: true, MaxArgs: bot.Any, Run: answers("add")},
		{Name: "cron check", Help: "h", Needs: bot.Reader, MinArgs: 1, MaxArgs: 1, Run: func(_ context.Context, c *bot.Call) error { return c.Check(c.Args[0]) }},
	}}
	play(t, bot.Table{cron}, func(s *stage) {
		for _, test := range []struct{ from, line, want string }{
			{lulu, "cron", "cron:"},
			{dada, "cron run nightly", "run:nightly"},
			{dada, "CRON Run nightly", "run:nightly"},
			{dada, "cr ru nightly", "run:nightly"},
			{dada, "cron run", "✗ usage: cron run NAME"},
			{lulu, "cron run nightly", "✗ cron run is for operators; you are a reader here"},
			{dada, "cron add x", "✗ cron add is for admins; you are a operator here"},
			{dada, "cron rin x", `✗ no command "cron rin"; did you mean "cron run"?`},
			{dada, `cron check "cron run x"`, "run"}, // nothing to say is said by Check
			{dada, `cron check "cron run"`, "✗ usage: cron run NAME"},
			{dada, `cron check "cron add"`, "✗ cron add is for admins; you are a operator here"},
			{dada, `cron check reboot`, `✗ no command "reboot"; try: help`},
			{dada, `cron check ""`, "✗ that line is empty"},
			{dada, "cron check 'x", "✗ a quote ' is not closed"},
		} {
			before := len(s.texts())
			s.say(test.from, test.line)
			if all := s.texts(); test.want == "run" && len(all) == before {
				continue
			} else if all[len(all)-1] != test.want {
				t.Errorf("%s: %q, want %q", test.line, all[len(all)-1], test.want)
			}
		}
		audits, err := s.db.Audits(context.Background(), 10)
		if err != nil || len(audits) != 6 || audits[len(audits)-1].Line != "cron run nightly" {
			t.Errorf("%+v, %v", audits, err) // the runs, and what was refused of the changes
		}
		cron.Subs[0].Name = "run"
		if err := s.Use(bot.Settings{Commands: bot.Table{cron}}); err == nil {
			t.Error("a command of another name stands below cron")
		}
	})
}
