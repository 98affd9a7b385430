package config

import (
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/diaspote/vigie/adapters/web/status"
	"github.com/diaspote/vigie/adapters/web/subscribe"
	"github.com/diaspote/vigie/adapters/webhook"
	"github.com/diaspote/vigie/bot"
)

// Web is the bot's own HTTP server, which takes the webhooks and shows what is measured.
type Web struct {
	On     bool   // there is something to serve
	Listen string // host:port
	Public string // what people call it by, "https://status.diaspote.org"; "" for its address
	Token  Secret // for programs that read what is measured; none: they may not
}

// A Webhook is a path on which somebody else's alerts come in.
type Webhook struct {
	Path   string // "/alertmanager"
	Kind   string // one of [webhook.Kinds]
	Secret Secret
	Room   string // as a [bot.Home] has it; "" for the usual ones
}

const defaultListen = "127.0.0.1:8420"

func web(t *table, dir string) Web {
	w := Web{Listen: defaultListen}
	_, w.On = t.values["webhook"]
	if one := t.table("web"); one != nil {
		w.On = true
		if s := one.checked("listen", listenAddress); s != "" {
			w.Listen = s
		}
		w.Public = strings.TrimRight(one.checked("public", webURL), "/")
		w.Token = one.secret("token_file", dir)
		one.done()
	}
	return w
}

// listenAddress takes an address with a port. One that others can reach has to be written out, as 0.0.0.0.
func listenAddress(s string) (string, *fault) {
	const hint = `write it as "127.0.0.1:8420"`
	host, port, err := net.SplitHostPort(s)
	n, bad := strconv.ParseUint(port, 10, 16)
	switch {
	case err != nil || bad != nil || n == 0:
		return fails(s, "is no address with a port", hint)
	case host == "":
		return fails(s, "would let everyone in", hint+`, or if that is meant as "0.0.0.0:`+port+`"`)
	case host != "localhost" && net.ParseIP(host) == nil:
		return fails(s, "begins with no IP address", hint)
	}
	return s, nil
}

// loopback tells an address that only this host can reach.
func loopback(listen string) bool {
	host, _, _ := net.SplitHostPort(listen)
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

var webPath = regexp.MustCompile(`^(/[A-Za-z0-9_.-]*[A-Za-z0-9_-])+$`)

func webhooks(t *table, dir string, c *Config) []Webhook {
	var all []Webhook
	seen := map[string]bool{}
	_, page := t.values["status_page"]
	for _, one := range t.tables("webhook") {
		one.need("path", "/alertmanager")
		one.need("kind", "alertmanager")
		one.need("secret_file", "alertmanager.secret")
		all = append(all, Webhook{
			Path:   one.unique("path", seen, path(page)),
			Kind:   one.checked("kind", oneOf("kind of webhook", webhook.Kinds())),
			Secret: one.secret("secret_file", dir),
			Room:   one.checked("room", func(s string) (string, *fault) { return c.room(s) }),
		})
		one.done()
	}
	return all
}

// path checks one that is none of the bot's own; page tells whether those of the status page are.
func path(page bool) check {
	taken := map[string][]string{"is where I show what is measured": {"/metrics", "/api", "/graphs"}}
	if page {
		taken["is part of the status page"] = append(status.Paths(), subscribe.Paths()...)
	}
	return func(s string) (string, *fault) {
		if !webPath.MatchString(s) || len(s) > 200 {
			return fails(s, "is no path", `write it as "/alertmanager"`)
		}
		for what, paths := range taken {
			if slices.ContainsFunc(paths, func(own string) bool { return s == own || strings.HasPrefix(s, own+"/") }) {
				return fails(s, what, "choose another path")
			}
		}
		return s, nil
	}
}

// oneOf checks a word that is one of a few.
func oneOf(what string, known []string) check {
	return func(s string) (string, *fault) {
		if !slices.Contains(known, s) {
			return fails(s, "is no "+what, didYouMean(s, known))
		}
		return s, nil
	}
}

// homes are the rooms that the bot sits in.
func (c *Config) homes() []bot.Home {
	var all []bot.Home
	if c.XMPP != nil {
		for _, r := range c.XMPP.Rooms {
			all = append(all, bot.Home{Chat: "xmpp", Room: r.JID})
		}
	}
	if c.Slack != nil {
		for _, channel := range c.Slack.Channels {
			all = append(all, bot.Home{Chat: "slack", Room: channel})
		}
	}
	return all
}

// room checks one of the rooms that the bot sits in.
func (c *Config) room(s string) (string, *fault) {
	home, wrong := c.home(s, nil)
	return home.Room, wrong
}
