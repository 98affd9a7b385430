package history

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/diaspote/vigie/fixtures/logbook"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// sampler is one made of a function.
type sampler func(ctx context.Context, add func(ops.Sample)) error

func (s sampler) Sample(ctx context.Context, add func(ops.Sample)) error { return s(ctx, add) }

func adds(name string, v float64) sampler {
	return func(_ context.Context, add func(ops.Sample)) error {
		add(ops.Sample{Series: ops.Series{Name: name}, Value: v})
		return nil
	}
}

// recorded runs a recorder for that long in a bubble, from that time on, and hands over its store and log.
func recorded(t *testing.T, start time.Time, long time.Duration, samplers func() []ops.Sampler, look func(t *testing.T, s *Store, log string)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		db, err := ledger.Open(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		s, err := Open(t.Context(), db, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var book logbook.Book
		begun := time.Now()
		r := NewRecorder(s, slog.New(slog.NewTextHandler(&book, nil)), func() time.Time { return start.Add(time.Since(begun)) })
		r.Use(samplers())
		ctx, cancel := context.WithTimeout(t.Context(), long)
		defer cancel()
		if err := r.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("run: %v", err)
		}
		look(t, s, book.String())
	})
}

func TestScrapesAreOnTheGrid(t *testing.T) {
	recorded(t, night.Add(7*time.Second+300*time.Millisecond), 2*time.Hour+5*time.Minute, func() []ops.Sampler { return []ops.Sampler{adds("a", 1), adds("b", 2)} }, func(t *testing.T, s *Store, log string) {
		points, err := s.Points(t.Context(), ops.Series{Name: "b"}, night, night.Add(3*time.Hour), 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(points) != 500 {
			t.Errorf("%d points in 125 minutes", len(points))
		}
		for i, p := range points {
			if !p.At.Equal(night.Add(time.Duration(i+1)*15*time.Second)) || p.Value != 2 {
				t.Fatalf("point %d: %v", i, p)
			}
		}
		if from, to := span(t, s, hours); !from.Equal(night) || !to.Equal(night.Add(2*time.Hour)) {
			t.Errorf("packed from %v to %v", from, to)
		}
		if log != "" {
			t.Errorf("logged: %s", log)
		}
	})
}

func TestWhatOneSamplerDoesIsNoTroubleToOthers(t *testing.T) {
	var stuck chan struct{}
	asked := 0
	recorded(t, night, 10*time.Minute, func() []ops.Sampler {
		stuck = make(chan struct{})
		return []ops.Sampler{
			sampler(func(context.Context, func(ops.Sample)) error { asked++; <-stuck; return nil }),
			sampler(func(ctx context.Context, add func(ops.Sample)) error {
				add(ops.Sample{Series: ops.Series{Name: "half"}, Value: 1})
				<-ctx.Done()
				return errors.New("probe db: took too long")
			}),
			sampler(func(context.Context, func(ops.Sample)) error { panic("at the disco") }),
			sampler(func(_ context.Context, add func(ops.Sample)) error {
				for i := range 10_000 {
					add(ops.Sample{Series: ops.Series{Name: "flood", Labels: ops.Labels("n", strconv.Itoa(i))}})
				}
				return nil
			}),
			adds("good", 1),
		}
	}, func(t *testing.T, s *Store, log string) {
		close(stuck)
		_, last := s.Last()
		have := map[string]bool{}
		for _, a := range last {
			have[a.Series.Name] = true
		}
		if !have["half"] || !have["flood"] || have["good"] {
			t.Errorf("have %v", have) // there were more series than are kept before the good one came
		}
		for _, told := range []string{"has not answered for more than 5s", "probe db: took too long", "at the disco", "measures more than 4000 things", "more than 2000 series"} {
			if n := strings.Count(log, told); n != 1 {
				t.Errorf("%q was logged %d times in:\n%s", told, n, log)
			}
		}
		if asked != 1 {
			t.Errorf("the sampler that hangs was asked %d times", asked)
		}
	})
}

func TestNothingIsKeptBeforeTheClockIsSet(t *testing.T) {
	boot := time.Unix(40, 0)
	set := false
	recorded(t, boot, 10*time.Minute, func() []ops.Sampler { return []ops.Sampler{adds("a", 1)} }, func(t *testing.T, s *Store, log string) {
		if len(s.Series()) != 0 || strings.Count(log, "the clock cannot be right") != 1 {
			t.Errorf("series %v, log %s", s.Series(), log)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		db, err := ledger.Open(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		s, err := Open(t.Context(), db, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var book logbook.Book
		begun := time.Now()
		r := NewRecorder(s, slog.New(slog.NewTextHandler(&book, nil)), func() time.Time {
			now := boot.Add(time.Since(begun))
			if set = time.Since(begun) > time.Minute; set {
				now = night.Add(time.Since(begun))
			}
			return now
		})
		r.Use([]ops.Sampler{adds("a", 1)})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		r.Run(ctx)
		points, err := s.Points(t.Context(), ops.Series{Name: "a"}, night, night.Add(time.Hour), 0)
		if err != nil || len(points) < 15 || points[len(points)-1].At.Second()%15 != 0 {
			t.Errorf("points %v, %v", points, err)
		}
		if !strings.Contains(book.String(), `msg="samples are kept again" "scrapes lost"=`) {
			t.Errorf("log: %s", book.String())
		}
	})
}
