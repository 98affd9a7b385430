package kernel

import (
	"slices"
	"sync"
	"time"
)

// TrendSpan is how far back a trend looks.
const TrendSpan = 6 * time.Hour

const (
	trendLeast  = 30 * time.Minute // and how much it must have seen
	trendGap    = 20 * time.Minute // a longer silence begins a new trend
	trendStep   = 30 * time.Second // samples closer together than this are dropped
	trendPoints = 60               // as many are compared with each other
)

// A Trend estimates how fast a use of memory rises, from samples of it. The zero Trend is ready for
// use, by several goroutines. It holds at most six hours of samples, of which two a minute count.
//
// It begins anew when the use falls well below what it was before, as when the unit that leaks is
// restarted, and after a silence. Times that come from time.Now carry a monotonic reading, by which a
// step of the clock goes unnoticed; of times without one, a step back or far forward begins anew too.
type Trend struct {
	mu      sync.Mutex
	samples []sample
}

type sample struct {
	at   time.Time
	used float64 // bytes
}

// Add takes one sample: used bytes at a time.
func (t *Trend) Add(at time.Time, used uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := len(t.samples); n > 0 {
		since := at.Sub(t.samples[n-1].at)
		switch {
		case since < 0 || since > trendGap || t.dropped(float64(used)):
			t.samples = nil
		case since < trendStep:
			return
		}
	}
	t.samples = append(t.samples, sample{at, float64(used)})
	old := 0
	for at.Sub(t.samples[old].at) > TrendSpan {
		old++
	}
	t.samples = slices.Delete(t.samples, 0, old)
}

// dropped tells whether used is more than a tenth below the median of the last hour's samples. The
// median, so that the end of a short peak does not count as a drop.
func (t *Trend) dropped(used float64) bool {
	last := t.samples[max(0, len(t.samples)-60):]
	values := make([]float64, len(last))
	for i, s := range last {
		values[i] = s.used
	}
	return used < 0.9*median(values)
}

// Rate gives the rise in bytes an hour, negative for a fall. ok is false before there is half an hour
// of samples. It is the median of the slopes between all pairs of up to sixty samples (the Theil-Sen
// estimator), which a minority of outliers does not move.
func (t *Trend) Rate() (bytesPerHour float64, ok bool) { return t.rate(TrendSpan, trendLeast) }

// Since is when the samples begin that Rate is about.
func (t *Trend) Since() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.samples) == 0 {
		return time.Time{}
	}
	return t.samples[0].at
}

// rate is Rate over the samples of the last span alone, of which there must be as long as least.
func (t *Trend) rate(span, least time.Duration) (perHour float64, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	last := t.samples
	for len(last) > 0 && last[len(last)-1].at.Sub(last[0].at) > span {
		last = last[1:]
	}
	n := len(last)
	if n < 2 || last[n-1].at.Sub(last[0].at) < least {
		return 0, false
	}
	points := thin(last)
	slopes := make([]float64, 0, len(points)*(len(points)-1)/2)
	for i, a := range points {
		for _, b := range points[i+1:] {
			slopes = append(slopes, (b.used-a.used)/b.at.Sub(a.at).Hours())
		}
	}
	return median(slopes), true
}

// still tells whether the last quarter of a span rises at least half as fast as the whole did. What went up once and
// then stays there has a rate for a while, but will not go on.
func (t *Trend) still(rate float64, span time.Duration) bool {
	last, ok := t.rate(span/4, span/8)
	return ok && last >= rate/2
}

// thin picks evenly spread samples, the first and the last among them.
func thin(samples []sample) []sample {
	if len(samples) <= trendPoints {
		return samples
	}
	points := make([]sample, trendPoints)
	for i := range points {
		points[i] = samples[i*(len(samples)-1)/(trendPoints-1)]
	}
	return points
}

// median sorts the values.
func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
