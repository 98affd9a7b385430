package schedule

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/go-co-op/gocron/v2"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

const (
	kind      = "job"
	report    = "report" // of a job that asks for something: its answer
	maxDetail = 500      // bytes of an answer that the ledger keeps
)

// Key is the key of what happens to a job.
func Key(name string) string { return kind + "/" + name }

// event begins an event about a job that was due at that time.
func (j *Jobs) event(job Job, due time.Time, what string, severity ops.Severity, title string) ops.Event {
	now := j.time()
	return ops.Event{
		ID:   fmt.Sprintf("job/%s/%d/%s", job.Name, due.Unix(), what),
		Kind: kind, Key: Key(job.Name), Severity: severity, At: now, Title: job.Name + " " + title,
		Details: ops.Details{{Name: "job", Value: job.Name}, {Name: "do", Value: job.Do}, {Name: "due", Value: due.In(now.Location()).Format(time.RFC3339)}, {Name: "outcome", Value: what}},
	}
}

// launch has gocron run the job now, which setBusy was called for. s.mu is held.
func (s *shift) launch(job Job, run ledger.Run, due time.Time) error {
	run.Due, run.Start, run.Took, run.Outcome, run.Detail = due, s.time(), 0, ledger.Started, ""
	if err := s.Ledger.SetRun(s.ctx, run); err != nil { // without it, a run cut by a crash could be made twice
		s.setFree(job.Name)
		return err
	}
	s.work.Add(1)
	_, err := s.clock.NewJob(gocron.OneTimeJob(gocron.OneTimeJobStartImmediately()), gocron.NewTask(func() {
		defer s.work.Done()
		defer s.setFree(job.Name)
		s.perform(job, run)
	}), gocron.WithName(job.Name), gocron.WithLimitedRuns(1))
	if err != nil {
		s.setFree(job.Name)
		s.work.Done()
		return fmt.Errorf("run %s: %w", job.Name, err)
	}
	return nil
}

// perform is a run, from the question whether it is needed to what is told of it.
func (s *shift) perform(job Job, run ledger.Run) {
	needless, unknown := s.needless(job)
	if needless != "" {
		run.Outcome, run.Detail = ledger.Skipped, needless
		s.tell(s.event(job, run.Due, "skipped", ops.Info, "skipped: "+needless), run)
		return
	}
	run = s.do(s.ctx, job, run)
	var e ops.Event
	switch {
	case run.Outcome == ledger.Started:
		return // the bot is going down: it is told as interrupted by the next one
	case run.Outcome == ledger.Failed:
		e = s.event(job, run.Due, "failed", ops.Warning, "failed")
	default:
		e = s.event(job, run.Due, "done", ops.Info, "ran")
		if s.Reads != nil && s.Reads(job) {
			e.Kind, e.Title = report, job.Name
		}
	}
	e.Text = run.Detail
	if unknown != "" {
		e.Text = unknown + "\n" + e.Text
	}
	e.Details = append(e.Details, ops.Detail{Name: "seconds", Value: run.Took.Seconds()})
	s.tell(e, run)
}

// needless tells why a job need not run, "" if it must. What cannot be read keeps no job from running; unknown says so.
func (j *Jobs) needless(job Job) (needless, unknown string) {
	if job.Unless == "" {
		return "", ""
	}
	c, err := ParseCondition(job.Unless)
	var value float64
	if err == nil {
		value, err = j.Gauge(c)
	}
	switch {
	case err != nil:
		return "", fmt.Sprintf("It ran although it may not have been needed: %q could not be told: %v", job.Unless, err)
	case c.Holds(value):
		return c.With(value), ""
	}
	return "", ""
}

// do runs the line of a job, and says in run how it went. It stays Started if ctx has ended it.
func (j *Jobs) do(ctx context.Context, job Job, run ledger.Run) ledger.Run {
	detail, err := j.call(ctx, job)
	run.Took = max(j.time().Sub(run.Start), 0)
	switch {
	case err != nil && ctx.Err() != nil:
		run.Detail = err.Error()
	case err != nil:
		run.Outcome, run.Detail = ledger.Failed, err.Error()
	default:
		run.Outcome, run.Detail = ledger.Done, detail
	}
	return run
}

var errPanic = errors.New("internal error; what happened is in my log")

func (j *Jobs) call(ctx context.Context, job Job) (detail string, err error) {
	defer func() {
		if p := recover(); p != nil {
			j.Log.Error("a job panicked", "job", job.Name, "panic", p, "stack", string(debug.Stack()))
			err = errPanic
		}
	}()
	return j.Do(ctx, job)
}

// tell emits what became of a run, and then notes that it was told.
func (s *shift) tell(e ops.Event, run ledger.Run) {
	if err := s.emit(e); err != nil {
		s.Log.Error("what became of a job was not told", "job", run.Name, "error", err)
		return // the next bot tells that it was interrupted
	}
	s.note(context.WithoutCancel(s.ctx), run)
}

func (j *Jobs) note(ctx context.Context, run ledger.Run) {
	run.Due = time.Time{} // other times may have come and gone meanwhile
	run.Detail = cut(run.Detail, maxDetail)
	if err := j.Ledger.SetRun(ctx, run); err != nil {
		j.Log.Error("what became of a job was not noted", "job", run.Name, "error", err)
	}
}

// leaveOut notes that a run was left out without a word.
func (s *shift) leaveOut(job Job, run ledger.Run, due time.Time, why string) error {
	if s.busy(job.Name) {
		return s.Ledger.SetDue(s.ctx, job.Name, due) // what the run under way comes to is what counts
	}
	run.Due, run.Outcome, run.Detail = due, ledger.Skipped, why
	return s.Ledger.SetRun(s.ctx, run)
}

// lag tells that a job is due and still runs, once for each run.
func (s *shift) lag(job Job, due time.Time) error {
	s.Jobs.mu.Lock()
	since, told := s.running[job.Name], s.lagging[job.Name]
	s.lagging[job.Name] = true
	s.Jobs.mu.Unlock()
	if !told {
		e := s.event(job, due, "overlap", ops.Warning, fmt.Sprintf("was left out at %s: it still runs since %s", ops.Moment(due, due), ops.Moment(since.In(due.Location()), due)))
		if err := s.emit(e); err != nil {
			return err
		}
	}
	return s.Ledger.SetDue(s.ctx, job.Name, due)
}

// missed tells of a run that nobody made, and makes up for it if the job says so.
func (s *shift) missed(job Job, run ledger.Run, first, last time.Time, absent bool) error {
	why := "the clock went past it, or the host slept"
	if absent {
		why = "vigie was not running"
	}
	e := s.event(job, last, "missed", ops.Warning, fmt.Sprintf("did not run at %s: %s", ops.Moment(last, s.time()), why))
	e.At = last
	if !first.Equal(last) {
		e.Text = "Nor did it run before that, since it was due at " + ops.Moment(first, s.time()) + "."
	}
	if job.CatchUp {
		e.Text = joinLines(e.Text, "It is made up for now.")
	}
	if err := s.emit(e); err != nil {
		return err
	}
	if job.CatchUp && s.setBusy(job.Name) {
		return s.launch(job, run, last)
	}
	run.Due, run.Outcome, run.Detail = last, ledger.Missed, why
	return s.Ledger.SetRun(s.ctx, run)
}

// tellInterrupted tells of the runs that were under way when the bot died.
func (s *shift) tellInterrupted() error {
	runs, err := s.Ledger.Runs(s.ctx)
	if err != nil {
		return err
	}
	for _, run := range runs {
		if run.Outcome != ledger.Started || s.busy(run.Name) {
			continue
		}
		job, err := s.find(s.ctx, run.Name)
		if errors.Is(err, ledger.ErrNoJob) {
			job, err = Job{Name: run.Name}, nil
		}
		if err != nil {
			return err
		}
		e := s.event(job, run.Due, "interrupted", ops.Warning, "was interrupted")
		e.At = run.Start
		e.Text = "vigie was stopped while it ran. How it ended I cannot tell; try: status"
		if err := s.emit(e); err != nil {
			return err
		}
		run.Outcome, run.Detail = ledger.Interrupted, "vigie was stopped while it ran"
		if err := s.Ledger.SetRun(s.ctx, run); err != nil {
			return err
		}
	}
	return nil
}

func joinLines(a, b string) string {
	if a == "" {
		return b
	}
	return a + "\n" + b
}

// cut bounds a text in bytes.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}
