package main

import (
	"context"
	"math"
	"time"

	"github.com/diaspote/vigie/adapters/cachet"
	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/cmd/vigie/config"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/ledger"
)

// mostPoints is how many points of metrics wait for a Cachet that is away: a week of one metric every five minutes.
const mostPoints = 2000

// cachetClient is the Cachet of a config.
func cachetClient(cfg *config.Config) (*cachet.Client, error) {
	k := cfg.Cachet
	return cachet.NewClient(k.URL, k.Token.Reveal(), k.Zone)
}

// cachetPush tells the Cachet of a config what is in the book.
func (c *chats) cachetPush(cfg *config.Config) (*cachet.Push, error) {
	client, err := cachetClient(cfg)
	if err != nil {
		return nil, err
	}
	p := &cachet.Push{Client: client, Book: c.host.book, Now: c.now, Notify: !cfg.Cachet.Silent,
		Raise: func(ctx context.Context, e ops.Event) error { return c.bot.Raise(ctx, e) }}
	for _, m := range cfg.Cachet.Metrics {
		p.Metrics = append(p.Metrics, cachet.Metric{Name: m.Name, Suffix: m.Suffix, Every: cfg.Cachet.Every})
	}
	return p, nil
}

// cachetPrograms are the programs that the Cachet of a config is.
func cachetPrograms(cfg *config.Config) []bot.Program {
	if cfg.Cachet == nil {
		return nil
	}
	client, err := cachetClient(cfg)
	if err != nil { // it does not come into force then
		return nil
	}
	return []bot.Program{{Chat: cachet.ChatName, Called: "the Cachet at " + client.String()}, {Chat: cachet.PointsName}}
}

// cachetOwing is what each change of the book owes the Cachet of a config.
func cachetOwing(cfg *config.Config) []incident.Owing {
	if cfg.Cachet == nil {
		return nil
	}
	room := cfg.Cachet.URL
	return []incident.Owing{func(c incident.Change) []ledger.Debt {
		text := cachet.Owed(c)
		if text == "" {
			return nil
		}
		return []ledger.Debt{{Chat: cachet.ChatName, Room: room, Text: text, Subject: text}}
	}}
}

// greetCachet owes the Cachet of a config all that it is to say: it may be a new one, or have missed something.
func (d *daemon) greetCachet(ctx context.Context, cfg *config.Config) {
	if cfg.Cachet == nil {
		return
	}
	now := d.host.now()
	err := d.ledger.Owe(ctx, ledger.Debt{Chat: cachet.ChatName, Room: cfg.Cachet.URL, Text: cachet.OwedAtFirst, Subject: cachet.OwedAtFirst, Made: now, Due: now})
	if err != nil {
		d.bot.Unwritten(err)
		d.log.Error("the Cachet is not told yet how things are", "error", err)
		return
	}
	d.bot.Nudge()
}

// measureForCachet gives the metrics of a Cachet their points, until ctx ends.
func (d *daemon) measureForCachet(ctx context.Context, cfg *config.Config) {
	if cfg.Cachet == nil || len(cfg.Cachet.Metrics) == 0 || d.host.record == nil {
		return
	}
	every := cfg.Cachet.Every
	d.look.all.Go(func() {
		d.bot.Keep(ctx, "cachet", func(ctx context.Context) error {
			for {
				now := d.host.now()
				next := time.NewTimer(now.Truncate(every).Add(every + 20*time.Second).Sub(now)) // the last scrapes are written by then
				select {
				case <-next.C:
				case <-ctx.Done():
					next.Stop()
					return nil
				}
				if err := d.points(ctx, cfg, d.host.now().Truncate(every)); err != nil {
					return err
				}
			}
		})
	})
}

// points owes a point of each metric, of the time up to then.
func (d *daemon) points(ctx context.Context, cfg *config.Config, to time.Time) error {
	graphs := d.host.record.graphs(cfg)
	for _, m := range cfg.Cachet.Metrics {
		p, err := m.Series.Panel()
		if err != nil {
			return err
		}
		g, err := graphs.Graph(ctx, p, to.Add(-cfg.Cachet.Every), to, 1)
		if err != nil {
			return err
		}
		for _, s := range g.Series {
			if len(s.Points) == 0 || math.IsNaN(s.Points[0].Avg) {
				continue
			}
			now := d.host.now()
			err := d.ledger.OweAtMost(ctx, mostPoints, ledger.Debt{Chat: cachet.PointsName, Room: cfg.Cachet.URL,
				Text: cachet.OwedPoint(m.Name, to, s.Points[0].Avg), Made: now, Due: now})
			if err != nil {
				d.bot.Unwritten(err)
				return err
			}
			break
		}
	}
	d.bot.Nudge()
	return nil
}
