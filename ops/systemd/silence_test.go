package systemd

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A bus that falls silent later, in the middle of a session: the connection stays open and dead.
func inPodBusFallsSilent(t *testing.T) {
	ctx, _ := asked(t)
	bus := relay(t)
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+bus.path)
	m := New(slog.New(slog.DiscardHandler), time.Now)
	defer m.Close()
	if _, err := m.Unit(ctx, "web.service"); err != nil {
		t.Fatal(err)
	}
	bus.silenced.Add(1)
	short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	if _, err := m.Unit(short, "web.service"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while it is silent: %v", err)
	}
	if _, err := m.Unit(ctx, "web.service"); err != nil {
		t.Errorf("over a new connection: %v", err)
	}
}

// A silencer stands between the Manager and the real bus. Each time that silenced is counted up, the
// connections made before go dead: they stay open, and nothing comes through.
type silencer struct {
	path     string
	silenced atomic.Int32
}

func relay(t *testing.T) *silencer {
	dir, err := os.MkdirTemp("", "bus")
	if err != nil {
		t.Fatal(err)
	}
	s := &silencer{path: filepath.Join(dir, "socket")}
	l, err := net.Listen("unix", s.path)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() { l.Close(); wg.Wait(); os.RemoveAll(dir) })
	wg.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("unix", "/run/dbus/system_bus_socket")
			if err != nil {
				near.Close()
				continue
			}
			made := s.silenced.Load()
			wg.Go(func() { s.carry(far, near, made) })
			wg.Go(func() { s.carry(near, far, made) })
		}
	})
	return s
}

func (s *silencer) carry(to, from net.Conn, made int32) {
	defer to.Close()
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if s.silenced.Load() != made {
			continue
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}
