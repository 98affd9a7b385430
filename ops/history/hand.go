package history

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/diaspote/vigie/ops"
)

// A hand asks one sampler. One that does not answer in time is not waited for, and not asked again before it has: a
// file system that hangs does not let go of who asks it.
type hand struct {
	sampler ops.Sampler
	busy    atomic.Bool

	samples []ops.Sample
	err     error
	trouble trouble
}

const (
	// leeway is how long after its context has ended a sampler may still hand in what it has.
	leeway = 250 * time.Millisecond
	// mostSamples bounds what one sampler can hand in.
	mostSamples = 2 * maxSeries
)

// ask has all hands ask at once, and returns those that are done or will not be: they have samples, an error or both.
func ask(ctx context.Context, hands []*hand, patience time.Duration) []*hand {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	type answer struct {
		*hand
		samples []ops.Sample
		err     error
	}
	answers := make(chan answer, len(hands))
	waiting := make(map[*hand]bool, len(hands))
	for _, h := range hands {
		h.err = fmt.Errorf("the sampler %T has not answered for more than %v and is not waited for", h.sampler, patience)
		if !h.busy.CompareAndSwap(false, true) {
			h.samples = nil // those it has belong to the asking under way
			continue
		}
		buffer := h.samples[:0]
		h.samples = nil
		waiting[h] = true
		go func() {
			samples, err := h.ask(ctx, buffer)
			h.busy.Store(false)
			answers <- answer{h, samples, err}
		}()
	}
	ended, late := ctx.Done(), (<-chan time.Time)(nil)
	for len(waiting) > 0 {
		select {
		case a := <-answers:
			delete(waiting, a.hand)
			a.hand.samples, a.hand.err = a.samples, a.err
		case <-ended:
			ended, late = nil, time.After(leeway)
		case <-late:
			return hands
		}
	}
	return hands
}

// ask returns what the sampler adds, and its error; one that panics has one.
func (h *hand) ask(ctx context.Context, samples []ops.Sample) (_ []ops.Sample, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the sampler %T panicked: %v", h.sampler, p)
		}
	}()
	over := false
	err = h.sampler.Sample(ctx, func(s ops.Sample) {
		if over = len(samples) >= mostSamples; !over {
			samples = append(samples, s)
		}
	})
	if over {
		return samples, fmt.Errorf("the sampler %T measures more than %d things; the others are left out", h.sampler, mostSamples)
	}
	return samples, err
}

// told logs what is wrong with the sampler, if that is news.
func (h *hand) told(log *slog.Logger, at time.Time) {
	was := h.trouble.text
	if !h.trouble.news(h.err, at) {
		if was != "" && h.err == nil {
			log.Info("a sampler reads everything again", "was", was)
		}
		return
	}
	log.Warn("not everything can be sampled", "err", h.err)
}

// A trouble is what is wrong with something that is tried again and again.
type trouble struct {
	text string
	at   time.Time // when it was last told
}

// troubleAgain is how long after it was told of one error another one is: texts may have figures in them.
const troubleAgain = time.Hour

// news tells whether err is to be told.
func (t *trouble) news(err error, now time.Time) bool {
	if err == nil {
		t.text = ""
		return false
	}
	text := err.Error()
	if text == t.text || t.text != "" && now.Sub(t.at).Abs() < troubleAgain {
		return false
	}
	t.text, t.at = text, now
	return true
}
