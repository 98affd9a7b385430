package main

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/diaspote/vigie/cmd/vigie/config"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/kernel"
	"github.com/diaspote/vigie/ops/ledger"
	"github.com/diaspote/vigie/ops/oom"
	"github.com/diaspote/vigie/ops/pod"
	"github.com/diaspote/vigie/ops/spool"
	"github.com/diaspote/vigie/ops/systemd"
	"github.com/diaspote/vigie/ops/upgrade"
)

// A lookout is all that notices what happens on the host, under one config.
type lookout struct {
	stop context.CancelFunc
	all  sync.WaitGroup
}

// lookOut starts what cfg wants to be noticed.
func (d *daemon) lookOut(ctx context.Context, cfg *config.Config) error {
	ctx, stop := context.WithCancel(ctx)
	d.look = &lookout{stop: stop}
	for kind, w := range d.watchers(cfg) {
		if kind == "job" || cfg.Watch.Watches(kind) {
			d.look.all.Go(func() { d.bot.Watch(ctx, kind, w) })
		}
	}
	if r := d.host.record; r != nil {
		r.use(d.host, cfg)
		d.look.all.Go(func() { d.bot.Keep(ctx, "history", r.Run) })
	}
	d.keepBook(ctx, cfg)
	d.measureForCachet(ctx, cfg)
	d.beat(ctx, cfg)
	return d.serveHTTP(ctx, cfg)
}

// end stops them and waits until they have stopped.
func (l *lookout) end() {
	l.stop()
	l.all.Wait()
}

// watchers are those that cfg wants, by the kind of their events.
func (d *daemon) watchers(cfg *config.Config) map[string]ops.Watcher {
	h := d.host
	upgrades := upgrade.New(upgrade.Options{DB: d.ledger, Log: d.log, Now: time.Now}) // the logs are in the host's zone
	all := map[string]ops.Watcher{
		"oom": &oom.Watcher{
			Ledger: d.ledger, Now: h.now, Log: d.log, Trend: h.rise, After: h.after,
		},
		"pressure": &kernel.Pressure{Host: h.kernel, Ledger: d.ledger, Now: h.now, Log: d.log, Largest: h.largest},
		"disk":     &kernel.Fill{Host: h.kernel, Ledger: d.ledger, Now: h.now, Log: d.log, Warning: cfg.Watch.DiskWarning, Critical: cfg.Watch.DiskCritical},
		"reboot":   &kernel.Reboots{Host: h.kernel, Ledger: d.ledger, Now: h.now, Log: d.log},
		"clock":    &kernel.Clock{Now: h.now, OnStep: d.jobs.Rearm},
		"job":      d.jobs,
		"unit": &systemd.Watcher{
			Ledger: d.ledger, Severity: severityIn(cfg), Ignore: d.bot.Changing, Told: d.killed, Logs: h.systemd.Logs, Log: d.log, Now: h.now,
		},
		"upgrade": upgrades,
		"cron": &spool.Watcher{
			Dir: spoolDir(cfg), DB: d.ledger, Host: cfg.Host, Log: d.log, Now: h.now,
			Decode: map[string]spool.Decode{"upgrade": upgrades.FromPlugin},
		},
	}
	if cfg.Pod.URL != "" {
		all["pod"] = &pod.Watcher{Client: h.pod, URL: cfg.Pod.URL, Ledger: d.ledger, Now: h.now, Failures: cfg.Watch.PodFailures}
	}
	return all
}

// severityIn says how much a failed unit matters: those that the config names are what the host is for.
func severityIn(cfg *config.Config) func(unit string) ops.Severity {
	return func(unit string) ops.Severity {
		if slices.ContainsFunc(cfg.Units, func(u config.Unit) bool { return u.Name == unit }) {
			return ops.Critical
		}
		return ops.Warning
	}
}

// killed says whether an OOM kill in a unit was told that may have ended it at that time. What systemd did of it is told
// there.
func (d *daemon) killed(ctx context.Context, unit string, at time.Time) bool {
	// Whoever shares the unit with who was killed may take a moment to end of it.
	found, err := d.ledger.Events(ctx, ledger.EventQuery{Since: at.Add(-5 * time.Second), Until: at.Add(2 * time.Second)})
	if err != nil {
		d.log.Error("whether an OOM kill ended a unit is not known", "unit", unit, "error", err)
	}
	return slices.ContainsFunc(found, func(r ledger.Record) bool {
		return r.Unit == unit && (r.Kind == oom.Kind || r.Kind == oom.KindDaemon)
	})
}

// rise is how fast memory fills, and since when that was seen.
func (h *host) rise() (perHour float64, since time.Time, ok bool) {
	perHour, ok = h.memory.Rate()
	return perHour, h.memory.Since(), ok
}

// after waits until a unit in which something was killed runs again, and until what it serves answers: its probe, or
// the pod if it is one of the pod's units.
func (h *host) after(ctx context.Context, unit string, at time.Time) (string, error) {
	url, who := "", "it"
	if cfg := h.cfg.Load(); cfg != nil {
		for _, u := range cfg.Units {
			if u.Name == unit {
				url = u.Probe
				if url == "" && u.Shown {
					url = cfg.Pod.URL
				}
			}
		}
		if url == cfg.Pod.URL {
			who = "the pod"
		}
	}
	if url == "" {
		return h.systemd.After(ctx, unit, at, who, nil)
	}
	return h.systemd.After(ctx, unit, at, who, func(ctx context.Context) error {
		if p := h.pod.Probe(ctx, url); !p.OK() {
			return errors.Join(p.Err, errNoAnswer)
		}
		return nil
	})
}

var errNoAnswer = errors.New("it does not answer")

// largest names the unit of the config that holds the most memory.
func (h *host) largest(ctx context.Context) (name string, bytes uint64) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	cfg := h.cfg.Load()
	if cfg == nil {
		return "", 0
	}
	for _, u := range cfg.Units {
		if unit, err := h.systemd.Unit(ctx, u.Name); err == nil && unit.Memory > bytes {
			name, bytes = strings.TrimSuffix(u.Name, ".service"), unit.Memory
		}
	}
	return name, bytes
}

// spoolDir is where other programs leave what they have to say: what $VIGIE_SPOOL names, for them as for the daemon, or
// the folder of that name beside the ledger.
func spoolDir(cfg *config.Config) string {
	return cmp.Or(os.Getenv("VIGIE_SPOOL"), filepath.Join(cfg.StateDir, "spool"))
}
