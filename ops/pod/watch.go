package pod

import (
	"context"
	"fmt"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

const (
	watchCursor = "pod"
	watchEvery  = time.Minute
	watchAgain  = 12 * time.Second // while it fails, so that it is known soon and the hour of its end too
	watchFails  = 3                // probes in a row before it is down, or slow
	watchBack   = 2                // that succeed before it is up again
	slowAfter   = 5 * time.Second

	downKey        = "pod/down"
	slowKey        = "pod/slow"
	certificateKey = "pod/certificate"
)

// A Watcher probes the pod's URL and tells when it is down, slow, or its certificate is about to expire.
//
// The events have the Kind "pod" and last. Keys: "pod/down" (critical after three probes in a row without
// success, over after two with), "pod/slow" (a warning after three above five seconds, over after three below) and
// "pod/certificate" (a warning 14 days before it expires, critical 3 days before, over once it is renewed). What
// was told is kept in the ledger: a restart of the bot tells nothing twice and leaves nothing open.
// Details: url, status (null without an answer), took_ms, expires (null without a certificate), error.
type Watcher struct {
	Client *Client
	URL    string
	Ledger *ledger.DB
	Now    func() time.Time // in the zone of the admins

	Every    time.Duration // between probes; 0 for a minute
	Failures int           // in a row before the pod is down; 0 for 3
	Slow     time.Duration // an answer that takes longer is slow; 0 for 5 s

	open  *ledger.Conditions
	fails run
	slows run
}

// A run is of probes in a row that went one way.
type run struct {
	bad   bool
	count int
	since time.Time
}

// add counts one more probe and returns how many in a row went as this one.
func (r *run) add(bad bool, at time.Time) int {
	if r.count == 0 || bad != r.bad {
		*r = run{bad: bad, since: at}
	}
	r.count++
	return r.count
}

// Watch is that of [ops.Watcher].
func (w *Watcher) Watch(ctx context.Context, emit ops.Emit) error {
	var err error
	if w.open, err = w.Ledger.Conditions(ctx, watchCursor); err != nil {
		return fmt.Errorf("watch the pod: %w", err)
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
		at := w.Now()
		p := w.Client.Probe(ctx, w.URL)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := w.judge(ctx, emit, p, at); err != nil {
			return fmt.Errorf("watch the pod: %w", err)
		}
		timer.Reset(w.pause(p))
	}
}

func (w *Watcher) pause(p Probe) time.Duration {
	every := w.Every
	if every <= 0 {
		every = watchEvery
	}
	if !p.OK() || w.open.Open(downKey) != nil {
		return min(every, watchAgain)
	}
	return every
}

func (w *Watcher) judge(ctx context.Context, emit ops.Emit, p Probe, at time.Time) error {
	if err := w.judgeAnswer(ctx, emit, p, at); err != nil {
		return err
	}
	if p.OK() { // else there is nothing to say of its time
		if err := w.judgeTime(ctx, emit, p, at); err != nil {
			return err
		}
	}
	if p.Expires.IsZero() {
		return nil
	}
	return w.judgeCertificate(ctx, emit, p, at)
}

// judgeAnswer tells when the pod goes down and when it is back.
func (w *Watcher) judgeAnswer(ctx context.Context, emit ops.Emit, p Probe, at time.Time) error {
	n := w.fails.add(!p.OK(), at)
	limit := w.Failures
	if limit <= 0 {
		limit = watchFails
	}
	e := w.event(downKey, p, w.fails.since)
	switch down := w.open.Open(downKey); {
	case !p.OK() && n >= limit:
		why := p.trouble()
		e.Severity, e.Title = ops.Critical, "pod down: "+why
		e.Text = fmt.Sprintf("%s failed %d times since %s.", p.URL, n, e.At.Format("15:04:05"))
		return w.open.Raise(ctx, emit, 1, why, e)
	case p.OK() && down != nil && n >= watchBack:
		e.Title = "pod up again"
		e.Text = fmt.Sprintf("It was down since %s: %s.", beginning(down.Since, e.At), down.Why)
		return w.open.Resolve(ctx, emit, e)
	}
	return nil
}

// judgeTime tells when answers take long.
func (w *Watcher) judgeTime(ctx context.Context, emit ops.Emit, p Probe, at time.Time) error {
	limit := w.Slow
	if limit <= 0 {
		limit = slowAfter
	}
	slow := p.Took > limit
	if w.slows.add(slow, at) < watchFails {
		return nil
	}
	e := w.event(slowKey, p, w.slows.since)
	switch was := w.open.Open(slowKey); {
	case slow:
		e.Severity, e.Title = ops.Warning, "pod slow: it answers in "+seconds(p.Took)
		e.Text = fmt.Sprintf("%s took more than %s %d times in a row.", p.URL, seconds(limit), watchFails)
		return w.open.Raise(ctx, emit, 1, "", e)
	case was != nil:
		e.Title = "pod answers in " + seconds(p.Took) + " again"
		return w.open.Resolve(ctx, emit, e)
	}
	return nil
}

func (w *Watcher) event(key string, p Probe, at time.Time) ops.Event {
	var status, expires any
	if p.Status != 0 {
		status = p.Status
	}
	if !p.Expires.IsZero() {
		expires = p.Expires.UTC().Format(time.RFC3339)
	}
	wrong := ""
	if p.Err != nil {
		wrong = p.Err.Error()
	}
	return ops.Event{Kind: "pod", Key: key, At: at, Details: ops.Details{
		{Name: "url", Value: p.URL}, {Name: "status", Value: status}, {Name: "took_ms", Value: p.Took.Milliseconds()},
		{Name: "expires", Value: expires}, {Name: "error", Value: wrong}}}
}

// trouble is what is wrong with a probe that failed: "connection refused", "answers 502".
func (p Probe) trouble() string {
	if p.Err != nil {
		return p.Err.Error()
	}
	return fmt.Sprintf("answers %d", p.Status)
}
