package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/diaspote/vigie/adapters/slack"
	"github.com/diaspote/vigie/adapters/xmpp"
	"github.com/diaspote/vigie/cmd/vigie/config"
	"github.com/diaspote/vigie/ops/schedule"
	"github.com/diaspote/vigie/ops/systemd"
)

// connectTimeout bounds each connection that check tries.
const connectTimeout = 30 * time.Second

// A checkCommand validates the config. It changes nothing and posts nothing.
type checkCommand struct {
	Connect bool `help:"Try the connections too: sign in, and look for the units and the pod."`
}

func (c checkCommand) Run(ctx context.Context, line *commandLine, t terminal) error {
	cfg, err := mustLoad(line.Config)
	if err != nil {
		return err
	}
	quiet := slog.New(slog.DiscardHandler) // what there is to say is said below
	h, err := newHost(quiet)
	if err != nil {
		return err
	}
	defer h.close()
	h.cfg.Store(cfg)
	h.jobs = schedule.NewJobs(schedule.Means{}) // as in a daemon, so that there are the commands for them
	if err := checkLines(cfg, h.settings(cfg)); err != nil {
		return err
	}
	for _, sentence := range cfg.Describe() {
		fmt.Fprintln(t.out, sentence)
	}
	if !c.Connect {
		fmt.Fprintf(t.out, "%s is valid. To try the connections: vigie check --connect\n", cfg.Path)
		return nil
	}
	failed := false
	for _, try := range h.trials(cfg, quiet) {
		ctx, cancel := context.WithTimeout(ctx, connectTimeout)
		err := try.run(ctx)
		cancel()
		if err != nil {
			failed = true
			fmt.Fprintf(t.out, "✗ %s: %v\n", try.name, err)
		} else {
			fmt.Fprintf(t.out, "● %s\n", try.name)
		}
	}
	if failed {
		return errFailed
	}
	return nil
}

// A trial is one connection to try, named as it reads when it went well.
type trial struct {
	name string
	run  func(context.Context) error
}

func (h *host) trials(cfg *config.Config, log *slog.Logger) []trial {
	var all []trial
	if cfg.XMPP != nil {
		all = append(all, trial{"XMPP as " + cfg.XMPP.JID, func(ctx context.Context) error {
			conf, _, err := xmppConfig(cfg)
			if err != nil {
				return err
			}
			return xmpp.New(conf, nil, log, h.now).Check(ctx)
		}})
	}
	if cfg.Slack != nil {
		all = append(all, trial{"Slack", func(ctx context.Context) error {
			return slack.New(slackConfig(cfg), log, h.now).Check(ctx)
		}})
	}
	if cfg.Cachet != nil {
		all = append(all, trial{"the Cachet at " + cfg.Cachet.URL, func(ctx context.Context) error {
			client, err := cachetClient(cfg)
			if err != nil {
				return err
			}
			_, err = client.Check(ctx)
			return err
		}})
	}
	if m := cfg.StatusPage.Mail; m != nil {
		all = append(all, trial{m.Command[0], func(context.Context) error { return tryMail(m) }})
	}
	for _, u := range cfg.Units {
		all = append(all, trial{u.Name, func(ctx context.Context) error { return h.tryUnit(ctx, u) }})
	}
	if cfg.Pod.URL != "" {
		all = append(all, trial{cfg.Pod.URL, func(ctx context.Context) error {
			probe := h.pod.Probe(ctx, cfg.Pod.URL)
			if probe.Err == nil && !probe.OK() {
				return fmt.Errorf("answers %d", probe.Status)
			}
			return probe.Err
		}})
	}
	return all
}

// tryUnit looks whether the unit is there, and its log can be read.
func (h *host) tryUnit(ctx context.Context, u config.Unit) error {
	if _, err := h.systemd.Unit(ctx, u.Name); err != nil {
		if errors.Is(err, systemd.ErrNoUnit) {
			return systemd.ErrNoUnit
		}
		return err
	}
	_, err := h.systemd.Logs(ctx, systemd.LogQuery{Unit: u.Name, Lines: 1})
	return err
}
