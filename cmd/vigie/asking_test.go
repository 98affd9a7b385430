package main

import (
	"strings"
	"testing"

	"github.com/diaspote/vigie/fixtures/prosody"
)

// incident is written from the room, piece by piece; what is only talk in the room is no answer, nor is what another says.
func (h *house) incident(t *testing.T) {
	h.say("vigie: incident open")
	h.hears("incident open: What is it called?")
	h.say("I would call it slow")
	lulu := h.server.Client(t, "lulu", "phone")
	lulu.Send("<presence/>")
	lulu.Join(opsRoom, "lulu")
	lulu.Send("<message type='groupchat' to='%s' id='other'><body>vigie: no</body></message>", opsRoom)
	h.hears("no question of mine waits for your answer here")
	lulu.Close()
	h.say("vigie: whoami")
	h.hears("You are ", "(admin)")
	h.say("vigie: Pod &lt;b&gt;slow&lt;/b&gt; &amp; @everyone")
	h.hears(`incident open "Pod <b>slow</b> & @everyone": Which components does it touch?`, "2: diaspora · ", "none")
	h.say("@vigie 2")
	h.hears("on diaspora: How bad is it?", "2: major")
	h.say("!major")
	opened := h.hears(" is open and public: Pod <b>slow</b> & @everyone · diaspora partial outage")
	t.Log(opened)
	number := strings.Fields(opened)[1] // the bot may have opened others by itself
	h.say("vigie: incident resolve " + number)
	h.hears("incident " + number + " is resolved and public")

	h.say("vigie: incident remove " + number)
	h.hears("incident remove " + number + " on diaspote? Answer yes or no")
	h.say("vigie: yes")
	h.hears("incident " + number + " is removed: Pod <b>slow</b>")

	h.until(t, "lulu", "sh", "-c", "vigie ask component why sidekiq | grep -q 'is failed'")
	h.say("vigie: component set sidekiq ok")
	t.Log(h.hears("sidekiq is still major outage: sidekiq, which it follows, is failed", "exit status 1"))

	// The same person in a conversation of two is asked there, and the room is left alone.
	h.say("vigie: incident open")
	h.hears("What is it called?")
	h.dada.Send("<message type='chat' to='vigie@localhost' id='private'><body>cancel</body></message>")
	h.dada.Expect("no question there", func(n prosody.Node) bool {
		return n.Attr("type") == "chat" && strings.Contains(n.Child("body").Text, `no command "cancel"`)
	})
	h.say("vigie: cancel")
	h.hears("incident open: not done, as you say")

	if out, err := h.Try("vigie", "vigie", "ask", "incident", "open"); err == nil {
		t.Errorf("somebody who is not listed is answered: %s", out)
	}
	h.say("vigie: audit 8")
	t.Log(h.hears(`incident open "Pod <b>slow</b> & @everyone" on diaspora major`, "● incident "+number+" is open and public"))
}
