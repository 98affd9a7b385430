package pod

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

func memory(t *testing.T) *ledger.DB {
	t.Helper()
	db, err := ledger.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// answers stands for the network: each probe gets what it says, after as long as it says.
type answers func(probe int) (status int, took time.Duration, err error)

// A script is a pod of answers and those who watch it.
type script struct {
	answers answers
	probes  []time.Time
	events  []ops.Event
	db      *ledger.DB
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	s.probes = append(s.probes, time.Now())
	status, took, err := s.answers(len(s.probes))
	time.Sleep(took)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
}

// watch runs a watcher for that long, in the time of the bubble.
func (s *script) watch(t *testing.T, long time.Duration) {
	t.Helper()
	c := NewClient("1.0", time.Now)
	c.http.Transport = s
	w := &Watcher{Client: c, URL: "https://admin:s3cret@pod.example.org/?token=s3cret", Ledger: s.db, Now: time.Now}
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	err := w.Watch(ctx, func(e ops.Event) error { s.events = append(s.events, e); return nil })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("watching ended: %v", err)
	}
}

func (s *script) titles() []string {
	var titles []string
	for _, e := range s.events {
		titles = append(titles, e.Title)
	}
	return titles
}

// inTime runs a test in a bubble, with a ledger of its own.
func inTime(t *testing.T, a answers, test func(t *testing.T, s *script)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: a, db: memory(t)}
		defer s.db.Close()
		test(t, s)
		for _, e := range s.events {
			if strings.Contains(e.Title+e.Text, "s3cret") {
				t.Errorf("shows the secret: %+v", e)
			}
			if e.Kind != "pod" || !e.Lasting || e.At.IsZero() {
				t.Errorf("%+v", e)
			}
		}
	})
}

func TestWatchTellsOfAPodThatIsDown(t *testing.T) {
	inTime(t, func(n int) (int, time.Duration, error) {
		switch {
		case n >= 4 && n < 10:
			return 0, 0, syscall.ECONNREFUSED
		case n == 11:
			return 502, 0, nil
		}
		return 200, time.Second / 2, nil
	}, func(t *testing.T, s *script) {
		s.watch(t, 10*time.Minute)
		want := []string{"pod down: connection refused", "pod up again"}
		if got := s.titles(); !slices.Equal(got, want) {
			t.Fatalf("told %q, want %q", got, want)
		}
		down, up := s.events[0], s.events[1]
		if down.Severity != ops.Critical || down.Resolved || !down.At.Equal(s.probes[3]) || !strings.Contains(down.Text, "https://pod.example.org/ failed 3 times") {
			t.Errorf("down: %+v", down)
		}
		// One success between failures is no end; two are, and it ended with the first of them.
		if !up.Resolved || up.Key != down.Key || !up.At.Equal(s.probes[11]) || !strings.HasSuffix(up.Text, ": connection refused.") {
			t.Errorf("up: %+v", up)
		}
		for i, want := range map[int]time.Duration{1: time.Minute, 4: 12 * time.Second, 8: 12 * time.Second, 20 - 7: time.Minute} {
			if got := s.probes[i].Sub(s.probes[i-1]).Truncate(time.Second); got != want {
				t.Errorf("probe %d came after %v, want %v", i, got, want)
			}
		}
	})
}

func TestWatchSaysNothingOfSingleFailures(t *testing.T) {
	inTime(t, func(n int) (int, time.Duration, error) {
		if n%3 == 0 {
			return 200, 0, nil
		}
		return 503, 0, nil
	}, func(t *testing.T, s *script) {
		if s.watch(t, time.Hour); len(s.events) > 0 {
			t.Errorf("told %q", s.titles())
		}
	})
}

func TestWatchRemembersOverARestart(t *testing.T) {
	inTime(t, func(n int) (int, time.Duration, error) {
		if n < 9 {
			return 500, 0, nil
		}
		return 200, 0, nil
	}, func(t *testing.T, s *script) {
		for range 3 {
			s.watch(t, 59*time.Second)
		}
		want := []string{"pod down: answers 500", "pod up again"}
		if got := s.titles(); !slices.Equal(got, want) {
			t.Errorf("told %q, want %q", got, want)
		}
	})
}

func TestWatchTellsOfASlowPod(t *testing.T) {
	inTime(t, func(n int) (int, time.Duration, error) {
		if n == 2 || n >= 4 && n <= 8 || n == 10 {
			return 200, 7 * time.Second, nil
		}
		return 200, time.Second, nil
	}, func(t *testing.T, s *script) {
		s.watch(t, time.Hour)
		want := []string{"pod slow: it answers in 7.0 s", "pod answers in 1.0 s again"}
		if got := s.titles(); !slices.Equal(got, want) {
			t.Fatalf("told %q, want %q", got, want)
		}
		if s.events[0].Severity != ops.Warning || !s.events[0].At.Equal(s.probes[3]) || !s.events[1].At.Equal(s.probes[10]) {
			t.Errorf("%+v", s.events)
		}
	})
}

func TestWatchKeepsNothingThatWasNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{db: memory(t), answers: func(int) (int, time.Duration, error) { return 500, 0, nil }}
		defer s.db.Close()
		c := NewClient("1.0", time.Now)
		c.http.Transport = s
		full := errors.New("the disk is full")
		w := &Watcher{Client: c, URL: "https://pod.example.org", Ledger: s.db, Now: time.Now}
		if err := w.Watch(t.Context(), func(ops.Event) error { return full }); !errors.Is(err, full) {
			t.Fatal(err)
		}
		if s.watch(t, time.Minute); len(s.events) != 1 {
			t.Errorf("told %q after an event that was not taken", s.titles())
		}
	})
}

func TestWatchReadsTheCertificateOfARealServer(t *testing.T) {
	db := memory(t)
	defer db.Close()
	now := time.Now()
	for _, test := range []struct {
		left     time.Duration
		title    string
		severity ops.Severity
		resolved bool
	}{
		{13*24*time.Hour + time.Hour, "certificate expires in 13 days", ops.Warning, false},
		{50*time.Hour + time.Minute, "certificate expires in 2 days", ops.Critical, false},
		{90 * 24 * time.Hour, "certificate renewed", ops.Info, true},
	} {
		address, c := certified(t, now.AddDate(0, 0, -60), now.Add(test.left))
		w := &Watcher{Client: c, URL: address, Ledger: db, Now: time.Now, Every: time.Millisecond}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		var got []ops.Event
		err := w.Watch(ctx, func(e ops.Event) error { got = append(got, e); cancel(); return nil })
		cancel()
		if !errors.Is(err, context.Canceled) || len(got) != 1 {
			t.Fatalf("%s: %+v, %v", test.title, got, err)
		}
		e := got[0]
		if e.Title != test.title || e.Severity != test.severity || e.Resolved != test.resolved || e.Key != "pod/certificate" {
			t.Errorf("got %+v, want %+v", e, test)
		}
		if e.Details.Get("status") != 200 || !strings.Contains(e.Text, "valid until") {
			t.Errorf("%+v", e)
		}
	}
}
