package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops"
)

// burst serves note on a real port, and returns what posts a body there and the status that it got.
func burst(t testing.TB, note Note) func(kind, body string) int {
	s, err := New([]Source{{Path: "/am", Kind: alertmanager, Secret: secret}, {Path: "/json", Kind: plain, Secret: secret}},
		note, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		server.Close()
	})
	return func(path, body string) int {
		req, _ := http.NewRequest("POST", server.URL+path, strings.NewReader(body))
		req.Header.Set("Authorization", "Bearer "+secret)
		resp, err := client.Do(req)
		if err != nil {
			t.Error(err)
			return 0
		}
		resp.Body.Close()
		return resp.StatusCode
	}
}

// side runs n times do in 16 goroutines.
func side(n int, do func(i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for i := int(next.Add(1)); i <= n; i = int(next.Add(1)) {
				do(i)
			}
		})
	}
	all.Wait()
}

// TestBurst posts 10,000 alerts, each for itself, while every third cannot be written down at first.
func TestBurst(t *testing.T) {
	const alerts = 10_000
	var mu sync.Mutex
	noted := map[string]int{}
	calls := 0
	post := burst(t, func(_ context.Context, events []ops.Event) error {
		mu.Lock()
		defer mu.Unlock()
		if calls++; calls%3 == 0 {
			return errors.New("the disk is full")
		}
		for _, e := range events {
			noted[e.ID]++
		}
		return nil
	})
	side(alerts, func(i int) {
		for try := 0; ; try++ {
			switch code := post("/am", manyAlerts(i, 1)); {
			case code == http.StatusOK:
				return
			case code != http.StatusServiceUnavailable || try == 100:
				t.Errorf("alert %d: %d", i, code)
				return
			}
		}
	})
	if len(noted) != alerts {
		t.Errorf("%d alerts were noted, of %d", len(noted), alerts)
	}
	for id, n := range noted {
		if n != 1 {
			t.Errorf("%s was noted %d times", id, n)
		}
	}
}

// TestMemory posts bodies that become large when they are read, many at once: what is held at most is bounded.
func TestMemory(t *testing.T) {
	const limit = 300 << 20
	var peak atomic.Uint64
	post := burst(t, func(context.Context, []ops.Event) error {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		for old := peak.Load(); m.HeapAlloc > old && !peak.CompareAndSwap(old, m.HeapAlloc); old = peak.Load() {
		}
		return nil
	})
	bodies := []string{"[" + strings.Repeat("{},", 300_000) + "{}]", `{"a":[` + strings.Repeat("0,", 500_000) + "0]}", manyAlerts(0, 5000)}
	side(32, func(i int) {
		code := post([]string{"/am", "/json"}[i%2], bodies[i%3])
		if code != http.StatusOK && code != http.StatusServiceUnavailable { // which it is if the machine is too slow for all of them
			t.Errorf("answered %d", code)
		}
	})
	if peak.Load() == 0 {
		t.Error("nothing was taken")
	}
	t.Logf("%d MiB at most", peak.Load()>>20)
	if peak.Load() > limit {
		t.Errorf("%d MiB were held", peak.Load()>>20)
	}
}

// BenchmarkAlerts is one alert in one post, from 16 senders.
func BenchmarkAlerts(b *testing.B) {
	post := burst(b, func(context.Context, []ops.Event) error { return nil })
	b.ReportAllocs()
	b.ResetTimer()
	side(b.N, func(i int) { post("/am", manyAlerts(i, 1)) })
}

// BenchmarkParse is a group of 300 alerts.
func BenchmarkParse(b *testing.B) {
	body := []byte(manyAlerts(0, 300))
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if events := parse(alertmanager, body, envelope{}, night); len(events) != 300 {
			b.Fatal(fmt.Sprint(len(events), " events"))
		}
	}
}
