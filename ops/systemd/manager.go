package systemd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/coreos/go-systemd/v22/dbus"
	godbus "github.com/godbus/dbus/v5"
)

const (
	retryEvery = 100 * time.Millisecond
	// How long a call goes on trying to connect after a connection was lost: a restart of D-Bus takes less.
	retryFor = 5 * time.Second
)

// A Manager talks to the host's systemd.
type Manager struct {
	log    *slog.Logger
	now    func() time.Time
	booted func() bool
	root   string // of /proc and /sys

	dialing chan struct{} // holds one token; who has it may make the connection

	mu     sync.Mutex // for what follows, and never held while the bus is waited for
	conn   *dbus.Conn
	lost   time.Time // when the last connection broke
	closed bool
}

// New returns a Manager that has not connected yet.
func New(log *slog.Logger, now func() time.Time) *Manager {
	m := &Manager{log: log, now: now, booted: booted, root: "/", dialing: make(chan struct{}, 1)}
	m.dialing <- struct{}{}
	return m
}

// booted is sd_booted(3).
func booted() bool {
	_, err := os.Lstat("/run/systemd/system")
	return err == nil
}

// Close ends the connection. Calls under way fail, and so does every later one.
func (m *Manager) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	if m.conn != nil {
		m.conn.Close()
		m.conn = nil
	}
}

// connect returns the connection, made anew if there is none or it broke.
func (m *Manager) connect(ctx context.Context) (*dbus.Conn, error) {
	if conn, err := m.current(); conn != nil || err != nil {
		return conn, err
	}
	if !m.booted() {
		return nil, ErrNoSystemd
	}
	select {
	case <-m.dialing:
		defer func() { m.dialing <- struct{}{} }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if conn, err := m.current(); conn != nil || err != nil {
		return conn, err
	}
	conn, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		conn.Close()
		return nil, errClosed
	}
	m.conn = conn
	return conn, nil
}

var errClosed = errors.New("the connection to systemd was closed")

// current returns the connection if there is one that works.
func (m *Manager) current() (*dbus.Conn, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, errClosed
	}
	if m.conn != nil && !m.conn.Connected() {
		m.lose()
	}
	return m.conn, nil
}

// dial opens a connection that outlives ctx, but is given up with it while it is being made: go-systemd ties
// a connection to one context for good.
func dial(ctx context.Context) (*dbus.Conn, error) {
	life, end := context.WithCancel(context.Background())
	stop := context.AfterFunc(ctx, end)
	conn, err := dbus.NewWithContext(life)
	if !stop() {
		if err == nil {
			conn.Close()
		}
		return nil, ctx.Err()
	}
	if err != nil {
		end()
		return nil, fmt.Errorf("connect to D-Bus: %w", err)
	}
	return conn, nil // Close ends what hangs on life
}

// lose closes the connection. The caller holds mu.
func (m *Manager) lose() {
	m.log.Debug("lost the connection to systemd")
	m.conn.Close()
	m.conn, m.lost = nil, m.now()
}

// drop is lose for a caller who used that connection. It tells whether it is worth trying again.
func (m *Manager) drop(conn *dbus.Conn) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if conn != nil && conn == m.conn {
		m.lose()
	}
	return !m.closed && !m.lost.IsZero() && m.now().Sub(m.lost) < retryFor
}

// call does op on the connection. While D-Bus restarts it tries again, so op may run more than once.
func (m *Manager) call(ctx context.Context, op func(*dbus.Conn) error) error {
	for {
		conn, err := m.connect(ctx)
		if err == nil {
			err = op(conn)
		}
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			// Without an answer in time this connection may be dead, and what is sent on it pile up.
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				m.drop(conn)
			}
			return fmt.Errorf("systemd did not answer: %w", ctx.Err())
		case !broken(err) || !m.drop(conn):
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(retryEvery):
		}
	}
}

// broken tells an error of the way to systemd from an answer by systemd.
func broken(err error) bool {
	if errors.Is(err, ErrNoSystemd) {
		return false
	}
	var answer godbus.Error
	if !errors.As(err, &answer) {
		return true
	}
	switch answer.Name { // all by the bus: systemd is not on it (any more, or yet)
	case "org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner",
		"org.freedesktop.DBus.Error.NoReply", "org.freedesktop.DBus.Error.Disconnected",
		"org.freedesktop.DBus.Error.Spawn.ChildExited", "org.freedesktop.DBus.Error.Spawn.ExecFailed":
		return true
	}
	return false
}

// sideBySide runs f(0) to f(n-1) at once and waits for all.
func sideBySide(n int, f func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}
