package commands

import (
	"context"
	"fmt"
	"strings"

	"github.com/diaspote/vigie/bot"
)

func whoami() *bot.Command {
	return &bot.Command{
		Name: "whoami", Needs: bot.Reader,
		Help: "who you are to me, and why",
		Run: func(_ context.Context, c *bot.Call) error {
			text := fmt.Sprintf("You are %s (%s), known by %s.", c.Person.Name, c.Person.Role, c.Message.From)
			var others []string
			for _, account := range c.Person.Accounts {
				if account != c.Message.From {
					others = append(others, account)
				}
			}
			if len(others) > 0 {
				text += " Also: " + strings.Join(others, ", ") + "."
			}
			c.Say(text)
			return nil
		},
	}
}
