package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/diaspote/vigie/adapters/web"
	"github.com/diaspote/vigie/adapters/webhook"
	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/cmd/vigie/config"
	"github.com/diaspote/vigie/commands/panel"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/graph"
	"github.com/diaspote/vigie/ops/ledger"
)

// linkTime is how long a link to the graphs is good.
const linkTime = 24 * time.Hour

// sources are the webhooks of a config.
func sources(cfg *config.Config) []webhook.Source {
	var all []webhook.Source
	for _, w := range cfg.Webhooks {
		all = append(all, webhook.Source{Path: w.Path, Kind: w.Kind, Secret: w.Secret.Reveal(), Room: w.Room})
	}
	return all
}

// serveHTTP takes webhooks and shows graphs and figures, if the config wants any of them, until ctx ends.
func (d *daemon) serveHTTP(ctx context.Context, cfg *config.Config) error {
	deaf := &trouble{d: d, event: ops.Event{Kind: "webhook", Key: "webhook/listen", Severity: ops.Critical, Title: "I hear no webhooks"}, over: "I hear webhooks again"}
	if !cfg.Web.On {
		deaf.is(ctx, nil)
		return nil
	}
	note := func(ctx context.Context, events []ops.Event) error { return d.bot.Raise(ctx, events...) }
	hooks, err := webhook.New(sources(cfg), note, d.log, d.host.now)
	if err != nil {
		return err
	}
	var handler http.Handler = hooks
	if d.host.record != nil {
		handler = d.site(cfg).Handler(handler)
	}
	if cfg.StatusPage.On {
		handler = d.statusPage(cfg, handler)
	}
	server := &web.Server{Listen: cfg.Web.Listen, Handler: handler, Log: d.log, Up: func() { deaf.is(ctx, nil) }}
	d.look.all.Go(func() {
		d.bot.Keep(ctx, "web", func(ctx context.Context) error {
			err := server.Serve(ctx)
			if err != nil && ctx.Err() == nil && len(cfg.Webhooks) > 0 {
				deaf.is(ctx, err)
			}
			return err
		})
	})
	return nil
}

// site is what the bot shows of its history.
func (d *daemon) site(cfg *config.Config) *web.Site {
	c := d.host.commands(cfg)
	return &web.Site{
		Host: cfg.Host, Store: d.host.record.store, Token: cfg.Web.Token.Reveal(), Links: d.host.links(cfg), Log: d.log, Now: d.host.now,
		Names: func() []web.Name { return webNames(c.Graphs.All()) },
		Find: func(name string) []web.Name {
			found, _, _ := c.Graphs.Find([]string{name})
			return webNames(found)
		},
		Graph: func(ctx context.Context, name string, from, to time.Time, columns int) (g graph.Graph, ok bool, err error) {
			found, _, err := c.Graphs.Find([]string{name})
			if err != nil || len(found) == 0 {
				return g, false, err
			}
			g, err = c.Graphs.Graph(ctx, found[0], from, to, columns) // the one of exactly that name comes first
			return g, true, err
		},
	}
}

func webNames(panels []panel.Panel) []web.Name {
	var all []web.Name
	for _, p := range panels {
		all = append(all, web.Name{Name: p.Name, About: p.About})
	}
	return all
}

// links are the signed addresses of the graphs; nil if they are shown nowhere.
func (h *host) links(cfg *config.Config) *web.Links {
	if h.record == nil || !cfg.Web.On {
		return nil
	}
	return &web.Links{Base: publicAddress(cfg), Key: h.record.key, For: linkTime}
}

// publicAddress is where people find what the bot shows, without a slash at its end.
func publicAddress(cfg *config.Config) string {
	return cmp.Or(cfg.Web.Public, "http://"+cfg.Web.Listen)
}

// linkKey is what links are signed with. It stays the same, so that a link outlives a restart of the bot; while it cannot be
// kept, a new one does until then.
func (h *host) linkKey(ctx context.Context, db *ledger.DB) []byte {
	const name = "web/key"
	text, err := db.Cursor(ctx, name)
	if key, bad := hex.DecodeString(text); err == nil && bad == nil && len(key) == 32 {
		return key
	}
	key := make([]byte, 32)
	rand.Read(key)
	if err == nil {
		err = db.SetCursor(ctx, name, hex.EncodeToString(key))
	}
	if err != nil {
		h.log.Warn("the key of links to graphs is not kept; they end when I do", "err", err)
	}
	return key
}

// beat tells an outside service that the bot lives, if the config names one, until ctx ends.
func (d *daemon) beat(ctx context.Context, cfg *config.Config) {
	if cfg.Heartbeat == nil {
		return
	}
	heart := &webhook.Heartbeat{
		URL: cfg.Heartbeat.URL.Reveal(), Every: cfg.Heartbeat.Every, Log: d.log,
		Alive: func() error { return d.ledger.Check(ctx, 0) },
	}
	d.look.all.Go(func() { d.bot.Keep(ctx, "heartbeat", heart.Run) })
}

// hookRoutes are the programs that are told of events.
func hookRoutes(cfg *config.Config) []bot.Route {
	var all []bot.Route
	for _, h := range cfg.Hooks {
		all = append(all, bot.Route{Severity: h.Severity, To: []bot.Home{{Chat: "hook:" + h.Name, Room: h.Name}}})
	}
	return all
}
