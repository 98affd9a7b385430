package config

import (
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/adapters/webhook"
	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops"
)

func routes(t *table, c *Config) []bot.Route {
	var routes []bot.Route
	for _, one := range t.tables("route") {
		r := bot.Route{Severity: one.severity(ops.Info)}
		r.Kinds, _ = one.list("kinds", oneOf("kind of event", Kinds()))
		r.Units, _ = one.list("units", unitName)
		one.list("to", func(s string) (string, *fault) {
			home, wrong := c.home(s, c.People)
			if wrong == nil && slices.Contains(r.To, home) {
				return fails(s, "is there twice", "name it once")
			}
			if wrong == nil {
				r.To = append(r.To, home)
			}
			return s, wrong
		})
		if to, isList := one.values["to"].([]any); isList && len(to) == 0 || one.values["to"] == nil {
			one.fail("to", `write to = ["…"] with a room, a channel or somebody of [people]`, "%s names nobody", one.called("to"))
		}
		routes = append(routes, r)
		one.done()
	}
	return routes
}

// Kinds are what an event can be.
func Kinds() []string {
	return append(append(WatchKinds(), "oomd", "job", "report", "rule", "delivery", "webhook", "not-understood"), webhook.Kinds()...)
}

// severity is the one that the key of that name gives.
func (t *table) severity(otherwise ops.Severity) ops.Severity {
	t.checked("severity", func(s string) (string, *fault) {
		known := []string{ops.Info.String(), ops.Warning.String(), ops.Critical.String()}
		severity, err := ops.ParseSeverity(s)
		if err != nil {
			return fails(s, "is no severity", didYouMean(s, known))
		}
		otherwise = severity
		return s, nil
	})
	return otherwise
}

// home finds a room that the bot sits in, or one of people, who are told by themselves.
func (c *Config) home(s string, people []bot.Person) (bot.Home, *fault) {
	var known []string
	folded, wrong := bareJID(s)
	for _, home := range c.homes() {
		if home.Room == s || wrong == nil && home.Chat == "xmpp" && home.Room == folded {
			return home, nil
		}
		known = append(known, home.Room)
	}
	for _, p := range people {
		if p.Name == s {
			return c.address(p)
		}
		known = append(known, p.Name)
	}
	what, hint := "is no room of [xmpp] and no channel of [slack]", "neither lists one"
	if people != nil {
		what, hint = "is no room of [xmpp], no channel of [slack] and nobody in [people]", "there are none"
	}
	if len(known) > 0 {
		hint = didYouMean(s, known)
	}
	_, wrong = fails(s, what, hint)
	return bot.Home{}, wrong
}

// address is where one person is told something, in the first of the chats in use where they have an account.
func (c *Config) address(p bot.Person) (bot.Home, *fault) {
	for _, account := range p.Accounts {
		chat, room, _ := strings.Cut(account, ":")
		if chat == "xmpp" && c.XMPP != nil || chat == "slack" && c.Slack != nil {
			return bot.Home{Chat: chat, Room: room}, nil
		}
	}
	_, wrong := fails(p.Name, "has no account where alerts can be sent", "give them xmpp or slack in [people."+p.Name+"]")
	return bot.Home{}, wrong
}

// quiet reads [quiet].
func quiet(t *table) bot.Quiet {
	one := t.table("quiet")
	if one == nil {
		return bot.Quiet{}
	}
	one.need("hours", "23:00-07:00")
	q := bot.Quiet{Passes: one.severity(ops.Critical)}
	one.checked("hours", func(s string) (string, *fault) {
		from, to, _ := strings.Cut(s, "-")
		begin, ok := ofDay(from)
		end, too := ofDay(to)
		if !ok || !too || begin == end {
			return fails(s, "are no hours", `write them as "23:00-07:00"`)
		}
		q.From, q.To = begin, end
		return s, nil
	})
	one.done()
	return q
}

// ofDay reads "23:00" as the time since midnight.
func ofDay(s string) (time.Duration, bool) {
	t, err := time.Parse("15:04", strings.TrimSpace(s))
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, err == nil
}
