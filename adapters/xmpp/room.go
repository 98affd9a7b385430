package xmpp

import (
	"fmt"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
)

type state int

const (
	out     state = iota // not in the room
	joining              // asked to be let in
	in                   // in the room
)

// A room is the bot's view of one of its rooms (XEP-0045). It belongs to the session and is guarded by its mu.
type room struct {
	Room
	state state
	nick  string // the bot's, in the room or asked for
	taken int    // how many nicks were found taken
	since time.Time
	next  time.Time // when to join, or to see whether the bot is still in
	ping  string    // the id of the ping sent to see that, "" if none is under way
	fails int       // how often the bot could not get in or was thrown out, lately

	// live tells that the room's history is over: its subject, which comes last, has arrived.
	live bool

	// occupants are the bare JIDs behind the nicks, as the room itself shows them; "" where it hides them.
	occupants map[string]string
}

// nickOf finds the nick of a bare JID, "" if it is not in the room as far as the room shows.
func (r *room) nickOf(jid string) string {
	for nick, who := range r.occupants {
		if who == jid && who != "" {
			return nick
		}
	}
	return ""
}

// wanted is the nick to ask for when so many were taken: vigie, vigie_, vigie_2 …
func wanted(nick string, taken int) string {
	switch taken {
	case 0:
		return nick
	case 1:
		return nick + "_"
	}
	return fmt.Sprintf("%s_%d", nick, taken)
}

const maxTaken = 9

// maxOccupants bounds what is remembered of a room. Who comes on top is not known, and has no rights in it.
const maxOccupants = 2000

// checkRooms joins the rooms that are due, looks whether the bot is still in the others (XEP-0410), and returns
// when to look again.
func (s *session) checkRooms(now time.Time) time.Time {
	pace, soonest := s.chat.pace, now.Add(time.Hour)
	var send []string
	s.mu.Lock()
	for _, r := range s.rooms {
		switch {
		case r.state == joining && !now.Before(r.next):
			s.lost(r, now, "the room does not answer")
		case r.state == out && !now.Before(r.next):
			r.state, r.since, r.next = joining, now, now.Add(pace.join)
			r.live, r.ping, r.occupants = false, "", make(map[string]string)
			r.nick = wanted(s.chat.cfg.Nick, r.taken)
			send = append(send, s.joinStanza(r))
		case r.state == in && !now.Before(r.next) && r.ping != "":
			s.lost(r, now, "the room does not answer")
		case r.state == in && !now.Before(r.next):
			r.ping, r.next = newID(), now.Add(pace.pong)
			send = append(send, fmt.Sprintf("<iq type='get' id='%s' to='%s'><ping xmlns='%s'/></iq>",
				r.ping, escape(r.JID+"/"+r.nick), nsPing))
		}
		soonest = earlier(soonest, r.next)
	}
	s.mu.Unlock()
	for _, stanza := range send {
		s.send("%s", stanza)
	}
	return soonest
}

func (s *session) joinStanza(r *room) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<presence to='%s'><x xmlns='%s'><history maxstanzas='0' maxchars='0'/>", escape(r.JID+"/"+r.nick), nsMUC)
	if r.Password != "" {
		fmt.Fprintf(&b, "<password>%s</password>", escape(r.Password))
	}
	b.WriteString("</x>" + s.chat.statusXML() + "</presence>")
	return b.String()
}

// stillIn takes the answer to a ping that went through a room to the bot itself, if n is one. Only a room that
// does not know the bot says "not acceptable"; any other answer came past it (XEP-0410, section 3.1).
func (s *session) stillIn(n *node) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[bareJID(n.attr("from"))]
	if r == nil || r.ping == "" || r.ping != n.attr("id") {
		return false
	}
	r.ping, r.next = "", time.Now().Add(s.chat.pace.check)
	if n.attr("type") == "error" && n.has("not-acceptable") {
		s.lost(r, time.Now(), "the room has forgotten the bot")
	}
	s.poke()
	return true
}

// roomPresence follows who is in the room, the bot itself first.
func (s *session) roomPresence(r *room, n *node) {
	nick, kind := resource(n.attr("from")), n.attr("type")
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.state == out {
		return
	}
	if kind == "error" {
		if r.state == joining && (nick == r.nick || nick == "") {
			s.refused(r, n)
		}
		return
	}
	item, codes := roomItem(n)
	self := nick == r.nick || codes["110"] && r.state == joining
	switch {
	case kind == "unavailable" && self && codes["303"] && item != nil && item.attr("nick") != "":
		delete(r.occupants, nick)
		r.nick = item.attr("nick")
	case kind == "unavailable" && self:
		s.thrownOut(r, codes)
	case kind == "unavailable":
		delete(r.occupants, nick)
	case kind == "" && nick != "":
		if _, known := r.occupants[nick]; !known && !self && len(r.occupants) >= maxOccupants {
			return
		}
		r.occupants[nick] = ""
		if item != nil && item.attr("jid") != "" {
			r.occupants[nick] = bareJID(item.attr("jid"))
		}
		if self {
			s.entered(r, nick)
		}
	}
}

// roomItem is what the room itself says about an occupant, with the status codes. A room drops what an occupant
// puts into its presence in this namespace, and adds its own; should there be two for all that, neither
// is believed.
func roomItem(n *node) (item *node, codes map[string]bool) {
	x := n.only(nsMUCUser, "x")
	if x == nil {
		return nil, nil
	}
	codes = make(map[string]bool)
	for _, c := range x.nodes {
		if c.is(nsMUCUser, "status") {
			codes[c.attr("code")] = true
		}
	}
	return x.only(nsMUCUser, "item"), codes
}

func (s *session) entered(r *room, nick string) {
	r.nick = nick // a room may give another than was asked for
	if r.state == in {
		return
	}
	r.state, r.since = in, time.Now()
	r.next = r.since.Add(s.chat.pace.check)
	s.chat.log.Info("joined a room", "room", r.JID, "nick", nick)
	s.chat.forgive(r.JID)
	s.poke()
}

func (s *session) refused(r *room, n *node) {
	if n.has("conflict") && r.taken < maxTaken {
		r.taken++
		r.state, r.next = out, time.Now()
		s.poke()
		return
	}
	s.lost(r, time.Now(), n.condition())
}

func (s *session) thrownOut(r *room, codes map[string]bool) {
	why := "the room let the bot go"
	switch {
	case codes["301"]:
		why = "banned"
	case codes["307"]:
		why = "kicked"
	case codes["321"], codes["322"]:
		why = "no longer a member"
	case codes["332"]:
		why = "the room's server shuts down"
	}
	s.lost(r, time.Now(), why)
}

// lost has the room joined again after a pause: one that doubles as long as the bot does not stay in, and a long
// one after a ban.
func (s *session) lost(r *room, now time.Time, why string) {
	pace := s.chat.pace
	if r.state == in && now.Sub(r.since) > pace.longest {
		r.fails = 0
	}
	pause := min(pace.rejoin<<min(r.fails, 10), pace.longest)
	if why == "banned" || strings.HasPrefix(why, "forbidden") {
		pause = pace.banned
	}
	r.fails++
	r.state, r.taken, r.live, r.occupants = out, 0, false, nil
	r.next = now.Add(pause)
	for id, w := range s.waits {
		if bareJID(w.to) == r.JID {
			w.got <- fmt.Errorf("not in the room (%s): %w", why, bot.ErrOffline)
			delete(s.waits, id)
		}
	}
	s.chat.once(r.JID, why)
	s.poke()
}
