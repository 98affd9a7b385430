package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// A stage is a host with jobs, a clock that can be set, and what was run and told.
type stage struct {
	t    *testing.T
	db   *ledger.DB
	zone *time.Location
	jobs *Jobs

	do       func(ctx context.Context, job Job) (string, error)
	gauge    Gauge
	crontabs []Entry

	mu   sync.Mutex
	set  time.Duration // the clock against the bubble's, which begins in 2000
	runs []time.Time
	told []ops.Event
	deaf error // what emit returns

	stop func()
}

const wallLayout = "2006-01-02 15:04:05"

// play begins at a time of the wall in a zone, with a ledger at path.
func play(t *testing.T, path, zone, start string, jobs ...Job) *stage {
	t.Helper()
	s := &stage{t: t}
	var err error
	if s.zone, err = time.LoadLocation(zone); err != nil {
		t.Fatal(err)
	}
	if s.db, err = ledger.Open(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	s.setClock(start)
	s.jobs = NewJobs(Means{
		Ledger: s.db, Log: slog.New(slog.DiscardHandler), Now: s.now,
		Do: func(ctx context.Context, job Job) (string, error) {
			s.mu.Lock()
			s.runs = append(s.runs, s.locked())
			do := s.do
			s.mu.Unlock()
			if do != nil {
				return do(ctx, job)
			}
			return "ok", nil
		},
		Gauge: func(c Condition) (float64, error) {
			s.mu.Lock()
			gauge := s.gauge
			s.mu.Unlock()
			return gauge(c)
		},
		Crontabs: func() []Entry {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.crontabs
		},
		Reads: func(job Job) bool { return strings.HasPrefix(job.Do, "report") },
	})
	if err := s.jobs.Use(s.zone, jobs); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *stage) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.locked()
}

func (s *stage) locked() time.Time { return time.Now().Add(s.set).Round(0).In(s.zone) }

// setClock sets the clock of the host.
func (s *stage) setClock(wall string) {
	s.t.Helper()
	at, err := time.ParseInLocation(wallLayout, wall, s.zone)
	if err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.set = time.Until(at)
}

// watch starts the bot; its end comes with end or die.
func (s *stage) watch() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- s.jobs.Watch(ctx, func(e ops.Event) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.deaf != nil {
				return s.deaf
			}
			s.told = append(s.told, e)
			return nil
		})
	}()
	s.stop = func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			s.t.Errorf("the watch ended with %v", err)
		}
	}
	synctest.Wait()
}

// with changes what the host does.
func (s *stage) with(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func (s *stage) end() {
	s.t.Helper()
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
	if err := s.db.Close(); err != nil {
		s.t.Error(err)
	}
}

// pass lets time pass.
func (s *stage) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// ran fails the test unless the runs since the last call were at these times of the wall.
func (s *stage) ran(want ...string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var got []string
	for _, at := range s.runs {
		got = append(got, at.Format("2 Jan 15:04:05"))
	}
	s.runs = nil
	if !slices.Equal(got, want) {
		s.t.Errorf("runs\ngot  %q\nwant %q", got, want)
	}
}

// heard fails the test unless these were the titles told since the last call, each with its severity.
func (s *stage) heard(want ...string) []ops.Event {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var got []string
	for _, e := range s.told {
		got = append(got, e.Severity.String()+": "+e.Title)
	}
	told := s.told
	s.told = nil
	if !slices.Equal(got, want) {
		s.t.Errorf("told\ngot  %q\nwant %q", got, want)
	}
	return told
}

func (s *stage) outcome(name string) ledger.Run {
	s.t.Helper()
	r, err := s.db.Run(s.t.Context(), name)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

var nightly = Job{Name: "nightly", At: "20 4 * * *", Do: "restart diaspora"}

// A whole year through both changes: each night once, whatever the clock does at half past two.
func TestEachNightOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("left out of a short run: it is long, and of one goroutine")
	}
	for _, zone := range []string{"Europe/Paris", "Europe/London", "America/New_York", "Australia/Lord_Howe", "America/Asuncion"} {
		for _, at := range []string{"30 2 * * *", "30 1 * * *", "15 2 * * *", "@daily"} {
			t.Run(zone+" "+at, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := play(t, "", zone, "2026-01-01 12:00:00", Job{Name: "nightly", At: at, Do: "restart diaspora"})
					defer s.end()
					s.watch()
					s.pass(365*24*time.Hour + time.Hour)
					nights := map[string]int{}
					for _, run := range s.runs {
						nights[run.Format(time.DateOnly)]++
						if run.Second() != 0 {
							t.Errorf("a run at %v", run)
						}
					}
					for day := 1; day <= 365; day++ {
						date := time.Date(2026, 1, 1+day, 12, 0, 0, 0, time.UTC).Format(time.DateOnly)
						if nights[date] != 1 {
							t.Errorf("%d runs on %s", nights[date], date)
						}
					}
					if len(s.runs) != 365 {
						t.Errorf("%d runs", len(s.runs))
					}
				})
			})
		}
	}
}

func TestHourlyOverChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, "", "Europe/Paris", "2026-10-25 00:45:00", Job{Name: "hourly", At: "30 * * * *", Do: "status"})
		defer s.end()
		s.watch()
		s.pass(4 * time.Hour)
		s.ran("25 Oct 01:30:00", "25 Oct 02:30:00", "25 Oct 02:30:00", "25 Oct 03:30:00")
	})
}

func TestOutcomes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, filepath.Join(t.TempDir(), "vigie.db"), "Europe/Paris", "2026-06-01 04:00:00", nightly)
		defer s.end()
		s.watch()
		s.heard()
		s.with(func() {
			s.do = func(context.Context, Job) (string, error) {
				time.Sleep(3 * time.Second)
				return "diaspora restarted in 3 s", nil
			}
		})
		s.pass(24 * time.Hour)
		s.ran("1 Jun 04:20:00")
		e := s.heard("info: nightly ran")[0]
		if e.Text != "diaspora restarted in 3 s" || e.Kind != "job" || e.Key != "job/nightly" || e.ID == "" || e.Details.Get("seconds") != 3.0 {
			t.Errorf("%+v", e)
		}
		if r := s.outcome("nightly"); r.Outcome != ledger.Done || r.Took != 3*time.Second || r.Detail != e.Text {
			t.Errorf("%+v", r)
		}
		s.with(func() {
			s.do = func(context.Context, Job) (string, error) { return "", errors.New("restart diaspora: no such unit") }
		})
		s.pass(24 * time.Hour)
		if e := s.heard("warning: nightly failed")[0]; e.Text != "restart diaspora: no such unit" {
			t.Errorf("%+v", e)
		}
		s.with(func() { s.do = func(context.Context, Job) (string, error) { panic("a bug") } })
		s.pass(24 * time.Hour)
		s.heard("warning: nightly failed")
		s.with(func() { s.do = nil })
		s.pass(24 * time.Hour)
		s.heard("info: nightly ran")
	})
}

func TestUnless(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		job := nightly
		job.Unless = "memory below 50 %"
		s := play(t, "", "UTC", "2026-06-01 04:00:00", job)
		defer s.end()
		s.with(func() {
			s.gauge = func(c Condition) (float64, error) {
				if c.What != "memory" || !c.Percent {
					t.Errorf("asked for %+v", c)
				}
				return 41.3, nil
			}
		})
		s.watch()
		s.pass(24 * time.Hour)
		s.ran()
		s.heard("info: nightly skipped: memory is at 41 %, below 50 %")
		if r := s.outcome("nightly"); r.Outcome != ledger.Skipped {
			t.Errorf("%+v", r)
		}
		s.with(func() { s.gauge = func(Condition) (float64, error) { return 50, nil } })
		s.pass(24 * time.Hour)
		s.ran("2 Jun 04:20:00")
		s.heard("info: nightly ran")
		s.with(func() { s.gauge = func(Condition) (float64, error) { return 0, errors.New("no /proc") } })
		s.pass(24 * time.Hour)
		s.ran("3 Jun 04:20:00")
		if e := s.heard("info: nightly ran")[0]; !strings.Contains(e.Text, "no /proc") {
			t.Errorf("%q", e.Text)
		}
	})
}

func TestNoOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, "", "UTC", "2026-06-01 04:00:30", Job{Name: "often", At: "*/5 * * * *", Do: "status"})
		defer s.end()
		s.with(func() {
			s.do = func(context.Context, Job) (string, error) {
				time.Sleep(12 * time.Minute)
				return "", nil
			}
		})
		s.watch()
		s.pass(22 * time.Minute)
		s.ran("1 Jun 04:05:00", "1 Jun 04:20:00")
		s.heard("warning: often was left out at 04:10: it still runs since 04:05", "info: often ran")
		if _, err := s.jobs.RunNow(t.Context(), "often"); !errors.Is(err, ErrRunning) {
			t.Errorf("run by hand: %v", err)
		}
		s.pass(11 * time.Minute)
	})
}

func TestMissed(t *testing.T) {
	for _, catchUp := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "vigie.db")
			job := nightly
			job.CatchUp = catchUp
			s := play(t, path, "Europe/Paris", "2026-06-01 04:00:00", job)
			s.watch()
			s.pass(time.Hour)
			s.heard("info: nightly ran")
			s.end()

			// One night was missed.
			s = play(t, path, "Europe/Paris", "2026-06-02 09:00:00", job)
			s.watch()
			want := []string{"warning: nightly did not run at 04:20: vigie was not running"}
			if catchUp {
				want = append(want, "info: nightly ran")
				s.ran("2 Jun 09:00:00")
			} else if r := s.outcome("nightly"); r.Outcome != ledger.Missed {
				t.Errorf("%+v", r)
			}
			s.ran()
			if e := s.heard(want...)[0]; e.At.Format(time.RFC3339) != "2026-06-02T04:20:00+02:00" {
				t.Errorf("%+v", e)
			}
			s.end()

			// It is told once.
			s = play(t, path, "Europe/Paris", "2026-06-02 10:00:00", job)
			s.watch()
			s.heard()
			s.ran()
			s.end()

			// Three nights are told in one, and made up for by one run.
			s = play(t, path, "Europe/Paris", "2026-06-05 04:10:00", job)
			s.watch()
			want[0] = "warning: nightly did not run at 04:20 on 4 Jun: vigie was not running"
			if e := s.heard(want...)[0]; !strings.HasPrefix(e.Text, "Nor did it run before that, since it was due at 04:20 on 3 Jun.") {
				t.Errorf("%q", e.Text)
			}
			s.end()

			// Other times were not missed.
			job.At = "0 3 * * *"
			s = play(t, path, "Europe/Paris", "2026-06-06 09:00:00", job)
			s.watch()
			s.heard()
			s.end()
		})
	}
}

func TestClockSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, "", "UTC", "1970-01-01 00:00:10", nightly)
		defer s.end()
		s.watch()
		s.pass(48 * time.Hour)
		s.ran() // a board that does not know the time yet
		s.setClock("2026-06-01 04:19:00")
		s.pass(clockPause)
		s.pass(time.Minute)
		s.ran("1 Jun 04:20:00")
		s.heard("info: nightly ran")

		s.setClock("2026-06-01 03:50:00") // back: not twice in a night
		s.jobs.Rearm()
		if list, err := s.jobs.List(t.Context()); err != nil || list[0].Next.Format(wallLayout) != "2026-06-02 04:20:00" {
			t.Errorf("%+v, %v", list, err)
		}
		s.pass(time.Hour)
		s.ran()

		s.setClock("2026-06-02 04:19:30") // forward
		s.jobs.Rearm()
		s.pass(time.Minute)
		s.ran("2 Jun 04:20:00")
		s.heard("info: nightly ran")

		s.setClock("2026-06-03 04:50:00") // a little past it
		s.jobs.Rearm()
		s.pass(time.Minute)
		s.ran("3 Jun 04:50:00")
		s.heard("info: nightly ran")

		s.setClock("2026-06-04 12:00:00") // far past it
		s.jobs.Rearm()
		s.pass(time.Minute)
		s.ran()
		s.heard("warning: nightly did not run at 04:20: the clock went past it, or the host slept")

		s.setClock("2026-05-01 04:00:00") // it was wrong before
		s.jobs.Rearm()
		s.pass(time.Hour)
		s.ran("1 May 04:20:00")
		s.heard("info: nightly ran")

		s.setClock("2026-05-02 00:00:00") // back, and nobody says so: the timer comes early, not late
		s.jobs.Rearm()
		s.pass(time.Minute)
		s.setClock("2026-05-01 23:00:00")
		s.pass(6 * time.Hour)
		s.ran("2 May 04:20:00")
	})
}

func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, "", "UTC", "2026-06-01 04:00:00", nightly)
		defer s.end()
		s.watch()
		ctx := t.Context()
		if err := s.jobs.Pause(ctx, "nightly", s.now().Add(25*time.Hour)); err != nil {
			t.Fatal(err)
		}
		list, err := s.jobs.List(ctx)
		if err != nil || len(list) != 1 || list[0].Next.Format(wallLayout) != "2026-06-02 05:00:00" && list[0].Next.Format(wallLayout) != "2026-06-03 04:20:00" {
			t.Errorf("%+v, %v", list, err)
		}
		s.pass(48 * time.Hour)
		s.ran()
		s.pass(24 * time.Hour)
		s.ran("3 Jun 04:20:00")
		if err := s.jobs.Pause(ctx, "nightly", Forever); err != nil {
			t.Fatal(err)
		}
		if list, err := s.jobs.List(ctx); err != nil || !list[0].Next.IsZero() || !list[0].Paused.Equal(Forever) {
			t.Errorf("%+v, %v", list, err)
		}
		s.pass(48 * time.Hour)
		s.ran()
		if _, err := s.jobs.RunNow(ctx, "nightly"); err != nil {
			t.Error(err)
		}
		s.ran("6 Jun 04:00:00")
		if paused, err := s.jobs.Resume(ctx, "nightly"); !paused || err != nil {
			t.Errorf("%v, %v", paused, err)
		}
		s.pass(time.Hour)
		s.ran("6 Jun 04:20:00")
		s.heard("info: nightly ran", "info: nightly ran")
		if err := s.jobs.Pause(ctx, "nightli", Forever); !errors.Is(err, ledger.ErrNoJob) {
			t.Error(err)
		}
	})
}

func TestInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "vigie.db")
		s := play(t, path, "UTC", "2026-06-01 04:00:00", nightly)
		s.with(func() {
			s.do = func(ctx context.Context, _ Job) (string, error) {
				<-ctx.Done()
				return "", ctx.Err()
			}
		})
		s.watch()
		s.pass(time.Hour)
		s.ran("1 Jun 04:20:00")
		s.end() // the bot goes down with the run
		s.heard()

		for _, want := range [][]string{{"warning: nightly was interrupted"}, nil} {
			s = play(t, path, "UTC", "2026-06-01 05:00:00", nightly)
			s.watch()
			s.heard(want...)
			s.ran()
			if r := s.outcome("nightly"); r.Outcome != ledger.Interrupted {
				t.Errorf("%+v", r)
			}
			s.end()
		}
	})
}

func TestAddedFromAChat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "vigie.db")
		s := play(t, path, "UTC", "2026-06-01 04:00:00", nightly)
		s.watch()
		ctx := t.Context()
		var people []string
		s.with(func() {
			s.do = func(_ context.Context, job Job) (string, error) {
				people = append(people, job.Name+" "+job.Person)
				return "", nil
			}
		})
		weekly := Job{Name: "weekly", At: "10 4 * * 7", Do: "report week", Person: "dada"}
		if err := s.jobs.Add(ctx, weekly); err != nil {
			t.Fatal(err)
		}
		for _, bad := range []Job{weekly, {Name: "nightly", At: "@daily", Do: "status", Person: "dada"}} {
			if err := s.jobs.Add(ctx, bad); err == nil {
				t.Errorf("%s was added twice", bad.Name)
			}
		}
		s.end()
		s = play(t, path, "UTC", "2026-06-06 12:00:00", nightly) // Saturday; the nights missed are told
		s.with(func() {
			s.do = func(_ context.Context, job Job) (string, error) {
				people = append(people, job.Name+" "+job.Person)
				return "", nil
			}
		})
		s.watch()
		if err := s.jobs.Add(ctx, Job{Name: "once", At: "0 5 7 6 *", Do: "whoami", Person: "olga"}); err != nil {
			t.Fatal(err)
		}
		s.pass(24 * time.Hour)
		s.ran("7 Jun 04:10:00", "7 Jun 04:20:00", "7 Jun 05:00:00")
		if got := strings.Join(people, ", "); got != "weekly dada, nightly , once olga" {
			t.Errorf("%q", got)
		}
		if err := s.jobs.Remove(ctx, "nightly"); !errors.Is(err, ErrFixed) {
			t.Error(err)
		}
		if err := s.jobs.Remove(ctx, "weekly"); err != nil {
			t.Error(err)
		}
		s.pass(7 * 24 * time.Hour)
		if len(people) != 3+7 {
			t.Errorf("%q", people)
		}
		s.end()
	})
}

func TestUseWhileItRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, "", "UTC", "2026-06-01 04:00:00", nightly)
		defer s.end()
		s.watch()
		if err := s.jobs.Use(s.zone, []Job{nightly, nightly, {Name: "x"}}); err == nil {
			t.Error("two of one name, and one without times")
		}
		moved := nightly
		moved.At = "50 3 * * *"
		if err := s.jobs.Use(s.zone, []Job{moved}); err != nil {
			t.Fatal(err)
		}
		s.pass(24 * time.Hour)
		s.ran("2 Jun 03:50:00")
		if err := s.jobs.Use(s.zone, nil); err != nil {
			t.Fatal(err)
		}
		s.pass(24 * time.Hour)
		s.ran()
		if runs, err := s.db.Runs(t.Context()); err != nil || len(runs) != 0 {
			t.Errorf("%v, %v", runs, err)
		}
	})
}

// A run of which nothing could be told is not taken for one that was told.
func TestWhatCannotBeTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "vigie.db")
		s := play(t, path, "UTC", "2026-06-01 04:00:00", nightly)
		s.watch()
		s.with(func() { s.deaf = errors.New("the disk is full") })
		s.pass(time.Hour)
		s.ran("1 Jun 04:20:00")
		s.end()
		s = play(t, path, "UTC", "2026-06-01 05:00:00", nightly)
		s.watch()
		s.heard("warning: nightly was interrupted")
		s.end()
	})
}

func TestDoublesAreToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "vigie.db")
		entries, _ := ParseCrontab([]byte("20 4 * * * root systemctl restart diaspora\n"), "/etc/cron.d/pod", true)
		for i, want := range [][]string{{"info: the host's cron restarts diaspora, as nightly does"}, nil} {
			s := play(t, path, "UTC", fmt.Sprintf("2026-06-01 0%d:00:00", 5+i), nightly)
			s.crontabs = entries
			s.watch()
			s.heard(want...)
			s.end()
		}
	})
}

// TestDoubleOfALaterDay has somebody write the line while the bot runs.
func TestDoubleOfALaterDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, "", "UTC", "2026-06-01 05:00:00", Job{Name: "weekly", At: "0 9 * * 1", Do: "restart diaspora"})
		defer s.end()
		s.watch()
		s.heard()
		entries, _ := ParseCrontab([]byte("20 4 * * * root systemctl restart diaspora\n"), "/etc/cron.d/pod", true)
		s.pass(6 * time.Hour)
		s.heard("info: weekly ran")
		s.with(func() { s.crontabs = entries })
		s.pass(2 * doublesEvery)
		s.heard("info: the host's cron restarts diaspora, as weekly does")
	})
}
