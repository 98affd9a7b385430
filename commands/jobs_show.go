package commands

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/ledger"
	"github.com/diaspote/vigie/ops/schedule"
)

// nextOf says when a job runs next, behind what else is said of it.
func (h *Host) nextOf(ctx context.Context, c *bot.Call, name string) string {
	all, err := h.Jobs.List(ctx)
	if err != nil {
		return ""
	}
	for _, s := range all {
		if s.Name == name && !s.Next.IsZero() {
			return fmt.Sprintf("; it runs next at %s, in %s", clock(s.Next, c.Now()), bot.Span(s.Next.Sub(c.Now())))
		}
	}
	return ""
}

// nextLine is what status says of the jobs.
func (h *Host) nextLine(ctx context.Context, now time.Time) string {
	if h.Jobs == nil {
		return ""
	}
	all, err := h.Jobs.List(ctx)
	if err != nil {
		return "not read: jobs: " + err.Error()
	}
	all = slices.DeleteFunc(all, func(s schedule.State) bool { return s.Next.IsZero() })
	if len(all) == 0 {
		return ""
	}
	next := slices.MinFunc(all, func(a, b schedule.State) int { return a.Next.Compare(b.Next) })
	return fmt.Sprintf("next: %s at %s, in %s", next.Name, clock(next.Next, now), bot.Span(next.Next.Sub(now)))
}

// jobBlock shows the bot's own jobs, those of the config and those of the chats apart. notes say what is to be known.
func (h *Host) jobBlock(ctx context.Context, now time.Time) (block string, notes []string) {
	if h.Jobs == nil {
		return "", nil
	}
	all, err := h.Jobs.List(ctx)
	if err != nil {
		return "", []string{"no jobs: " + err.Error()}
	}
	var jobs []schedule.Job
	var fixed, added [][]string
	for _, s := range all {
		jobs = append(jobs, s.Job)
		row := []string{moment(s.Next, now), moment(s.Last.Start, now), jobOutcome(s, now), s.Name, s.At, s.Do}
		if s.Person == "" {
			if s.Unless != "" {
				row[5] += " (unless " + s.Unless + ")"
			}
			fixed = append(fixed, row)
		} else {
			added = append(added, append(row, s.Person))
		}
	}
	head := []string{"NEXT", "LAST", "OUTCOME", "NAME", "AT", "DO"}
	var parts []string
	if len(fixed) > 0 {
		parts = append(parts, "my jobs, of the config:\n"+table(append([][]string{head}, fixed...)))
	}
	if len(added) > 0 {
		parts = append(parts, "my jobs, added from a chat:\n"+table(append([][]string{append(slices.Clone(head), "BY")}, added...)))
	}
	for _, d := range h.Jobs.Doubled(jobs) {
		notes = append(notes, "▲ "+bot.Clip(d.String(), 200))
	}
	return strings.Join(parts, "\n\n"), notes
}

// jobOutcome says how a job stands, in a few words.
func jobOutcome(s schedule.State, now time.Time) string {
	var words string
	switch s.Last.Outcome {
	case ledger.Done:
		words = "ok"
	case ledger.Failed, ledger.Missed, ledger.Interrupted:
		words = "✗ " + string(s.Last.Outcome)
	case ledger.Skipped:
		words = "skipped"
	}
	if !s.Running.IsZero() {
		words = "runs now"
	}
	switch {
	case s.Paused.IsZero():
		return cmp.Or(words, unknown)
	case s.Paused.Equal(schedule.Forever):
		return strings.TrimPrefix(words+", paused", ", ")
	}
	return strings.TrimPrefix(words+", paused until "+clock(s.Paused, now), ", ")
}
