package schedule

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/diaspote/vigie/ops/ledger"
)

// A State is a job and how it stands.
type State struct {
	Job
	Next    time.Time  // zero if there is none, as while it is paused for good
	Last    ledger.Run // with times in the jobs' zone
	Running time.Time  // since when, zero if it does not
	Paused  time.Time  // until then, zero if it is not; see Forever
}

// Forever is the end of a pause that has none.
var Forever = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// ErrRunning is returned for a job that runs already.
var ErrRunning = errors.New("it runs already")

// List returns how all jobs stand, those of the config first.
func (j *Jobs) List(ctx context.Context) ([]State, error) {
	jobs, err := j.all(ctx)
	if err != nil {
		return nil, err
	}
	runs, err := j.Ledger.Runs(ctx)
	if err != nil {
		return nil, err
	}
	now := j.time()
	var all []State
	for _, job := range jobs {
		s := State{Job: job, Last: ledger.Run{Name: job.Name}}
		if i := slices.IndexFunc(runs, func(r ledger.Run) bool { return r.Name == job.Name }); i >= 0 {
			s.Last = runs[i]
		}
		after := base(s.Last.Due, now)
		if s.Last.Paused.After(now) {
			s.Paused = s.Last.Paused.In(now.Location())
			after = later(after, s.Paused.Add(-time.Nanosecond)) // a run at the very end of the pause is made
		}
		if entry, err := ParseAt(job.At); err == nil && s.Paused.Before(Forever) {
			s.Next, _ = entry.Next(after)
		}
		j.mu.Lock()
		s.Running = j.running[job.Name]
		j.mu.Unlock()
		all = append(all, s)
	}
	return all, nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// RunNow runs a job once, whatever its times, its pause and its condition say, and returns its answer. It makes no
// event: who asked for it is answered.
func (j *Jobs) RunNow(ctx context.Context, name string) (detail string, err error) {
	job, err := j.find(ctx, name)
	if err != nil {
		return "", err
	}
	if !j.setBusy(name) {
		return "", ErrRunning
	}
	defer j.setFree(name)
	run := ledger.Run{Name: name, Start: j.time(), Outcome: ledger.Started}
	if err := j.Ledger.SetRun(ctx, run); err != nil {
		return "", err
	}
	detail, err = j.call(ctx, job)
	run.Took, run.Outcome, run.Detail = max(j.time().Sub(run.Start), 0), ledger.Done, detail
	if err != nil {
		run.Outcome, run.Detail = ledger.Failed, err.Error()
	}
	j.note(context.WithoutCancel(ctx), run)
	return detail, err
}

// Pause keeps a job from running until then, or for good with [Forever].
func (j *Jobs) Pause(ctx context.Context, name string, until time.Time) error {
	if _, err := j.find(ctx, name); err != nil {
		return err
	}
	return j.Ledger.PauseJob(ctx, name, until)
}

// Resume ends the pause of a job, and tells whether there was one.
func (j *Jobs) Resume(ctx context.Context, name string) (paused bool, err error) {
	if _, err := j.find(ctx, name); err != nil {
		return false, err
	}
	run, err := j.Ledger.Run(ctx, name)
	if err != nil {
		return false, err
	}
	return run.Paused.After(j.time()), j.Ledger.PauseJob(ctx, name, time.Time{})
}

// maxAdded bounds how many jobs are added from chats.
const maxAdded = 100

// Add keeps a job that was made in a chat. Whether its Person may run its line must have been asked before, and
// is asked again at each run.
func (j *Jobs) Add(ctx context.Context, job Job) error {
	if err := job.Check(); err != nil {
		return err
	}
	jobs, err := j.all(ctx)
	if err != nil {
		return err
	}
	if len(jobs) >= maxAdded {
		return fmt.Errorf("there are %d jobs; remove one first", len(jobs))
	}
	for _, other := range jobs {
		if other.Name == job.Name && other.Person == "" {
			return fmt.Errorf("job %s: the config has one of that name", job.Name)
		}
	}
	added := ledger.Job{Name: job.Name, At: job.At, Line: job.Do, Person: job.Person, Added: j.time()}
	if err := j.Ledger.AddJob(ctx, added); err != nil {
		return err
	}
	j.Rearm()
	return nil
}

// ErrFixed is returned for the removal of a job of the config.
var ErrFixed = errors.New("the config has it, and it goes by taking it out there")

// Remove forgets a job that was added from a chat. A run under way is not ended.
func (j *Jobs) Remove(ctx context.Context, name string) error {
	job, err := j.find(ctx, name)
	if err != nil {
		return err
	}
	if job.Person == "" {
		return ErrFixed
	}
	if err := j.Ledger.RemoveJob(ctx, name); err != nil {
		return err
	}
	j.Rearm()
	return nil
}

func (j *Jobs) busy(name string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	_, runs := j.running[name]
	return runs
}

// setBusy takes the job for a run, unless it runs already.
func (j *Jobs) setBusy(name string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, runs := j.running[name]; runs {
		return false
	}
	j.running[name] = j.Now()
	return true
}

func (j *Jobs) setFree(name string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.running, name)
	delete(j.lagging, name)
}
