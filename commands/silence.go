package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/ledger"
)

// What a silence may last: longer ones are forgotten.
const (
	leastSilence = time.Minute
	mostSilence  = 30 * 24 * time.Hour
)

// keysSearched is how many of the last events are searched for a key.
const keysSearched = 2000

func (h *Host) silence() *bot.Command {
	return &bot.Command{
		Name: "silence", Usage: "KEY TIME [WHY]", MinArgs: 2, MaxArgs: bot.Any, Needs: bot.Operator, Changes: true,
		Help: "keep a unit or a condition out of the rooms for a while",
		About: "KEY is a unit, or what history shows in (); with * at its end it is all that begin so. TIME is 30m, 2h or 3d, up to 30d.\n" +
			"What is silenced is kept: history and report have it. What still lasts at the end is told then.",
		Examples: []string{"silence diaspora 2h upgrading it by hand", "silence memory/pressure 30m", "silence disk/* 3d"},
		Run: func(ctx context.Context, c *bot.Call) error {
			long, err := length(c.Args[1])
			if err != nil {
				return fmt.Errorf("silence %s: %w", bot.Clip(c.Args[0], 60), err)
			}
			target, known, err := h.silenced(ctx, c, c.Args[0])
			if err != nil {
				return fmt.Errorf("silence %s: %w", bot.Clip(c.Args[0], 60), err)
			}
			until := c.Now().Add(long)
			if err := c.Silence(ctx, target, until, strings.Join(c.Args[2:], " ")); err != nil {
				return err
			}
			text := fmt.Sprintf("%s is silenced until %s; to end it: unsilence %s", target, clock(until, c.Now()), short(target))
			if !known {
				text += "\nNothing has had that key of late; history shows the keys there are."
			}
			c.Say(text)
			return nil
		},
	}
}

func (h *Host) unsilence() *bot.Command {
	return &bot.Command{
		Name: "unsilence", Usage: "KEY", MinArgs: 1, MaxArgs: 1, Needs: bot.Operator, Changes: true,
		Help:     "end a silence; what still lasts is told then",
		Examples: []string{"unsilence diaspora"},
		Run: func(ctx context.Context, c *bot.Call) error {
			quiet, err := c.Silences(ctx)
			if err != nil {
				return err
			}
			target, err := whichSilence(c.Args[0], quiet)
			if err != nil {
				return err
			}
			was, err := c.Unsilence(ctx, target)
			switch {
			case err != nil:
				return err
			case !was: // it has just ended
				c.Say(target + " is silenced no more.")
			default:
				c.Say(target + " is told again.")
			}
			return nil
		},
	}
}

// silenced finds what is meant: the key of an event, the beginning of keys, or else a unit by its full name.
// known tells whether there was such a thing.
func (h *Host) silenced(ctx context.Context, c *bot.Call, typed string) (target string, known bool, err error) {
	if strings.Trim(typed, "*/") == "" || strings.Contains(strings.TrimSuffix(typed, "*"), "*") {
		return "", false, errors.New("name a unit or a key; a * may stand at its end")
	}
	past, err := c.Events(ctx, ledger.EventQuery{Limit: keysSearched})
	if err != nil {
		return "", false, err
	}
	s := ledger.Silence{Target: typed}
	if slices.ContainsFunc(past, func(r ledger.Record) bool { return s.Covers(r.Event) }) {
		return typed, true, nil
	}
	if strings.ContainsAny(typed, "/*") {
		return bot.Clip(typed, 300), false, nil
	}
	target, err = h.resolve(ctx, typed)
	return target, true, err
}

// whichSilence is the one that is named as it is, as a unit without .service, or by the beginning of one alone.
func whichSilence(typed string, quiet []ledger.Silence) (string, error) {
	var targets []string
	for _, s := range quiet {
		if s.Target == typed || short(s.Target) == typed {
			return s.Target, nil
		}
		targets = append(targets, s.Target)
	}
	if len(targets) == 0 {
		return "", errors.New("unsilence: nothing is silenced")
	}
	if begins := beginning(targets, typed); len(begins) == 1 {
		return begins[0], nil
	}
	return "", fmt.Errorf("unsilence %s: that is not silenced; there is %s", bot.Clip(typed, 60), listed(targets, 10))
}

// silenceLines are a line for each silence, and one for all of a maintenance.
func silenceLines(quiet []ledger.Silence, now time.Time) []string {
	var lines []string
	told := map[string]bool{}
	for _, s := range quiet {
		if !strings.HasPrefix(s.Why, incident.KindMaintenance+" ") {
			lines = append(lines, silenceLine(s, now))
			continue
		}
		if told[s.Why] {
			continue
		}
		told[s.Why] = true
		var targets []string
		for _, other := range quiet {
			if other.Why == s.Why {
				targets = append(targets, short(other.Target))
			}
		}
		lines = append(lines, fmt.Sprintf("silenced until %s by %s: %s", clock(s.Until, now), bot.Clip(s.Why, 40), bot.Clip(strings.Join(targets, ", "), 300)))
	}
	return lines
}

func silenceLine(s ledger.Silence, now time.Time) string {
	text := fmt.Sprintf("silenced until %s: %s, by %s", clock(s.Until, now), bot.Clip(s.Target, 120), bot.Clip(s.Person, 40))
	if s.Why != "" {
		text += ": " + bot.Clip(s.Why, 100)
	}
	return text
}

// length reads how long a silence is to last.
func length(s string) (time.Duration, error) {
	long, err := while(s)
	if err == nil && (long < leastSilence || long > mostSilence) {
		err = fmt.Errorf("%s is out of bounds; give it from 1m to 30d", bot.Clip(s, 20))
	}
	return long, err
}
