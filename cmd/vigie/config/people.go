package config

import (
	"strings"
	"unicode/utf8"

	"github.com/diaspote/vigie/bot"
)

// people are everyone in [people]; no account may be that of two.
func people(t *table) []bot.Person {
	all := t.table("people")
	if all == nil {
		return nil
	}
	var people []bot.Person
	owner := map[string]string{}
	for _, name := range all.keys() {
		one := all.table(name)
		if one == nil {
			continue
		}
		if name == "" || utf8.RuneCountInString(name) > 64 || strings.ContainsFunc(name, unseen) {
			all.fail(name, "a name is one word, as in [people.dada]", "%q in [people] is no name", bot.Clip(name, 60))
		}
		p := person(one, name)
		for _, account := range p.Accounts {
			if other, taken := owner[account]; taken {
				key, _, _ := strings.Cut(account, ":")
				one.fail(key, "give it to one of the two", "%s is the account of %s too: %q", one.called(key), other, account)
				continue
			}
			owner[account] = name
		}
		people = append(people, p)
	}
	return people
}

func person(t *table, name string) bot.Person {
	p := bot.Person{Name: name, Role: role(t)}
	for _, service := range []struct {
		key   string
		check check
	}{{"xmpp", bareJID}, {"slack", slackMember}, {"unix", userName}} {
		if s := t.checked(service.key, service.check); s != "" {
			p.Accounts = append(p.Accounts, service.key+":"+s)
		}
	}
	if t.values["xmpp"] == nil && t.values["slack"] == nil && t.values["unix"] == nil {
		t.fail("", `add xmpp = "dada@diaspote.org", slack = "U024BE7LH" or unix = "dada"`, "%s has no account", t.name)
	}
	t.done()
	return p
}

func role(t *table) bot.Role {
	t.need("role", "reader")
	var found bot.Role
	t.checked("role", func(s string) (string, *fault) {
		var known []string
		for r := bot.Reader; r <= bot.Admin; r++ {
			if s == r.String() {
				found = r
				return s, nil
			}
			known = append(known, r.String())
		}
		return fails(s, "is no role", didYouMean(s, known))
	})
	return found
}
