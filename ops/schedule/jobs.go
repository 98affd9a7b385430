package schedule

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/diaspote/vigie/ops/ledger"
)

// Means are what jobs need of others.
type Means struct {
	Ledger *ledger.DB
	Log    *slog.Logger
	Now    func() time.Time

	// Do runs the line of a job, as its Person or as the bot itself, and returns the answer. It ends when ctx does.
	Do func(ctx context.Context, job Job) (detail string, err error)
	// Reads tells whether the line of a job changes nothing, so that its answer is what it is for. It may be nil.
	Reads func(job Job) bool
	// Gauge reads what the conditions are about.
	Gauge Gauge
	// Crontabs returns the entries of the host's own cron. It may be nil.
	Crontabs func() []Entry
}

// Jobs are the bot's own: those of the config, and those added from a chat, which the ledger keeps. They run
// while [Jobs.Watch] does. Methods may be called at any time, from several goroutines.
type Jobs struct {
	Means
	wake chan struct{} // something has changed: times must be set anew

	mu      sync.Mutex
	zone    *time.Location
	fixed   []Job                // of the config
	running map[string]time.Time // since when
	lagging map[string]bool      // that a run was left out for the one under way was told
}

// NewJobs has no jobs of the config before Use.
func NewJobs(m Means) *Jobs {
	return &Jobs{Means: m, wake: make(chan struct{}, 1), zone: time.UTC, running: map[string]time.Time{}, lagging: map[string]bool{}}
}

// Use exchanges the jobs of the config, and the time zone that all jobs go by. With an error nothing is changed.
func (j *Jobs) Use(zone *time.Location, jobs []Job) error {
	var errs []error
	seen := map[string]bool{}
	for _, job := range jobs {
		if seen[job.Name] {
			errs = append(errs, fmt.Errorf("job %s: there are two of that name", quote(job.Name)))
		}
		seen[job.Name] = true
		errs = append(errs, job.Check())
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	j.mu.Lock()
	j.zone, j.fixed = zone, slices.Clone(jobs)
	j.mu.Unlock()
	j.Rearm()
	return nil
}

// Rearm sets all timers anew, for a clock that was set: a timer counts seconds, not hours of the clock.
func (j *Jobs) Rearm() {
	select {
	case j.wake <- struct{}{}:
	default: // it will be done anyway
	}
}

// time is now in the jobs' zone.
func (j *Jobs) time() time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.Now().In(j.zone)
}

// all returns the jobs of the config and after them those of the chat. A name of the config hides one of the
// chat.
func (j *Jobs) all(ctx context.Context) ([]Job, error) {
	j.mu.Lock()
	jobs := slices.Clone(j.fixed)
	j.mu.Unlock()
	added, err := j.Ledger.Jobs(ctx)
	for _, a := range added {
		if !slices.ContainsFunc(jobs, func(o Job) bool { return o.Name == a.Name }) {
			jobs = append(jobs, Job{Name: a.Name, At: a.At, Do: a.Line, Person: a.Person})
		}
	}
	return jobs, err
}

// find returns the job of that name.
func (j *Jobs) find(ctx context.Context, name string) (Job, error) {
	jobs, err := j.all(ctx)
	for _, job := range jobs {
		if job.Name == name {
			return job, nil
		}
	}
	return Job{}, cmp.Or(err, ledger.ErrNoJob)
}
