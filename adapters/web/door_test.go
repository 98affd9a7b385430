package web

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// A crowd is a server with few places, and clients of it.
type crowd struct {
	t    *testing.T
	addr string
}

func newCrowd(t *testing.T, places int, grace, patience time.Duration, h http.HandlerFunc) *crowd {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute, IdleTimeout: time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- newDoor(places, grace, patience).guard(server, l) }()
	t.Cleanup(func() {
		server.Close()
		<-ended
	})
	return &crowd{t, l.Addr().String()}
}

// dial connects and says something. The connection stays open.
func (c *crowd) dial(say string) net.Conn {
	c.t.Helper()
	conn, err := net.Dial("tcp", c.addr)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { conn.Close() })
	if _, err := io.WriteString(conn, say); err != nil {
		c.t.Fatal(err)
	}
	return conn
}

// answer reads what is answered, and fails if that takes as long as the server would let the others stay.
func (c *crowd) answer(conn net.Conn) int {
	c.t.Helper()
	conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		c.t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

const hello = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

// TestIdleGiveWay has visitors keep all places, and an alert come in.
func TestIdleGiveWay(t *testing.T) {
	c := newCrowd(t, 8, time.Minute, time.Minute, func(http.ResponseWriter, *http.Request) {})
	var first net.Conn
	for n := range 8 {
		conn := c.dial(hello)
		if c.answer(conn) != 200 {
			t.Fatal("not served")
		}
		if n == 0 {
			first = conn
		}
	}
	for range 3 {
		if code := c.answer(c.dial(hello)); code != 200 {
			t.Errorf("answered %d", code)
		}
	}
	first.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err := first.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("who had been idle longest was not shown out: %v", err)
	}
}

// TestSlowGiveWay has others keep all places and never say what they want.
func TestSlowGiveWay(t *testing.T) {
	c := newCrowd(t, 8, 50*time.Millisecond, time.Minute, func(http.ResponseWriter, *http.Request) {})
	for range 20 {
		c.dial("GET / HTTP/1.1\r\nHost: ")
	}
	if code := c.answer(c.dial(hello)); code != 200 {
		t.Errorf("answered %d", code)
	}
}

// TestDripsGiveWay has others keep all places by what they send drop by drop.
func TestDripsGiveWay(t *testing.T) {
	c := newCrowd(t, 8, 50*time.Millisecond, 50*time.Millisecond, func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) })
	for range 20 {
		c.dial("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nx")
	}
	if code := c.answer(c.dial(hello)); code != 200 {
		t.Errorf("answered %d", code)
	}
}

// TestServedStay has one wait while all others are being served: none of those is cut off for it.
func TestServedStay(t *testing.T) {
	started, release := make(chan struct{}, 8), make(chan struct{})
	c := newCrowd(t, 4, time.Millisecond, time.Minute, func(w http.ResponseWriter, r *http.Request) {
		started <- struct{}{}
		<-release
		fmt.Fprint(w, "done")
	})
	var served []net.Conn
	for range 4 {
		served = append(served, c.dial(hello))
		<-started
	}
	late := c.dial(hello)
	select {
	case <-started:
		t.Fatal("one was shown out while it was being served")
	case <-time.After(200 * time.Millisecond): // only a door that does wrong is quicker
	}
	release <- struct{}{}
	<-started // a place was free
	close(release)
	for _, conn := range append(served, late) {
		if code := c.answer(conn); code != 200 {
			t.Errorf("answered %d", code)
		}
	}
}

// TestThousand has a thousand visitors come at once, each of them with a connection of its own: all are answered.
func TestThousand(t *testing.T) {
	c := newCrowd(t, connections, time.Second, time.Minute, func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, 60<<10)) })
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2000}}
	defer client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var all sync.WaitGroup
	for range 1000 {
		all.Go(func() {
			r, err := http.NewRequestWithContext(ctx, "GET", "http://"+c.addr, nil)
			if err != nil {
				t.Error(err)
				return
			}
			resp, err := client.Do(r)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			if n, err := io.Copy(io.Discard, resp.Body); n != 60<<10 || err != nil {
				t.Error(n, err)
			}
		})
	}
	all.Wait()
}
