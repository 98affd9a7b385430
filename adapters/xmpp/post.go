package xmpp

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
)

// defaultLimit is the size in bytes of what is sent to a server that announces no limit of its own
// (XEP-0478). Prosody takes 256 KiB, and nobody wants to read more.
const defaultLimit = 60 << 10

// newID makes an id that nobody else can guess.
func newID() string { return strings.ToLower(rand.Text()) }

// newID names a message or a dialogue of this session.
func (s *session) newID() string { return s.tag + newID() }

// Post sends a message, and one more for a picture, and returns once the server has taken it. A room says so by reflecting it; one's own
// server by answering a ping that was sent behind it, for it handles the stanzas of a client in order.
func (c *Chat) Post(ctx context.Context, p bot.Post) (bot.Receipt, error) {
	s := c.session()
	if s == nil {
		return bot.Receipt{}, fmt.Errorf("post to %s: %w", p.Room, bot.ErrOffline)
	}
	receipt, err := s.post(ctx, p)
	if err != nil {
		return bot.Receipt{}, fmt.Errorf("post to %s: %w", p.Room, err)
	}
	return receipt, nil
}

// post says the text, and then the picture if there is one: that is uploaded first, so that a reason why it cannot be sent
// stands with the text.
func (s *session) post(ctx context.Context, p bot.Post) (r bot.Receipt, err error) {
	p, link, err := s.picture(ctx, p)
	if err != nil {
		return r, err
	}
	if link == "" || p.Text != "" || p.Block != "" {
		r.ID = s.newID()
		if r.Room, err = s.say(ctx, p, r.ID, ""); err != nil || link == "" {
			return r, err
		}
	}
	id := s.newID()
	room, err := s.sayLink(ctx, p, id, link)
	switch {
	case r.ID == "":
		r = bot.Receipt{Room: room, ID: id}
	case err != nil: // the text was taken, and is not to be said again
		s.chat.log.Warn("a picture was uploaded, and its address was not posted", "room", p.Room, "error", err)
		err = nil
	}
	return r, err
}

// Edit corrects an earlier message (XEP-0308), if it was sent over the present connection: clients need not
// believe that whoever left and came back is still the same (section 4).
func (c *Chat) Edit(ctx context.Context, r bot.Receipt, p bot.Post) error {
	s := c.session()
	if s == nil {
		return fmt.Errorf("edit a message in %s: %w", r.Room, bot.ErrOffline)
	}
	if !strings.HasPrefix(r.ID, s.tag) {
		return fmt.Errorf("edit a message in %s: it was sent over an earlier connection", r.Room)
	}
	p.Room, p.Only = r.Room, ""
	if _, err := s.say(ctx, p, s.newID(), r.ID); err != nil {
		return fmt.Errorf("edit a message in %s: %w", r.Room, err)
	}
	return nil
}

// say sends a post under an id, in place of an earlier one if replaces is not "". It returns where the
// message went.
func (s *session) say(ctx context.Context, p bot.Post, id, replaces string) (room string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.chat.pace.ack, errUntaken)
	defer cancel()
	if dialogue, ok := strings.CutPrefix(p.Room, adhocRoom); ok {
		owner, err := s.collect(dialogue, p, id, replaces)
		if err != nil || owner == "" {
			return p.Room, err
		}
		p.Room, replaces = owner, ""
	}
	to, groupchat, occupants, err := s.recipient(p)
	if err != nil {
		return to, err
	}
	if groupchat {
		return to, s.sayInRoom(ctx, to, id, s.stanza(p, to, "groupchat", id, replaces, occupants))
	}
	return to, s.sayToOne(ctx, to, id, s.stanza(p, to, "chat", id, replaces, nil))
}

var errUntaken = errors.New("no sign from the server that it took the message")

// recipient finds where a post goes: a room, or one person.
func (s *session) recipient(p bot.Post) (to string, groupchat bool, occupants []string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[bareJID(p.Room)]
	switch {
	case r == nil:
		return p.Room, false, nil, nil
	case r.state != in:
		return p.Room, false, nil, fmt.Errorf("not in the room: %w", bot.ErrOffline)
	case resource(p.Room) != "":
		return p.Room, false, nil, nil
	}
	if only, ok := strings.CutPrefix(p.Only, "xmpp:"); ok && only != "" {
		if nick := r.nickOf(only); nick != "" {
			return r.JID + "/" + nick, false, nil, nil
		}
		return only, false, nil, nil
	}
	for nick := range r.occupants {
		if nick != r.nick {
			occupants = append(occupants, nick)
		}
	}
	return r.JID, true, occupants, nil
}

// stanza writes the message.
func (s *session) stanza(p bot.Post, to, kind, id, replaces string, occupants []string) string {
	limit := defaultLimit
	if s.limit > 0 {
		limit = min(limit, s.limit)
	}
	text, styled := body(p, occupants, max(limit-1000, 1000))
	var b strings.Builder
	fmt.Fprintf(&b, "<message type='%s' id='%s' to='%s'><body>%s</body>%s", kind, id, escape(to), escape(text), marks(p, id))
	if replaces != "" {
		fmt.Fprintf(&b, "<replace xmlns='urn:xmpp:message-correct:0' id='%s'/>", escape(replaces))
	}
	if !styled {
		b.WriteString("<unstyled xmlns='urn:xmpp:styling:0'/>")
	}
	b.WriteString("</message>")
	return b.String()
}

// marks name a message and its thread.
func marks(p bot.Post, id string) string {
	marks := fmt.Sprintf("<origin-id xmlns='%s' id='%s'/>", nsStanzaIDs, id)
	if p.Thread != "" {
		marks += fmt.Sprintf("<thread>%s</thread>", escape(p.Thread))
	}
	return marks
}

func (s *session) sayInRoom(ctx context.Context, room, id, stanza string) error {
	taken, forget := s.await(id, room)
	defer forget()
	sent := time.Now()
	if err := s.send("%s", stanza); err != nil {
		return err
	}
	return s.taken(ctx, taken, sent)
}

func (s *session) sayToOne(ctx context.Context, to, id, stanza string) error {
	bounced, forget := s.await(id, to)
	defer forget()
	ping := newID()
	taken, forgetPing := s.await(ping, s.domain)
	defer forgetPing()
	sent := time.Now()
	if err := s.send("%s<iq type='get' id='%s' to='%s'><ping xmlns='%s'/></iq>", stanza, ping, escape(s.domain), nsPing); err != nil {
		return err
	}
	err := s.taken(ctx, taken, sent)
	select {
	case refused := <-bounced: // came before the answer to the ping
		return refused
	default:
		return err
	}
}

// taken waits for the answer to a stanza. A server that has said nothing at all since then is gone, and the message
// is to be sent again; if it is only the room that does not answer, sending it again could say it many times.
func (s *session) taken(ctx context.Context, got <-chan error, sent time.Time) error {
	select {
	case err := <-got:
		return err
	case <-s.done:
		return bot.ErrOffline
	case <-ctx.Done():
		if errors.Is(context.Cause(ctx), errUntaken) {
			if s.heard.Load().Before(sent) {
				s.fail(errSilent)
				return fmt.Errorf("%w: %w", errSilent, bot.ErrOffline)
			}
			return fmt.Errorf("%w in %s", errUntaken, s.chat.pace.ack.Round(time.Second))
		}
		return context.Cause(ctx)
	}
}

// await announces that a stanza with this id will be sent to to.
func (s *session) await(id, to string) (got <-chan error, forget func()) {
	w := wait{to: to, got: make(chan error, 1)}
	s.mu.Lock()
	s.waits[id] = w
	s.mu.Unlock()
	return w.got, func() {
		s.mu.Lock()
		delete(s.waits, id)
		s.mu.Unlock()
	}
}

// settle takes a stanza as the answer to one of ours, if it is one: it has its id and comes from where ours
// went. Ids cannot be guessed, but whoever was sent a message knows its id.
func (s *session) settle(n *node, id string, outcome error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	w, ok := s.waits[id]
	if !ok || !s.comesFrom(n.attr("from"), w.to) {
		return false
	}
	delete(s.waits, id)
	if w.answer != nil {
		w.answer <- n
	}
	w.got <- outcome
	return true
}

// comesFrom tells whether from can speak for to. What has no sender comes from one's own account.
func (s *session) comesFrom(from, to string) bool {
	if from == "" {
		from = s.domain
	}
	if bareJID(from) == bareJID(s.jid) {
		from = s.domain
	}
	return bareJID(from) == bareJID(to)
}
