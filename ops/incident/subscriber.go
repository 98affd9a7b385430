package incident

import (
	"errors"
	"strings"
	"time"
)

// A Subscriber is an address that is sent mail of what the public is told.
type Subscriber struct {
	ID         int64
	Address    string // "somebody@example.org"
	Language   string // "en" or "fr"
	Created    time.Time
	Confirmed  time.Time // when the owner of the address said yes; zero until then
	Refused    time.Time // since when mail to it is refused, zero for not
	Components []Subscription
}

// A Subscription is a component of interest. Who has none is sent everything.
type Subscription struct{ ID, Component int64 }

// What there may be of subscribers.
const (
	MostSubscribers = 2000
	MostAsked       = 60             // mails in an hour that ask for a confirmation
	AskedAgain      = 24 * time.Hour // between two such mails to one address
	mostBox         = 3              // and how many addresses of one mailbox, "me+1@…" and so on, are asked in that time
	ConfirmTime     = 48 * time.Hour // then an address that was not confirmed is forgotten
	mostInterests   = 100
)

// ErrCrowded says that no more can subscribe at the moment.
var ErrCrowded = errors.New("too many are subscribing; try again in an hour")

// Address checks the address of one mailbox: ASCII, a dot-atom before the @ and a domain with a dot behind it (RFC 5321, 4.1.2,
// without its quoted strings and address literals, which people do not have). Nothing that it lets through means anything in a
// header or to a mail program.
func Address(s string) (string, error) {
	local, domain, _ := strings.Cut(strings.TrimSpace(s), "@")
	domain = strings.ToLower(domain)
	if len(local) > 64 || len(domain) > 189 || !dotAtom(local, "!#$%&'*+/=?^_`{|}~-") || !dotAtom(domain, "-") || !strings.Contains(domain, ".") {
		return "", &Invalid{"email", "is no address that mail can be sent to"}
	}
	for label := range strings.SplitSeq(domain, ".") {
		if len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return "", &Invalid{"email", "is no address that mail can be sent to"}
		}
	}
	return local + "@" + domain, nil
}

// dotAtom tells whether s is made of letters, digits and what else may be in it, with single dots between.
func dotAtom(s, others string) bool {
	last := '.'
	for _, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(others, r)
		if !letter && (r != '.' || last == '.') {
			return false
		}
		last = r
	}
	return last != '.' && !strings.HasPrefix(s, "-") // which some mail programs take for an option
}

// box is the mailbox that an address leads to, as far as that can be told: mail programs care for no case, and many take what
// follows a + for a label.
func box(address string) string {
	local, domain, _ := strings.Cut(strings.ToLower(address), "@")
	if label, _, ok := strings.Cut(local, "+"); ok && label != "" {
		local = label
	}
	return local + "@" + domain
}

// Mask is an address as it is shown to those who need not know it: "s…@example.org".
func Mask(address string) string {
	local, domain, _ := strings.Cut(address, "@")
	return local[:min(1, len(local))] + "…@" + domain
}

// Takes tells whether somebody with these interests is told of what touches those components. What touches none is for everybody.
func (s *Subscriber) takes(components []int64) bool {
	if len(s.Components) == 0 || len(components) == 0 {
		return true
	}
	for _, c := range components {
		for _, mine := range s.Components {
			if mine.Component == c {
				return true
			}
		}
	}
	return false
}
