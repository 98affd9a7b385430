package xmpp

import (
	"errors"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
)

// adhocRoom is what the Room of a command from the menu begins with; the id of its dialogue follows, and behind a
// colon the bare JID of whoever called it, who is told in a message what comes after the dialogue was lost with
// its connection.
const adhocRoom = "adhoc:"

const maxDialogues = 32

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
	d := &dialogue{id: s.newID(), owner: from, item: item, until: time.Now().Add(s.chat.pace.dialogue)}
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
	case at == asking && d.wants:
		m.Text = oneLine(field(c, "line"))
	case at == asking:
		yes := field(c, "confirm")
		m.Press = d.choice(yes == "1" || yes == "true")
	}
	var given string // what came of a question that is answered with no, or too late
	if at == asking && m.Press == "" && m.Text == "" {
		given = d.result(nil)
	}
	if calledOff || given != "" {
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
	case given != "":
		s.answer(n, given)
	default:
		s.execute(d, n, m)
	}
}

func (s *session) inDialogue(d *dialogue, m bot.Message) bot.Message {
	m.Room, m.From, m.ID = adhocRoom+d.id+":"+bareJID(d.owner), account(d.owner), d.id
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

// collect takes a post for a dialogue, as adhocRoom has it. If the client was told not to wait, or has lost it with the
// connection, owner is where to say it instead.
func (s *session) collect(dialogue string, p bot.Post, id, replaces string) (owner string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sid, caller, _ := strings.Cut(dialogue, ":")
	d := s.dialogues[sid]
	if d == nil && !strings.HasPrefix(sid, s.tag) && caller != "" {
		return caller, nil
	}
	if d == nil {
		return "", errNoDialogue
	}
	if d.stage == running && d.request == nil {
		return bareJID(d.owner), nil
	}
	text := clean(strings.TrimRight(clean(p.Text)+"\n"+p.Block, "\n"))
	text = cutLines(text, defaultLimit/4)
	d.choices, d.wants = p.Choices, p.Wants
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
