package xmpp

import (
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

// capsNode names this program in XEP-0115, features are what it answers to in service discovery (XEP-0030).
const capsNode = "https://github.com/diaspote/vigie"

func features() []string {
	return []string{nsCommands, "http://jabber.org/protocol/caps", nsInfo, nsItems, nsMUC, nsVersion, nsForms,
		"urn:xmpp:message-correct:0", nsPing}
}

// capsVer is the hash that lets clients ask for the features once for all bots of this make (XEP-0115,
// section 5.1; SHA-1 is what it prescribes, nothing rests on it).
func capsVer() string {
	list := features()
	slices.Sort(list)
	sum := sha1.Sum([]byte("client/bot//vigie<" + strings.Join(list, "<") + "<"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// statusXML is what every presence of the bot carries.
func (c *Chat) statusXML() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Sprintf("<status>%s</status><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='%s' ver='%s'/>",
		escape(c.status), capsNode, capsVer())
}

// present sends the status to the contacts, and to each room that the bot is in.
func (s *session) present() error {
	to := []string{""}
	s.mu.Lock()
	for _, r := range s.rooms {
		if r.state == in {
			to = append(to, fmt.Sprintf(" to='%s'", escape(r.JID+"/"+r.nick)))
		}
	}
	s.mu.Unlock()
	for _, t := range to {
		if err := s.send("<presence%s>%s</presence>", t, s.chat.statusXML()); err != nil {
			return err
		}
	}
	return nil
}

// presence takes a presence stanza: of a room, or a wish to see the bot's presence.
func (s *session) presence(n *node) {
	from := bareJID(n.attr("from"))
	s.mu.Lock()
	r := s.rooms[from]
	s.mu.Unlock()
	if r != nil {
		s.roomPresence(r, n)
		return
	}
	if n.attr("type") != "subscribe" {
		return
	}
	if !slices.Contains(s.chat.cfg.People, from) {
		s.chat.log.Debug("refused to show presence to somebody unknown", "jid", from)
		s.send("<presence to='%s' type='unsubscribed'/>", escape(from))
		return
	}
	s.send("<presence to='%s' type='subscribed'/><presence to='%s' type='subscribe'/>", escape(from), escape(from))
}
