package xmpp

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/fixtures/prosody"
)

func TestRoomAddressing(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada")
	dada, l := openRoom(t, s, "anyone")
	for _, line := range []string{"vigie: status", "vigie, status", "@vigie status", "!status", "VIGIE:status"} {
		say(dada, ops, "groupchat", "vigie is not spoken to in "+line) // none of these may arrive
		say(dada, ops, "groupchat", line)
		got := l.heard()
		if got.Text != "status" || got.From != "xmpp:dada@localhost" || got.Room != ops || got.Chat != "xmpp" || got.ID == "" {
			t.Errorf("%q arrived as %+v", line, got)
		}
	}
}

func TestRoomThatHidesAddresses(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada", "mallory")
	dada, l := openRoom(t, s, "moderators")
	say(dada, ops, "groupchat", "vigie: status")
	if got := l.heard(); got.From != "" || !strings.Contains(got.Unproven, botJID) {
		t.Errorf("in an anonymous room: %+v", got)
	}
	// Somebody forges the element by which a room shows addresses, in its namespace and in others.
	mallory := s.Client(t, "mallory", "x")
	mallory.Send("<presence to='%s/dada2'>"+
		"<x xmlns='http://jabber.org/protocol/muc'/>"+
		"<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' role='moderator' jid='dada@localhost/desk'/></x>"+
		"<x xmlns='vcard-temp:x:update'><item affiliation='owner' role='moderator' jid='dada@localhost/desk'/></x>"+
		"<x xmlns='jabber:client'><item affiliation='owner' role='moderator' jid='dada@localhost/desk'/></x>"+
		"<item xmlns='http://jabber.org/protocol/muc#user' jid='dada@localhost/desk'/></presence>", ops)
	seen := waitFor(dada, ops+"/dada2")
	t.Logf("Prosody passes on: %v", seen)
	say(mallory, ops, "groupchat", "vigie: stop everything")
	if got := l.heard(); got.From != "" || got.Unproven == "" || got.Text != "stop everything" {
		t.Errorf("with a forged address: %+v", got)
	}
}

func TestForgedAddressInOpenRoom(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada", "mallory")
	_, l := openRoom(t, s, "anyone")
	mallory := s.Client(t, "mallory", "x")
	mallory.Send("<presence to='%s/Dada'><x xmlns='http://jabber.org/protocol/muc'/>"+
		"<x xmlns='http://jabber.org/protocol/muc#user'><item jid='dada@localhost/desk'/></x></presence>", ops)
	say(mallory, ops, "groupchat", "vigie: stop")
	if got := l.heard(); got.From != "xmpp:mallory@localhost" {
		t.Errorf("with a forged address: %+v", got)
	}
}

// A nick that changes hands takes no rights along.
func TestNickChangesHands(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada", "mallory")
	dada, l := openRoom(t, s, "anyone")
	mallory := s.Client(t, "mallory", "x")
	mallory.Join(ops, "mallory")
	dada.Send("<presence to='%s/lulu'/>", ops)
	mallory.Expect("dada's new nick", func(n prosody.Node) bool { return n.Is("presence", "", ops+"/lulu") })
	mallory.Send("<presence to='%s/dada'/>", ops)
	waitFor(dada, ops+"/dada")
	say(mallory, ops, "groupchat", "vigie: stop")
	if got := l.heard(); got.From != "xmpp:mallory@localhost" {
		t.Errorf("who took the nick dada: %+v", got)
	}
	say(dada, ops, "groupchat", "vigie: status")
	if got := l.heard(); got.From != "xmpp:dada@localhost" {
		t.Errorf("dada under another nick: %+v", got)
	}
	dada.Send("<presence to='%s/lulu' type='unavailable'/>", ops)
	mallory.Expect("lulu to leave", func(n prosody.Node) bool { return n.Is("presence", "unavailable", ops+"/lulu") })
	mallory.Send("<presence to='%s/lulu'/>", ops)
	say(mallory, ops, "groupchat", "vigie: stop")
	if got := l.heard(); got.From != "xmpp:mallory@localhost" {
		t.Errorf("who took the nick of somebody gone: %+v", got)
	}
}

func TestPrivateMessageThroughRoom(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada")
	dada, l := openRoom(t, s, "anyone")
	say(dada, ops+"/vigie", "chat", "status")
	got := l.heard()
	if got.From != "" || got.Room != ops+"/dada" || !strings.Contains(got.Unproven, botJID) {
		t.Errorf("a private message through the room: %+v", got)
	}
	l.post(bot.Post{Room: got.Room, Text: got.Unproven})
	if n := saysTo(dada, ops+"/vigie"); n.Attr("type") != "chat" || bodyOf(n) != got.Unproven {
		t.Errorf("the answer: %v", n)
	}
}

// What was said before the bot came is history, whoever says when.
func TestHistoryIsNotRun(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada")
	dada := s.Client(t, "dada", "desk")
	dada.Join(ops, "dada")
	dada.Configure(ops, "muc#roomconfig_whois", "anyone")
	for range 5 {
		say(dada, ops, "groupchat", "vigie: restart diaspora")
	}
	saysTo(dada, ops+"/dada")
	l := listen(t, s, nil)
	waitFor(dada, ops+"/vigie")
	dada.Send("<message to='%s' type='groupchat'><body>vigie: stop</body><delay xmlns='urn:xmpp:delay' stamp='2026-01-02T03:04:05+00:00'/></message>", ops)
	dada.Send("<message to='%s' type='groupchat'><body>vigie: stop</body><x xmlns='jabber:x:delay' stamp='20260102T03:04:05'/></message>", ops)
	dada.Send("<message to='%s' type='groupchat'><body>vigie: stop</body><replace xmlns='urn:xmpp:message-correct:0' id='a'/></message>", ops)
	say(dada, ops, "groupchat", "vigie: status")
	if got := l.heard(); got.Text != "status" {
		t.Errorf("heard %+v", got)
	}
}

// A room may ignore that no history was asked for. What comes before the subject is history all the same.
func TestNothingBeforeTheSubject(t *testing.T) {
	l := New(Config{JID: botJID, Rooms: []Room{{JID: ops}}}, nil, nil, nil)
	s := newSession(l, nil, identity{jid: botJID + "/vigie"})
	r := s.rooms[ops]
	r.state, r.nick, r.occupants = in, "vigie", map[string]string{"dada": "dada@localhost"}
	r.since = *s.heard.Load()
	message := func(xml string) *node {
		n, err := newStream(strings.NewReader("<m xmlns='jabber:client'>" + xml + "</m>")).next()
		if err != nil {
			t.Fatal(err)
		}
		return n.nodes[0]
	}
	said := message("<message type='groupchat' from='" + ops + "/dada'><body>vigie: stop</body></message>")
	s.message(said)
	if len(s.lines) != 0 {
		t.Error("a line before the subject was run")
	}
	s.message(message("<message type='groupchat' from='" + ops + "'><subject/></message>"))
	s.message(said)
	if len(s.lines) != 1 {
		t.Error("a line after the subject was not run")
	}
}

func TestPostAndCorrection(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada")
	dada, l := openRoom(t, s, "anyone")
	r := l.post(bot.Post{Room: ops, Text: "restarting …", Block: "dada: a line\n```\nanother"})
	n := saysTo(dada, ops+"/vigie")
	if n.Attr("id") != r.ID || n.Attr("type") != "groupchat" {
		t.Errorf("posted %v, receipt %+v", n, r)
	}
	if want := "restarting …\n```\nd\u2060ada: a line\n\u2060```\nanother\n```"; bodyOf(n) != want {
		t.Errorf("body %q, want %q", bodyOf(n), want)
	}
	for _, text := range []string{"still at it", "done <&>\x00\x1b[31m"} {
		if err := l.Edit(context.Background(), r, bot.Post{Text: text}); err != nil {
			t.Fatal(err)
		}
		n = saysTo(dada, ops+"/vigie")
		if n.Child("replace").Attr("id") != r.ID || n.Attr("id") == r.ID {
			t.Errorf("correction %v", n)
		}
	}
	if bodyOf(n) != "done <&>[31m" {
		t.Errorf("body %q", bodyOf(n))
	}
	// To one person.
	dada.Send("<presence/>")
	r = l.post(bot.Post{Room: "dada@localhost", Text: "one"})
	if n := saysTo(dada, botJID+"/vigie"); n.Attr("id") != r.ID || n.Attr("type") != "chat" || n.Child("unstyled").XMLName.Local == "" {
		t.Errorf("to one person: %v", n)
	}
	if _, err := l.Post(context.Background(), bot.Post{Room: "nobody@localhost", Text: "x"}); err == nil || errors.Is(err, bot.ErrOffline) {
		t.Errorf("a post to nobody: %v", err)
	}
}

func TestOnlyOnePersonSeesIt(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada", "lou")
	dada, l := openRoom(t, s, "anyone")
	lou := s.Client(t, "lou", "x")
	lou.Join(ops, "lou")
	say(lou, ops, "groupchat", "!help") // the bot has seen lou come once this is heard
	l.heard()
	l.post(bot.Post{Room: ops, Only: "xmpp:lou@localhost", Text: "for lou"})
	l.post(bot.Post{Room: ops, Text: "for all"})
	if n := saysTo(lou, ops+"/vigie"); bodyOf(n) != "for lou" || n.Attr("type") != "chat" {
		t.Errorf("lou got %v", n)
	}
	if n := saysTo(dada, ops+"/vigie"); bodyOf(n) != "for all" {
		t.Errorf("dada got %v", n)
	}
}

func TestNickConflict(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada", "lou", "mia")
	dada, lou := s.Client(t, "dada", "desk"), s.Client(t, "lou", "x")
	dada.Join(ops, "vigie")
	dada.Configure(ops, "muc#roomconfig_whois", "anyone")
	lou.Join(ops, "vigie_")
	l := listen(t, s, nil)
	waitFor(lou, ops+"/vigie_2")
	say(lou, ops, "groupchat", "vigie: this is for dada")
	say(lou, ops, "groupchat", "vigie_: this is for me")
	say(lou, ops, "groupchat", "vigie_2: status")
	if got := l.heard(); got.Text != "status" {
		t.Errorf("heard %+v", got)
	}
}

func TestPresenceLine(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada")
	dada, l := openRoom(t, s, "anyone")
	if err := l.Present(context.Background(), "all well <&> \n so far"); err != nil {
		t.Fatal(err)
	}
	shows := func(n prosody.Node) bool {
		return n.Is("presence", "", ops+"/vigie") && n.Child("status").Text == "all well <&> so far"
	}
	dada.Expect("the status", shows)
	dada.Send("<iq type='set' id='kick' to='%s'><query xmlns='http://jabber.org/protocol/muc#admin'><item nick='vigie' role='none'/></query></iq>", ops)
	dada.Expect("the bot to go", func(n prosody.Node) bool { return n.Is("presence", "unavailable", ops+"/vigie") })
	if _, err := l.Post(context.Background(), bot.Post{Room: ops, Text: "x"}); !errors.Is(err, bot.ErrOffline) {
		t.Errorf("a post to a room the bot was kicked from: %v", err)
	}
	l.session().mu.Lock()
	if r := l.session().rooms[ops]; r.fails != 1 || !strings.Contains(l.log.String(), "kicked") {
		t.Errorf("after the kick: %+v", r)
	}
	l.session().rooms[ops].next = l.session().rooms[ops].since // the pause is over
	l.session().mu.Unlock()
	l.session().poke()
	dada.Expect("the bot with its status", shows)
}
