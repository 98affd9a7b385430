package upgrade

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops"
)

//go:embed plugin.py
var plugin string

// Plugin returns the text of the plugin for unattended-upgrades 2.11 and later. It goes into
// /etc/unattended-upgrades/plugins, and leaves what [FromPlugin] reads in /var/lib/vigie/spool, as
// upgrade-<ms since 1970>-<pid>.json.
func Plugin() string { return plugin }

// postrun is what the plugin writes: the result as unattended-upgrades hands it over (version 1.0 of its
// interface, see examples/plugins/simple.py there), and beside it what only root can read.
type postrun struct {
	Result *struct {
		Success  bool     `json:"success"`
		Result   string   `json:"result"`
		Upgraded []string `json:"packages_upgraded"`
		KeptBack []string `json:"packages_kept_back"`
		Removed  []string `json:"packages_removed"`
		Reboot   bool     `json:"reboot_required"`
		DpkgLog  string   `json:"log_dpkg"`
	} `json:"result"`
	Log         string `json:"log"`     // of this run
	History     string `json:"history"` // apt's, since this run began
	Needrestart string `json:"needrestart"`
}

// FromPlugin reads what the plugin wrote at the end of a run; at is when that was. The event is the same as
// [Watcher] makes of that run's logs.
func FromPlugin(data []byte, at time.Time) (ops.Event, error) {
	r, err := parsePlugin(data)
	if err != nil {
		return ops.Event{}, err
	}
	return r.Event(at.Location(), at), nil
}

func parsePlugin(data []byte) (Run, error) {
	var p postrun
	if err := json.Unmarshal(data, &p); err != nil {
		return Run{}, fmt.Errorf("read what the plugin of unattended-upgrades wrote: %w", err)
	}
	if p.Result == nil {
		return Run{}, fmt.Errorf("read what the plugin of unattended-upgrades wrote: it has no result; is /etc/unattended-upgrades/plugins/vigie.py the one of this version?")
	}
	r := p.run()
	yes := p.Result.Reboot
	r.Reboot = &yes
	r.Restart = ParseNeedrestart(p.Needrestart)
	// The run has ended and tells its result itself.
	r.Open = false
	if !p.Result.Success && r.Error == "" && len(r.Held) == 0 {
		r.Error = p.Result.Result
	}
	r.Broken = ParseDpkgErrors(p.Result.DpkgLog)
	for _, name := range p.Result.Removed {
		if !slices.Contains(names(r.Removed), name) {
			r.Removed = append(r.Removed, Package{Name: name})
		}
	}
	for _, name := range p.Result.KeptBack {
		if !slices.ContainsFunc(r.Held, func(h Held) bool { return h.Name == name }) {
			r.Held = append(r.Held, Held{name, unsaid})
		}
	}
	return r, nil
}

// run reads the logs that came along, and makes do with the bare lists without them.
func (p postrun) run() Run {
	runs, _ := ParseUnattended(p.Log)
	var steps []Run
	history, _ := ParseHistory(p.History)
	for _, h := range history {
		if h.Unattended {
			steps = append(steps, h)
		}
	}
	if len(runs) > 0 {
		return runs[len(runs)-1].with(steps)
	}
	r := Run{Unattended: true}
	for _, name := range p.Result.Upgraded {
		pkg := Package{Name: strings.TrimSpace(name)}
		if p.Result.Success {
			r.Upgraded = append(r.Upgraded, pkg)
		} else {
			r.Attempted = append(r.Attempted, pkg)
		}
	}
	if len(steps) > 0 {
		r.Start = steps[0].Start
	}
	return r.with(steps)
}
