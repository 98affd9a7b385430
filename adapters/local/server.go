package local

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/diaspote/vigie/bot"
)

const (
	maxConns    = 32
	requestTime = 10 * time.Second // for a request to arrive, from its first byte to its last
	answerTime  = time.Second      // for an answer to be taken, beyond what the kernel buffers
)

// ErrGone is returned by Post and Edit when the one who asked no longer listens: the request has been dealt
// with, the client has gone away, or it read too slowly and was cut off. Unlike [bot.ErrOffline] it is final: a
// room of this chat is one connection, and nobody comes back to it, so the post is to be dropped.
var ErrGone = errors.New("the one who asked is no longer there")

// A Server is the daemon's side of the socket. It implements [bot.Chat] and [bot.Editor]. A room is one
// connection, and so one request.
type Server struct {
	path     string
	log      *slog.Logger
	patience time.Duration // with a client that sends its request
	run      string        // tells this daemon's rooms from those of one before

	mu    sync.Mutex
	last  uint64
	conns map[string]*conn // by room
}

var (
	_ bot.Chat   = (*Server)(nil)
	_ bot.Editor = (*Server)(nil)
)

// New makes a server for the socket at path, such as /run/vigie/vigie.sock. Nothing is opened before Listen.
func New(path string, log *slog.Logger) *Server {
	return &Server{path: path, log: log, patience: requestTime, run: rand.Text()[:6], conns: map[string]*conn{}}
}

// Name is "local".
func (s *Server) Name() string { return "local" }

// Listen makes the socket and takes requests until ctx ends, at most 32 at a time. A client that goes away does
// not stop what it asked for: the request keeps its place until its Message.Done.
func (s *Server) Listen(ctx context.Context, in chan<- bot.Message) error {
	ln, err := listen(s.path)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var serving sync.WaitGroup
	defer serving.Wait()
	defer cancel()
	defer ln.Close()
	defer context.AfterFunc(ctx, func() { ln.Close() })()

	slots := make(chan struct{}, maxConns)
	for {
		nc, err := ln.AcceptUnix()
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("accept on %s: %w", s.path, err)
		}
		select {
		case slots <- struct{}{}:
		default:
			newConn(nc).refuse(fmt.Errorf("%d requests are under way already; try again in a moment", maxConns))
			continue
		}
		serving.Go(func() {
			defer func() { <-slots }()
			s.serve(ctx, nc, in)
		})
	}
}

// serve takes one request and stays until it has been dealt with or ctx ends.
func (s *Server) serve(ctx context.Context, nc *net.UnixConn, in chan<- bot.Message) {
	c := newConn(nc)
	defer c.close()
	defer context.AfterFunc(ctx, c.close)()
	account, err := peerAccount(nc)
	if err != nil {
		s.log.Error("refused a request on the local socket", "error", err)
		c.refuse(err)
		return
	}
	req, err := c.readRequest(s.patience)
	if err != nil {
		if ctx.Err() == nil {
			s.log.Info("refused a request on the local socket", "from", account, "error", err)
		}
		c.refuse(err)
		return
	}
	c.pictures = req.Pictures
	room, leave := s.enter(c)
	defer leave()
	m := bot.Message{
		Chat:      s.Name(),
		Room:      room,
		From:      account,
		Text:      req.Line,
		Input:     req.Input,
		ID:        room,
		Confirmed: req.Confirmed,
		Single:    true,
		Picture:   bot.Clip(req.File, 200),
		Done:      c.finish,
	}
	select {
	case in <- m:
	case <-ctx.Done():
		return
	}
	select {
	case <-c.finished:
	case <-ctx.Done():
	}
}

// enter gives the connection a room of its own until leave is called. Rooms are never named twice, so that a
// late post cannot reach somebody else.
func (s *Server) enter(c *conn) (room string, leave func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	room = fmt.Sprintf("local:%s-%d", s.run, s.last)
	s.conns[room] = c
	return room, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.conns, room)
	}
}

// Post sends an answer, and returns once the kernel has taken it. It waits a second at most for a client that
// does not read, and then cuts it off.
func (s *Server) Post(ctx context.Context, p bot.Post) (bot.Receipt, error) {
	c, err := s.conn(p.Room)
	if err != nil {
		return bot.Receipt{}, err
	}
	a := Answer{}
	if picture := p.Picture; picture != nil && c.pictures && len(picture.Data) <= maxPicture {
		a = answer(p)
		a.Picture = &Picture{Name: picture.Name, Type: picture.Type, Width: picture.Width, Height: picture.Height, Data: picture.Data}
	} else {
		a = answer(p.Drawn(drawnColumns, ""))
	}
	id, err := c.post(ctx, a)
	if err != nil {
		return bot.Receipt{}, fmt.Errorf("post to %s: %w", p.Room, err)
	}
	return bot.Receipt{Room: p.Room, ID: id}, nil
}

// Edit sends the new text of an earlier answer, as Post does.
func (s *Server) Edit(ctx context.Context, r bot.Receipt, p bot.Post) error {
	c, err := s.conn(r.Room)
	if err != nil {
		return err
	}
	a := answer(p)
	a.ID, a.Edit = r.ID, true
	if _, err := c.post(ctx, a); err != nil {
		return fmt.Errorf("edit a post to %s: %w", r.Room, err)
	}
	return nil
}

// answer is a post as it is sent. The bot has cleaned it; it is done here again, since the other side is most
// often a terminal, which obeys what a chat only shows.
func answer(p bot.Post) Answer {
	return Answer{Text: bound(bot.Clean(p.Text), maxText), Block: bound(bot.Clean(p.Block), maxText)}
}

func (s *Server) conn(room string) (*conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.conns[room]
	if c == nil {
		return nil, fmt.Errorf("post to %q: %w", room, ErrGone)
	}
	return c, nil
}
