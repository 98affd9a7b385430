package main

import (
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/cmd/vigie/config"
	"github.com/diaspote/vigie/commands"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/kernel"
	"github.com/diaspote/vigie/ops/pod"
	"github.com/diaspote/vigie/ops/schedule"
	"github.com/diaspote/vigie/ops/systemd"
)

// A host holds what reads this host, and the config in force.
type host struct {
	log     *slog.Logger
	kernel  *kernel.Host
	memory  *kernel.Trend
	systemd *systemd.Manager
	pod     *pod.Client
	jobs    *schedule.Jobs                // nil without a daemon
	record  *record                       // nil where nothing is kept
	book    *incident.Book                // nil where no incidents are kept
	key     []byte                        // that links to subscribers are signed with
	keeper  *incident.Keeper              // of the book; nil without a daemon
	cfg     atomic.Pointer[config.Config] // nil: none
}

func newHost(log *slog.Logger) (*host, error) {
	k, err := kernel.New("/proc")
	if err != nil {
		return nil, err
	}
	h := &host{log: log, kernel: k, memory: &kernel.Trend{}}
	h.pod, h.systemd = pod.NewClient(release(), h.now), systemd.New(log, h.now)
	return h, nil
}

// now is the time in the zone of the config.
func (h *host) now() time.Time {
	if cfg := h.cfg.Load(); cfg != nil {
		return time.Now().In(cfg.TimeZone)
	}
	return time.Now()
}

func (h *host) close() { h.systemd.Close() }

// commands is the host under a config; nil is no config.
func (h *host) commands(cfg *config.Config) *commands.Host {
	c := &commands.Host{Kernel: h.kernel, Memory: h.memory, Systemd: h.systemd, Pod: h.pod, Root: "/", Jobs: h.jobs, Incidents: h.book}
	if h.record != nil {
		c.Graphs = h.record.graphs(cfg)
		c.Graphs.Incidents = h.book
	}
	if cfg == nil {
		return c
	}
	if links := h.links(cfg); links != nil {
		c.GraphLink = func() string { return links.New(h.now()) }
	}
	if cfg.StatusPage.On {
		c.PageLink = cfg.Web.Public // its own address leads nobody there who reads this on a phone
	}
	c.PodURL = cfg.Pod.URL
	for _, u := range cfg.Units {
		c.Units = append(c.Units, commands.Unit{Name: u.Name, Shown: u.Shown, Probe: u.Probe, Timeout: u.Timeout})
	}
	return c
}

// settings are those of a config.
func (h *host) settings(cfg *config.Config) bot.Settings {
	c := h.commands(cfg)
	s := bot.Settings{
		Host: cfg.Host, Policy: cfg.Policy(), Commands: commands.Table(c), Illustrate: h.illustrate(c),
		Routes: cfg.Routes, Hooks: hookRoutes(cfg), Quiet: cfg.Quiet, Remind: cfg.Watch.Remind, Rules: cfg.Rules,
	}
	if h.keeper != nil {
		s.Noted = h.keeper.Wake
	}
	s.Programs = append(cachetPrograms(cfg), newsPrograms(cfg)...)
	if cfg.XMPP != nil {
		for _, room := range cfg.XMPP.Rooms {
			s.Rooms = append(s.Rooms, bot.Home{Chat: "xmpp", Room: room.JID})
		}
	}
	if cfg.Slack != nil {
		for _, channel := range cfg.Slack.Channels {
			s.Rooms = append(s.Rooms, bot.Home{Chat: "slack", Room: channel})
		}
	}
	return s
}

// hostName is what the host calls itself.
func hostName() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "localhost"
	}
	return name
}

// sampleMemory feeds the trend.
func (h *host) sampleMemory() {
	if m, err := h.kernel.Memory(); err == nil {
		h.memory.Add(h.now(), m.Used())
	}
}
