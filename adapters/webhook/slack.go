package webhook

import (
	"strconv"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops"
)

// parseSlack reads what is meant for an incoming webhook of Slack, or of Mattermost, Rocket.Chat and Discord's
// /slack, which take the same.
// https://docs.slack.dev/reference/block-kit/blocks, …/legacy/legacy-messaging/legacy-secondary-message-attachments
func parseSlack(value any, body []byte, now time.Time) ([]ops.Event, bool) {
	o := asObject(value)
	var p page
	p.block(o.list("blocks"), 0)
	if text := unmark(o.text("text")); !p.says(text) {
		p.lines = append([]string{text}, p.lines...)
	}
	e := ops.Event{Kind: slack, Severity: unstated, At: now}
	for _, a := range o.objects("attachments") {
		p.attachment(a)
		e.Severity = max(e.Severity, colour(a.text("color")))
		if at := moment(a.text("ts"), now); !at.IsZero() {
			e.At, e.ID = at, slack+"/"+sum(body) // it has a time: the same again is the same
		}
	}
	text := p.text()
	if text == "" {
		return nil, false
	}
	e.Title, e.Text = headed(text)
	from := o.text("username")
	if from != "" && !strings.Contains(strings.ToLower(text), strings.ToLower(from)) {
		e.Title = bot.Clip(from, 40) + ": " + e.Title
	}
	e.Key = slack + "/" + sum([]byte(text))
	e.Details = ops.Details{{Name: "from", Value: from}, {Name: "channel", Value: o.text("channel")}}
	return []ops.Event{e}, true
}

// A page gathers the lines of a message, each once, as far as anybody would read.
type page struct{ lines []string }

const maxLines = 300

func (p *page) add(text string) {
	switch text = strings.TrimSpace(text); {
	case len(p.lines) > maxLines:
	case len(p.lines) == maxLines:
		p.lines = append(p.lines, "…")
	case !p.says(text):
		p.lines = append(p.lines, text)
	}
}

// says tells whether the text is there already; nothing always is.
func (p *page) says(text string) bool {
	for _, line := range p.lines {
		if line == text {
			return true
		}
	}
	return text == ""
}

func (p *page) text() string { return strings.TrimSpace(strings.Join(p.lines, "\n")) }

// attachment adds one of the older, coloured parts of a message.
func (p *page) attachment(a object) {
	before := len(p.lines)
	p.add(unmark(a.text("pretext")))
	p.add(unmark(a.text("author_name")))
	p.add(linked(unmark(a.text("title")), a.text("title_link")))
	p.add(unmark(a.text("text")))
	for _, f := range a.objects("fields") {
		p.add(strings.TrimPrefix(unmark(f.text("title"))+": "+unmark(f.text("value")), ": "))
	}
	p.block(a.list("blocks"), 0)
	if len(p.lines) == before {
		p.add(unmark(a.text("fallback")))
	}
	if len(p.lines) == before {
		p.add(a.text("image_url", "thumb_url"))
	}
	p.add(unmark(a.text("footer")))
}

// deepest bounds how deep blocks are nested.
const deepest = 12

// block adds blocks. Those of a type that is not known are looked through for text.
func (p *page) block(blocks []any, depth int) {
	if depth > deepest {
		return
	}
	for _, v := range blocks {
		b := asObject(v)
		switch b.text("type") {
		case "divider", "":
		case "rich_text":
			for _, part := range b.list("elements") {
				p.add(rich(asObject(part), depth+1))
			}
		case "context", "context_actions", "actions":
			var parts []string
			for _, part := range b.objects("elements") {
				if s := said(part); s != "" {
					parts = append(parts, s)
				}
			}
			p.add(strings.Join(parts, " · "))
		default:
			p.section(b, depth)
		}
	}
}

// section adds what a block of any other type says.
func (p *page) section(b object, depth int) {
	for _, name := range []string{"title", "text", "label", "description", "caption"} {
		p.add(said(b[name]))
	}
	for _, f := range b.list("fields") {
		p.add(said(f))
	}
	p.add(said(b["accessory"]))
	p.add(linked(unmark(b.text("alt_text")), oneOf(b.text("title_url", "image_url"))))
	for _, name := range []string{"blocks", "elements"} {
		p.block(b.list(name), depth+1)
	}
	for _, row := range b.list("rows") { // a table
		cells, _ := row.([]any)
		var texts []string
		for _, cell := range cells {
			texts = append(texts, oneOf(rich(asObject(cell), depth+1), said(cell)))
		}
		p.add(strings.Join(texts, " · "))
	}
}

// said is the text of a text object, a button, an image or a plain string.
func said(v any) string {
	if s := scalar(v); s != "" {
		return unmark(s)
	}
	o := asObject(v)
	switch o.text("type") {
	case "plain_text":
		return unescape(o.text("text"))
	case "mrkdwn", "markdown", "raw_text":
		return unmark(o.text("text"))
	case "image":
		return unmark(o.text("alt_text"))
	}
	if text := asObject(o["text"]); text != nil {
		return linked(unescape(text.text("text")), o.text("url"))
	}
	return unmark(o.text("text", "alt_text"))
}

// rich is the text of an element of a rich_text block, and of those in it.
// https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
func rich(o object, depth int) string {
	if depth > deepest {
		return ""
	}
	text, _ := o["text"].(string)
	switch o.text("type") {
	case "text":
		return text
	case "raw_text":
		return text
	case "link":
		return linked(text, o.text("url"))
	case "emoji":
		return ":" + o.text("name") + ":"
	case "user":
		return "@" + o.text("user_id")
	case "usergroup":
		return "@" + o.text("usergroup_id")
	case "channel":
		return "#" + o.text("channel_id")
	case "broadcast":
		return "@" + o.text("range")
	case "date":
		return oneOf(o.text("fallback"), o.text("timestamp"))
	}
	var b strings.Builder
	for i, v := range o.list("elements") {
		part := rich(asObject(v), depth+1)
		if o.text("type") == "rich_text_list" {
			mark := "- "
			if o.text("style") == "ordered" {
				mark = strconv.Itoa(i+1) + ". "
			}
			part = mark + part + "\n"
		}
		b.WriteString(part)
	}
	return b.String()
}

// colour is what the bar beside an attachment says: Slack's own words, or a red as #D63232.
func colour(c string) ops.Severity {
	switch strings.ToLower(c) {
	case "danger", "warning":
		return ops.Warning
	case "good":
		return ops.Info
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(c, "#"), 16, 24)
	if err != nil || len(strings.TrimPrefix(c, "#")) != 6 {
		return unstated
	}
	red, green, blue := n>>16, n>>8&0xff, n&0xff
	switch {
	case red > 0xa0 && blue < 0x70 && green < red*9/10: // red to orange
		return ops.Warning
	case green > red && green > blue:
		return ops.Info
	}
	return unstated
}
