package main

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/diaspote/vigie/cmd/vigie/config"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/pod"
	"github.com/diaspote/vigie/ops/systemd"
)

// newKeeper is what keeps the daemon's book of incidents up with what happens.
func newKeeper(d *daemon) *incident.Keeper {
	k := incident.NewKeeper(d.host.book)
	k.Look = (&follower{d: d, client: pod.NewClient(release(), d.host.now), fails: map[string]int{}}).look
	d.host.book.Tell(d.bot.Plan, d.bot.Noted)
	return k
}

// beginBook prepares the book before anything happens. What cannot be written now is tried again by itself.
func (d *daemon) beginBook(ctx context.Context, cfg *config.Config) {
	if err := errors.Join(d.host.keeper.Begin(ctx), d.host.book.Seed(ctx, firstComponents(cfg)...)); err != nil {
		d.bot.Unwritten(err)
		d.log.Error("the book of incidents was not begun", "error", err)
	}
}

// keepBook has the book follow what happens under cfg until ctx ends.
func (d *daemon) keepBook(ctx context.Context, cfg *config.Config) {
	k := d.host.keeper
	k.Rules = cfg.IncidentRules()
	d.host.book.Unshown(!cfg.StatusPage.On && cfg.Cachet == nil)
	d.look.all.Go(func() {
		d.bot.Keep(ctx, "incidents", func(ctx context.Context) error {
			err := k.Run(ctx)
			d.bot.Unwritten(err)
			return err
		})
	})
}

// firstComponents are those that a book begins with: the pod, and the units that status shows.
func firstComponents(cfg *config.Config) []incident.Component {
	var all []incident.Component
	if u, err := url.Parse(cfg.Pod.URL); err == nil && u.Hostname() != "" {
		all = append(all, incident.Component{Name: u.Hostname(), Link: (&url.URL{Scheme: u.Scheme, Host: u.Host}).String(), Follows: incident.FollowsPod})
	}
	for _, u := range cfg.Units {
		if u.Shown {
			all = append(all, incident.Component{Name: strings.TrimSuffix(u.Name, ".service"), Follows: u.Name})
		}
	}
	return all
}

const (
	unitAnswer  = 5 * time.Second // how long systemd may take
	probeFails  = 2               // in a row, before what a unit serves is out
	silentLooks = 5               // without an answer of systemd, before nobody knows how a unit is
	atOnce      = 4               // looks side by side
)

// A follower looks at what the components follow.
type follower struct {
	d      *daemon
	client *pod.Client // of its own, as a client remembers the answer of one site

	mu    sync.Mutex
	fails map[string]int // how often in a row, by what failed
}

// look is the Look of an [incident.Keeper].
func (f *follower) look(ctx context.Context, follows []string) map[string]incident.State {
	cfg := f.d.host.cfg.Load()
	seen := map[string]incident.State{}
	var mu sync.Mutex
	var all sync.WaitGroup
	room := make(chan struct{}, atOnce)
	for _, name := range follows {
		room <- struct{}{}
		all.Go(func() {
			defer func() { <-room }()
			state, known := f.unit(ctx, cfg, name)
			if name == incident.FollowsPod {
				state, known = podState(cfg), true
			}
			mu.Lock()
			defer mu.Unlock()
			if known {
				seen[name] = state
			}
		})
	}
	all.Wait()
	return seen
}

// podState is how the pod is as far as no alert says otherwise.
func podState(cfg *config.Config) incident.State {
	if cfg.Pod.URL == "" || !cfg.Watch.Watches("pod") {
		return incident.Unknown
	}
	return incident.Operational
}

// unit tells how a unit is, unless that is about to change or cannot be told now.
func (f *follower) unit(ctx context.Context, cfg *config.Config, name string) (state incident.State, known bool) {
	asking, cancel := context.WithTimeout(ctx, unitAnswer)
	u, err := f.d.host.systemd.Unit(asking, name)
	cancel()
	if errors.Is(err, systemd.ErrNoUnit) {
		return incident.Unknown, true
	}
	if silent := f.count("systemd "+name, err != nil); err != nil || f.d.bot.Changing(name) {
		return incident.Unknown, silent >= silentLooks
	}
	switch {
	case u.ActiveState == "active":
		return f.probe(ctx, cfg, name)
	case u.ActiveState == "inactive" && u.Type == "oneshot" && u.Result == "success": // it has done what it is for
		return incident.Operational, true
	case u.ActiveState == "inactive" || u.ActiveState == "failed":
		return incident.MajorOutage, true
	}
	return incident.Unknown, false
}

// probe tells whether what a unit serves answers, if the config says where.
func (f *follower) probe(ctx context.Context, cfg *config.Config, name string) (state incident.State, known bool) {
	for _, u := range cfg.Units {
		if u.Name != name || u.Probe == "" {
			continue
		}
		switch fails := f.count("probe "+name, !f.client.Probe(ctx, u.Probe).OK()); {
		case fails >= probeFails:
			return incident.PartialOutage, true
		case fails > 0:
			return incident.Unknown, false
		}
	}
	return incident.Operational, true
}

// count counts failures in a row.
func (f *follower) count(what string, failed bool) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fails[what]++
	if !failed {
		delete(f.fails, what)
	}
	return f.fails[what]
}
