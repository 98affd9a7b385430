package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
)

func say() *bot.Command {
	return &bot.Command{
		Name: "say", Usage: "ROOM TEXT", MinArgs: 1, MaxArgs: bot.Any, Needs: bot.Operator, Timeout: 2 * time.Minute,
		Help:     "post a text into one of my rooms",
		About:    "The beginning of the room's name is enough. From a script: echo text | vigie say ROOM",
		Examples: []string{`say ops "the router is being changed, expect a minute of silence"`},
		Run: func(ctx context.Context, c *bot.Call) error {
			home, err := findHome(c.Homes(), c.Args[0])
			if err != nil {
				return err
			}
			text := strings.TrimSpace(c.Message.Input)
			if text == "" {
				text = strings.Join(c.Args[1:], " ")
			}
			if text == "" {
				return errors.New("say: there is no text to post")
			}
			if err := c.Tell(ctx, home, fmt.Sprintf("%s: %s", c.Person.Name, text)); err != nil {
				return fmt.Errorf("post into %s: %w", home.Room, err)
			}
			c.Say("posted into " + home.Room)
			return nil
		},
	}
}

// findHome finds the room by its whole name or by the beginning of one alone; the # of a channel may be left out.
func findHome(homes []bot.Home, name string) (bot.Home, error) {
	var begins []bot.Home
	var all []string
	for _, h := range homes {
		if h.Room == name {
			return h, nil
		}
		all = append(all, h.Room)
		if strings.HasPrefix(strings.TrimPrefix(h.Room, "#"), strings.TrimPrefix(name, "#")) {
			begins = append(begins, h)
		}
	}
	switch {
	case len(begins) == 1:
		return begins[0], nil
	case len(all) == 0:
		return bot.Home{}, errors.New("say: the config names no room")
	}
	return bot.Home{}, fmt.Errorf("say: which room is %q? I am in %s", bot.Clip(name, 60), strings.Join(all, ", "))
}
