package config

import (
	"fmt"

	"github.com/diaspote/vigie/ops/incident"
)

// Mail is how subscribers of the status page are sent mail.
type Mail struct {
	From    string
	Command []string // a program that reads a mail and finds in its headers where it goes
	PerHour int      // at most
}

// A PageHook is a program elsewhere that is told what the public is told.
type PageHook struct {
	Name   string
	URL    Secret // who has it can post there
	Secret Secret // for the HMAC; none: the posts are not signed
}

const (
	perHour     = 300
	mostPerHour = 10_000
)

// sendmail is where every mail server for Unix puts a program of that name; -i, as a line with a dot alone is no end.
func sendmail() []string { return []string{"/usr/sbin/sendmail", "-i", "-t"} }

func pageMail(page *table, c *Config) *Mail {
	one := page.table("mail")
	if one == nil {
		return nil
	}
	one.need("from", "status@diaspote.org")
	m := &Mail{From: one.checked("from", mailAddress), PerHour: one.number("per_hour", perHour, 1, mostPerHour)}
	given := false
	if m.Command, given = one.words("sendmail"); !given {
		m.Command = sendmail()
	}
	if c.Web.Public == "" {
		one.fail("from", `add public = "https://status.diaspote.org" to [web]`, "%s: mails hold links, and there is no address for them", one.name)
	}
	one.done()
	return m
}

func mailAddress(s string) (string, *fault) {
	address, err := incident.Address(s)
	if err != nil {
		return fails(s, "is no address to send mail from", "an address looks like status@diaspote.org")
	}
	return address, nil
}

func pageHooks(page *table, dir string) []PageHook {
	var all []PageHook
	seen := map[string]bool{}
	for _, one := range page.tables("webhook") {
		one.need("name", "relay")
		all = append(all, PageHook{Name: one.unique("name", seen, shortName), URL: one.secretURL("url", dir), Secret: one.secret("secret_file", dir)})
		one.done()
	}
	return all
}

// describeSubscribers says who is told what the public is told.
func (p *StatusPage) describeSubscribers() []string {
	var says []string
	if m := p.Mail; m != nil {
		says = append(says, fmt.Sprintf("mails what the page tells to who subscribes, as %s, by %s, at most %d an hour", m.From, m.Command[0], m.PerHour))
	}
	for _, h := range p.Hooks {
		s := "posts what the page tells to the webhook " + h.Name
		if h.Secret.IsZero() {
			s += ", unsigned"
		}
		says = append(says, s)
	}
	return says
}
