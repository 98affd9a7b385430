package commands

import (
	"context"
	"strings"

	"github.com/diaspote/vigie/bot"
)

func help() *bot.Command {
	return &bot.Command{
		Name: "help", Usage: "[COMMAND]", MaxArgs: 2, Needs: bot.Reader,
		Help:     "what you may ask me for",
		Examples: []string{"help", "help logs", "help incident open"},
		Run: func(_ context.Context, c *bot.Call) error {
			mine := c.Commands()
			if len(c.Args) == 0 {
				c.Show("Say one of these; help COMMAND tells more, with examples.", overview(mine))
				return nil
			}
			known := func(*bot.Command) bool { return true }
			cmd, err := mine.Find(c.Args[0], known)
			if err == nil && len(c.Args) > 1 {
				cmd, err = cmd.Subs.Find(cmd.Name+" "+c.Args[1], known)
			}
			if err != nil {
				return err
			}
			c.Say(manual(cmd))
			return nil
		},
	}
}

// overview is a line a command, short enough for a phone: of what follows the name only the first word.
func overview(all bot.Table) string {
	var rows [][]string
	for _, c := range all {
		first, _, more := strings.Cut(c.Usage, " ")
		if more {
			first += " …"
		}
		rows = append(rows, []string{strings.TrimSpace(c.Name + " " + first), c.Help})
	}
	return table(rows)
}

// manual tells all about one command.
func manual(c *bot.Command) string {
	lines := []string{strings.TrimSpace(c.Name+" "+c.Usage) + ": " + c.Help + "."}
	if c.About != "" {
		lines = append(lines, c.About)
	}
	for _, sub := range c.Subs {
		lines = append(lines, strings.TrimSpace(sub.Name+" "+sub.Usage)+": "+sub.Help+" (for "+sub.Needs.String()+"s).")
	}
	if c.Asks {
		lines = append(lines, "It asks before it does so.")
	}
	if len(c.Examples) > 0 {
		lines = append(lines, "For example:")
		for _, e := range c.Examples {
			lines = append(lines, "  "+e)
		}
	}
	return strings.Join(lines, "\n")
}
