package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/systemd"
)

// How many lines of a log are shown if none are asked for, how many at most, and how much of each.
const (
	someLines = 20
	mostLines = 200
	lineWidth = 300
)

// maxShown bounds what one answer shows of a log or the audit, in bytes: of more, the chats would cut off
// the end, which is the newest.
const maxShown = 10_000

func (h *Host) logs() *bot.Command {
	return &bot.Command{
		Name: "logs", Usage: "UNIT [N] [since TIME] [grep WORD]", MinArgs: 1, MaxArgs: 8, Needs: bot.Operator,
		Help: "the last lines that a unit logged",
		About: fmt.Sprintf("N lines, %d if you do not say and at most %d. TIME is an hour (03:00), a while ago (2h, 30min), today, yesterday,\n"+
			"a date (2026-11-23) or both (2026-11-23 03:00). WORD is looked for as it is, in capitals or not.", someLines, mostLines),
		Examples: []string{"logs sidekiq", "logs diaspora 50 since 03:00", "logs nginx since 2h grep timeout"},
		Run: func(ctx context.Context, c *bot.Call) error {
			q, err := parseLogs(c.Args, c.Now())
			if err != nil {
				return fmt.Errorf("logs: %w", err)
			}
			if q.Unit, err = h.resolve(ctx, q.Unit); err != nil {
				return fmt.Errorf("logs %s: %w", bot.Clip(c.Args[0], 60), err)
			}
			lines, err := h.Systemd.Logs(ctx, q)
			if err != nil {
				return err
			}
			if len(lines) == 0 {
				c.Say(short(q.Unit) + " logged nothing" + narrowed(q, c.Now()) + ".")
				return nil
			}
			c.Show(fmt.Sprintf("%s, %s%s:", short(q.Unit), plural(int64(len(lines)), "line"), narrowed(q, c.Now())), logBlock(lines, c.Now()))
			return nil
		},
	}
}

// parseLogs reads what follows the name of the command; the parts after the unit may come in any order.
func parseLogs(args []string, now time.Time) (systemd.LogQuery, error) {
	q := systemd.LogQuery{Unit: args[0], Lines: someLines}
	for rest := args[1:]; len(rest) > 0; {
		word, next := strings.ToLower(rest[0]), rest[1:]
		switch {
		case word == "since" && len(next) > 0:
			at, used, err := when(next, now)
			if err != nil {
				return q, err
			}
			q.Since, rest = at, next[used:]
		case word == "grep" && len(next) > 0 && next[0] != "":
			q.Grep, rest = next[0], next[1:]
		case word == "since":
			return q, errors.New("since when? For example: since 03:00")
		case word == "grep":
			return q, errors.New("grep for what? For example: grep timeout")
		default:
			if word == "" || word[0] < '0' || word[0] > '9' {
				return q, fmt.Errorf("%q is neither a number of lines, nor since TIME, nor grep WORD; put words that belong together in quotes", bot.Clip(rest[0], 40))
			}
			n, err := number(word, mostLines)
			if err != nil {
				return q, err
			}
			q.Lines, rest = n, next
		}
	}
	return q, nil
}

// narrowed tells what the lines were chosen by.
func narrowed(q systemd.LogQuery, now time.Time) string {
	text := ""
	if !q.Since.IsZero() {
		text += " since " + clock(q.Since, now)
	}
	if q.Grep != "" {
		text += " with " + fmt.Sprintf("%q", bot.Clip(q.Grep, 60))
	}
	return text
}

// logBlock sets the lines below each other, with the hour of each, and the day where it is not today.
func logBlock(lines []systemd.LogLine, now time.Time) string {
	var shown []string
	for _, l := range lines {
		shown = append(shown, l.At.In(now.Location()).Format("15:04:05 ")+bot.Clip(l.Text, lineWidth))
	}
	kept, left := newest(shown, maxShown)
	var b strings.Builder
	if left > 0 {
		fmt.Fprintf(&b, "… %s before these\n", plural(int64(left), "line"))
	}
	day := now.Format(time.DateOnly)
	for i, line := range kept {
		at := lines[left+i].At.In(now.Location())
		if d := at.Format(time.DateOnly); d != day {
			day = d
			fmt.Fprintf(&b, "-- %s\n", at.Format("Mon 2 Jan 2006"))
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// newest keeps the last of lines that fit into so many bytes, and counts those before.
func newest(lines []string, bytes int) (kept []string, left int) {
	for left = len(lines); left > 0 && bytes >= len(lines[left-1]); left-- {
		bytes -= len(lines[left-1])
	}
	return lines[left:], left
}
