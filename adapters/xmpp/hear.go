package xmpp

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
)

// A reading is what a message turns out to be.
type reading int

const (
	nothing   reading = iota // not said to anybody, or not now
	plain                    // a line said just now
	encrypted                // said just now, but not readable here
)

// read tells what a message is, and its text. A message that was stored anywhere on its way, that wraps or
// changes another, or that only explains itself to clients that do not know better is nothing.
//
// The stamp of a delay is not looked at: that there is one is enough, whatever its format.
func read(n *node) (text string, is reading) {
	is = plain
	for _, c := range n.nodes {
		switch c.name.Space {
		case "urn:xmpp:delay", "jabber:x:delay",
			"urn:xmpp:carbons:2", "urn:xmpp:forward:0", "urn:xmpp:mam:2",
			"urn:xmpp:message-correct:0", "urn:xmpp:fasten:0", "urn:xmpp:message-retract:0", "urn:xmpp:message-retract:1",
			"urn:xmpp:reactions:0":
			return "", nothing
		case "urn:xmpp:fallback:0":
			if c.is("urn:xmpp:fallback:0", "fallback") && len(c.nodes) == 0 {
				return "", nothing
			}
		case "eu.siacs.conversations.axolotl", "urn:xmpp:omemo:1", "urn:xmpp:omemo:2":
			if c.name.Local == "encrypted" {
				if c.child(c.name.Space, "payload") == nil {
					return "", nothing // keys change hands, nothing is said
				}
				is = encrypted
			}
		case "urn:xmpp:eme:0", "jabber:x:encrypted", "urn:xmpp:openpgp:0":
			is = encrypted
		}
	}
	b := n.child(nsClient, "body")
	if b == nil || strings.TrimSpace(b.text) == "" {
		if is == encrypted {
			return "", encrypted
		}
		return "", nothing
	}
	return b.text, is
}

func (s *session) message(n *node) {
	switch n.attr("type") {
	case "error":
		s.settle(n, n.attr("id"), s.bounced(n))
	case "groupchat":
		s.groupchat(n)
	case "", "normal", "chat":
		s.direct(n)
	}
}

// bounced is why a message came back. A room that does not know the bot any more is noticed by it, if it is the
// room itself that says so: its occupants can send errors too.
func (s *session) bounced(n *node) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	from := n.attr("from")
	r := s.rooms[bareJID(from)]
	if r == nil || resource(from) != "" || !n.has("not-acceptable") {
		if e := n.child(nsClient, "error"); e != nil && e.attr("type") == "wait" { // RFC 6120, section 8.3.2
			return fmt.Errorf("refused for now: %s: %w", n.condition(), bot.ErrOffline)
		}
		return fmt.Errorf("refused: %s", n.condition())
	}
	if r.state == in {
		s.lost(r, time.Now(), "the room has forgotten the bot")
	}
	return fmt.Errorf("not in the room: %w", bot.ErrOffline)
}

// shows tells whether the room itself says that it shows addresses from now on (XEP-0045, status 172).
func shows(n *node) bool {
	_, codes := roomItem(n)
	return resource(n.attr("from")) == "" && codes["172"]
}

// groupchat takes what is said in a room.
func (s *session) groupchat(n *node) {
	from := n.attr("from")
	nick := resource(from)
	s.mu.Lock()
	r := s.rooms[bareJID(from)]
	if r == nil || r.state != in {
		s.mu.Unlock()
		return
	}
	if n.child(nsClient, "subject") != nil && n.child(nsClient, "body") == nil {
		r.live = true
	}
	live := r.live || time.Since(r.since) > s.chat.pace.join // some rooms never say their subject
	own, echo, who := r.nick, nick == r.nick, r.occupants[nick]
	var again string
	if shows(n) {
		again = s.joinStanza(r)
	}
	s.mu.Unlock()
	if again != "" {
		// A room shows the addresses of those who are there to one who comes in. To come in once more without
		// having left is to ask it who is there, and nobody sees it.
		s.send("%s", again)
		return
	}
	if echo {
		s.reflected(n)
		return
	}
	text, is := read(n)
	if !live || nick == "" || is == nothing {
		return
	}
	command, ok := addressed(text, own)
	if !ok {
		return
	}
	m := bot.Message{Room: bareJID(from), Text: command, ID: n.attr("id")}
	if is == encrypted {
		s.hint(m.Room, "groupchat")
		return
	}
	if who != "" {
		m.From = account(who)
	} else {
		m.Unproven = "this room does not show me who you are; write to me in private, at " + bareJID(s.jid)
	}
	s.hear(m)
}

// reflected takes the room's copy of a message of the bot's own as the sign that the room took it. Rooms that
// give a message a new id still carry the one inside.
func (s *session) reflected(n *node) {
	if s.settle(n, n.attr("id"), nil) {
		return
	}
	if origin := n.child(nsStanzaIDs, "origin-id"); origin != nil {
		s.settle(n, origin.attr("id"), nil)
	}
}

// direct takes what is said to the bot alone.
func (s *session) direct(n *node) {
	from := n.attr("from")
	if from == "" || bareJID(from) == bareJID(s.jid) || localpart(from) == "" {
		return // the bot's own account and servers have nothing to ask
	}
	text, is := read(n)
	if is == nothing {
		return
	}
	s.mu.Lock()
	r := s.rooms[bareJID(from)]
	s.mu.Unlock()
	m := bot.Message{Room: bareJID(from), From: account(from), ID: n.attr("id")}
	if r != nil {
		if resource(from) == "" {
			return // the room itself: an invitation, a notice
		}
		m.Room, m.From = from, ""
		m.Unproven = "in a private message through a room I cannot tell who you are; write to me at " + bareJID(s.jid)
	}
	if is == encrypted {
		if len(s.menuFor(from)) > 0 {
			s.hint(m.Room, "chat")
			return
		}
		text = "" // a stranger gets what strangers get, and that is for the bot to say
	}
	m.Text = unaddressed(text, s.chat.cfg.Nick, localpart(s.jid))
	s.hear(m)
}

// Who was told about encryption, a person or a room, is remembered for so long, and for so many.
const (
	hintEvery = time.Hour
	maxHinted = 1000
)

// hint tells a person or a room that the bot cannot read what was encrypted, once an hour.
func (s *session) hint(to, kind string) {
	if !s.chat.mayHint(to) {
		return
	}
	p := bot.Post{Text: "I cannot read encrypted messages; please switch encryption off for our chat, and say it again."}
	s.send("%s", s.stanza(p, to, kind, s.newID(), "", nil))
}

// mayHint tells whether somebody is due for the hint.
func (c *Chat) mayHint(who string) bool {
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if last, told := c.hinted[who]; told && now.Sub(last).Abs() < hintEvery {
		return false
	}
	if len(c.hinted) >= maxHinted {
		for w, at := range c.hinted {
			if now.Sub(at).Abs() >= hintEvery {
				delete(c.hinted, w)
			}
		}
	}
	if len(c.hinted) >= maxHinted {
		return false
	}
	c.hinted[who] = now
	return true
}

// forgive forgets what was wrong with a room, so that it is logged the next time.
func (c *Chat) forgive(room string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.said, room)
}

var errBusy = errors.New("too much at once, and not all of it was heard; try again in a moment")
