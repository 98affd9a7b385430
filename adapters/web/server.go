package web

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// What a server takes on at once, and how long it waits.
const (
	connections = 256              // 10 to 15 KiB each
	hesitation  = time.Second      // after which who has not said what they want gives way to others
	patience    = 10 * time.Second // likewise who is being served: larger graphs take a second

	headerTime = 5 * time.Second
	readTime   = 15 * time.Second // for a whole request
	writeTime  = 60 * time.Second // from the end of the header to the end of the answer
	idleTime   = 2 * time.Minute  // Alertmanager keeps its connections
	closeTime  = 5 * time.Second
)

// A Server is the bot's one HTTP server.
type Server struct {
	Listen  string // host:port
	Handler http.Handler
	Log     *slog.Logger
	Up      func() // is called each time that it has begun to listen
}

// Serve listens until ctx ends, lets the requests under way end, and returns nil then.
func (s *Server) Serve(ctx context.Context) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", s.Listen)
	if err != nil {
		return fmt.Errorf("listen for HTTP on %s: %w; does another program listen there?", s.Listen, err)
	}
	s.Up()
	server := &http.Server{
		Handler:           s.Handler,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- newDoor(connections, hesitation, patience).guard(server, l) }()
	s.Log.Info("listening for HTTP", "address", l.Addr().String())
	select {
	case err := <-failed:
		return fmt.Errorf("listen for HTTP on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer cancel()
	if server.Shutdown(last) != nil {
		server.Close()
	}
	<-failed
	return nil
}
