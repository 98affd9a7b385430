package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

const mib = 1 << 20

var start = time.Date(2026, 3, 13, 1, 0, 0, 0, time.UTC)

// feed adds a sample a minute, of base + slope an hour.
func feed(t *Trend, from time.Time, minutes int, base, slope float64, noise func(i int) float64) time.Time {
	for i := range minutes {
		t.Add(from.Add(time.Duration(i)*time.Minute), uint64(base+slope*float64(i)/60+noise(i)))
	}
	return from.Add(time.Duration(minutes) * time.Minute)
}

func quiet(int) float64 { return 0 }

func expect(t *testing.T, trend *Trend, want float64) {
	t.Helper()
	got, ok := trend.Rate()
	if !ok || math.Abs(got-want) > 2*mib {
		t.Errorf("%.1f MiB/h, %v; want %.1f", got/mib, ok, want/mib)
	}
}

func TestTrendNeedsHalfAnHour(t *testing.T) {
	var trend Trend
	if _, ok := trend.Rate(); ok {
		t.Error("a rate from nothing")
	}
	feed(&trend, start, 30, 800*mib, 38*mib, quiet)
	if _, ok := trend.Rate(); ok {
		t.Error("a rate after 29 minutes")
	}
	trend.Add(start.Add(30*time.Minute), (800+19)*mib)
	expect(t, &trend, 38*mib)
}

func TestTrendOfALeakInNoise(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var trend Trend
	// Steady noise, and for a quarter of the time a job that takes 200 MiB more.
	feed(&trend, start, 360, 800*mib, 38*mib, func(i int) float64 {
		peak := 0.0
		if i%60 < 15 {
			peak = 200 * mib
		}
		return random.Float64()*8*mib + peak
	})
	got, ok := trend.Rate()
	if !ok || got < 30*mib || got > 46*mib {
		t.Errorf("%.1f MiB/h, %v; want about 38", got/mib, ok)
	}
}

func TestTrendBeginsAnewAfterARestart(t *testing.T) {
	var trend Trend
	at := feed(&trend, start, 300, 1200*mib, 38*mib, quiet)
	trend.Add(at, 900*mib) // stopping
	trend.Add(at.Add(time.Minute), 500*mib)
	if _, ok := trend.Rate(); ok {
		t.Error("a rate right after the restart")
	}
	feed(&trend, at.Add(2*time.Minute), 40, 612*mib, 20*mib, quiet)
	expect(t, &trend, 20*mib)
}

func TestTrendOutlivesAShortPeak(t *testing.T) {
	var trend Trend
	feed(&trend, start, 90, 600*mib, 10*mib, func(i int) float64 {
		if i >= 80 && i < 85 {
			return 400 * mib
		}
		return 0
	})
	expect(t, &trend, 10*mib)
}

func TestTrendForgetsAfterSixHours(t *testing.T) {
	var trend Trend
	at := feed(&trend, start, 600, 600*mib, 50*mib, quiet)
	feed(&trend, at, 361, 1100*mib, 0, quiet)
	expect(t, &trend, 0)
	if n := len(trend.samples); n > 361 {
		t.Errorf("%d samples kept of one a minute", n)
	}
}

func TestTrendAndAClockThatSteps(t *testing.T) {
	var back Trend // a clock that was years ahead is set right
	feed(&back, start.AddDate(4, 0, 0), 60, 600*mib, 20*mib, quiet)
	feed(&back, start, 20, 640*mib, 38*mib, quiet)
	if r, ok := back.Rate(); ok {
		t.Errorf("%.1f MiB/h from 20 minutes and a step back", r/mib)
	}
	feed(&back, start.Add(20*time.Minute), 20, (640+38/3.)*mib, 38*mib, quiet)
	expect(t, &back, 38*mib)

	var forth Trend // three hours that were none, or in which nothing was told
	feed(&forth, start, 60, 600*mib, 38*mib, quiet)
	feed(&forth, start.Add(4*time.Hour), 20, 640*mib, 38*mib, quiet)
	if r, ok := forth.Rate(); ok {
		t.Errorf("%.1f MiB/h from 20 minutes and a step forth", r/mib)
	}

	var booted Trend // a board that boots in 1970
	feed(&booted, time.Unix(60, 0), 60, 600*mib, 20*mib, quiet)
	feed(&booted, start, 40, 620*mib, 38*mib, quiet)
	expect(t, &booted, 38*mib)

	var monotonic Trend // no step is to be seen in times that carry a monotonic reading
	now := time.Now()
	feed(&monotonic, now, 45, 600*mib, 38*mib, quiet)
	expect(t, &monotonic, 38*mib)
}

func TestTrendIsBounded(t *testing.T) {
	var trend Trend
	for i := range 100_000 {
		trend.Add(start.Add(time.Duration(i)*time.Second), 600*mib)
	}
	if n := len(trend.samples); n > 721 {
		t.Errorf("%d samples kept", n)
	}
	expect(t, &trend, 0)
}

func BenchmarkTrendRate(b *testing.B) {
	var trend Trend
	feed(&trend, start, 360, 800*mib, 38*mib, func(i int) float64 { return float64(i * 7919 % 1000) })
	for b.Loop() {
		trend.Rate()
	}
}
