package xmpp

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/fixtures/prosody"
)

// A menu is dada's client, calling commands of the bot.
type menu struct {
	*prosody.Client
	to string
}

func (m menu) ask(kind, payload string) (id string) {
	id = newID()
	m.Send("<iq type='%s' id='%s' to='%s'>%s</iq>", kind, id, m.to, payload)
	return id
}

func (m menu) answer(id string) prosody.Node { return m.Expect("an answer to "+id, isIQ(id)) }

func (m menu) call(node, sid, action, form string) (id string) {
	return m.ask("set", fmt.Sprintf("<command xmlns='%s' node='%s' sessionid='%s' action='%s'>%s</command>",
		nsCommands, node, sid, action, form))
}

func submit(name, value string) string {
	return fmt.Sprintf("<x xmlns='jabber:x:data' type='submit'><field var='%s'><value>%s</value></field></x>", name, value)
}

func openMenu(t *testing.T, tune func(*Chat)) (*prosody.Server, menu, *listener) {
	s := prosody.Start(t, "", "vigie", "dada", "mallory")
	dada := s.Client(t, "dada", "desk")
	l := listen(t, s, tune)
	online(dada)
	return s, menu{dada, botJID + "/vigie"}, l
}

func TestMenu(t *testing.T) {
	_, m, l := openMenu(t, nil)
	list := m.answer(m.ask("get", "<query xmlns='"+nsItems+"' node='"+nsCommands+"'/>")).Child("query")
	if len(list.Nodes) != 2 || list.Nodes[1].Attr("node") != "restart" {
		t.Errorf("the list: %v", list)
	}
	id := m.call("status", "", "execute", "")
	heard := l.heard()
	if heard.Text != "status" || heard.From != "xmpp:dada@localhost" || !strings.HasPrefix(heard.Room, "adhoc:") {
		t.Errorf("heard %+v", heard)
	}
	r := l.post(bot.Post{Room: heard.Room, Text: "looking …"})
	if err := l.Edit(t.Context(), r, bot.Post{Text: "all well <&>", Block: "a  b\nc  d"}); err != nil {
		t.Fatal(err)
	}
	heard.Done(nil)
	c := m.answer(id).Child("command")
	var lines []string
	for _, v := range c.Child("x").Child("field").Nodes {
		lines = append(lines, v.Text)
	}
	if c.Attr("status") != "completed" || strings.Join(lines, "|") != "all well <&>|a  b|c  d" {
		t.Errorf("the answer: %v", c)
	}
	if _, err := l.Post(t.Context(), bot.Post{Room: heard.Room, Text: "too late"}); err == nil {
		t.Error("a post to a dialogue that is over succeeded")
	}
}

func TestMenuFormAndQuestion(t *testing.T) {
	_, m, l := openMenu(t, nil)
	for _, step := range []struct{ confirm, press string }{{"true", "yes 1"}, {"0", "no 1"}} {
		form := m.answer(m.call("restart", "", "", "")).Child("command")
		sid := form.Attr("sessionid")
		if f := form.Child("x").Child("field"); form.Attr("status") != "executing" || f.Attr("var") != "line" || f.Attr("type") != "text-single" {
			t.Errorf("the form: %v", form)
		}
		id := m.call("restart", sid, "complete", submit("line", "diaspora&#10;now"))
		heard := l.heard()
		if heard.Text != "restart diaspora now" {
			t.Errorf("heard %+v", heard)
		}
		l.post(bot.Post{Room: heard.Room, Text: "restart on diaspote?", Choices: []bot.Choice{
			{Label: "Yes", Value: "yes 1", Risky: true}, {Label: "No", Value: "no 1", No: true}}})
		heard.Done(errors.New("not confirmed"))
		question := m.answer(id).Child("command")
		if question.Attr("status") != "executing" || question.Child("x").Child("field").Attr("type") != "boolean" ||
			question.Child("x").Child("instructions").Text != "restart on diaspote?" {
			t.Errorf("the question: %v", question)
		}
		id = m.call("restart", sid, "complete", submit("confirm", step.confirm))
		pressed := l.heard()
		if pressed.Press != step.press || pressed.Text != "" || pressed.Room != heard.Room || pressed.From != heard.From {
			t.Errorf("pressed %+v", pressed)
		}
		l.post(bot.Post{Room: heard.Room, Text: "dealt with"})
		pressed.Done(nil)
		if c := m.answer(id).Child("command"); c.Attr("status") != "completed" || c.Child("note").Text != "dealt with" {
			t.Errorf("the answer: %v", c)
		}
	}
	sid := m.answer(m.call("restart", "", "", "")).Child("command").Attr("sessionid")
	if c := m.answer(m.call("restart", sid, "cancel", "")).Child("command"); c.Attr("status") != "canceled" {
		t.Errorf("called off: %v", c)
	}
	if n := m.answer(m.call("restart", sid, "complete", submit("line", "x"))); n.Attr("type") != "error" {
		t.Errorf("going on after that: %v", n)
	}
	if n := m.answer(m.call("no-such", "", "", "")); n.Child("error").Child("item-not-found").XMLName.Local == "" {
		t.Errorf("an unknown command: %v", n)
	}
}

// A question that is answered in words has a field for them; who calls it off withdraws it.
func TestMenuQuestionInWords(t *testing.T) {
	_, m, l := openMenu(t, nil)
	ask := func() (sid string, heard bot.Message) {
		sid = m.answer(m.call("restart", "", "", "")).Child("command").Attr("sessionid")
		id := m.call("restart", sid, "complete", submit("line", ""))
		heard = l.heard()
		l.post(bot.Post{Room: heard.Room, Text: "restart: which?\n1 web", Wants: true, Choices: []bot.Choice{
			{Label: "web", Value: "1 x"}, {Label: "Cancel", Value: "no x", No: true}}})
		heard.Done(errors.New("more was asked for"))
		question := m.answer(id).Child("command")
		if f := question.Child("x").Child("field"); question.Attr("status") != "executing" || f.Attr("var") != "line" || f.Attr("type") != "text-single" ||
			question.Child("x").Child("instructions").Text != "restart: which?\n1 web" {
			t.Errorf("the question: %v", question)
		}
		return sid, heard
	}
	sid, heard := ask()
	id := m.call("restart", sid, "complete", submit("line", "web"))
	answer := l.heard()
	if answer.Text != "web" || answer.Press != "" || answer.Room != heard.Room || answer.From != heard.From {
		t.Errorf("answered %+v", answer)
	}
	l.post(bot.Post{Room: heard.Room, Text: "dealt with"})
	answer.Done(nil)
	if c := m.answer(id).Child("command"); c.Attr("status") != "completed" || c.Child("note").Text != "dealt with" {
		t.Errorf("the answer: %v", c)
	}
	sid, _ = ask()
	if c := m.answer(m.call("restart", sid, "cancel", "")).Child("command"); c.Attr("status") != "canceled" {
		t.Errorf("called off: %v", c)
	}
	if off := l.heard(); off.Press != "no x" || off.Text != "" {
		t.Errorf("called off: %+v", off)
	}
}

func TestMenuForStrangers(t *testing.T) {
	s, dada, _ := openMenu(t, nil)
	mallory := menu{s.Client(t, "mallory", "x"), dada.to}
	form := dada.answer(dada.call("restart", "", "", "")).Child("command")
	dada.Join(ops, "dada")
	through := menu{dada.Client, ops + "/vigie"}
	for name, n := range map[string]prosody.Node{
		"a stranger":             mallory.answer(mallory.call("status", "", "", "")),
		"a stranger's next step": mallory.answer(mallory.call("restart", form.Attr("sessionid"), "complete", submit("line", "x"))),
		"through a room":         through.answer(through.call("status", "", "", "")),
	} {
		if n.Attr("type") != "error" || n.Child("error").Child("forbidden").XMLName.Local == "" {
			t.Errorf("%s: %v", name, n)
		}
	}
	phone := menu{s.Client(t, "dada", "phone"), dada.to}
	if n := phone.answer(phone.call("restart", form.Attr("sessionid"), "complete", submit("line", "x"))); n.Attr("type") != "error" {
		t.Errorf("another client goes on with a dialogue: %v", n)
	}
	list := mallory.answer(mallory.ask("get", "<query xmlns='"+nsItems+"' node='"+nsCommands+"'/>"))
	if len(list.Child("query").Nodes) != 0 {
		t.Errorf("a stranger sees %v", list)
	}
}

// What takes long is answered by a message in the end; dialogues that nobody goes on with are given up.
func TestMenuLimits(t *testing.T) {
	_, m, l := openMenu(t, func(c *Chat) { c.pace.adhoc, c.pace.dialogue = 50*time.Millisecond, 100*time.Millisecond })
	m.Send("<presence/>")
	id := m.call("status", "", "", "")
	heard := l.heard()
	if c := m.answer(id).Child("command"); c.Attr("status") != "completed" {
		t.Errorf("while it runs: %v", c)
	}
	l.post(bot.Post{Room: heard.Room, Text: "done at last"})
	if got := bodyOf(saysTo(m.Client, m.to)); got != "done at last" {
		t.Errorf("in the end: %q", got)
	}
	heard.Done(nil)
	for range 3 * maxDialogues {
		m.answer(m.call("restart", "", "", ""))
		if n := l.dialogues(); n > maxDialogues {
			t.Fatalf("%d dialogues", n)
		}
	}
	for deadline := time.Now().Add(patience); l.dialogues() > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d dialogues stay", l.dialogues())
		}
	}
}

func (l *listener) dialogues() int {
	s := l.session()
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.dialogues)
}
