package webhook

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/diaspote/vigie/ops"
)

const (
	readers    = 1                // bodies that are read and written down at once, since one of 1 MiB can become 60 MiB; the others wait
	noteTime   = 20 * time.Second // to write the events down
	retryAfter = "15"             // seconds
)

// Note writes events down, all or none of them, and returns nil once they are on disk.
type Note func(ctx context.Context, events []ops.Event) error

// A Server takes what other programs post. It is a handler; who listens bounds the connections and their time.
type Server struct {
	sources atomic.Pointer[sources]
	note    Note
	log     *slog.Logger
	now     func() time.Time
	readers chan struct{}

	mu    sync.Mutex
	quiet map[string]*quiet // by what would be logged and the path
}

// New makes a server. It fails if a source is not one that could be served safely.
func New(list []Source, note Note, log *slog.Logger, now func() time.Time) (*Server, error) {
	s := &Server{note: note, log: log, now: now, readers: make(chan struct{}, readers), quiet: map[string]*quiet{}}
	return s, s.Use(list)
}

// Use exchanges the sources. With an error the old ones stay.
func (s *Server) Use(list []Source) error {
	all, err := newSources(list)
	if err != nil {
		return err
	}
	s.sources.Store(&all)
	return nil
}

// ServeHTTP takes one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	src, last, ok := s.sources.Load().find(r)
	trusted := ok && shown(r, src, last)
	switch {
	case !ok:
		answer(w, http.StatusNotFound, "no webhook has this path")
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		answer(w, http.StatusMethodNotAllowed, "a webhook takes POST alone")
		return
	case !trusted && !signs(r):
		s.refuse(w, r, src)
		return
	case r.ContentLength > maxBody:
		tooLarge(w)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.unread(w, src, err)
		return
	}
	if !trusted && !signed(r, body, src.Secret) {
		s.refuse(w, r, src)
		return
	}
	s.take(w, r, src, body)
}

// take reads a body that may be trusted to come from the source, and answers once its events are on disk.
func (s *Server) take(w http.ResponseWriter, r *http.Request, src Source, body []byte) {
	ctx, cancel := context.WithTimeout(r.Context(), noteTime)
	defer cancel()
	select {
	case s.readers <- struct{}{}:
		defer func() { <-s.readers }()
	case <-ctx.Done():
		busy(w)
		return
	}
	about := envelope{Event: r.Header.Get("X-GitHub-Event"), Delivery: r.Header.Get("X-GitHub-Delivery")}
	events := settle(parse(src.Kind, body, about, s.now()))
	for i := range events {
		events[i].Room = src.Room
	}
	if len(events) > 0 {
		if err := s.note(ctx, events); err != nil {
			s.seldom(slog.LevelError, "webhook alerts could not be written down; their sender was asked to try again", src.Path, "error", err)
			busy(w)
			return
		}
	}
	answer(w, http.StatusOK, "ok") // as Slack answers
}

func (s *Server) refuse(w http.ResponseWriter, r *http.Request, src Source) {
	s.seldom(slog.LevelWarn, "a webhook was refused: wrong secret, or none", src.Path, "from", r.RemoteAddr)
	w.Header().Set("WWW-Authenticate", `Bearer realm="vigie"`)
	answer(w, http.StatusUnauthorized, "wrong secret, or none: send it as bearer token, with basic authentication or as HMAC of the body")
}

func (s *Server) unread(w http.ResponseWriter, src Source, err error) {
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		tooLarge(w)
		return
	}
	s.seldom(slog.LevelWarn, "a webhook broke off", src.Path, "error", err)
	answer(w, http.StatusBadRequest, "the body ended early")
}

func tooLarge(w http.ResponseWriter) {
	w.Header().Set("Connection", "close")
	answer(w, http.StatusRequestEntityTooLarge, "a webhook takes 1 MiB at most")
}

func busy(w http.ResponseWriter) {
	w.Header().Set("Retry-After", retryAfter)
	answer(w, http.StatusServiceUnavailable, "the alerts cannot be written down now; try again")
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	io.WriteString(w, text)
}
