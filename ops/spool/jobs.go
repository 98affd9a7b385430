package spool

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/diaspote/vigie/ops"
)

// cursor is under what the ledger keeps the jobs.
const cursor = "spool/cron"

// maxJobs is how many jobs of one user are kept in mind; past that the one heard of longest ago is forgotten.
const maxJobs = 100

// A job is what is known of one job that is waited for, or that failed.
type job struct {
	Name   string        `json:"name"`
	User   string        `json:"user"`
	Seen   time.Time     `json:"seen"`   // when it last started
	Period time.Duration `json:"period"` // 0 if nobody waits for it
	Grace  time.Duration `json:"grace"`
	Bad    bool          `json:"bad"`  // it failed, or did not run: told, and not over yet
	Late   bool          `json:"late"` // that it did not run was told
}

// due is when it is late.
func (j job) due() time.Time { return j.Seen.Add(j.Period + j.Grace) }

// jobs are those by their keys.
type jobs map[string]job

func (w *Watcher) loadJobs(ctx context.Context) (jobs, error) {
	text, err := w.DB.Cursor(ctx, cursor)
	if err != nil {
		return nil, err
	}
	all := jobs{}
	if text == "" {
		return all, nil
	}
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, fmt.Errorf("read the jobs that are waited for: %w", err)
	}
	return all, nil
}

func (w *Watcher) saveJobs(ctx context.Context, all jobs) error {
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return w.DB.SetCursor(context.WithoutCancel(ctx), cursor, string(text))
}

// seen takes note of a run, and returns what is to be said of it, nil for nothing.
func (all jobs) seen(r Run, p place, now time.Time) *ops.Event {
	key := p.key(r.Name)
	old := all[key]
	if r.Start.Year() < 2020 || r.Start.After(now) { // the host did not know the time yet
		r.Start = now.Add(-r.Took)
	}
	j := job{Name: r.Name, User: p.user, Seen: r.Start, Period: r.Period, Grace: r.Grace, Bad: !r.well()}
	if r.Forget || j.Period == 0 && !j.Bad {
		delete(all, key)
	} else {
		all[key] = j
		all.trim(p.user)
	}
	var e ops.Event
	switch {
	case !r.well():
		e = r.failed(p)
	case old.Bad && !j.Bad:
		e = r.recovered(p)
	default:
		return nil
	}
	return &e
}

// trim keeps the jobs of a user few.
func (all jobs) trim(user string) {
	var of []string
	for key, j := range all {
		if j.User == user {
			of = append(of, key)
		}
	}
	if len(of) > maxJobs {
		delete(all, slices.MinFunc(of, func(a, b string) int { return cmp.Or(all[a].Seen.Compare(all[b].Seen), cmp.Compare(a, b)) }))
	}
}

// late returns the keys of the jobs that should have run by now and were not told yet, in order, and when the next
// one is late, zero for never.
func (all jobs) late(now time.Time) (keys []string, next time.Time) {
	for _, key := range slices.Sorted(maps.Keys(all)) {
		j := all[key]
		switch {
		case j.Period == 0 || j.Late:
		case !j.due().After(now):
			keys = append(keys, key)
		case next.IsZero() || j.due().Before(next):
			next = j.due()
		}
	}
	return keys, next
}

// missed is the event of a job that did not run. zone is that of the times in it.
func (j job) missed(p place, zone *time.Location) ops.Event {
	due := j.Seen.Add(j.Period)
	return ops.Event{
		ID: fmt.Sprintf("%s/missed/%d", p.key(j.Name), due.Unix()), Kind: Kind, Key: p.key(j.Name), Severity: ops.Warning,
		At: j.due(), Lasting: true,
		Title: j.Name + " did not run when it was due",
		Text: fmt.Sprintf("it did not run since %s, due every %s, %s; is cron running, and the host up at that hour?",
			j.Seen.In(zone).Format("2 Jan 15:04"), Spell(j.Period), p),
		Details: ops.Details{{Name: "job", Value: j.Name}, {Name: "user", Value: p.user}, {Name: "last", Value: j.Seen}, {Name: "due", Value: due}},
	}
}
