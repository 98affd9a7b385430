package xmpp

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/fixtures/prosody"
)

func isIQ(id string) func(prosody.Node) bool {
	return func(n prosody.Node) bool { return n.XMLName.Local == "iq" && n.Attr("id") == id }
}

func TestDirect(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada")
	dada := s.Client(t, "dada", "desk")
	l := listen(t, s, nil)
	online(dada)
	for _, line := range []string{"status", " status ", "vigie: status", "@Vigie status", "!status"} {
		say(dada, botJID, "chat", line)
		if got := l.heard(); got.Text != "status" || got.From != "xmpp:dada@localhost" || got.Room != "dada@localhost" {
			t.Errorf("%q arrived as %+v", line, got)
		}
	}
	say(dada, botJID+"/vigie", "normal", "status")
	if got := l.heard(); got.Text != "status" {
		t.Errorf("a normal message: %+v", got)
	}
}

// None of these was said to the bot by dada, now.
func TestDirectNotRun(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada")
	dada := s.Client(t, "dada", "desk")
	say(dada, botJID, "chat", "restart while the bot was away") // the server keeps it
	l := listen(t, s, nil)
	online(dada)
	forward := "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='dada@localhost/desk' to='" + botJID +
		"' type='chat'><body>restart</body></message></forwarded>"
	for name, inner := range map[string]string{
		"a delay":                  "<body>restart</body><delay xmlns='urn:xmpp:delay' stamp='2026-01-02T03:04:05Z'/>",
		"a delay with an offset":   "<body>restart</body><delay xmlns='urn:xmpp:delay' stamp='2026-01-02T03:04:05+00:00'/>",
		"a delay without a stamp":  "<body>restart</body><delay xmlns='urn:xmpp:delay'/>",
		"an old delay":             "<body>restart</body><x xmlns='jabber:x:delay' stamp='20260102T03:04:05'/>",
		"a received carbon":        "<body>restart</body><received xmlns='urn:xmpp:carbons:2'>" + forward + "</received>",
		"a sent carbon":            "<sent xmlns='urn:xmpp:carbons:2'>" + forward + "</sent>",
		"a forwarded message":      "<body>restart</body>" + forward,
		"an archived message":      "<result xmlns='urn:xmpp:mam:2' id='1'>" + forward + "</result>",
		"a correction":             "<body>restart</body><replace xmlns='urn:xmpp:message-correct:0' id='x'/>",
		"a retraction":             "<body>restart</body><fallback xmlns='urn:xmpp:fallback:0'/><retract xmlns='urn:xmpp:message-retract:1' id='x'/>",
		"nothing":                  "<body/>",
		"a subject":                "<subject>restart</subject>",
		"a body of something else": "<body xmlns='urn:example'>restart</body>",
		"someone typing":           "<composing xmlns='http://jabber.org/protocol/chatstates'/>",
	} {
		dada.Send("<message to='%s' type='chat'>%s</message>", botJID, inner)
		dada.Send("<message to='%s' type='chat'><body>after %s</body></message>", botJID, name)
		if got := l.heard(); got.Text != "after "+name {
			t.Errorf("%s was run: %+v", name, got)
		}
	}
	for _, kind := range []string{"error", "headline", "groupchat"} {
		dada.Send("<message to='%s/vigie' type='%s'><body>restart</body></message>", botJID, kind)
		say(dada, botJID, "chat", "after "+kind)
		if got := l.heard(); got.Text != "after "+kind {
			t.Errorf("a message of type %s was run: %+v", kind, got)
		}
	}
	// The bot's own account speaks, from elsewhere, and has copies sent to all.
	self := s.Client(t, "vigie", "elsewhere")
	self.Send("<iq type='set' id='carbons'><enable xmlns='urn:xmpp:carbons:2'/></iq>")
	self.Expect("carbons", isIQ("carbons"))
	say(self, botJID+"/vigie", "chat", "restart")
	say(self, dada.JID, "chat", "restart")
	saysTo(dada, self.JID)
	say(dada, botJID, "chat", "the end")
	if got := l.heard(); got.Text != "the end" {
		t.Errorf("the bot's own account was heard: %+v", got)
	}
}

func TestEncryptedGetsHint(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada", "lou")
	dada, lou := s.Client(t, "dada", "desk"), s.Client(t, "lou", "x")
	var now time.Time
	l := listen(t, s, func(c *Chat) { c.now = func() time.Time { return now } })
	online(dada)
	dada.Send("<presence/>")
	lou.Send("<presence/>")
	omemo := func(c *prosody.Client, payload string) {
		c.Send("<message to='%s' type='chat'><encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/>%s</encrypted>"+
			"<body>I sent you an OMEMO encrypted message but your client doesn't seem to support that.</body></message>", botJID, payload)
	}
	// hints counts those that come before the bot has answered a ping.
	hints := func(c *prosody.Client) int {
		id := newID()
		c.Send("<iq type='get' id='%s' to='%s/vigie'><ping xmlns='urn:xmpp:ping'/></iq>", id, botJID)
		_, before := c.Until("an answer", isIQ(id))
		count := 0
		for _, n := range before {
			if strings.Contains(bodyOf(n), "encrypt") {
				count++
			}
		}
		return count
	}
	for _, step := range []struct {
		who     *prosody.Client
		payload string
		pass    time.Duration
		want    int
	}{
		{dada, "", 0, 0}, // only keys
		{dada, "<payload>x</payload>", 0, 1},
		{dada, "<payload>x</payload>", 59 * time.Minute, 0},
		{dada, "<payload>x</payload>", time.Minute, 1},
	} {
		now = now.Add(step.pass)
		omemo(step.who, step.payload)
		if got := hints(step.who); got != step.want {
			t.Errorf("%s at %s: %d hints, want %d", step.who.JID, now, got, step.want)
		}
	}
	omemo(lou, "<payload>x</payload>")
	if got := l.heard(); got.From != "xmpp:lou@localhost" || got.Text != "" {
		t.Errorf("of a stranger: %+v", got)
	}
	if got := hints(lou); got != 0 {
		t.Errorf("a stranger got %d hints; what strangers get is for the bot to say", got)
	}
	say(dada, botJID, "chat", "in the clear")
	if got := l.heard(); got.Text != "in the clear" {
		t.Errorf("an encrypted message was heard: %+v", got)
	}
}

func TestSubscriptions(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada", "mallory")
	dada, mallory := s.Client(t, "dada", "desk"), s.Client(t, "mallory", "x")
	l := listen(t, s, nil)
	l.Present(t.Context(), "all well")
	online(dada)
	for _, c := range []*prosody.Client{dada, mallory} { // who never asks for the roster is not told of answers
		c.Send("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>")
		c.Expect("the roster", isIQ("roster"))
	}
	dada.Send("<presence/><presence to='%s' type='subscribe'/>", botJID)
	dada.Expect("the status, which the approval shows", func(n prosody.Node) bool {
		return n.Is("presence", "", botJID+"/vigie") && n.Child("status").Text == "all well"
	})
	dada.Expect("the wish to see dada as well", func(n prosody.Node) bool { return n.Is("presence", "subscribe", botJID) })
	mallory.Send("<presence/><presence to='%s' type='subscribe'/>", botJID)
	_, before := mallory.Until("refusal", func(n prosody.Node) bool { return n.Is("presence", "unsubscribed", botJID) })
	for _, n := range before {
		if n.Child("status").Text != "" {
			t.Errorf("mallory got %v", n)
		}
	}
}

func TestQuestions(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada")
	dada := s.Client(t, "dada", "desk")
	listen(t, s, nil)
	online(dada)
	ask := func(kind, payload string) prosody.Node {
		id := newID()
		dada.Send("<iq type='%s' id='%s' to='%s/vigie'>%s</iq>", kind, id, botJID, payload)
		return dada.Expect("an answer", isIQ(id))
	}
	info := ask("get", "<query xmlns='http://jabber.org/protocol/disco#info'/>").Child("query")
	if i := info.Child("identity"); i.Attr("category") != "client" || i.Attr("type") != "bot" || !strings.Contains(info.Inner, nsCommands) {
		t.Errorf("disco#info: %v", info)
	}
	if n := ask("get", "<query xmlns='http://jabber.org/protocol/disco#items'/>"); n.Attr("type") != "result" {
		t.Errorf("disco#items: %v", n)
	}
	if n := ask("get", "<query xmlns='jabber:iq:version'/>"); n.Child("query").Child("name").Text != "vigie" {
		t.Errorf("version: %v", n)
	}
	for _, unknown := range []string{"get", "set"} {
		n := ask(unknown, "<query xmlns='urn:example:unknown'/>")
		if n.Attr("type") != "error" || n.Child("error").Child("service-unavailable").XMLName.Local == "" {
			t.Errorf("an unknown %s: %v", unknown, n)
		}
	}
	if n := ask("set", "<query xmlns='jabber:iq:roster'><item jid='mallory@localhost'/></query>"); n.Attr("type") != "error" {
		t.Errorf("a roster push by somebody else: %v", n)
	}
}

// Whatever bytes come, the bot stays connected.
func TestHostileBytes(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada", "mallory")
	dada := s.Client(t, "dada", "desk")
	l := listen(t, s, nil)
	online(dada)
	for name, inner := range map[string]string{
		"10 MB":              "<body>" + strings.Repeat("a", 10<<20) + "</body>",
		"100 kB":             "<body>" + strings.Repeat("é", 50<<10) + "</body>",
		"a control":          "<body>sta\x01tus</body>",
		"a NUL":              "<body>sta\x00tus</body>",
		"a reference":        "<body>&#1;&#0;&#xFFFF;</body>",
		"a noncharacter":     "<body>\uFFFE \uFFFF</body>",
		"broken UTF-8":       "<body>sta\xff\xc0\x80tus</body>",
		"a surrogate":        "<body>\xed\xa0\x80</body>",
		"right to left":      "<body>\u202Esutats\u202C</body>",
		"a doctype":          "<!DOCTYPE a [<!ENTITY b 'c'>]><body>&b;</body>",
		"a comment":          "<body>a<!-- b -->c</body>",
		"no end":             "<body>status</subject>",
		"the end of CDATA":   "<body>]]></body>",
		"CDATA":              "<body><![CDATA[<b>]]></body>",
		"depth":              "<body>a</body>" + strings.Repeat("<a>", 12000) + strings.Repeat("</a>", 12000),
		"breadth":            "<body>a</body>" + strings.Repeat("<a/>", 20000),
		"odd names":          "<body>a</body><é:a.b-c_d xmlns:é='urn:é' é:attr='1' xmlns:p='urn:p' p:attr='&lt;&#10;'/>",
		"many bodies":        "<body>status</body><body xml:lang='fr'>stop</body>",
		"carriage returns":   "<body>a&#13;b\r\nc</body>",
		"astral characters":  "<body>😀 \U000E0041</body>",
		"an empty namespace": "<body>a</body><x xmlns=''><y/></x>",
	} {
		mallory := s.Client(t, "mallory", "x")
		mallory.TrySend(fmt.Sprintf("<message to='%s' type='chat'>%s</message>", botJID, inner))
		mallory.TrySend("<message to='" + botJID + "' type='chat'><body>done</body></message>")
		ended := make(chan struct{})
		go func() { // until the server has dealt with it: it ends the stream, or takes the next
			defer close(ended)
			mallory.TrySend("<iq type='get' id='end'><ping xmlns='urn:xmpp:ping'/></iq>")
			for {
				if n, err := mallory.Next(); err != nil || n.Attr("id") == "end" {
					return
				}
			}
		}()
		<-ended
		mallory.Close()
		say(dada, botJID, "chat", "after "+name)
		for {
			got := l.heard()
			if got.From == "xmpp:dada@localhost" {
				if got.Text != "after "+name {
					t.Errorf("%s: heard %+v", name, got)
				}
				break
			}
		}
	}
	if len(l.ended) != 0 {
		t.Errorf("the connection was lost: %v", <-l.ended)
	}
}

func TestManyAtOnce(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada")
	dada := s.Client(t, "dada", "desk")
	l := listen(t, s, nil)
	online(dada)
	dada.Send("<presence/>")
	l.echo()
	const many = 200
	for i := range many {
		say(dada, botJID, "chat", fmt.Sprint("status ", i))
	}
	for i := range many {
		if got, want := bodyOf(saysTo(dada, botJID+"/vigie")), fmt.Sprint("heard status ", i); got != want {
			t.Fatalf("answer %q, want %q", got, want)
		}
	}
}

// A post larger than a server takes is cut, and the connection stays.
func TestLongPost(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada")
	dada := s.Client(t, "dada", "desk")
	l := listen(t, s, nil)
	online(dada)
	dada.Send("<presence/>")
	l.post(bot.Post{Room: "dada@localhost", Text: strings.Repeat("x", 1<<20), Block: strings.Repeat("a line & <more>\n", 100_000)})
	if got := bodyOf(saysTo(dada, botJID+"/vigie")); len(got) > defaultLimit || strings.Count(got, cutMark) != 2 || !strings.HasSuffix(got, "\n```") {
		t.Errorf("%d bytes: %.100q … %q", len(got), got, got[max(0, len(got)-100):])
	}
}
