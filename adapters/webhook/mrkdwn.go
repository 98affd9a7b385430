package webhook

import (
	"regexp"
	"strings"
)

var (
	angled   = regexp.MustCompile(`<([^<>\n]+)>`)
	mdLink   = regexp.MustCompile(`!?\[([^\[\]\n]*)\]\((https?://[^\s()]+)\)`)
	boundary = `(^|[\s({"'>,.:;/|-])`
	marked   = []*regexp.Regexp{ // *bold*, _italic_, ~strike~ and Mattermost's **bold**
		regexp.MustCompile(`(?m)` + boundary + `\*{1,2}([^\s*](?:[^*\n]*[^\s*])?)\*{1,2}($|[^\pL\pN*])`),
		regexp.MustCompile(`(?m)` + boundary + `_([^\s_](?:[^_\n]*[^\s_])?)_($|[^\pL\pN_])`),
		regexp.MustCompile(`(?m)` + boundary + `~{1,2}([^\s~](?:[^~\n]*[^\s~])?)~{1,2}($|[^\pL\pN~])`),
	}
)

// unmark makes plain text of Slack's mrkdwn: links and mentions in words, no marks for bold and code. What is
// written as code keeps its characters.
// https://docs.slack.dev/messaging/formatting-message-text
func unmark(s string) string {
	parts := strings.Split(s, "`")
	for i, part := range parts {
		if i%2 == 0 || i == len(parts)-1 { // not in code
			for _, mark := range marked {
				part = mark.ReplaceAllString(part, "$1$2$3")
				part = mark.ReplaceAllString(part, "$1$2$3") // marks side by side share the blank
			}
			part = mdLink.ReplaceAllStringFunc(part, func(link string) string {
				m := mdLink.FindStringSubmatch(link)
				return linked(m[1], m[2])
			})
		}
		parts[i] = unescape(part)
	}
	return strings.TrimSpace(strings.Join(parts, ""))
}

// unescape puts links and mentions into words, and the three characters that Slack has escaped as they are.
func unescape(s string) string {
	s = angled.ReplaceAllStringFunc(s, func(token string) string { return spoken(token) })
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
}

// spoken is a <token> in words.
func spoken(token string) string {
	target, label, _ := strings.Cut(strings.Trim(token, "<>"), "|")
	switch {
	case strings.HasPrefix(target, "!date^"):
		return label
	case strings.HasPrefix(target, "!subteam^"):
		return "@" + strings.TrimPrefix(oneOf(label, strings.TrimPrefix(target, "!subteam^")), "@")
	case strings.HasPrefix(target, "@"), strings.HasPrefix(target, "#"):
		return target[:1] + strings.TrimPrefix(oneOf(label, target[1:]), target[:1])
	case len(target) > 1 && target[0] == '!' && target[1] != '-': // no comment of HTML
		return "@" + strings.TrimPrefix(oneOf(label, target[1:]), "@")
	case strings.HasPrefix(target, "mailto:"), strings.HasPrefix(target, "tel:"):
		return oneOf(label, target[strings.IndexByte(target, ':')+1:])
	case strings.Contains(target, "://"):
		return linked(label, target)
	}
	return token
}

// linked is a text with the address that it leads to. One without a host leads nowhere.
func linked(text, url string) string {
	switch {
	case text == "" && strings.Contains(url, "://"):
		return url
	case !strings.Contains(url, "://"), strings.Contains(text, url):
		return text
	}
	return text + " (" + url + ")"
}
