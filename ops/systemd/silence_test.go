package systemd

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// A bus that falls silent later, in the middle of a session.
func inPodBusFallsSilent(t *testing.T) {
	ctx, _ := asked(t)
	bus := relay(t)
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+bus.path)
	m := New(slog.New(slog.DiscardHandler), time.Now)
	defer m.Close()
	if _, err := m.Unit(ctx, "web.service"); err != nil {
		t.Fatal(err)
	}
	bus.hold.Lock()
	for range 3 {
		short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		if _, err := m.Unit(short, "web.service"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("while it is silent: %v", err)
		}
		cancel()
	}
	bus.hold.Unlock()
	if _, err := m.Unit(ctx, "web.service"); err != nil {
		t.Errorf("when it talks again: %v", err)
	}
}

// A silencer stands between the Manager and the real bus; who has hold stops what it carries.
type silencer struct {
	path string
	hold sync.Mutex
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
			wg.Go(func() { s.carry(far, near) })
			wg.Go(func() { s.carry(near, far) })
		}
	})
	return s
}

func (s *silencer) carry(to, from net.Conn) {
	defer to.Close()
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		s.hold.Lock()
		_, err = to.Write(buf[:n])
		s.hold.Unlock()
		if err != nil {
			return
		}
	}
}
