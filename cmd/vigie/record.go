package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/cmd/vigie/config"
	"github.com/diaspote/vigie/commands"
	"github.com/diaspote/vigie/commands/panel"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/history"
	"github.com/diaspote/vigie/ops/kernel"
	"github.com/diaspote/vigie/ops/ledger"
	"github.com/diaspote/vigie/ops/pod"
	"github.com/diaspote/vigie/ops/probe"
	"github.com/diaspote/vigie/ops/systemd"
)

// A record is what is measured on the host, and kept in a ledger.
type record struct {
	*history.Recorder
	store   *history.Store
	ledger  *ledger.DB
	targets []*probe.Target // which keep a connection each
	key     []byte          // of the links to graphs
}

// openRecord opens the history in a ledger, under a config; nil is no config.
func (h *host) openRecord(ctx context.Context, db *ledger.DB, cfg *config.Config) error {
	o := history.Options{Log: h.log}
	if cfg != nil {
		o.Every, o.Keep, o.MaxBytes = cfg.History.Every, cfg.History.Keep, cfg.History.Bytes
		o.KeepRollups = time.Duration(cfg.History.Years) * 365 * 24 * time.Hour
	}
	store, err := history.Open(ctx, db, o)
	if err != nil {
		return err
	}
	h.record = &record{key: h.linkKey(ctx, db), Recorder: history.NewRecorder(store, h.log, h.now), store: store, ledger: db}
	return nil
}

// recall feeds the trend of the memory with the last hours, so that a kill soon after a start is told with what memory
// did before.
func (r *record) recall(ctx context.Context, trend *kernel.Trend, now time.Time) error {
	total, available := ops.Series{Name: "node_memory_MemTotal_bytes"}, ops.Series{Name: "node_memory_MemAvailable_bytes"}
	lines, err := r.store.Range(ctx, history.Query{Series: []ops.Series{total, available}, From: now.Add(-kernel.TrendSpan), To: now, Columns: 360})
	if err != nil {
		return err
	}
	for i, c := range lines[0].Columns {
		if a := lines[1].Columns[i]; c.Count > 0 && a.Count > 0 {
			trend.Add(lines[0].At(i), uint64(max(c.Avg-a.Avg, 0)))
		}
	}
	return nil
}

// graphs are those that a config has; nil is no config.
func (r *record) graphs(cfg *config.Config) *panel.Set {
	set := &panel.Set{Store: r.store, Ledger: r.ledger}
	if cfg == nil {
		return set
	}
	for _, g := range cfg.Graphs {
		if p, err := g.Panel(); err == nil { // the config was refused otherwise
			set.Own = append(set.Own, p)
		}
	}
	return set
}

// use has what a config names measured.
func (r *record) use(h *host, cfg *config.Config) {
	all := []ops.Sampler{&kernel.Sampler{Host: h.kernel, Sys: "/sys"}}
	var targets []*probe.Target
	if cfg != nil {
		all = append(all, &systemd.Sampler{Manager: h.systemd, Names: cfg.UnitNames()})
		if cfg.Pod.URL != "" {
			all = append(all, &pod.Sampler{Client: h.pod, URL: cfg.Pod.URL, Now: h.now})
		}
		for _, p := range cfg.Probes {
			if p.Exec != nil {
				all = append(all, &probe.Script{Name: p.Name, Command: p.Exec})
				continue
			}
			t := probe.NewTarget(p.Name, p.Scrape.Reveal())
			all, targets = append(all, t), append(targets, t)
		}
	}
	r.Use(all)
	for _, t := range r.targets {
		t.Close()
	}
	r.targets = targets
}

// recordSession measures for as long as a console is open, in memory, so that there is something to draw without a
// daemon too.
func (h *host) recordSession(ctx context.Context, cfg *config.Config) (stop func(), err error) {
	db, err := ledger.Open(ctx, "")
	if err != nil {
		return nil, err
	}
	if err := h.openRecord(ctx, db, cfg); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	h.record.use(h, cfg)
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { h.record.Run(ctx) })
	return func() {
		cancel()
		running.Wait()
		db.Close()
	}, nil
}

// illustrate is what goes with an alert.
func (h *host) illustrate(c *commands.Host) func(context.Context, ops.Event) *bot.Picture {
	return func(ctx context.Context, e ops.Event) *bot.Picture {
		p, err := c.Illustrate(ctx, e, h.now())
		if err != nil && !errors.Is(err, context.Canceled) {
			h.log.Warn("an alert has no picture", "alert", e.Key, "err", err)
		}
		return p
	}
}
