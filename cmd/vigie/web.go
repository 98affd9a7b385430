package main

import (
	"context"

	"github.com/diaspote/vigie/adapters/webhook"
	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/cmd/vigie/config"
	"github.com/diaspote/vigie/ops"
)

// sources are the webhooks of a config.
func sources(cfg *config.Config) []webhook.Source {
	var all []webhook.Source
	for _, w := range cfg.Webhooks {
		all = append(all, webhook.Source{Path: w.Path, Kind: w.Kind, Secret: w.Secret.Reveal(), Room: w.Room})
	}
	return all
}

// takeWebhooks listens for webhooks, if the config has any, until ctx ends.
func (d *daemon) takeWebhooks(ctx context.Context, cfg *config.Config) error {
	deaf := &trouble{d: d, event: ops.Event{Kind: "webhook", Key: "webhook/listen", Severity: ops.Critical, Title: "I hear no webhooks"}, over: "I hear webhooks again"}
	if len(cfg.Webhooks) == 0 {
		deaf.is(ctx, nil)
		return nil
	}
	note := func(ctx context.Context, events []ops.Event) error { return d.bot.Raise(ctx, events...) }
	up := func() { deaf.is(ctx, nil) }
	server, err := webhook.New(webhook.Config{Listen: cfg.Web.Listen, Sources: sources(cfg), Up: up}, note, d.log, d.host.now)
	if err != nil {
		return err
	}
	d.look.all.Go(func() {
		d.bot.Keep(ctx, "webhook", func(ctx context.Context) error {
			err := server.Serve(ctx)
			if err != nil && ctx.Err() == nil {
				deaf.is(ctx, err)
			}
			return err
		})
	})
	return nil
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
