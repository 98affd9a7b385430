package commands

import (
	"context"
	"fmt"
	"strings"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/ledger"
)

func audit() *bot.Command {
	return &bot.Command{
		Name: "audit", Usage: "[N]", MaxArgs: 1, Needs: bot.Operator,
		Help:     "the last changes: who, when, what, and how it ended",
		About:    "The newest comes last. N is how many, 10 if you do not say.",
		Examples: []string{"audit", "audit 50"},
		Run: func(ctx context.Context, c *bot.Call) error {
			n := 10
			if len(c.Args) > 0 {
				var err error
				if n, err = number(c.Args[0], 100); err != nil {
					return fmt.Errorf("audit: %w", err)
				}
			}
			entries, err := c.Audits(ctx, n)
			if err != nil {
				return err
			}
			if len(entries) == 0 {
				c.Say("Nothing was changed through me yet.")
				return nil
			}
			var lines []string
			for i := len(entries) - 1; i >= 0; i-- {
				e := entries[i]
				lines = append(lines, fmt.Sprintf("%s  %s: %s  (%s, %s)\n  %s",
					e.At.In(c.Now().Location()).Format("2 Jan 15:04:05"), e.Person, e.Line, e.Chat, e.Room, ending(e)))
			}
			kept, left := newest(lines, maxShown)
			if left > 0 {
				kept = append([]string{"… " + plural(int64(left), "change") + " before these"}, kept...)
			}
			c.Show("", strings.Join(kept, "\n"))
			return nil
		},
	}
}

// ending is how a change went, in a line.
func ending(e ledger.Audit) string {
	detail := bot.Clip(strings.TrimPrefix(e.Detail, e.Line+": "), 160)
	switch e.Outcome {
	case ledger.Started:
		return "… under way"
	case ledger.Interrupted:
		return "✗ interrupted: I was stopped while it ran"
	case ledger.Refused:
		return "✗ refused: " + detail
	case ledger.Failed:
		return fmt.Sprintf("✗ failed after %s: %s", took(e.Took), detail)
	}
	if detail == "" {
		return "● done in " + took(e.Took)
	}
	return "● " + detail
}
