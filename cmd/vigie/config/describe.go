package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
)

// Describe says in plain sentences what a bot with this config would do.
func (c *Config) Describe() []string {
	zone := c.TimeZone.String()
	if c.TimeZone == time.Local {
		zone = "the host's time zone"
	}
	says := []string{fmt.Sprintf("signs as %s and tells times in %s", c.Host, zone)}
	says = append(says, c.describeChats()...)
	says = append(says, c.describePeople()...)
	says = append(says, c.describeUnits()...)
	says = append(says, c.describeWatch()...)
	says = append(says, c.describeAlerts()...)
	says = append(says, c.describeHistory()...)
	return append(says, "keeps its records in "+c.StateDir)
}

func (c *Config) describeChats() []string {
	var says []string
	if c.XMPP != nil {
		says = append(says, c.XMPP.describe())
	}
	if s := c.Slack; s != nil {
		where := "wherever it is invited: [slack] lists no channels"
		if len(s.Channels) > 0 {
			where = "in " + strings.Join(s.Channels, ", ")
		}
		says = append(says, "talks on Slack, "+where)
	}
	return append(says, "answers vigie ask on "+c.Socket)
}

func (x *XMPP) describe() string {
	s := "talks as " + x.JID + " over XMPP"
	if x.Server != "" {
		s += " through " + x.Server
	}
	if x.CAFile != "" {
		s += ", trusting " + x.CAFile
	}
	if len(x.Rooms) == 0 {
		return s + ", with one person at a time: [xmpp] lists no rooms"
	}
	var rooms []string
	for _, r := range x.Rooms {
		rooms = append(rooms, r.JID)
	}
	return s + ", in " + strings.Join(rooms, ", ") + ", where it is called " + x.Nick
}

func (c *Config) describePeople() []string {
	var says []string
	admin := false
	for _, p := range c.People {
		admin = admin || p.Role == bot.Admin
		says = append(says, fmt.Sprintf("obeys %s (%s) as %s", p.Name, p.Role, strings.Join(p.Accounts, ", ")))
	}
	for _, chat := range []struct {
		name, scheme string
		used         bool
	}{{"XMPP", "xmpp:", c.XMPP != nil}, {"Slack", "slack:", c.Slack != nil}} {
		if chat.used && !slices.ContainsFunc(c.People, func(p bot.Person) bool { return hasAccount(p, chat.scheme) }) {
			says = append(says, "obeys nobody over "+chat.name+": none of [people] has an account there")
		}
	}
	if !admin {
		says = append(says, "has no admin: nobody in [people] has that role")
	}
	return says
}

func hasAccount(p bot.Person, scheme string) bool {
	return slices.ContainsFunc(p.Accounts, func(a string) bool { return strings.HasPrefix(a, scheme) })
}

func (c *Config) describeUnits() []string {
	var says, shown []string
	if c.Pod.URL != "" {
		says = append(says, "asks "+c.Pod.URL+" whether the pod answers")
	}
	for _, u := range c.Units {
		if u.Shown {
			shown = append(shown, u.Name)
		}
	}
	if len(shown) > 0 {
		says = append(says, "shows "+strings.Join(shown, ", "))
	}
	for _, u := range c.Units {
		says = append(says, u.describe())
	}
	if len(c.Units) == 0 {
		says = append(says, "may change no unit: neither [pod] nor a [[unit]] names one")
	}
	return says
}

func (u Unit) describe() string {
	if len(u.Allow) == 0 {
		return "may not change " + u.Name
	}
	s := fmt.Sprintf("may %s %s within %s", strings.Join(u.Allow, ", "), u.Name, short(u.Timeout))
	if len(u.Confirm) > 0 {
		s += ", asks before " + strings.Join(u.Confirm, ", ")
	}
	if u.Probe != "" {
		s += ", waits until " + withoutQuery(u.Probe) + " answers"
	}
	return s
}

// withoutQuery keeps a URL from telling what was put behind its ?, which may be a token.
func withoutQuery(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.RawQuery == "" {
		return s
	}
	u.RawQuery = "…"
	return u.String()
}
