package xmpp

import (
	"fmt"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
)

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
	wants   bool         // which is answered in words
}

// A saying is one post, which may be edited later.
type saying struct {
	id    string
	text  string
	shown bool // the person has seen it
}

// choice is the value of the question's answer: the risky choice is the yes.
func (d *dialogue) choice(yes bool) string {
	for _, c := range d.choices {
		if c.Risky && yes || c.No && !yes {
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
	return formValue(form, name)
}

// formValue is what a form has for a variable (XEP-0004).
func formValue(form *node, name string) string {
	for _, f := range form.nodes {
		if f.is(nsForms, "field") && f.attr("var") == name {
			if v := f.child(nsForms, "value"); v != nil {
				return v.text
			}
		}
	}
	return ""
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
	answer := "<field var='confirm' type='boolean' label='yes, do it'><value>0</value></field>"
	if d.wants {
		answer = "<field var='line' type='text-single' label='answer'/>"
	}
	return d.command("executing", actions+fmt.Sprintf(
		"<x xmlns='%s' type='form'><title>%s</title><instructions>%s</instructions>%s</x>",
		nsForms, escape(d.item.Name), escape(d.unseen()), answer))
}

// result shows the answer: a line as a note, more as a form, for notes are shown on one line.
func (d *dialogue) result(err error) string {
	kind, text := "info", d.unseen()
	if err != nil {
		kind = "error"
	}
	switch {
	case text != "":
	case err != nil:
		text = err.Error()
	case d.stage == asking:
		text = "nothing was done"
	default:
		text = "done"
	}
	if !strings.Contains(text, "\n") {
		return d.command("completed", note(kind, text))
	}
	lines := strings.Split(text, "\n")
	if len(lines) > maxFormLines {
		lines = append(lines[:maxFormLines], strings.TrimSpace(cutMark))
	}
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

// maxFormLines bounds a form, where each line costs an element of its own.
const maxFormLines = 500

func note(kind, text string) string {
	return fmt.Sprintf("<note type='%s'>%s</note>", kind, escape(text))
}
