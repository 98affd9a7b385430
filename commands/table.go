package commands

import (
	"slices"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/commands/panel"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/kernel"
	"github.com/diaspote/vigie/ops/pod"
	"github.com/diaspote/vigie/ops/schedule"
	"github.com/diaspote/vigie/ops/systemd"
)

// A Host is what the commands work on, and what the config says about it.
type Host struct {
	Kernel  *kernel.Host
	Memory  *kernel.Trend // of the used memory, fed by whoever keeps the bot running
	Systemd *systemd.Manager
	Pod     *pod.Client
	Jobs    *schedule.Jobs // the bot's own; nil for none
	Graphs  *panel.Set     // of the history; nil for none

	Incidents *incident.Book // nil for none
	PageLink  string         // where everybody finds the status page, without a slash at its end; "" for nowhere

	GraphLink func() string // the address of the graphs on the web, good for a day; nil if they are shown nowhere

	Units  []Unit // those that the config names; with none, status shows what has failed
	PodURL string // "" for none
	Root   string // where /etc/crontab is found: "/"
}

// A Unit is a systemd unit as the config describes it.
type Unit struct {
	Name    string        // in full
	Shown   bool          // by status
	Probe   string        // a URL that answers once the unit really works, "" for none
	Timeout time.Duration // for a job on it, its probe included
}

// jobWait is the Timeout of a unit that the config does not name.
const jobWait = 2 * time.Minute

// unit is what the config says about a unit, or the default.
func (h *Host) unit(name string) Unit {
	for _, u := range h.Units {
		if u.Name == name {
			return u
		}
	}
	return Unit{Name: name, Timeout: jobWait}
}

// shown names the units that status shows.
func (h *Host) shown() []string {
	var names []string
	for _, u := range h.Units {
		if u.Shown {
			names = append(names, u.Name)
		}
	}
	return names
}

// Table lists the commands in the order in which help shows them.
func Table(h *Host) bot.Table {
	t := bot.Table{
		h.status(), h.units(), h.logs(), h.graph(), h.stats(), h.cron(),
		alerts(), ack(), h.silence(), h.unsilence(), history(), h.report(), h.maintenance(),
		h.change(systemd.Restart), h.change(systemd.Start), h.change(systemd.Stop), h.change(systemd.Reload),
		say(), audit(), whoami(), help(),
	}
	if h.Incidents != nil {
		t = slices.Insert(t, slices.IndexFunc(t, func(c *bot.Command) bool { return c.Name == "maintenance" }), h.incident(), h.component(), h.subscribers())
	}
	return t
}
