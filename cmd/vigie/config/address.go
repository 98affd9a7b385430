package config

import (
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// bareJID checks the form of an address with a local part and without a resource, and folds its case
// as RFC 7622 (3.2 and 3.3) wants, so that two ways to write one address are one.
func bareJID(s string) (string, *fault) {
	const example = "an address looks like name@diaspote.org"
	if strings.Contains(s, "/") {
		return fails(s, "has a resource", "leave out the / and what follows it")
	}
	local, domain, found := strings.Cut(s, "@")
	domain = strings.TrimSuffix(domain, ".")
	switch {
	case !found || local == "":
		return fails(s, "has no name before an @", example)
	case len(local) > 1023:
		return fails(s, "is too long", example)
	case strings.ContainsAny(local, `"&':<>`) || strings.ContainsFunc(local, unseen):
		return fails(s, "has a character before the @ that no address can have", example)
	case !hostName(domain):
		return fails(s, "has no domain after the @", example)
	}
	return strings.ToLower(local + "@" + domain), nil
}

// hostName takes a domain name, in any script, or an IP address (in [] for IPv6).
func hostName(s string) bool {
	if inner, ok := strings.CutPrefix(s, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		return ok && net.ParseIP(inner) != nil
	}
	if len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
				return false
			}
		}
	}
	return true
}

// hostPort takes "host" or "host:port", and adds the port of XMPP clients (RFC 6120, 14.7).
func hostPort(s string) (string, *fault) {
	if hostName(s) {
		return net.JoinHostPort(strings.Trim(s, "[]"), "5222"), nil
	}
	host, port, err := net.SplitHostPort(s)
	if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || n == 0 || !hostName(host) && net.ParseIP(host) == nil {
		return fails(s, "is no server", `write it as "xmpp.diaspote.org:5222"`)
	}
	return s, nil
}

// webURL checks an http or https URL. It never quotes it: it may hold a password.
func webURL(s string) (string, *fault) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https":
		return "", &fault{"that is no http or https URL", "write it as https://diaspote.org"}
	case u.User != nil:
		return "", &fault{"that URL holds a user name or a password", "leave them out: vigie looks at what everyone can see"}
	case !hostName(u.Hostname()) && net.ParseIP(u.Hostname()) == nil:
		return "", &fault{"that URL names no host", "write it as https://diaspote.org"}
	case u.Fragment != "":
		return "", &fault{"that URL has a part after #, which no server sees", "leave it out"}
	}
	return s, nil
}

// podURL checks the pod's front page. A query would be in the way of /.well-known/nodeinfo.
func podURL(s string) (string, *fault) {
	if strings.Contains(s, "?") {
		return "", &fault{"that URL has a query", "leave out the ? and what follows it"}
	}
	s, wrong := webURL(s)
	return strings.TrimRight(s, "/"), wrong
}

var (
	slackPerson = regexp.MustCompile(`^[UW][A-Z0-9]{2,20}$`)
	slackRoom   = regexp.MustCompile(`^[CG][A-Z0-9]{2,20}$`)
	localUser   = regexp.MustCompile(`^[a-z_][a-z0-9_.-]{0,31}$`) // useradd(8)
)

// slackMember checks a member ID. Slack's names are no proof of who somebody is: their owners change
// them.
func slackMember(s string) (string, *fault) {
	if !slackPerson.MatchString(s) {
		return fails(s, "is no Slack member ID", `one looks like U024BE7LH: open the profile in Slack, then "Copy member ID"`)
	}
	return s, nil
}

// slackChannel checks "#ops" or a channel's ID.
func slackChannel(s string) (string, *fault) {
	if slackRoom.MatchString(s) {
		return s, nil
	}
	name, named := strings.CutPrefix(s, "#")
	if !named {
		return fails(s, "is no Slack channel", `write "#ops", or the channel's ID, which begins with C`)
	}
	if name == "" || utf8.RuneCountInString(name) > 80 || strings.ToLower(name) != name ||
		strings.ContainsAny(name, "#@<>!&.,:") || strings.ContainsFunc(name, unseen) {
		return fails(s, "is no name of a Slack channel", "a name is in lower case, without spaces and stops")
	}
	return s, nil
}

// userName checks an account of this host; whether there is such an account is not looked up.
func userName(s string) (string, *fault) {
	if !localUser.MatchString(s) {
		return fails(s, "is no user's name", "write it as id -un prints it")
	}
	return s, nil
}

// unseen tells spaces and everything else that leaves no mark.
func unseen(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }
