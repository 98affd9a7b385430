package history

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/diaspote/vigie/ops"
)

// A Recorder asks samplers what they measure, every few seconds as the store's options say, and writes it down. What goes
// wrong is logged once, not each time; a scrape that cannot be written is dropped.
type Recorder struct {
	store *Store
	log   *slog.Logger
	now   func() time.Time

	mu    sync.Mutex
	hands []*hand

	// Of Run alone.
	samples []ops.Sample
	dropped int // scrapes since one was written
	writing trouble
	packing trouble
	packed  int64     // the hour of the last packing
	pause   time.Time // no packing before
}

// NewRecorder has no samplers before Use.
func NewRecorder(s *Store, log *slog.Logger, now func() time.Time) *Recorder {
	return &Recorder{store: s, log: log, now: now}
}

// Use exchanges the samplers, from the next scrape on. Those from before may still be under way, so they are not used
// again.
func (r *Recorder) Use(samplers []ops.Sampler) {
	hands := make([]*hand, len(samplers))
	for i, s := range samplers {
		hands[i] = &hand{sampler: s}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hands = hands
}

// Run records until ctx ends. Scrapes are at whole multiples of the time between them: at 12:00:00, 12:00:15 and so on.
func (r *Recorder) Run(ctx context.Context) error {
	every := r.store.Every
	var next time.Time
	for {
		now := r.now()
		if wait := next.Sub(now); wait < 0 || wait > every {
			next = grid(now, every).Add(every) // at first, when the clock was set, or when a scrape took too long
		}
		timer := time.NewTimer(next.Sub(now))
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
		at := onGrid(r.now(), every)
		r.scrape(ctx, at)
		r.pack(ctx)
		next = grid(at, every).Add(every)
	}
}

// grid is the last whole multiple of every at or before t.
func grid(t time.Time, every time.Duration) time.Time {
	return t.Add(-time.Duration(t.UnixNano() % int64(every)))
}

// atMost is how far a scrape may be from its time to count as in time.
const atMost = time.Second

// onGrid is the time that a scrape is kept under: when it was due, unless it is late.
func onGrid(t time.Time, every time.Duration) time.Time {
	g := grid(t.Add(every/2), every)
	if d := t.Sub(g); d.Abs() > min(atMost, every/4) {
		return t
	}
	return g
}

// scrape asks all samplers, each with the same patience, and writes what they answered.
func (r *Recorder) scrape(ctx context.Context, at time.Time) {
	r.mu.Lock()
	hands := r.hands
	r.mu.Unlock()
	hands = ask(ctx, hands, r.store.Every/3)
	if ctx.Err() != nil {
		return // what was asked for last is cut off
	}
	r.samples = r.samples[:0]
	for _, h := range hands {
		r.samples = append(r.samples, h.samples...)
		h.told(r.log, at)
	}
	err := r.store.Write(ctx, at, r.samples)
	if r.store.wrote(at) {
		if r.dropped > 0 {
			r.log.Info("samples are kept again", "scrapes lost", r.dropped)
		}
		r.dropped = 0
	} else {
		r.dropped++
	}
	if r.writing.news(err, at) {
		r.log.Warn("not all samples are kept", "err", err)
	}
}

// pack packs the last hour, an hour a scrape.
func (r *Recorder) pack(ctx context.Context) {
	now := r.now()
	due := (now.UnixMilli() - grace) / hour
	waits := now.Before(r.pause) && r.pause.Sub(now) <= packAgain // further off, the clock was set back
	if due == r.packed || waits || ctx.Err() != nil {
		return
	}
	more, err := r.store.Pack(ctx, now)
	switch {
	case err != nil:
		r.pause = now.Add(packAgain)
	case !more:
		r.packed = due
	}
	if r.packing.news(err, now) {
		r.log.Warn("the history could not be packed; what is not packed stays as it is", "err", err)
	}
}

// packAgain is how long after a packing that failed the next one is tried.
const packAgain = 5 * time.Minute
