package schedule

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-co-op/gocron/v2"
	"github.com/google/uuid"

	"github.com/diaspote/vigie/ops"
)

// A shift is the time during which jobs run, from one call of Watch to its end. gocron holds its timers and runs
// what is due. When that is, is asked of our own reader of crontabs each time anew: gocron's differs from cron over
// changes of daylight saving, and does not tell of runs that it left out.
type shift struct {
	*Jobs
	ctx   context.Context
	emit  ops.Emit
	clock gocron.Scheduler
	work  sync.WaitGroup // the runs under way

	mu     sync.Mutex // held while it is decided what is due
	jobs   map[string]Job
	timers map[string]uuid.UUID // gocron's own name for the timer of a job
}

const (
	clockPause = 30 * time.Second // how often a clock that cannot be right is looked at
	retryPause = time.Minute      // after the ledger could not be read or written

	doublesEvery = 24 * time.Hour // how often the host's crontabs are held against the jobs, besides whenever a job changes
)

// Watch runs the jobs until ctx ends. It first waits for a clock that can be right, and tells what has become
// of the runs that were under way or due while nobody watched.
func (j *Jobs) Watch(ctx context.Context, emit ops.Emit) error {
	for j.time().Year() < sane {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-j.wake:
		case <-time.After(clockPause):
		}
	}
	clock, err := gocron.NewScheduler(gocron.WithGlobalJobOptions(gocron.WithEventListeners(
		gocron.AfterJobRunsWithPanic(func(_ uuid.UUID, name string, what any) {
			j.Log.Error("a job panicked", "job", name, "panic", what)
		}))))
	if err != nil {
		return fmt.Errorf("make a scheduler: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &shift{Jobs: j, ctx: ctx, emit: emit, clock: clock, timers: map[string]uuid.UUID{}}
	clock.Start()
	err = s.watch()
	s.mu.Lock() // so that no run begins while all are waited for
	cancel()
	s.mu.Unlock()
	s.work.Wait() // gocron would wait in a busy loop
	return errors.Join(err, clock.Shutdown())
}

func (s *shift) watch() error {
	if err := s.tellInterrupted(); err != nil {
		return err
	}
	if err := s.armAll(0); err != nil { // whatever was due before now was missed
		return err
	}
	day := time.NewTicker(doublesEvery)
	defer day.Stop()
	var retry <-chan time.Time
	for {
		if err := s.tellDoubles(); err != nil && s.ctx.Err() == nil {
			s.Log.Error("whether the host's cron does the same was not told", "error", err)
		}
		select {
		case <-s.ctx.Done():
			return s.ctx.Err()
		case <-day.C:
			continue
		case <-s.wake:
		case <-retry:
		}
		retry = nil
		if err := s.armAll(smallChange); err != nil && s.ctx.Err() == nil {
			s.Log.Error("the jobs' timers could not be set; trying again", "error", err)
			retry = time.After(retryPause)
		}
	}
}

// armAll sets the timers of all jobs. A run that was due no longer than late ago is made at once.
func (s *shift) armAll(late time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	jobs, err := s.all(s.ctx)
	if err != nil {
		return err
	}
	if err := s.begin(jobs); err != nil {
		return err
	}
	for name := range s.timers {
		s.disarm(name)
	}
	s.jobs = map[string]Job{}
	for _, job := range jobs {
		s.jobs[job.Name] = job
		if err := s.turn(job, late); err != nil {
			return err
		}
	}
	return nil
}

// timesCursor is where the ledger has the times that each job had, so that new times are not taken for missed
// ones.
const timesCursor = "job times"

// begin notes for jobs that are new, or have new times, that they count from now on, and forgets those that are gone.
func (s *shift) begin(jobs []Job) error {
	text, err := s.Ledger.Cursor(s.ctx, timesCursor)
	if err != nil {
		return err
	}
	before := map[string]string{}
	if text != "" {
		if err := json.Unmarshal([]byte(text), &before); err != nil {
			s.Log.Warn("the times that the jobs had could not be read; they count from now on", "error", err)
		}
	}
	now := s.time()
	times, names := map[string]string{}, []string{}
	for _, job := range jobs {
		names = append(names, job.Name)
		times[job.Name] = job.At + " in " + now.Location().String()
		if before[job.Name] == times[job.Name] {
			continue
		}
		if err := s.Ledger.SetDue(s.ctx, job.Name, now); err != nil {
			return err
		}
	}
	if err := s.Ledger.ForgetRuns(s.ctx, names); err != nil {
		return err
	}
	data, err := json.Marshal(times)
	if err != nil || string(data) == text {
		return err
	}
	return s.Ledger.SetCursor(s.ctx, timesCursor, string(data))
}

// arm sets the timer of a job, in place of the one that it has. s.mu is held.
func (s *shift) arm(name string, at time.Time) error {
	s.disarm(name)
	// A duration, not a date: it counts on the steady clock then. gocron would repeat it, but each timer is taken
	// away as soon as it has fired.
	timer, err := s.clock.NewJob(gocron.DurationJob(max(at.Sub(s.time()), time.Millisecond)),
		gocron.NewTask(func() { s.fire(name) }), gocron.WithName(name))
	if err != nil {
		return fmt.Errorf("set the timer of %s: %w", name, err)
	}
	s.timers[name] = timer.ID()
	return nil
}

func (s *shift) disarm(name string) {
	id, set := s.timers[name]
	if !set {
		return
	}
	delete(s.timers, name)
	if err := s.clock.RemoveJob(id); err != nil {
		s.Log.Error("a timer was not taken away", "job", name, "error", err)
	}
}

// fire is what a timer does.
func (s *shift) fire(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	job, there := s.jobs[name]
	if !there || s.ctx.Err() != nil {
		return
	}
	err := s.turn(job, smallChange)
	if err == nil || s.ctx.Err() != nil {
		return
	}
	s.Log.Error("a job that may be due could not be looked at; trying again", "job", name, "error", err)
	if err := s.arm(name, s.time().Add(retryPause)); err != nil {
		s.Log.Error("it will not be tried again", "job", name, "error", err)
	}
}

// turn deals with what is due of a job, and sets its timer for the next time. s.mu is held.
func (s *shift) turn(job Job, late time.Duration) error {
	entry, err := ParseAt(job.At)
	if err != nil {
		s.Log.Error("a job in the ledger cannot be read", "job", job.Name, "error", err)
		return nil
	}
	run, err := s.Ledger.Run(s.ctx, job.Name)
	if err != nil {
		return err
	}
	now := s.time()
	if run.Due.IsZero() || run.Due.Sub(now) > smallChange { // new, or the clock was wrong before
		run.Due = now
		if err := s.Ledger.SetDue(s.ctx, job.Name, now); err != nil {
			return err
		}
	}
	if next, ok := entry.Next(base(run.Due, now)); ok {
		if err := s.arm(job.Name, next); err != nil {
			return err
		}
	} else {
		s.disarm(job.Name)
	}
	first, last, ok := entry.duesUntil(run.Due, now)
	switch {
	case !ok:
		return nil
	case run.Paused.After(last):
		return s.leaveOut(job, run, last, "it was paused")
	case now.Sub(last) > late:
		return s.missed(job, run, first, last, late == 0)
	case !s.setBusy(job.Name):
		return s.lag(job, last)
	}
	return s.launch(job, run, last)
}
