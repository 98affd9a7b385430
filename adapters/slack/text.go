package slack

import (
	"strings"
	"unicode"
)

// plain undoes what Slack makes of what a person typed: "a &lt; b" is a < b again, a link its label
// or its address, "<#C0123|ops>" #ops, "<@U0123>" @U0123.
// https://docs.slack.dev/messaging/formatting-message-text#retrieving-messages
func plain(s string) string {
	var out strings.Builder
	for {
		open := strings.IndexByte(s, '<')
		if open < 0 {
			break
		}
		end := strings.IndexAny(s[open+1:], "<>")
		if end < 0 || s[open+1+end] == '<' { // no markup: what people type comes as &lt;
			out.WriteString(unescape(s[:open+1]))
			s = s[open+1:]
			continue
		}
		out.WriteString(unescape(s[:open]))
		out.WriteString(unescape(typed(s[open+1 : open+1+end])))
		s = s[open+end+2:]
	}
	out.WriteString(unescape(s))
	return out.String()
}

// typed is what stands for the inside of <…>.
func typed(inner string) string {
	target, label, labelled := strings.Cut(inner, "|")
	if inner == "" || labelled && target == "" {
		return "<" + inner + ">"
	}
	if label == "" {
		label = strings.TrimLeft(target, "@#!")
	}
	switch target[0] {
	case '@', '#':
		return target[:1] + strings.TrimPrefix(label, target[:1])
	case '!':
		if strings.HasPrefix(target, "!date^") {
			return label
		}
		return "@" + strings.TrimPrefix(label, "@")
	}
	return label
}

// unescape undoes the three entities that Slack uses, each once.
func unescape(s string) string {
	return strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">").Replace(s)
}

// addressed takes the mention of a user off the start of a raw text: "<@U0VIGIE>, status" is "status".
// It tells whether there was one.
func addressed(raw, user string) (string, bool) {
	rest, found := strings.CutPrefix(strings.TrimSpace(raw), "<@"+user)
	if !found {
		return raw, false
	}
	if name, after, closed := strings.Cut(rest, ">"); closed && (name == "" || name[0] == '|') {
		return strings.TrimLeftFunc(after, func(r rune) bool { return r == ':' || r == ',' || unicode.IsSpace(r) }), true
	}
	return raw, false
}
