package slack

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

const (
	// maxAge is how old a command may be and still be run. Slack delivers later what it could not
	// deliver at once, and nobody wants the restart that was asked for before lunch.
	maxAge = 2 * time.Minute

	queueLength  = 256             // commands that were acknowledged and wait for the bot
	noticeLength = 16              // lines to people whose command was not run
	noticeGrace  = 5 * time.Second // for these lines, once the socket is lost
	ackTimeout   = 3 * time.Second // Slack waits no longer
)

// A session is one Listen: one socket, and what came through it.
type session struct {
	chat    *Chat
	self    string // the bot's own user
	queue   chan heard
	notices chan notice
}

// A notice is a line to a person whose command was not run.
type notice struct {
	to   heard
	text string
}

// Listen opens a socket and delivers what is said to the bot until ctx ends or the socket is lost,
// which Slack itself sees to every few hours. What was acknowledged by then is delivered first: Slack
// will not send it again.
func (c *Chat) Listen(ctx context.Context, in chan<- bot.Message) error {
	self, err := c.prepare(ctx)
	if err != nil {
		return err
	}
	s := &session{chat: c, self: self, queue: make(chan heard, queueLength), notices: make(chan notice, noticeLength)}
	telling, stop := context.WithCancel(ctx)
	defer stop()
	var delivers, tells sync.WaitGroup
	delivers.Go(func() { s.deliver(ctx, in) })
	tells.Go(func() { s.tell(telling) })

	err = c.socket(ctx, s.hear)
	close(s.queue)
	delivers.Wait()
	close(s.notices)
	grace := time.AfterFunc(noticeGrace, stop)
	defer grace.Stop()
	tells.Wait()
	return err
}

// prepare looks who the bot is and where, so that a wrong token or a missing invitation is said at once.
func (c *Chat) prepare(ctx context.Context) (self string, err error) {
	who, err := c.api.AuthTestContext(ctx)
	if err != nil {
		return "", explain(ctx, "sign in to slack with the bot token", err)
	}
	if err := c.refreshRooms(ctx); err != nil {
		return "", err
	}
	for _, name := range c.cfg.Channels {
		if _, err := c.rooms.id(name); err != nil {
			c.log.Warn("a channel of the config is not reached", "error", err)
		}
	}
	return who.UserID, nil
}

// hear decides about one envelope, and acknowledges it unless Slack had better send it again.
func (s *session) hear(ctx context.Context, sm *socketmode.Client, req socketmode.Request) {
	c := s.chat
	h, ok := read(req, s.self)
	if !ok || !c.seen.first(h.key, c.now()) {
		s.ack(ctx, sm, req, "")
		return
	}
	if h.hook != "" && req.RetryAttempt > 0 { // it has no date, and the person was told that it failed
		s.ack(ctx, sm, req, "That came too late to be run. Please send it again.")
		return
	}
	if age := c.clock.at(c.now()).Sub(h.at); h.hook == "" && age > maxAge {
		s.ack(ctx, sm, req, "")
		c.log.Warn("a command came too late and was not run", "from", h.msg.From, "room", h.msg.Room, "age", age.Round(time.Second))
		s.notify(h, fmt.Sprintf("That reached me %s late, so I did not run it. Please send it again.", age.Round(time.Second)))
		return
	}
	select {
	case s.queue <- h:
		s.ack(ctx, sm, req, "")
	default:
		c.seen.forget(h.key)
		c.log.Warn("too many commands at once; slack will send this one again", "from", h.msg.From)
		if h.hook != "" {
			s.ack(ctx, sm, req, "Too many commands at once. Please send it again later.")
		}
	}
}

// ack tells Slack that an envelope has arrived. text is shown to who typed a slash command. slack-go
// only puts the ack into a short queue, which blocks while the socket is dead.
func (s *session) ack(ctx context.Context, sm *socketmode.Client, req socketmode.Request, text string) {
	if req.EnvelopeID == "" {
		return
	}
	var payload any
	if text != "" && req.Type == socketmode.RequestTypeSlashCommands {
		payload = map[string]string{"response_type": slack.ResponseTypeEphemeral, "text": text}
	}
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	if err := sm.AckCtx(ctx, req.EnvelopeID, payload); err != nil {
		s.chat.log.Debug("an ack was not sent; slack will send the envelope again", "error", err)
	}
}

// deliver hands over what is queued, in order, until the queue is closed.
func (s *session) deliver(ctx context.Context, in chan<- bot.Message) {
	for h := range s.queue {
		if known := s.chat.knows(ctx, h.msg.Room); !known && h.hook != "" {
			s.notify(h, "I cannot answer here, so I did not run it. Type `/invite @vigie` in this channel, or write to me directly.")
			continue
		}
		s.chat.rooms.join(h.msg.Room) // who is heard from a room is in it, whatever the list says
		h.msg.Chat, h.msg.Room = s.chat.Name(), s.chat.rooms.spelled(h.msg.Room, s.chat.cfg.Channels)
		select {
		case in <- h.msg:
		case <-ctx.Done():
			return
		}
	}
}

func (s *session) notify(to heard, text string) {
	select {
	case s.notices <- notice{to, text}:
	default:
		s.chat.log.Warn("a person was not told that a command was not run", "from", to.msg.From)
	}
}

// tell posts the notices: where a slash command says, to the presser of a button alone, and otherwise
// into the thread.
func (s *session) tell(ctx context.Context) {
	for n := range s.notices {
		var err error
		if n.to.hook != "" {
			_, _, err = s.chat.api.PostMessageContext(ctx, "", slack.MsgOptionResponseURL(n.to.hook, slack.ResponseTypeEphemeral),
				slack.MsgOptionText(n.text, false))
			err = explain(ctx, "answer a slash command", err)
		} else {
			p := bot.Post{Room: n.to.msg.Room, Thread: n.to.msg.Thread, Text: n.text}
			if n.to.msg.Press != "" {
				p.Only = n.to.msg.From
			}
			_, err = s.chat.Post(ctx, p)
		}
		if err != nil {
			s.chat.log.Warn("a person was not told that a command was not run", "error", err)
		}
	}
}
