package commands

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/schedule"
	"github.com/diaspote/vigie/ops/systemd"
)

const (
	cronUnit    = "cron.service"
	cronLines   = 1000 // lines of cron's log that are searched for last runs
	cronWait    = 10 * time.Second
	maxProblems = 5
	unknown     = "–"
)

func (h *Host) cron() *bot.Command {
	return &bot.Command{
		Name: "cron", Needs: bot.Reader,
		Help: "what runs by itself: my jobs, systemd's timers, the crontabs",
		Subs: h.jobCommands(),
		About: "cron notes when it starts a job, not how the job ended: " + unknown + " is for what cannot be known.\n" +
			"The host's crontabs are shown and never run from here.",
		Run: func(ctx context.Context, c *bot.Call) error {
			jobs, jobNotes := h.jobBlock(ctx, c.Now())
			rows, notes := h.schedules(ctx, c.Now())
			notes = append(jobNotes, notes...)
			if len(rows) == 0 && jobs == "" {
				c.Say(strings.Join(append([]string{"Nothing runs by itself on this host."}, notes...), "\n"))
				return nil
			}
			var parts []string
			if jobs != "" {
				parts = append(parts, jobs)
			}
			switch {
			case len(rows) > 0 && jobs != "":
				parts = append(parts, "the host's own:\n"+scheduleTable(rows, c.Now()))
			case len(rows) > 0:
				parts = append(parts, scheduleTable(rows, c.Now()))
			}
			c.Show(strings.Join(notes, "\n"), strings.Join(parts, "\n\n"))
			return nil
		},
	}
}

// A planned thing is a row of the table.
type planned struct {
	name       string
	last, next time.Time
	outcome    string
	what       string
}

// schedules reads timers and crontabs side by side, the next to run first. notes say what could not be read.
func (h *Host) schedules(ctx context.Context, now time.Time) (rows []planned, notes []string) {
	var timers, entries []planned
	var timerNotes, entryNotes []string
	var both sync.WaitGroup
	both.Go(func() { timers, timerNotes = h.timers(ctx) })
	both.Go(func() { entries, entryNotes = h.crontabs(ctx, now) })
	both.Wait()
	rows = append(timers, entries...)
	slices.SortStableFunc(rows, func(a, b planned) int {
		return cmp.Or(cmp.Compare(order(a.next.IsZero()), order(b.next.IsZero())), a.next.Compare(b.next))
	})
	return rows, append(timerNotes, entryNotes...)
}

func order(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (h *Host) timers(ctx context.Context) ([]planned, []string) {
	ctx, cancel := context.WithTimeout(ctx, unitsWait)
	defer cancel()
	timers, err := h.Systemd.Timers(ctx)
	if err != nil {
		return nil, []string{"no timers: " + because(ctx, err, unitsWait)}
	}
	var rows []planned
	for _, t := range timers {
		outcome := t.Result
		switch {
		case t.Running:
			outcome = "runs now"
		case t.Result == "success":
			outcome = "ok"
		case t.Result != "":
			outcome = "✗ " + t.Result
		}
		rows = append(rows, planned{name: t.Name, last: t.Last, next: t.Next, outcome: outcome, what: "starts " + t.Unit})
	}
	return rows, nil
}

func (h *Host) crontabs(ctx context.Context, now time.Time) ([]planned, []string) {
	entries, problems := schedule.HostCrontabs(h.Root)
	var notes []string
	for i, p := range problems {
		if i == maxProblems {
			notes = append(notes, fmt.Sprintf("… and %d more problems", len(problems)-i))
			break
		}
		notes = append(notes, bot.Clip(p.String(), 200))
	}
	if len(entries) == 0 {
		return nil, notes
	}
	now = now.In(time.Local) // cron knows the host's time zone alone
	runs, err := h.cronRuns(ctx)
	if err != nil {
		notes = append(notes, "when cron's jobs ran last is not known: "+because(ctx, err, cronWait))
	}
	last := schedule.MatchRuns(entries, runs)
	var rows []planned
	for i, e := range entries {
		what := e.Schedule
		if e.User != "" {
			what += " " + e.User
		}
		p := planned{name: e.Name, last: last[i], outcome: unknown, what: what + " " + bot.Clip(e.Command, 60)}
		if e.Ignored != "" {
			p.what = "ignored by cron: " + e.Ignored
		} else if at, ok := e.Next(now); ok {
			p.next = at
		}
		rows = append(rows, p)
	}
	return rows, notes
}

// cronRuns reads what cron has started, as far as the journal tells.
func (h *Host) cronRuns(ctx context.Context) ([]schedule.RunLine, error) {
	ctx, cancel := context.WithTimeout(ctx, cronWait)
	defer cancel()
	lines, err := h.Systemd.Logs(ctx, systemd.LogQuery{Unit: cronUnit, Lines: cronLines, Grep: "CMD"})
	if err != nil {
		return nil, err
	}
	var runs []schedule.RunLine
	for _, l := range lines {
		runs = append(runs, schedule.RunLine{At: l.At.In(time.Local), Message: l.Text})
	}
	return runs, nil
}

func scheduleTable(rows []planned, now time.Time) string {
	lines := [][]string{{"NEXT", "LAST", "OUTCOME", "NAME", "WHAT"}}
	for _, r := range rows {
		lines = append(lines, []string{moment(r.next, now), moment(r.last, now), cmp.Or(r.outcome, unknown), r.name, r.what})
	}
	return table(lines)
}

func moment(t, now time.Time) string {
	if t.IsZero() {
		return unknown
	}
	return clock(t, now)
}
