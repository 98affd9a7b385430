package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/ledger"
	"github.com/diaspote/vigie/ops/schedule"
)

// jobCommands are those below cron. What they change goes through the audit as any change does.
func (h *Host) jobCommands() bot.Table {
	if h.Jobs == nil {
		return nil
	}
	return bot.Table{
		{
			Name: "cron run", Usage: "NAME", MinArgs: 1, MaxArgs: 1, Needs: bot.Operator, Changes: true, Timeout: longestJob,
			Help: "run a job now, whatever its times, its pause and its condition say",
			Run:  h.jobRun,
		},
		{
			Name: "cron pause", Usage: "NAME [TIME]", MinArgs: 1, MaxArgs: 3, Needs: bot.Operator, Changes: true,
			Help: "keep a job from running, for a while (2h, 3 days) or until it is resumed",
			Run:  h.jobPause,
		},
		{
			Name: "cron resume", Usage: "NAME", MinArgs: 1, MaxArgs: 1, Needs: bot.Operator, Changes: true,
			Help: "end the pause of a job",
			Run:  h.jobResume,
		},
		{
			Name: "cron add", Usage: `NAME "20 4 * * *" LINE`, MinArgs: 3, MaxArgs: bot.Any, Needs: bot.Admin, Changes: true,
			Help: "have me run a line by the clock, with your rights",
			Run:  h.jobAdd,
		},
		{
			Name: "cron remove", Usage: "NAME", MinArgs: 1, MaxArgs: 1, Needs: bot.Admin, Changes: true,
			Help: "forget a job that was added from a chat",
			Run:  h.jobRemove,
		},
	}
}

func (h *Host) jobRun(ctx context.Context, c *bot.Call) error {
	name := c.Args[0]
	c.Progress("running " + bot.Clip(name, 40) + " …")
	start := c.Now()
	answer, err := h.Jobs.RunNow(ctx, name)
	if err != nil {
		return h.jobError(ctx, c, err)
	}
	c.Illustrate(strings.TrimSpace(fmt.Sprintf("%s ran in %s\n%s", name, took(c.Now().Sub(start)), answer)), c.Attached(schedule.Key(name)))
	return nil
}

func (h *Host) jobPause(ctx context.Context, c *bot.Call) error {
	name, until := c.Args[0], schedule.Forever
	if len(c.Args) > 1 {
		long, err := while(strings.Join(c.Args[1:], " "))
		if err != nil {
			return fmt.Errorf("%s: %w", c.Command.Name, err)
		}
		until = c.Now().Add(long)
	}
	if err := h.Jobs.Pause(ctx, name, until); err != nil {
		return h.jobError(ctx, c, err)
	}
	end := "until " + clock(until, c.Now())
	if until.Equal(schedule.Forever) {
		end = "until it is resumed"
	}
	c.Say(fmt.Sprintf("%s is paused %s; to end it: cron resume %s", name, end, name))
	return nil
}

func (h *Host) jobResume(ctx context.Context, c *bot.Call) error {
	paused, err := h.Jobs.Resume(ctx, c.Args[0])
	if err != nil {
		return h.jobError(ctx, c, err)
	}
	if !paused {
		c.Say(c.Args[0] + " was not paused" + h.nextOf(ctx, c, c.Args[0]))
		return nil
	}
	c.Say(c.Args[0] + " is paused no more" + h.nextOf(ctx, c, c.Args[0]))
	return nil
}

func (h *Host) jobAdd(ctx context.Context, c *bot.Call) error {
	at, words := jobTimes(c.Args[1:])
	line, err := bot.Line(words...)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Command.Name, err)
	}
	job := schedule.Job{Name: c.Args[0], At: at, Do: line, Person: c.Person.Name}
	if job.Person == "" {
		return fmt.Errorf("%s: the config does not say who you are, and a job runs with the rights of somebody", c.Command.Name)
	}
	if err := job.Check(); err != nil {
		return fmt.Errorf("%s: %w", c.Command.Name, err)
	}
	if err := c.Check(line); err != nil {
		return fmt.Errorf("%s: that line cannot be run: %w", c.Command.Name, err)
	}
	if err := h.Jobs.Add(ctx, job); err != nil {
		return fmt.Errorf("%s: %w", c.Command.Name, err)
	}
	text := fmt.Sprintf("%s is added: %s, with the rights of %s%s", job.Name, line, job.Person, h.nextOf(ctx, c, job.Name))
	for _, d := range h.Jobs.Doubled([]schedule.Job{job}) {
		text += "\n▲ " + d.String()
	}
	c.Say(text)
	return nil
}

// jobTimes takes the times off the words: one that was in quotes, or the five of them.
func jobTimes(words []string) (at string, line []string) {
	const fields = 5
	if len(words) > fields {
		five := strings.Join(words[:fields], " ")
		if _, err := schedule.ParseAt(five); err == nil {
			return five, words[fields:]
		}
	}
	return words[0], words[1:]
}

func (h *Host) jobRemove(ctx context.Context, c *bot.Call) error {
	if err := h.Jobs.Remove(ctx, c.Args[0]); err != nil {
		return h.jobError(ctx, c, err)
	}
	c.Say(c.Args[0] + " is removed.")
	return nil
}

// jobError puts the command and the name before an error, and the name that may have been meant behind it.
func (h *Host) jobError(ctx context.Context, c *bot.Call, err error) error {
	name := bot.Clip(c.Args[0], 40)
	if !errors.Is(err, ledger.ErrNoJob) {
		return fmt.Errorf("%s %s: %w", c.Command.Name, name, err)
	}
	var names []string
	if all, err := h.Jobs.List(ctx); err == nil {
		for _, s := range all {
			names = append(names, s.Name)
		}
	}
	if near := bot.Nearest(name, names); near != "" {
		return fmt.Errorf("%s %s: no such job; did you mean %q?", c.Command.Name, name, near)
	}
	return fmt.Errorf("%s %s: no such job; try: cron", c.Command.Name, name)
}
