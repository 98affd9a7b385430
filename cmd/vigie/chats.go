package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/diaspote/vigie/adapters/cachet"
	"github.com/diaspote/vigie/adapters/slack"
	"github.com/diaspote/vigie/adapters/webhook"
	"github.com/diaspote/vigie/adapters/xmpp"
	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/cmd/vigie/config"
)

// chats keeps the chats of the config running, and exchanges those whose section changed.
type chats struct {
	bot     *bot.Bot
	host    *host
	log     *slog.Logger
	now     func() time.Time
	running map[string]*running
}

// A running chat, and what of the config it was made of.
type running struct {
	from  any
	stop  context.CancelFunc
	ended chan struct{}
}

// use makes the chats those of cfg. If one cannot be made, nothing has changed.
func (c *chats) use(ctx context.Context, cfg *config.Config) error {
	wanted := map[string]func(){}
	if cfg.XMPP != nil {
		conf, pem, err := xmppConfig(cfg)
		if err != nil {
			return err
		}
		from := []any{cfg.XMPP, conf.People, pem}
		wanted["xmpp"] = func() { c.serve(ctx, xmpp.New(conf, c.bot.Menu, c.log, c.now), from) }
		c.keep(wanted, "xmpp", from)
	}
	if cfg.Slack != nil {
		conf := slackConfig(cfg)
		wanted["slack"] = func() { c.serve(ctx, slack.New(conf, c.log, c.now), conf) }
		c.keep(wanted, "slack", conf)
	}
	for _, h := range cfg.Hooks {
		hook, err := webhook.NewHook(h.Name, cfg.Host, h.URL.Reveal(), reveal(h.Secret), c.now)
		if err != nil {
			return err
		}
		from := []any{h, cfg.Host}
		wanted[hook.Name()] = func() { c.serve(ctx, hook, from) }
		c.keep(wanted, hook.Name(), from)
	}
	if cfg.Cachet != nil {
		push, err := c.cachetPush(cfg)
		if err != nil {
			return err
		}
		for _, chat := range []bot.Chat{push, cachet.Points{Push: push}} {
			wanted[chat.Name()] = func() { c.serve(ctx, chat, *cfg.Cachet) }
			c.keep(wanted, chat.Name(), *cfg.Cachet)
		}
	}
	news, from, err := c.host.newsChats(cfg, c.bot.Raise)
	if err != nil {
		return err
	}
	for n, chat := range news {
		wanted[chat.Name()] = func() { c.serve(ctx, chat, from[n]) }
		c.keep(wanted, chat.Name(), from[n])
	}
	for name := range c.running {
		if start, still := wanted[name]; name != "local" && (!still || start != nil) {
			c.stop(name)
		}
	}
	for _, start := range wanted {
		if start != nil {
			start()
		}
	}
	return nil
}

// keep leaves a chat alone that runs already with the same settings.
func (c *chats) keep(wanted map[string]func(), name string, conf any) {
	if r := c.running[name]; r != nil && reflect.DeepEqual(r.from, conf) {
		wanted[name] = nil
	}
}

func (c *chats) serve(ctx context.Context, chat bot.Chat, from any) {
	ctx, stop := context.WithCancel(ctx)
	r := &running{from: from, stop: stop, ended: make(chan struct{})}
	c.running[chat.Name()] = r
	go func() {
		defer close(r.ended)
		if err := c.bot.Serve(ctx, chat); err != nil {
			c.log.Error("a chat is not served", "chat", chat.Name(), "error", err)
		}
	}()
}

func (c *chats) stop(name string) {
	r := c.running[name]
	r.stop()
	<-r.ended
	delete(c.running, name)
}

func (c *chats) stopAll() {
	for _, r := range c.running {
		r.stop()
	}
	for name := range c.running {
		c.stop(name)
	}
}

// xmppConfig is what the adapter wants of the config, and the certificates it was made with.
func xmppConfig(cfg *config.Config) (conf xmpp.Config, pem []byte, err error) {
	x := cfg.XMPP
	conf = xmpp.Config{JID: x.JID, Password: x.Password.Reveal(), Server: x.Server, Nick: x.Nick}
	if x.CAFile != "" {
		if pem, err = os.ReadFile(x.CAFile); err != nil {
			return conf, nil, fmt.Errorf("read ca_file: %w", err)
		}
		conf.CAs = x509.NewCertPool()
		if !conf.CAs.AppendCertsFromPEM(pem) {
			return conf, nil, fmt.Errorf("ca_file %s holds no certificate", x.CAFile)
		}
	}
	for _, room := range x.Rooms {
		r := xmpp.Room{JID: room.JID}
		r.Password = reveal(room.Password)
		conf.Rooms = append(conf.Rooms, r)
	}
	for _, person := range cfg.People {
		for _, account := range person.Accounts {
			if jid, ok := strings.CutPrefix(account, "xmpp:"); ok {
				conf.People = append(conf.People, jid)
			}
		}
	}
	return conf, pem, nil
}

// reveal is what a secret holds, "" if there is none.
func reveal(s config.Secret) string {
	if s.IsZero() {
		return ""
	}
	return s.Reveal()
}

func slackConfig(cfg *config.Config) slack.Config {
	return slack.Config{
		AppToken: cfg.Slack.AppToken.Reveal(), BotToken: cfg.Slack.BotToken.Reveal(), Channels: cfg.Slack.Channels,
	}
}
