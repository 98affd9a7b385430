package commands

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/ledger"
)

// How many events history shows if no time is given, and how many at most.
const (
	someEvents = 30
	mostEvents = 200
)

// lateAfter is how long after an event happened its record says so: the bot was away, or the source kept it back.
const lateAfter = 10 * time.Minute

func history() *bot.Command {
	return &bot.Command{
		Name: "history", Usage: "[KIND] [since TIME]", MaxArgs: 6, Needs: bot.Reader,
		Help: "what happened, the newest last",
		About: fmt.Sprintf("The last %d events, or with a TIME up to %d since then. KIND is oom, unit, upgrade, job and so on.\n"+
			"TIME is an hour (03:00), a while ago (2h), today, yesterday, a date or both. In () is the key, for silence.\n"+
			"What nobody saw, as while I was not running, is not in it unless a log told later.", someEvents, mostEvents),
		Examples: []string{"history", "history oom", "history unit since yesterday"},
		Run: func(ctx context.Context, c *bot.Call) error {
			q, err := parseHistory(c.Args, c.Now())
			if err != nil {
				return fmt.Errorf("history: %w", err)
			}
			past, err := c.Events(ctx, q)
			if err != nil {
				return err
			}
			if len(past) == 0 {
				text, err := nothing(ctx, c, q)
				if err == nil {
					c.Say(text)
				}
				return err
			}
			text := ""
			if len(past) == q.Limit && !q.Since.IsZero() {
				text = fmt.Sprintf("The newest %d of them:", q.Limit)
			}
			c.Show(text, historyBlock(past, c.Now()))
			return nil
		},
	}
}

// parseHistory reads what follows the name of the command, in either order.
func parseHistory(args []string, now time.Time) (ledger.EventQuery, error) {
	q := ledger.EventQuery{Limit: someEvents}
	for rest := args; len(rest) > 0; {
		word, next := strings.ToLower(rest[0]), rest[1:]
		switch {
		case word == "since" && len(next) == 0:
			return q, fmt.Errorf("since when? For example: history since yesterday")
		case word == "since":
			at, used, err := when(next, now)
			if err != nil {
				return q, err
			}
			q.Since, q.Limit, rest = at, mostEvents, next[used:]
		case q.Kind != "" || word == "":
			return q, fmt.Errorf("%q is not understood; it goes: history [KIND] [since TIME]", bot.Clip(rest[0], 40))
		default:
			q.Kind, rest = word, next
		}
	}
	return q, nil
}

// nothing says that there are no such events, or that there is no such kind.
func nothing(ctx context.Context, c *bot.Call, q ledger.EventQuery) (string, error) {
	all, err := c.Events(ctx, ledger.EventQuery{Limit: keysSearched})
	if err != nil {
		return "", err
	}
	kinds := map[string]bool{}
	for _, r := range all {
		kinds[r.Kind] = true
	}
	if len(kinds) == 0 {
		return "Nothing has happened yet that I know of.", nil
	}
	if q.Kind != "" && !kinds[q.Kind] {
		return fmt.Sprintf("There is no event of kind %q; those of late are %s.", bot.Clip(q.Kind, 40),
			bot.Clip(strings.Join(slices.Sorted(maps.Keys(kinds)), ", "), 300)), nil
	}
	what := "Nothing"
	if q.Kind != "" {
		what = "No " + q.Kind + " event"
	}
	return what + " since " + clock(q.Since, c.Now()) + " that I know of.", nil
}

// historyBlock lists events, of which the newest comes first in past and last in what is shown, with a line for each day.
func historyBlock(past []ledger.Record, now time.Time) string {
	var lines []string
	for _, r := range slices.Backward(past) {
		lines = append(lines, eventLine(r, now.Location()))
	}
	kept, left := newest(lines, maxShown)
	var b strings.Builder
	if left > 0 {
		fmt.Fprintf(&b, "… %s before these\n", plural(int64(left), "event"))
	}
	day := ""
	for i, line := range kept {
		at := past[len(kept)-1-i].At.In(now.Location())
		if d := at.Format(time.DateOnly); d != day {
			day = d
			fmt.Fprintf(&b, "-- %s\n", at.Format("Mon 2 Jan 2006"))
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// eventLine is "03:12 ✗ OOM kill · diaspora (oom/diaspora.service)".
func eventLine(r ledger.Record, zone *time.Location) string {
	text := r.At.In(zone).Format("15:04 ") + bot.Mark(r.Severity, r.Resolved) + " " + bot.Clip(r.Title, 120)
	if r.Unit != "" {
		text += " · " + bot.Clip(short(r.Unit), 60)
	}
	text += " (" + bot.Clip(r.Key, 80) + ")"
	if r.Silenced {
		text += ", silenced"
	}
	if r.Noted.Sub(r.At) > lateAfter {
		text += ", noted " + clock(r.Noted.In(zone), r.At.In(zone))
	}
	return text
}
