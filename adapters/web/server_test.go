package web

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestServe listens on a real port, serves, and lets a request under way end before it does.
func TestServe(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	started, release, up := make(chan struct{}), make(chan struct{}), make(chan struct{}, 1)
	s := &Server{
		Listen: taken.Addr().String(), Log: slog.New(slog.DiscardHandler), Up: func() { up <- struct{}{} },
		Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(started); <-release }),
	}
	if err := s.Serve(t.Context()); err == nil || !strings.Contains(err.Error(), "already in use") || len(up) != 0 {
		t.Errorf("a second listener on the port: %v", err)
	}
	taken.Close()
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx) }()
	<-up
	answered := make(chan int, 1)
	go func() {
		resp, err := http.Get("http://" + s.Listen)
		if err != nil {
			t.Error(err)
			answered <- 0
			return
		}
		resp.Body.Close()
		answered <- resp.StatusCode
	}()
	<-started
	stop()
	close(release)
	if code := <-answered; code != 200 {
		t.Errorf("the request under way was answered %d", code)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	if conn, err := net.Dial("tcp", s.Listen); err == nil {
		conn.Close()
		t.Error("it listens still")
	}
}
