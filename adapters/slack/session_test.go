package slack

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/slackd"
	"github.com/slack-go/slack/socketmode"
)

// A slash command says not when it was typed, and Slack has told the person that it failed.
func TestLateSlashIsNotRun(t *testing.T) {
	h := start(t)
	h.listen()
	d := h.server.SendRaw(`{"envelope_id":"late","type":"slash_commands","retry_attempt":1,"payload":{"user_id":"U0DADA",
		"channel_id":"C0OPS","text":"restart diaspora","trigger_id":"1.2.3","response_url":"http://127.0.0.1:1/notasecret"}}`)
	if answer := d.AwaitAck(); !strings.Contains(answer, "too late") {
		t.Errorf("the person is told %s", answer)
	}
	h.last()
}

// What was acknowledged is delivered, even if the socket is lost before the bot gets to it.
func TestAcknowledgedIsDelivered(t *testing.T) {
	h := start(t)
	ended := make(chan error, 1)
	go func() { ended <- h.chat.Listen(t.Context(), h.in) }()
	h.server.AwaitConnected(1)
	const n = 5
	for i := range n {
		h.server.DM(slackd.Dada, fmt.Sprint(i)).AwaitAck()
	}
	h.server.DropAll()
	for i := range n {
		if m := h.next(); m.Text != fmt.Sprint(i) {
			t.Errorf("number %d is %q", i, m.Text)
		}
	}
	if err := <-ended; err == nil {
		t.Error("Listen ended without an error")
	}
}

// More than the bot can take is not acknowledged, so that Slack sends it again; who typed a slash
// command is told.
func TestTooManyAtOnce(t *testing.T) {
	h := start(t)
	h.listen()
	h.last() // the deliverer is at work now, and takes one more before it waits
	sent := map[string]bool{}
	for i := range queueLength + 1 {
		text := fmt.Sprint("number ", i)
		h.server.DM(slackd.Dada, text)
		sent[text] = true
	}
	refused := 0
	for i := range 3 {
		text := fmt.Sprint("slash ", i)
		if answer := h.server.Slash(slackd.Dada, slackd.Ops, text).AwaitAck(); strings.Contains(answer, "Too many") {
			refused++
		} else {
			sent[text] = true
		}
	}
	if refused == 0 {
		t.Error("no slash command was refused")
	}
	h.server.DM(slackd.Dada, "one more")
	sent["one more"] = true
	h.server.DropAll()
	for len(sent) > 0 {
		m := h.next()
		if !sent[m.Text] {
			t.Fatalf("%q came twice, or was refused", m.Text)
		}
		delete(sent, m.Text)
	}
	h.last()
}

func TestRead(t *testing.T) {
	press := func(more string) heard {
		h, _ := read(socketmode.Request{Type: "interactive", Payload: []byte(`{"type":"block_actions","user":{"id":"U0DADA"},` +
			`"container":{"channel_id":"C0OPS","message_ts":"1.2"},"actions":[{"block_id":"vigie","value":"yes","action_ts":"1712345678.1"}]` + more + `}`)}, "U0VIGIE")
		return h
	}
	if got := press(`,"message":{"thread_ts":"3.4"}`).msg; got.Thread != "3.4" || got.ID != "1.2" || got.Press != "yes" {
		t.Errorf("a press in a thread is %+v", got)
	}
	if got := press("").msg; got.Thread != "" || got.Press != "yes" {
		t.Errorf("a press is %+v", got)
	}
	for _, more := range []string{`,"type":"view_submission"`, `,"user":{"id":"x"}`, `,"actions":[]`, `,"actions":[{"block_id":"other","value":"yes","action_ts":"1.1"}]`} {
		if h := press(more); h.key != "" {
			t.Errorf("%s is taken for a press: %+v", more, h)
		}
	}
	for ts, want := range map[string]int64{"1712345678.000100": 1712345678, "0": 0} {
		if got, ok := parseTS(ts); !ok || got.Unix() != want {
			t.Errorf("%s is %v %v", ts, got, ok)
		}
	}
	for _, ts := range []string{"", "x", "-1.0", "99999999999999999999", "1e5", ".5"} {
		if got, ok := parseTS(ts); ok {
			t.Errorf("%q is taken for the time %v", ts, got)
		}
	}
}

func TestClock(t *testing.T) {
	var c clock
	boot := time.Unix(0, 0)
	if got := c.at(boot); !got.Equal(boot) {
		t.Errorf("without Slack's time it is %v", got)
	}
	now := time.Unix(1_700_000_000, 0)
	c.set(now, boot)
	if got := c.at(boot.Add(time.Minute)); !got.Equal(now.Add(time.Minute)) {
		t.Errorf("a minute later it is %v", got)
	}
}
