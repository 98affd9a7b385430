package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// A door lets in so many connections at once. Where a thousand visitors keep theirs open for their next page, one that
// comes in with an alert must not wait until they have gone: it takes the place of the one that has been idle longest, or else of
// one that takes its time to say what it wants, or else of one that takes its time to be served: to say all, or to hear the answer.
// Only where all are being served does it wait.
type door struct {
	most     int
	grace    time.Duration // how long one may take to say what it wants before it has to give way
	patience time.Duration // how long one may take to be served, likewise

	mu    sync.Mutex
	known map[net.Conn]*visitor
	left  chan struct{} // has one when a place may have become free
}

// A visitor is one connection.
type visitor struct {
	since   time.Time // since when it is idle, or has been let in
	idle    bool      // between two requests
	serving bool      // a handler is at work for it
	away    bool      // it was shown out
}

func newDoor(most int, grace, patience time.Duration) *door {
	return &door{most: most, grace: grace, patience: patience, known: map[net.Conn]*visitor{}, left: make(chan struct{}, 1)}
}

// guard has server let in no more than the door does, and serves what l accepts.
func (d *door) guard(server *http.Server, l net.Listener) error {
	handler := server.Handler
	server.ConnContext = func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) }
	server.ConnState = d.turn
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, _ := r.Context().Value(connKey{}).(net.Conn)
		d.serve(c, true)
		defer d.serve(c, false)
		handler.ServeHTTP(w, r)
	})
	return server.Serve(&guarded{Listener: l, door: d, closed: make(chan struct{})})
}

type connKey struct{}

// A guarded listener hands out connections as the door has places.
type guarded struct {
	net.Listener
	door   *door
	once   sync.Once
	closed chan struct{}
}

func (g *guarded) Accept() (net.Conn, error) {
	c, err := g.Listener.Accept()
	if err != nil {
		return nil, err
	}
	for !g.door.enter(c) {
		again := time.NewTimer(g.door.grace / 4)
		select {
		case <-g.door.left:
		case <-again.C: // one may have taken too long by now
		case <-g.closed:
			again.Stop()
			return nil, errors.Join(net.ErrClosed, c.Close())
		}
		again.Stop()
	}
	return c, nil
}

func (g *guarded) Close() error {
	g.once.Do(func() { close(g.closed) })
	return g.Listener.Close()
}

// enter lets a connection in, if need be in the place of another. It is false if none gives way.
func (d *door) enter(c net.Conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	inside := 0
	var out net.Conn
	for other, v := range d.known {
		if v.away {
			continue
		}
		inside++
		if time.Since(v.since) < d.stay(v) {
			continue
		}
		best := d.known[out]
		if best == nil || d.stay(v) < d.stay(best) || d.stay(v) == d.stay(best) && v.since.Before(best.since) {
			out = other
		}
	}
	if inside >= d.most {
		if out == nil {
			return false
		}
		d.known[out].away = true
		out.Close() // its goroutine sees that, and reports it to turn
	}
	d.known[c] = &visitor{since: time.Now()}
	return true
}

// stay is how long a visitor may stay as it is though others wait.
func (d *door) stay(v *visitor) time.Duration {
	switch {
	case v.serving:
		return d.patience
	case v.idle:
		return 0
	}
	return d.grace
}

// turn notes what the server says of a connection (https://pkg.go.dev/net/http#ConnState).
func (d *door) turn(c net.Conn, s http.ConnState) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.known[c]
	if v == nil {
		return
	}
	switch s {
	case http.StateIdle:
		v.idle, v.since = true, time.Now()
	case http.StateActive: // its first byte has come
		v.idle, v.since = false, time.Now()
		return
	case http.StateClosed, http.StateHijacked:
		delete(d.known, c)
	default:
		return
	}
	select {
	case d.left <- struct{}{}:
	default:
	}
}

// serve notes that a handler begins or ends.
func (d *door) serve(c net.Conn, serving bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if v := d.known[c]; v != nil {
		v.serving, v.since = serving, time.Now()
	}
}
