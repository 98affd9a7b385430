package xmpp

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/diaspote/vigie/bot"
)

// maxHeard is how many lines wait for the bot to take them. What comes on top is dropped: the reader must
// go on, for the acknowledgements of the bot's own posts arrive by it.
const maxHeard = 512

// A session is one connection, from its login to its loss. Four goroutines belong to it, all ended by
// fail and waited for by run: the reader, which is run itself; one that hands lines to the bot; one that looks after
// time; one that ends the session with its context.
type session struct {
	chat   *Chat
	conn   *tls.Conn
	in     *stream
	jid    string // the full JID
	domain string // of the account
	tag    string // what the ids of this session's messages and dialogues begin with
	limit  int    // bytes of a stanza

	heard   atomic.Pointer[time.Time] // when the server last said anything
	pinged  time.Time                 // when the server was asked for a sign of life; zero: not since
	lines   chan bot.Message
	full    bool          // lines are being dropped
	wake    chan struct{} // something is due
	done    chan struct{} // the session has ended
	ended   sync.Once
	cause   error // why; set before done is closed
	writing sync.Mutex

	mu        sync.Mutex
	waits     map[string]wait // by the id of the stanza that is waited for
	rooms     map[string]*room
	dialogues map[string]*dialogue // by session id (XEP-0050)
	sharing   service              // the zero one: not looked for yet
}

// A wait is for an answer to a stanza of ours.
type wait struct {
	to     string       // whom the stanza went to; the answer comes from there
	got    chan error   // nil: it was taken
	answer chan<- *node // gets the answer itself; nil: nobody wants to read it
}

func newSession(c *Chat, conn *tls.Conn, who identity) *session {
	s := &session{
		chat: c, conn: conn, jid: who.jid, domain: domainpart(who.jid), tag: newID()[:8], limit: who.limit,
		lines: make(chan bot.Message, maxHeard), wake: make(chan struct{}, 1), done: make(chan struct{}),
		waits: make(map[string]wait), rooms: make(map[string]*room), dialogues: make(map[string]*dialogue),
	}
	s.noteLife()
	// The library has read the opening of the stream; its namespaces are said again for our own reading.
	opening := fmt.Sprintf("<stream:stream xmlns='%s' xmlns:stream='%s'>", nsClient, nsStream)
	s.in = newStream(io.MultiReader(strings.NewReader(opening), bytes.NewReader(who.ahead), hearing{s}))
	for _, r := range c.cfg.Rooms {
		s.rooms[r.JID] = &room{Room: r, next: time.Now()}
	}
	return s
}

// hearing notes each sign of life.
type hearing struct{ s *session }

func (h hearing) Read(p []byte) (int, error) {
	n, err := h.s.conn.Read(p)
	if n > 0 {
		h.s.noteLife()
	}
	return n, err
}

func (s *session) noteLife() {
	now := time.Now()
	s.heard.Store(&now)
}

// run reads until the session ends, and returns why it did.
func (s *session) run(ctx context.Context, in chan<- bot.Message) error {
	var owned sync.WaitGroup
	owned.Go(func() { s.deliver(in) })
	owned.Go(s.keep)
	owned.Go(func() {
		select {
		case <-ctx.Done():
			s.leave()
			s.fail(ctx.Err())
		case <-s.done:
		}
	})
	s.fail(s.read())
	owned.Wait()
	return s.cause
}

func (s *session) read() error {
	if err := s.in.root(); err != nil {
		return err
	}
	if err := s.present(); err != nil {
		return err
	}
	for {
		n, err := s.in.next()
		if err != nil {
			return fmt.Errorf("read from the server: %w", err)
		}
		if n.is(nsStream, "error") {
			return s.streamError(n)
		}
		s.take(n)
	}
}

func (s *session) streamError(n *node) error {
	for _, c := range n.nodes {
		if c.name.Local == "conflict" {
			return fmt.Errorf("another program has signed in as %s; is a second vigie running?", s.jid)
		}
		if c.name.Local != "text" {
			return fmt.Errorf("the server ended the stream: %s", clip(c.name.Local, 60))
		}
	}
	return errStreamEnded
}

func (s *session) take(n *node) {
	switch {
	case n.is(nsClient, "message"):
		s.message(n)
	case n.is(nsClient, "presence"):
		s.presence(n)
	case n.is(nsClient, "iq"):
		s.iq(n)
	}
}

// deliver hands what was said to the bot, in order.
func (s *session) deliver(in chan<- bot.Message) {
	for {
		select {
		case m := <-s.lines:
			select {
			case in <- m:
			case <-s.done:
				return
			}
		case <-s.done:
			return
		}
	}
}

// hear puts a line into the queue for the bot, and tells whether there was room. Only the reader calls it. Somebody
// known is told about the first line that is dropped.
func (s *session) hear(m bot.Message) bool {
	m.Chat = s.chat.Name()
	if len(m.ID) > maxID {
		m.ID = ""
	}
	select {
	case s.lines <- m:
		s.full = false
		return true
	default:
		if !s.full {
			s.chat.log.Warn("too many lines at once; some are dropped", "from", m.From, "room", m.Room)
			s.tellFull(m)
		}
		s.full = true
		return false
	}
}

// maxID bounds the ids of messages, in bytes; servers and clients use some forty.
const maxID = 256

func (s *session) tellFull(m bot.Message) {
	if strings.HasPrefix(m.Room, adhocRoom) || m.From == "" || len(s.chat.menu(m.From)) == 0 {
		return
	}
	kind := "chat"
	s.mu.Lock()
	if s.rooms[m.Room] != nil {
		kind = "groupchat"
	}
	s.mu.Unlock()
	s.send("%s", s.stanza(bot.Post{Text: "✗ " + errBusy.Error()}, m.Room, kind, s.newID(), "", nil))
}

// send writes one stanza. A server that does not take it in time has lost us: the session ends.
func (s *session) send(format string, args ...any) error {
	stanza := fmt.Sprintf(format, args...)
	s.writing.Lock()
	defer s.writing.Unlock()
	select {
	case <-s.done:
		return bot.ErrOffline
	default:
	}
	s.conn.SetWriteDeadline(time.Now().Add(s.chat.pace.write))
	if _, err := io.WriteString(s.conn, stanza); err != nil {
		s.fail(fmt.Errorf("write to the server: %w", err))
		return bot.ErrOffline
	}
	return nil
}

// leave says good-bye, if that can be done at once.
func (s *session) leave() {
	if !s.writing.TryLock() {
		return
	}
	defer s.writing.Unlock()
	s.conn.SetWriteDeadline(time.Now().Add(time.Second))
	io.WriteString(s.conn, "<presence type='unavailable'/></stream:stream>")
}

// fail ends the session. It closes the socket below TLS, as closing TLS would wait for a peer that
// may have stopped reading.
func (s *session) fail(err error) {
	s.ended.Do(func() {
		s.cause = err
		close(s.done)
		s.conn.NetConn().Close()
	})
}

// poke has keep look at what is due.
func (s *session) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// keep looks after what depends on time.
func (s *session) keep() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-s.wake:
		case <-s.done:
			return
		}
		now := time.Now()
		due := s.checkLife(now)
		due = earlier(due, s.checkRooms(now))
		due = earlier(due, s.checkDialogues(now))
		timer.Reset(time.Until(due))
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

var errSilent = errors.New("the server has gone silent")

// checkLife pings a server that has been silent, ends the session if that does not wake it, and returns
// when to look again.
func (s *session) checkLife(now time.Time) time.Time {
	heard, pace := *s.heard.Load(), s.chat.pace
	if heard.After(s.pinged) {
		s.pinged = time.Time{}
	}
	switch {
	case !s.pinged.IsZero() && now.Sub(s.pinged) >= pace.pong:
		s.fail(errSilent)
	case !s.pinged.IsZero():
		return s.pinged.Add(pace.pong)
	case now.Sub(heard) >= pace.idle:
		s.pinged = now
		s.send("<iq type='get' id='%s' to='%s'><ping xmlns='%s'/></iq>", newID(), escape(s.domain), nsPing)
		return now.Add(pace.pong)
	}
	return heard.Add(pace.idle)
}
