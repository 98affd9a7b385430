package xmpp

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/fixtures/prosody"
)

// inRoom is a session without a connection, in its room.
func inRoom(t *testing.T) (*session, *room) {
	chat := New(Config{JID: botJID, Rooms: []Room{{JID: ops}}}, nil, slog.New(slog.DiscardHandler), time.Now)
	s := newSession(chat, nil, identity{jid: botJID + "/vigie"})
	r := s.rooms[ops]
	r.state, r.nick, r.live, r.occupants = in, "vigie", true, map[string]string{"dada": "dada@localhost"}
	return s, r
}

// An occupant who pretends to be the room does not have the bot leave it.
func TestOccupantSaysTheRoomHasForgottenTheBot(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada", "mallory")
	dada, l := openRoom(t, s, "anyone")
	mallory := s.Client(t, "mallory", "x")
	mallory.Join(ops, "mallory")
	mallory.Send("<message type='error' id='x' to='%s/vigie'><error type='cancel'><not-acceptable xmlns='%s'/></error></message>", ops, nsStanzas)
	say(mallory, ops, "groupchat", "sent")
	saysTo(dada, ops+"/mallory")
	say(dada, ops, "groupchat", "!status")
	if got := l.heard(); got.Text != "status" {
		t.Errorf("heard %+v", got)
	}
}

func TestErrorsOfARoom(t *testing.T) {
	bounce := func(from, kind, condition string) *node {
		return parse(t, fmt.Sprintf("<message type='error' from='%s'><error type='%s'><%s xmlns='%s'/></error></message>", from, kind, condition, nsStanzas))
	}
	s, r := inRoom(t)
	if err := s.bounced(bounce(ops+"/mallory", "cancel", "not-acceptable")); errors.Is(err, bot.ErrOffline) || r.state != in {
		t.Errorf("of an occupant: %v, state %v", err, r.state)
	}
	if err := s.bounced(bounce(ops, "wait", "resource-constraint")); !errors.Is(err, bot.ErrOffline) || r.state != in {
		t.Errorf("for now: %v, state %v", err, r.state)
	}
	if err := s.bounced(bounce(ops, "auth", "forbidden")); errors.Is(err, bot.ErrOffline) || r.state != in {
		t.Errorf("for good: %v, state %v", err, r.state)
	}
	if err := s.bounced(bounce(ops, "cancel", "not-acceptable")); !errors.Is(err, bot.ErrOffline) || r.state != out {
		t.Errorf("forgotten: %v, state %v", err, r.state)
	}
}

func TestFloodOfOccupants(t *testing.T) {
	s, r := inRoom(t)
	enter := func(nick, jid, codes string) {
		s.presence(parse(t, fmt.Sprintf("<presence from='%s/%s'><x xmlns='%s'><item jid='%s'/>%s</x></presence>", ops, nick, nsMUCUser, jid, codes)))
	}
	for i := range maxOccupants + 100 {
		enter(fmt.Sprint("m", i), "mallory@localhost/x", "")
	}
	if len(r.occupants) > maxOccupants {
		t.Errorf("%d occupants are remembered", len(r.occupants))
	}
	enter("dada", "dada@localhost/phone", "")
	if r.occupants["dada"] != "dada@localhost" {
		t.Error("who was there before is forgotten")
	}
	enter("m1", "mallory@localhost/x", "<status code='110'/>")
	if r.nick != "vigie" {
		t.Errorf("the bot takes itself for %s", r.nick)
	}
}

func TestSecondProgramOfThatAccount(t *testing.T) {
	s, _ := inRoom(t)
	err := s.streamError(parse(t, "<error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></error>"))
	if !strings.Contains(err.Error(), "second vigie") {
		t.Error(err)
	}
}

// More lines than can be kept while the bot takes none: somebody known is told, once.
func TestLinesThatAreDroppedAreTold(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada")
	dada := s.Client(t, "dada", "desk")
	l := listen(t, s, nil)
	online(dada)
	dada.Send("<presence/>")
	for range maxHeard + 20 {
		say(dada, botJID, "chat", "status")
	}
	if n := saysTo(dada, botJID+"/vigie"); !strings.Contains(bodyOf(n), "not all of it was heard") {
		t.Errorf("told %v", n)
	}
	for range maxHeard {
		l.heard()
	}
	_, before := dada.Until("an answer", isIQ(pingBot(dada)))
	for _, n := range before {
		if bodyOf(n) != "" {
			t.Errorf("told again: %v", n)
		}
	}
}

func pingBot(c *prosody.Client) (id string) {
	id = newID()
	c.Send("<iq type='get' id='%s' to='%s/vigie'><ping xmlns='urn:xmpp:ping'/></iq>", id, botJID)
	return id
}

// What is said after a reconnection does not lean on what was before it.
func TestAnswersAfterAReconnection(t *testing.T) {
	_, m, l := openMenu(t, nil)
	m.Send("<presence/>")
	r := l.post(bot.Post{Room: "dada@localhost", Text: "restarting prosody …"})
	saysTo(m.Client, m.to)
	m.call("status", "", "execute", "")
	dialogue := l.heard().Room

	l.session().fail(errSilent)
	if err := l.lost(); !errors.Is(err, errSilent) {
		t.Errorf("Listen: %v", err)
	}
	for l.session() == nil {
		runtime.Gosched()
	}
	if err := l.Edit(t.Context(), r, bot.Post{Text: "restarted"}); err == nil {
		t.Error("a message of an earlier connection was edited, which clients need not believe")
	}
	l.post(bot.Post{Room: dialogue, Text: "all well"})
	if n := saysTo(m.Client, m.to); bodyOf(n) != "all well" {
		t.Errorf("said %v", n)
	}
}

func TestLongAnswerInAForm(t *testing.T) {
	d := &dialogue{said: []saying{{text: strings.Repeat("x\n", 7000)}}}
	if got := d.result(nil); len(got) > defaultLimit {
		t.Errorf("%d bytes", len(got))
	}
}
