package systemd

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// everything is each way to ask a Manager.
var everything = map[string]func(context.Context, *Manager) error{
	"Unit":     func(ctx context.Context, m *Manager) error { _, err := m.Unit(ctx, "a.service"); return err },
	"Units":    func(ctx context.Context, m *Manager) error { _, err := m.Units(ctx, []string{"a.service"}); return err },
	"Services": func(ctx context.Context, m *Manager) error { _, err := m.Services(ctx); return err },
	"Names":    func(ctx context.Context, m *Manager) error { _, err := m.Names(ctx); return err },
	"Timers":   func(ctx context.Context, m *Manager) error { _, err := m.Timers(ctx); return err },
	"Do": func(ctx context.Context, m *Manager) error {
		_, err := m.Do(ctx, Restart, "a.service", nil)
		return err
	},
	"Logs": func(ctx context.Context, m *Manager) error {
		_, err := m.Logs(ctx, LogQuery{Unit: "a.service"})
		return err
	},
}

func TestNoSystemd(t *testing.T) {
	m := New(slog.New(slog.DiscardHandler), time.Now)
	m.booted = func() bool { return false }
	for name, ask := range everything {
		if err := ask(context.Background(), m); !errors.Is(err, ErrNoSystemd) {
			t.Errorf("%s: %v", name, err)
		}
	}
	m.Close()
}

// A bus that takes connections and says nothing.
func TestBusNeverAnswers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bus")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+path)
	m := New(slog.New(slog.DiscardHandler), time.Now)
	m.booted = func() bool { return true }
	defer m.Close()

	var wg sync.WaitGroup
	for name, ask := range everything {
		if name == "Logs" { // does not use the bus
			continue
		}
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
			defer cancel()
			if err := ask(ctx, m); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	wg.Wait()
}

// A bus that is not there is told at once, not tried for.
func TestNoBus(t *testing.T) {
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "none"))
	m := New(slog.New(slog.DiscardHandler), time.Now)
	m.booted = func() bool { return true }
	defer m.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := m.Services(ctx); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}
