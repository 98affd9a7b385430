package commands

import (
	"context"
	"errors"
	"fmt"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/ledger"
)

func ack() *bot.Command {
	return &bot.Command{
		Name: "ack", Usage: "[N]", MaxArgs: 1, Needs: bot.Operator, Changes: true,
		Help:     "take an alert: it is yours, and is not said again",
		About:    "N is the number that alerts shows, with or without #. If there is one alone that nobody took, it may be left out.",
		Examples: []string{"ack", "ack 12"},
		Run: func(ctx context.Context, c *bot.Call) error {
			open, err := openAlerts(ctx, c)
			if err != nil {
				return err
			}
			id, err := whichAlert(c, open)
			if err != nil {
				return err
			}
			a, err := c.Ack(ctx, id)
			if err != nil {
				return noAlert(c, id, err)
			}
			c.Say(c.Person.Name + " has taken " + alertLine(a, c.Now()))
			return nil
		},
	}
}

// whichAlert is the one that is named, or the only one that nobody took.
func whichAlert(c *bot.Call, open []ledger.Alert) (int64, error) {
	if len(c.Args) > 0 {
		return alertNumber(c)
	}
	var free []ledger.Alert
	for _, a := range open {
		if a.Acker == "" {
			free = append(free, a)
		}
	}
	switch len(free) {
	case 0:
		return 0, errors.New("ack: there is nothing to take")
	case 1:
		return free[0].ID, nil
	}
	return 0, fmt.Errorf("ack: which one?\n%s", alertList(free, nil, c.Now()))
}
