package kernel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

var silent = slog.New(slog.DiscardHandler)

// A stage is a host of files, and what its watchers told.
type stage struct {
	*testing.T
	root   string
	host   *Host
	db     *ledger.DB
	events []ops.Event
}

// inTime runs a test in a bubble, with a host and a ledger of its own.
func inTime(t *testing.T, test func(s *stage)) {
	t.Helper()
	root := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		h, err := New(root)
		if err != nil {
			t.Fatal(err)
		}
		db, err := ledger.Open(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		test(&stage{T: t, root: root, host: h, db: db})
	})
}

// write makes a file of the host.
func (s *stage) write(name, text string) {
	s.Helper()
	path := filepath.Join(s.root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		s.Fatal(err)
	}
}

func (s *stage) emit(e ops.Event) error { s.events = append(s.events, e); return nil }

// run has a watcher for that long, which then stops in order. Every step it calls act before.
func (s *stage) run(w ops.Watcher, long, step time.Duration, act func(gone time.Duration)) {
	s.Helper()
	ctx, cancel := context.WithCancel(s.Context())
	done := make(chan error)
	if act == nil {
		act = func(time.Duration) {}
	}
	act(0)
	go func() { done <- w.Watch(ctx, s.emit) }()
	for gone := step; gone <= long; gone += step {
		time.Sleep(step)
		synctest.Wait()
		act(gone)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		s.Errorf("watching ended: %v", err)
	}
}

func (s *stage) expect(want ...string) {
	s.Helper()
	var got []string
	for _, e := range s.events {
		mark := map[bool]string{true: "over"}[e.Resolved]
		if mark == "" {
			mark = e.Severity.String()
		}
		got = append(got, mark+": "+e.Title)
	}
	if !slices.Equal(got, want) {
		s.Errorf("told %q, want %q", got, want)
	}
}

// meminfo writes one of 2000 MiB with so much available, of which nearly all is cache.
func (s *stage) meminfo(available float64) {
	s.write("meminfo", fmt.Sprintf("MemTotal: %d kB\nMemFree: 20480 kB\nMemAvailable: %d kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n", 2000<<10, int(available*1024)))
}

func (s *stage) waiting(some, all float64) {
	s.write("pressure/memory", fmt.Sprintf("some avg10=%.2f avg60=0.00 avg300=0.00 total=0\nfull avg10=%.2f avg60=0.00 avg300=0.00 total=0\n", some, all))
}

func (s *stage) pressure() *Pressure {
	return &Pressure{Host: s.host, Ledger: s.db, Now: time.Now, Log: silent,
		Largest: func(context.Context) (string, uint64) { return "diaspora", 1341 * mib }}
}

func TestPressureOfALeak(t *testing.T) {
	inTime(t, func(s *stage) {
		s.run(s.pressure(), 5*time.Hour, 20*time.Second, func(gone time.Duration) {
			switch {
			case gone < 200*time.Minute:
				s.meminfo(400 - 120*gone.Hours()) // full after 200 minutes
			default:
				s.meminfo(1500)
			}
		})
		s.expect("warning: memory full in about 2 h at +120 MiB/h", "critical: memory full in about 10 min at +120 MiB/h", "over: memory is no longer short")
		first := s.events[0]
		if first.Key != "memory/pressure" || first.Kind != "pressure" || !first.Lasting || first.Text != "diaspora holds 1.31 GiB. 240 MiB of 1.95 GiB available." {
			t.Errorf("%+v", first)
		}
		if rise := first.Details.Get("rise_bytes_per_hour"); rise.(float64) < 119*mib || rise.(float64) > 121*mib {
			t.Errorf("rises %v", rise)
		}
		if over := s.events[2]; !over.Lasting || !strings.Contains(over.Text, "1.46 GiB of 1.95 GiB available.") {
			t.Errorf("%+v", over)
		}
	})
}

func TestPressureIsNotWhat(t *testing.T) {
	for name, available := range map[string]func(gone time.Duration) float64{
		"a host with room that is taken fast": func(gone time.Duration) float64 { return 1900 - 300*min(gone.Hours(), 4) },
		"a step":                              func(gone time.Duration) float64 { return map[bool]float64{true: 250, false: 450}[gone > time.Hour] },
		"a job every half hour": func(gone time.Duration) float64 {
			return map[bool]float64{true: 150, false: 450}[gone%(30*time.Minute) < 10*time.Minute]
		},
		"a rise of some minutes": func(gone time.Duration) float64 {
			return 450 - max(0, min(gone-2*time.Hour, 10*time.Minute)).Minutes()*20
		},
		"little, but steady": func(time.Duration) float64 { return 120 },
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(s *stage) {
				s.run(s.pressure(), 5*time.Hour, 20*time.Second, func(gone time.Duration) { s.meminfo(available(gone)) })
				s.expect()
			})
		})
	}
}

func TestPressureOfProgramsThatWait(t *testing.T) {
	inTime(t, func(s *stage) {
		s.run(s.pressure(), 40*time.Minute, 20*time.Second, func(gone time.Duration) {
			s.meminfo(100)
			switch minute := int(gone.Minutes()); {
			case minute == 5:
				s.waiting(55, 12)
			case minute > 5 && minute < 15 && minute%2 == 1: // about the threshold
				s.waiting(42, 12)
			case minute == 16:
				s.waiting(80, 61)
			case minute > 16 && minute < 20:
				s.waiting(20, 4)
			default:
				s.waiting(2, 0)
			}
		})
		s.expect("warning: memory short: programs wait for it 55 % of the time", "critical: memory short: programs wait for it 80 % of the time",
			"over: memory is no longer short")
	})
	inTime(t, func(s *stage) { // files are copied through the cache
		s.run(s.pressure(), time.Hour, 20*time.Second, func(time.Duration) { s.meminfo(1200); s.waiting(60, 40) })
		s.expect()
	})
}

func TestPressureOverARestart(t *testing.T) {
	inTime(t, func(s *stage) {
		s.meminfo(100)
		s.waiting(70, 10)
		s.run(s.pressure(), time.Minute, time.Second, nil)
		s.run(s.pressure(), time.Minute, time.Second, nil)
		s.expect("warning: memory short: programs wait for it 70 % of the time")
		s.meminfo(1200)
		s.run(s.pressure(), 10*time.Minute, time.Second, nil)
		s.expect("warning: memory short: programs wait for it 70 % of the time", "over: memory is no longer short")
	})
}

func TestAnEventThatWasNotTakenIsToldAgain(t *testing.T) {
	inTime(t, func(s *stage) {
		s.meminfo(100)
		s.waiting(70, 10)
		full := errors.New("the disk is full")
		if err := s.pressure().Watch(s.Context(), func(ops.Event) error { return full }); !errors.Is(err, full) {
			t.Fatal(err)
		}
		s.run(s.pressure(), time.Minute, time.Second, nil)
		s.expect("warning: memory short: programs wait for it 70 % of the time")
	})
	inTime(t, func(s *stage) { // and if it is over by then, that is told, as it may have been taken before a crash
		s.meminfo(100)
		s.waiting(70, 10)
		full := errors.New("the disk is full")
		if err := s.pressure().Watch(s.Context(), func(ops.Event) error { return full }); !errors.Is(err, full) {
			t.Fatal(err)
		}
		s.waiting(0, 0)
		s.run(s.pressure(), 10*time.Minute, time.Second, nil)
		s.expect("over: memory is no longer short")
	})
}

func TestLargestProcessOfThisHost(t *testing.T) {
	h, err := New("/proc")
	if err != nil {
		t.Fatal(err)
	}
	if name, bytes := h.largestProcess(); !strings.HasSuffix(name, ")") || bytes < mib {
		t.Errorf("%q holds %d", name, bytes)
	}
	if name, _ := fixture(t, "board").largestProcess(); name != "" {
		t.Errorf("%q from nothing", name)
	}
}

// disk puts one file system at / and says how full it is.
func (s *stage) disk(used, inodes func() float64) *Fill {
	s.write("self/mountinfo", "1 1 8:1 / / rw - ext4 /dev/sda1 rw\n")
	s.host.statfs = func(string) (Disk, error) {
		const total = 29 << 30
		u, i := uint64(used()/100*total), uint64(inodes()/100*1e6)
		return Disk{Total: total, Used: u, Free: total - u, Inodes: 1e6, InodesFree: 1e6 - i}, nil
	}
	return &Fill{Host: s.host, Ledger: s.db, Now: func() time.Time { return time.Now().UTC() }, Log: silent}
}

func TestFillByBytes(t *testing.T) {
	inTime(t, func(s *stage) {
		began := time.Now()
		levels := []float64{60, 89.5, 88, 89.5, 88.5, 97, 96, 97, 91, 80}
		used := func() float64 { return levels[min(int(time.Since(began).Minutes())/10, len(levels)-1)] }
		s.run(s.disk(used, func() float64 { return 20 }), 3*time.Hour, time.Minute, nil)
		s.expect("warning: disk / 90 % full", "critical: disk / 97 % full", "over: disk / 80 % full again")
		if e := s.events[1]; e.Key != "disk/" || e.Kind != "disk" || !e.Lasting || e.Text != "891 MiB of 29 GiB free, 20 % of the inodes used." {
			t.Errorf("%+v", e)
		}
	})
}

func TestFillByInodes(t *testing.T) {
	inTime(t, func(s *stage) {
		s.run(s.disk(func() float64 { return 40 }, func() float64 { return 98 }), time.Hour, time.Minute, nil)
		s.expect("critical: disk / 98 % of its inodes used")
	})
}

func TestFillByItsTrend(t *testing.T) {
	inTime(t, func(s *stage) {
		began := time.Now() // midnight
		used := func() float64 { return min(50+2*max(0, time.Since(began).Hours()-20), 70) }
		s.run(s.disk(used, func() float64 { return 1 }), 40*time.Hour, time.Minute, nil)
		if len(s.events) != 2 || s.events[0].Severity != ops.Warning || !s.events[1].Resolved {
			t.Fatalf("%+v", s.events)
		}
		title := s.events[0].Title
		if !strings.HasPrefix(title, "disk / 5") || !strings.Contains(title, " % full; full at about ") || !strings.Contains(title, " tomorrow at +") {
			t.Errorf("told %q", title)
		}
	})
}

func TestFillIgnoresACopy(t *testing.T) {
	inTime(t, func(s *stage) { // 20 % in half an hour, then no more
		began := time.Now()
		used := func() float64 { return 50 + min(20, max(0, time.Since(began).Minutes()-180)) }
		s.run(s.disk(used, func() float64 { return 1 }), 12*time.Hour, time.Minute, nil)
		s.expect()
	})
}

func TestFillOfADiskThatGoes(t *testing.T) {
	inTime(t, func(s *stage) {
		f := s.disk(func() float64 { return 95 }, func() float64 { return 1 })
		var broken atomic.Bool
		healthy := s.host.statfs
		s.host.statfs = func(mount string) (Disk, error) {
			if broken.Load() {
				return Disk{}, errors.New("input/output error")
			}
			return healthy(mount)
		}
		s.run(f, time.Hour, time.Minute, func(gone time.Duration) {
			if gone == 10*time.Minute {
				broken.Store(true)
			}
			if gone == 30*time.Minute {
				s.expect("warning: disk / 95 % full") // no answer is no end
				s.write("self/mountinfo", "")
			}
		})
		s.expect("warning: disk / 95 % full", "over: disk / is not mounted any more")
	})
}

// BenchmarkPressure is one look at this host with a full hour of samples, as is taken three times a minute.
func BenchmarkPressure(b *testing.B) {
	h, err := New("/proc")
	if err != nil {
		b.Fatal(err)
	}
	p := &Pressure{Host: h, Now: time.Now, Log: silent}
	at := start
	feed(&p.trend, at, 120, 800*mib, 38*mib, quiet)
	at = at.Add(2 * time.Hour)
	for b.Loop() {
		if _, err := p.read(at); err != nil {
			b.Fatal(err)
		}
	}
}
