package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/ledger"
)

// What a report on an incident reads and says at most.
const (
	reportBefore = 5 * time.Minute // what people did so soon before it may be why
	reportLines  = 400             // of the audit
	reportBytes  = 11_500          // below the summary: what a post holds
	reportGraphs = 4
)

func (h *Host) incidentReport() *bot.Command {
	return &bot.Command{
		Name: "incident report", Usage: "[N]", MaxArgs: 1, Needs: bot.Operator, Timeout: time.Minute,
		Help: "what happened, by the second, and who did what: as Markdown, with graphs",
		Run: func(ctx context.Context, c *bot.Call) error {
			p, err := h.postmortem(ctx, c)
			if err != nil {
				return err
			}
			var picture *bot.Picture
			if !c.Message.Single || c.Message.Picture != "" { // else it would be drawn with characters, behind the Markdown
				if picture, err = h.pictureOf(ctx, p); err != nil {
					return err
				}
			}
			if picture != nil {
				p.picture = fileOnly(cmp.Or(c.Message.Picture, picture.Name))
			}
			rest := p.rest(reportBytes)
			if c.Message.Single {
				rest = "\n" + rest // the two parts are one file
			}
			c.Report(p.summary(), rest, picture)
			return nil
		},
	}
}

// postmortem gathers what is known of an incident; without a number, of the one that is open or the newest.
func (h *Host) postmortem(ctx context.Context, c *bot.Call) (postmortem, error) {
	p := postmortem{host: c.Host, now: c.Now()}
	if h.Incidents == nil {
		return p, errNoBook
	}
	var err error
	if p.i, err = h.incidentToShow(ctx, c.Args); err == nil && p.i.Merged != 0 {
		err = fmt.Errorf("incident %d has become part of %d; say that number", p.i.ID, p.i.Merged)
	}
	if err != nil {
		return p, fmt.Errorf("%s: %w", c.Command.Name, err)
	}
	if p.names, err = h.Incidents.Names(ctx); err != nil {
		return p, err
	}
	if p.turns, err = h.Incidents.Turns(ctx, p.i.Opened); err != nil {
		return p, err
	}
	if p.events, err = h.Incidents.Events(ctx, p.i.ID); err != nil {
		return p, err
	}
	for _, e := range p.events {
		if e.Alert == 0 || slices.ContainsFunc(p.alerts, func(a ledger.Alert) bool { return a.ID == e.Alert }) {
			continue
		}
		a, err := c.Alert(ctx, e.Alert)
		if err != nil && !errors.Is(err, ledger.ErrNoAlert) {
			return p, err
		}
		if err == nil {
			p.alerts = append(p.alerts, a)
		}
	}
	audits, err := c.AuditsIn(ctx, p.i.Opened.Add(-reportBefore), p.end().Add(time.Second), reportLines)
	p.audits = slices.DeleteFunc(audits, func(a ledger.Audit) bool {
		verb, _, _ := strings.Cut(a.Line, " ")
		return a.Outcome == ledger.Refused || slices.Contains([]string{"incident", "ack", "component"}, strings.ToLower(verb)) // they are told of elsewhere
	})
	return p, err
}

// pictureOf is the graphs around an incident, nil where nothing is measured.
func (h *Host) pictureOf(ctx context.Context, p postmortem) (*bot.Picture, error) {
	if h.Graphs == nil {
		return nil, nil
	}
	a, err := h.aboutIncident(ctx, p.i.ID)
	if err != nil {
		return nil, err
	}
	panels, err := h.panelsOf(a.names)
	if err != nil || len(panels) == 0 {
		return nil, err
	}
	ask := graphAsk{panels: panels[:min(len(panels), reportGraphs)]}
	ask.from, ask.to = a.around(p.now)
	picture, _, err := h.draw(ctx, ask, p.now)
	if picture != nil {
		picture.Name = fmt.Sprintf("incident-%d.png", p.i.ID)
	}
	return picture, err
}

// fileOnly is the name of a file as Markdown refers to it between < and >.
func fileOnly(name string) string {
	return strings.NewReplacer("<", "", ">", "", `\`, "", "\n", "").Replace(bot.Clip(name, 200))
}
