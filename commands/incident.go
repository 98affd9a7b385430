package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/incident"
)

func (h *Host) incident() *bot.Command {
	return &bot.Command{
		Name: "incident", Usage: "[N]", MaxArgs: 1, Needs: bot.Reader,
		Help: "what is wrong with the pod, in words for its visitors",
		About: "What is public stands on the status page, with your words and without your name; a draft is for these rooms alone.\n" +
			"Say only incident open and you are asked for the rest. N is a number; you may leave it out while it can only be one.\n" +
			"A text needs no quotes. A word like identified at its end is the status if the text is in quotes or ends with a full stop before it.",
		Examples: []string{
			"incident open", `incident open "Pod slow" on diaspora,web major`, "incident update The disk was full. identified", "incident 12",
			"incident resolve 12 All is well again.",
		},
		Subs: h.incidentCommands(),
		Run: func(ctx context.Context, c *bot.Call) error {
			if len(c.Args) > 0 {
				return h.incidentShow(ctx, c)
			}
			return h.incidentList(ctx, c)
		},
	}
}

// incidentCommands are those below it.
func (h *Host) incidentCommands() bot.Table {
	open := func(i incident.Incident) bool { return i.Open() }
	change := func(c edit) *bot.Command { return h.edit(c) }
	return bot.Table{
		h.incidentOpen(),
		change(edit{
			name: "update", usage: `[N] "TEXT" [identified|watching|investigating]`, help: "write what is known now, and how far you are",
			fits: open, ask: "What is to be told?", fill: fillUpdate, run: h.incidentUpdate,
			examples: []string{`incident update 12 "The disk was full." identified`, "incident update 12 watching"},
		}),
		change(edit{
			name: "resolve", usage: `[N] ["TEXT"]`, help: "say that it is over", fits: open, run: h.incidentResolve,
			examples: []string{"incident resolve", "incident resolve 12 All is well again."},
		}),
		{
			Name: "incident show", Usage: "[N]", MaxArgs: 1, Needs: bot.Reader,
			Help: "all of one: what was written and what happened, by the clock",
			Lacks: func(ctx context.Context, c *bot.Call) (*bot.Lack, error) {
				if len(c.Args) > 0 {
					return nil, nil
				}
				all, err := h.Incidents.Incidents(ctx, incident.Query{Open: true, Limit: incidentsSearched})
				if len(all) < 2 {
					all = nil
				}
				return whichLack("incident show", nil, all), err
			},
			Run: h.incidentShow,
		},
		{
			Name: "incident list", Usage: "[all]", MaxArgs: 1, Needs: bot.Reader,
			Help: "what is open, drafts too; with all, what is over as well",
			Run:  h.incidentList,
		},
		change(edit{
			name: "reopen", usage: `[N] ["TEXT"]`, help: "take it up again", run: h.incidentReopen,
			fits: func(i incident.Incident) bool { return !i.Open() },
		}),
		h.incidentReport(),
		h.incidentMerge(),
		change(edit{
			name: "publish", usage: "[N]", help: "show a draft to everybody", most: 1, run: h.incidentPublish,
			fits: func(i incident.Incident) bool { return !i.Public },
		}),
		change(edit{
			name: "hide", usage: "[N]", help: "make it a draft again; what was told cannot be untold", most: 1, run: h.incidentHide,
			fits: func(i incident.Incident) bool { return i.Public && i.Open() },
		}),
		change(edit{
			name: "rename", usage: `[N] "NAME"`, help: "call it otherwise", fits: open, ask: "What is it to be called?", run: h.incidentRename,
		}),
		change(edit{
			name: "touch", usage: "[N] on COMPONENTS", help: "say which components it touches: these and no others", fits: open,
			ask: "Which components does it touch?", offers: h.offerComponents, many: true, run: h.incidentTouch,
			examples: []string{"incident touch 12 on diaspora,web", "incident touch nothing"},
		}),
		change(edit{
			name: "impact", usage: "[N] minor|major|critical", help: "say how bad it is", fits: open, most: 2,
			ask: "How bad is it?", offers: offerImpacts, only: true, run: h.incidentImpact,
		}),
		change(edit{
			name: "correct", usage: `[N] "TEXT"`, help: "write the last text of it anew", fits: open, ask: "How is it to read?", run: h.incidentCorrect,
		}),
		change(edit{
			name: "remove", usage: "N", help: "take it away as if it had not been", most: 1, asks: true, run: h.incidentRemove,
			fits: func(incident.Incident) bool { return true },
		}),
	}
}

// An edit is a command that changes one incident.
type edit struct {
	name, usage, help string
	examples          []string
	most              int // words, 0 for any
	asks              bool
	fits              func(incident.Incident) bool // the ones that can be meant without their number

	// What is asked for if nothing follows the number; "" for nothing.
	ask    string
	offers func(ctx context.Context) ([]bot.Offer, error)
	only   bool
	many   bool
	fill   func(answer string) []string // the words of an answer; nil for one

	run func(ctx context.Context, c *bot.Call, i incident.Incident, words []string) error
}

func (h *Host) edit(e edit) *bot.Command {
	name := "incident " + e.name
	most := e.most
	if most == 0 {
		most = bot.Any
	}
	return &bot.Command{
		Name: name, Usage: e.usage, Help: e.help, Examples: e.examples, MaxArgs: most, Asks: e.asks,
		Needs: bot.Operator, Changes: true, Own: true,
		Lacks: func(ctx context.Context, c *bot.Call) (*bot.Lack, error) {
			i, words, some, err := h.whichIncident(ctx, c.Args, e.fits)
			if err != nil || len(some) > 0 {
				return whichLack(name, c.Args, some), err
			}
			if len(words) > 0 || e.ask == "" {
				return nil, nil
			}
			l := &bot.Lack{Ask: e.ask, Only: e.only, Many: e.many, Fill: func(answer string) (string, error) {
				more := []string{answer}
				if e.fill != nil {
					more = e.fill(answer)
				}
				return bot.Line(slices.Concat(strings.Fields(name), []string{fmt.Sprint(i.ID)}, more)...)
			}}
			if e.offers != nil {
				l.Offers, err = e.offers(ctx)
			}
			return l, err
		},
		Target: func(ctx context.Context, args []string) (string, error) {
			i, _, _, err := h.whichIncident(ctx, args, e.fits)
			return fmt.Sprint("incident ", i.ID), err
		},
		Run: func(ctx context.Context, c *bot.Call) error {
			var id int64
			if _, err := fmt.Sscanf(c.Target, "incident %d", &id); err != nil {
				return err
			}
			words := c.Args
			if n, ok := incidentNumber(words); ok && n == id {
				words = words[1:]
			}
			i, err := h.Incidents.Incident(ctx, id)
			if err == nil {
				err = e.run(ctx, c, i, words)
			}
			if err != nil {
				return fmt.Errorf("%s %d: %w", name, id, plainly(err))
			}
			return nil
		},
	}
}

// incidentsSearched is among how many of the last incidents one is looked for that no number names.
const incidentsSearched = 50

// whichIncident is the one whose number the line begins with, or else the only one that fits; some are those that do if there are
// several. The words are what follows the number.
func (h *Host) whichIncident(ctx context.Context, args []string, fits func(incident.Incident) bool) (i incident.Incident, words []string, some []incident.Incident, err error) {
	if id, ok := incidentNumber(args); ok {
		i, err = h.Incidents.Incident(ctx, id)
		switch {
		case errors.Is(err, incident.ErrNone) && len(args) > 1:
			err = fmt.Errorf("there is no incident %d; if the number is part of the text, put the text into quotes", id)
		case errors.Is(err, incident.ErrNone):
			err = fmt.Errorf("there is no incident %d; try: incident list", id)
		case err == nil && i.Merged != 0:
			err = fmt.Errorf("incident %d has become part of %d; say that number", id, i.Merged)
		}
		return i, args[1:], nil, err
	}
	all, err := h.Incidents.Incidents(ctx, incident.Query{Limit: incidentsSearched})
	if err != nil {
		return i, nil, nil, err
	}
	all = slices.DeleteFunc(all, func(i incident.Incident) bool { return !fits(i) })
	switch len(all) {
	case 0:
		return i, nil, nil, errors.New("there is none to which that could be done; try: incident list all")
	case 1:
		return all[0], args, nil, nil
	}
	return i, args, all, nil
}

// whichLack asks which of several incidents is meant; nil for none.
func whichLack(name string, args []string, some []incident.Incident) *bot.Lack {
	if len(some) == 0 {
		return nil
	}
	l := &bot.Lack{Ask: "Which incident?", Only: true, Fill: func(answer string) (string, error) {
		return bot.Line(slices.Concat(strings.Fields(name), []string{answer}, args)...)
	}}
	for _, i := range some[:min(len(some), 10)] {
		l.Offers = append(l.Offers, bot.Offer{Label: fmt.Sprintf("#%d %s", i.ID, i.Name), Answer: fmt.Sprint(i.ID)})
	}
	return l
}

// offerComponents are those that visitors know, and none.
func (h *Host) offerComponents(ctx context.Context) ([]bot.Offer, error) {
	all, err := h.Incidents.Components(ctx)
	var offers []bot.Offer
	for _, c := range all {
		if !c.Hidden {
			offers = append(offers, bot.Offer{Label: c.Name, Answer: componentWords([]int64{c.ID}, all)})
		}
	}
	return append(offers, bot.Offer{Label: nothingNamed[1], Answer: nothingNamed[0]}), err
}

func offerImpacts(context.Context) ([]bot.Offer, error) {
	var offers []bot.Offer
	for _, i := range []incident.Impact{incident.Minor, incident.Major, incident.Critical} {
		offers = append(offers, bot.Offer{Label: fmt.Sprintf("%s (%s)", i, i.State()), Answer: i.String()})
	}
	return offers, nil
}
