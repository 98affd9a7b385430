package xmpp

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
)

// adhocRoom is what the Room of a command from the menu begins with; the id of its dialogue follows.
const adhocRoom = "adhoc:"

const maxDialogues = 32

type stage int

const (
	filling stage = iota // the person fills in what follows the command's name
	running              // the bot is at it
	asking               // the bot has asked back
)

// A dialogue is a command called from the menu of a client (XEP-0050). It belongs to the session and is guarded
// by its mu.
type dialogue struct {
	id    string
	owner string // the full JID; nobody else can go on with it
	item  bot.Item
	stage stage
	until time.Time // when it is given up; while running, when the client is told not to wait

	request *node        // the IQ that waits for an answer, nil if none does
	said    []saying     // what the bot has said in it
	choices []bot.Choice // of the question that was asked last
}

// A saying is one post, which may be edited later.
type saying struct {
	id    string
	text  string
	shown bool // the person has seen it
}

// menuFor lists the commands for whoever sent a stanza: none for the occupants of rooms, whose addresses are not
// their own.
func (s *session) menuFor(from string) []bot.Item {
	s.mu.Lock()
	occupant := s.rooms[bareJID(from)] != nil
	s.mu.Unlock()
	if occupant || localpart(from) == "" {
		return nil
	}
	return s.chat.menu(account(from))
}

func find(menu []bot.Item, name string) (bot.Item, bool) {
	for _, item := range menu {
		if item.Name == name {
			return item, true
		}
	}
	return bot.Item{}, false
}

// command takes one step of a dialogue.
func (s *session) command(n, c *node) {
	from := n.attr("from")
	menu := s.menuFor(from)
	if len(menu) == 0 {
		s.refuse(n, "auth", "forbidden")
		return
	}
	if c.attr("sessionid") != "" {
		s.goOn(n, c)
		return
	}
	item, ok := find(menu, c.attr("node"))
	if !ok {
		s.refuse(n, "cancel", "item-not-found")
		return
	}
	d := &dialogue{id: newID(), owner: from, item: item, until: time.Now().Add(s.chat.pace.dialogue)}
	if !s.open(d) {
		s.refuse(n, "wait", "resource-constraint")
		return
	}
	if item.Usage != "" {
		s.answer(n, d.form())
		return
	}
	s.execute(d, n, bot.Message{Text: item.Name})
}

// open keeps a dialogue. Where there are too many, the one that has waited longest for a person goes.
func (s *session) open(d *dialogue) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.dialogues) >= maxDialogues {
		var oldest *dialogue
		for _, other := range s.dialogues {
			if other.stage != running && (oldest == nil || other.until.Before(oldest.until)) {
				oldest = other
			}
		}
		if oldest == nil {
			return false
		}
		delete(s.dialogues, oldest.id)
	}
	s.dialogues[d.id] = d
	s.poke()
	return true
}

// goOn takes a later step: a form that was filled in, an answer to a question, or that it is called off.
func (s *session) goOn(n, c *node) {
	s.mu.Lock()
	d := s.dialogues[c.attr("sessionid")]
	if d == nil || d.owner != n.attr("from") || d.item.Name != c.attr("node") {
		s.mu.Unlock()
		s.refuse(n, "modify", "bad-request")
		return
	}
	at, action := d.stage, c.attr("action")
	calledOff := action == "cancel" && at != running
	m := bot.Message{}
	switch {
	case calledOff:
		m.Press = d.choice(false)
	case at == filling:
		m.Text = strings.TrimSpace(d.item.Name + " " + oneLine(field(c, "line")))
	case at == asking:
		yes := field(c, "confirm")
		m.Press = d.choice(yes == "1" || yes == "true")
	}
	if calledOff || at == asking && m.Press == "" {
		delete(s.dialogues, d.id)
	}
	s.mu.Unlock()
	switch {
	case at == running:
		s.refuse(n, "wait", "unexpected-request")
	case calledOff:
		s.answer(n, d.command("canceled", ""))
		if m.Press != "" {
			s.hear(s.inDialogue(d, m))
		}
	case at == asking && m.Press == "":
		s.answer(n, d.command("completed", note("info", "nothing was done")))
	default:
		s.execute(d, n, m)
	}
}

// choice is the value of the question's answer: the risky choice is the yes.
func (d *dialogue) choice(yes bool) string {
	for _, c := range d.choices {
		if c.Risky == yes {
			return c.Value
		}
	}
	return ""
}

// field is what a submitted form has for a variable.
func field(c *node, name string) string {
	form := c.child(nsForms, "x")
	if form == nil {
		return ""
	}
	for _, f := range form.nodes {
		if f.is(nsForms, "field") && f.attr("var") == name {
			if v := f.child(nsForms, "value"); v != nil {
				return v.text
			}
		}
	}
	return ""
}

func (s *session) inDialogue(d *dialogue, m bot.Message) bot.Message {
	m.Room, m.From, m.ID = adhocRoom+d.id, account(d.owner), d.id
	return m
}

// execute sends a line, or a choice, the way that everything takes.
func (s *session) execute(d *dialogue, n *node, m bot.Message) {
	s.mu.Lock()
	d.stage, d.request, d.choices = running, n, nil
	d.until = time.Now().Add(s.chat.pace.adhoc)
	s.mu.Unlock()
	s.poke()
	m = s.inDialogue(d, m)
	m.Done = func(err error) { s.finish(d, err) }
	if !s.hear(m) {
		s.finish(d, errBusy)
	}
}

// finish answers the request once the bot has dealt with it.
func (s *session) finish(d *dialogue, err error) {
	s.mu.Lock()
	request := d.request
	d.request = nil
	var result string
	if len(d.choices) > 0 && request != nil {
		d.stage, d.until = asking, time.Now().Add(s.chat.pace.dialogue)
		result = d.question()
	} else {
		delete(s.dialogues, d.id)
		result = d.result(err)
	}
	s.mu.Unlock()
	if request != nil {
		s.answer(request, result)
	}
}

var errNoDialogue = errors.New("whoever called this from the menu is gone")

// collect takes a post for a dialogue. If the client was told not to wait, owner is where to say it instead.
func (s *session) collect(sid string, p bot.Post, id, replaces string) (owner string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.dialogues[sid]
	if d == nil {
		return "", errNoDialogue
	}
	if d.stage == running && d.request == nil {
		return bareJID(d.owner), nil
	}
	text := clean(strings.TrimRight(clean(p.Text)+"\n"+p.Block, "\n"))
	text = cutLines(text, defaultLimit/4)
	d.choices = p.Choices
	for i := range d.said {
		if d.said[i].id == replaces {
			d.said[i].text, d.said[i].shown = text, false
			return "", nil
		}
	}
	if len(d.said) >= 20 {
		d.said = d.said[1:]
	}
	d.said = append(d.said, saying{id: id, text: text})
	return "", nil
}

// checkDialogues gives up what has waited for too long, and returns when to look again.
func (s *session) checkDialogues(now time.Time) time.Time {
	soonest := now.Add(time.Hour)
	var late []*node
	var results []string
	s.mu.Lock()
	for id, d := range s.dialogues {
		if now.Before(d.until) {
			soonest = earlier(soonest, d.until)
			continue
		}
		if d.stage == running && d.request != nil {
			late = append(late, d.request)
			results = append(results, d.command("completed", note("info", "this takes longer; the answer comes as a message")))
			d.request, d.until = nil, now.Add(time.Hour)
			continue
		}
		delete(s.dialogues, id)
	}
	s.mu.Unlock()
	for i, n := range late {
		s.answer(n, results[i])
	}
	return soonest
}

// unseen is what the bot has said since the person was last answered.
func (d *dialogue) unseen() string {
	var all []string
	for i := range d.said {
		if !d.said[i].shown {
			all = append(all, d.said[i].text)
			d.said[i].shown = true
		}
	}
	return strings.Join(all, "\n")
}

func (d *dialogue) command(status, payload string) string {
	return fmt.Sprintf("<command xmlns='%s' node='%s' sessionid='%s' status='%s'>%s</command>",
		nsCommands, escape(d.item.Name), d.id, status, payload)
}

const actions = "<actions execute='complete'><complete/></actions>"

// form asks for what follows the name.
func (d *dialogue) form() string {
	return d.command("executing", actions+fmt.Sprintf(
		"<x xmlns='%s' type='form'><title>%s</title><instructions>%s</instructions>"+
			"<field var='line' type='text-single' label='%s'/></x>",
		nsForms, escape(d.item.Name), escape(d.item.Help), escape(d.item.Usage)))
}

// question asks back.
func (d *dialogue) question() string {
	return d.command("executing", actions+fmt.Sprintf(
		"<x xmlns='%s' type='form'><title>%s</title><instructions>%s</instructions>"+
			"<field var='confirm' type='boolean' label='yes, do it'><value>0</value></field></x>",
		nsForms, escape(d.item.Name), escape(d.unseen())))
}

// result shows the answer: a line as a note, more as a form, for notes are shown on one line.
func (d *dialogue) result(err error) string {
	kind, text := "info", d.unseen()
	if err != nil {
		kind = "error"
		if text == "" {
			text = err.Error()
		}
	}
	if !strings.Contains(text, "\n") {
		return d.command("completed", note(kind, text))
	}
	lines := strings.Split(text, "\n")
	payload := fmt.Sprintf("<x xmlns='%s' type='result'><title>%s</title><field var='answer' type='text-multi' label='%s'>",
		nsForms, escape(d.item.Name), escape(d.item.Name))
	for _, line := range lines {
		payload += "<value>" + escape(line) + "</value>"
	}
	payload += "</field></x>"
	if err != nil {
		payload += note(kind, lines[0])
	}
	return d.command("completed", payload)
}

func note(kind, text string) string {
	return fmt.Sprintf("<note type='%s'>%s</note>", kind, escape(text))
}
