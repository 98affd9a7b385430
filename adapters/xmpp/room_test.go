package xmpp

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

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

// An admin who is told that the room hides addresses changes that, and is known from then on.
func TestRoomBeginsToShowAddresses(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada")
	dada, l := openRoom(t, s, "moderators")
	dada.Configure(ops, "muc#roomconfig_whois", "anyone")
	for deadline := time.Now().Add(patience); ; {
		say(dada, ops, "groupchat", "vigie: status")
		if got := l.heard(); got.From == "xmpp:dada@localhost" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the bot never sees who speaks")
		}
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
	sess := l.session()
	sess.mu.Lock()
	defer sess.mu.Unlock()
	if o := sess.rooms[ops].occupants; len(o) != 2 || o["lulu"] != "mallory@localhost" {
		t.Errorf("the room is thought to hold %v", o)
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
	said := parse(t, "<message type='groupchat' from='"+ops+"/dada'><body>vigie: stop</body></message>")
	s.message(said)
	if len(s.lines) != 0 {
		t.Error("a line before the subject was run")
	}
	s.message(parse(t, "<message type='groupchat' from='"+ops+"'><subject/></message>"))
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

// parse reads one stanza.
func parse(t *testing.T, xml string) *node {
	t.Helper()
	n, err := newStream(strings.NewReader("<m xmlns='jabber:client'>" + xml + "</m>")).next()
	if err != nil {
		t.Fatal(err)
	}
	return n.nodes[0]
}

// Should a room ever pass on an element that an occupant made, beside its own, neither is believed.
func TestTwoClaimsAreNone(t *testing.T) {
	const mine = "<x xmlns='http://jabber.org/protocol/muc#user'><item jid='dada@localhost/desk'/></x>"
	const rooms = "<x xmlns='http://jabber.org/protocol/muc#user'><item jid='mallory@localhost/x'/></x>"
	for name, c := range map[string]struct{ inner, want string }{
		"the room's":              {rooms, "mallory@localhost/x"},
		"two elements":            {mine + rooms, ""},
		"the other way round":     {rooms + mine, ""},
		"two items":               {strings.ReplaceAll(mine, "</x>", "<item jid='mallory@localhost/x'/></x>"), ""},
		"one of another protocol": {strings.ReplaceAll(mine, "#user", ""), ""},
		"one deeper down":         {"<x xmlns='urn:example'>" + mine + "</x>", ""},
		"none":                    {"", ""},
	} {
		got := ""
		if item, _ := roomItem(parse(t, "<presence>"+c.inner+"</presence>")); item != nil {
			got = item.attr("jid")
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// A ban is taken for an answer, a kick for a while.
func TestThrownOut(t *testing.T) {
	for code, want := range map[string]time.Duration{"301": time.Hour, "307": 10 * time.Second} {
		chat := New(Config{JID: botJID, Rooms: []Room{{JID: ops}}}, nil, slog.New(slog.DiscardHandler), time.Now)
		s := newSession(chat, nil, identity{jid: botJID + "/vigie"})
		r := s.rooms[ops]
		r.state, r.nick, r.occupants, r.since = in, "vigie", map[string]string{}, time.Now()
		before := time.Now()
		s.presence(parse(t, "<presence type='unavailable' from='"+ops+"/vigie'><x xmlns='http://jabber.org/protocol/muc#user'>"+
			"<item affiliation='none' role='none'/><status code='110'/><status code='"+code+"'/></x></presence>"))
		if pause := r.next.Sub(before).Round(time.Second); r.state != out || pause != want {
			t.Errorf("after %s: a pause of %s, want %s", code, pause, want)
		}
	}
}

// A room that does not let the bot in does not keep it from the others, and is not asked again at once.
func TestRoomsThatRefuse(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada")
	dada := s.Client(t, "dada", "desk")
	room := func(name string) string { return name + "@" + prosody.Conference }
	for _, r := range []string{room("secret"), room("wrong"), room("members"), room("banned"), ops} {
		dada.Join(r, "dada")
	}
	dada.Configure(room("secret"), "muc#roomconfig_roomsecret", "sesame")
	dada.Configure(room("wrong"), "muc#roomconfig_roomsecret", "sesame")
	dada.Configure(room("members"), "muc#roomconfig_membersonly", "1")
	dada.Send("<iq type='set' id='ban' to='%s'><query xmlns='http://jabber.org/protocol/muc#admin'>"+
		"<item jid='%s' affiliation='outcast'/></query></iq>", room("banned"), botJID)
	dada.Expect("the ban", isIQ("ban"))
	l := listen(t, s, func(c *Chat) {
		c.cfg.Rooms = []Room{{JID: room("banned")}, {JID: room("wrong"), Password: "x"}, {JID: room("members")},
			{JID: "x@nowhere.invalid"}, {JID: room("secret"), Password: "sesame"}, {JID: ops}}
		c.pace.rejoin = time.Millisecond
	})
	entered := make(map[string]bool)
	for !entered[room("secret")] || !entered[ops] {
		n := dada.Expect("the bot in both rooms", func(n prosody.Node) bool {
			return n.XMLName.Local == "presence" && strings.HasSuffix(n.Attr("from"), "/vigie")
		})
		entered[bareJID(n.Attr("from"))] = true
	}
	if len(entered) != 2 {
		t.Errorf("entered %v", entered)
	}
	// It goes on trying, ever more slowly, but for the room that has banned it; and it says so once.
	for deadline := time.Now().Add(patience); l.fails(room("wrong")) < 5 || l.fails(room("banned")) < 1; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the rooms are not tried again")
		}
	}
	if n := l.fails(room("banned")); n != 1 {
		t.Errorf("tried a room that banned the bot %d times", n)
	}
	for _, r := range []string{room("wrong"), room("members"), room("banned")} {
		if n := strings.Count(l.log.String(), "room="+r); n != 1 {
			t.Errorf("%s was logged %d times", r, n)
		}
	}
}

func (l *listener) fails(jid string) int {
	for l.session() == nil {
		time.Sleep(time.Millisecond)
	}
	s := l.session()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rooms[jid].fails
}

// A bot that believes to be in a room finds out by asking (XEP-0410), or when a post is refused, and joins again.
func TestSilentlyOutOfRoom(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada")
	dada := s.Client(t, "dada", "desk")
	l := listen(t, s, func(c *Chat) { c.cfg.Rooms = nil; c.pace.rejoin = time.Millisecond })
	online(dada)
	sess := l.session()
	believe := func(jid string, next time.Time) {
		sess.mu.Lock()
		sess.rooms[jid] = &room{Room: Room{JID: jid}, state: in, nick: "vigie", since: time.Now(), next: next,
			occupants: make(map[string]string)}
		sess.mu.Unlock()
		sess.poke()
	}
	dada.Join(ops, "dada")
	believe(ops, time.Now())
	waitFor(dada, ops+"/vigie")
	dada.Join("second@"+prosody.Conference, "dada")
	believe("second@"+prosody.Conference, time.Now().Add(time.Hour))
	if _, err := l.Post(t.Context(), bot.Post{Room: "second@" + prosody.Conference, Text: "x"}); !errors.Is(err, bot.ErrOffline) {
		t.Errorf("a post to a room that does not know the bot: %v", err)
	}
	waitFor(dada, "second@"+prosody.Conference+"/vigie")
}
