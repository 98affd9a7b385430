package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/incident"
)

func (h *Host) incidentOpen() *bot.Command {
	return &bot.Command{
		Name: "incident open", Usage: openUsage, MaxArgs: bot.Any, Needs: bot.Operator, Changes: true, Own: true,
		Help: "tell everybody of a trouble, or keep it as a draft",
		Lacks: func(ctx context.Context, c *bot.Call) (*bot.Lack, error) {
			all, err := h.Incidents.Components(ctx)
			if err != nil {
				return nil, err
			}
			o, err := parseOpening(c.Args, all)
			if err != nil {
				return nil, err
			}
			if err := h.openTwin(ctx, o.name); err != nil {
				return nil, err
			}
			return h.openLack(ctx, c, o, all)
		},
		Target: func(_ context.Context, args []string) (string, error) {
			return "a new incident " + strings.ToLower(strings.Join(args, " ")), nil
		},
		Run: func(ctx context.Context, c *bot.Call) error {
			all, err := h.Incidents.Components(ctx)
			if err != nil {
				return err
			}
			o, err := parseOpening(c.Args, all)
			if err != nil {
				return err
			}
			i := incident.Incident{Name: o.name, Impact: o.impact, Public: !o.draft}
			for _, id := range o.on {
				i.Touched = append(i.Touched, incident.Touch{Component: id})
			}
			if i, err = h.Incidents.OpenIncident(ctx, i, incident.Update{Text: o.text, Person: c.Person.Name}); err != nil {
				return fmt.Errorf("incident open: %w", plainly(err))
			}
			return h.tell(ctx, c, i)
		},
	}
}

// openLack is what is asked for next of a new incident. Where nobody can answer, its name is all that it needs.
func (h *Host) openLack(ctx context.Context, c *bot.Call, o opening, all []incident.Component) (l *bot.Lack, err error) {
	switch {
	case o.name == "":
		return &bot.Lack{Ask: "What is it called? Visitors read it.", Fill: func(answer string) (string, error) {
			if answer = strings.TrimSpace(answer); answer == "" {
				return "", errors.New("it needs a name")
			}
			named, err := parseOpening([]string{answer}, all) // for what is wrong with it
			if err != nil {
				return "", err
			}
			o.name = named.name
			return o.line(all)
		}}, nil
	case c.Message.Single:
		return nil, nil
	case !o.onSaid && len(all) > 0:
		l = &bot.Lack{Ask: "Which components does it touch?", Many: true, Fill: func(answer string) (string, error) {
			if o.on, err = componentsIn([]string{answer}, all); err != nil {
				return "", err
			}
			o.onSaid = true
			return o.line(all)
		}}
		l.Offers, err = h.offerComponents(ctx)
		return l, err
	case o.impact == 0:
		l = &bot.Lack{Ask: "How bad is it?", Only: true, Fill: func(answer string) (string, error) {
			o.impact = impacts[answer]
			return o.line(all)
		}}
		l.Offers, err = offerImpacts(ctx)
		return l, err
	}
	return nil, nil
}

// openTwin is an error if an open incident has that name already.
func (h *Host) openTwin(ctx context.Context, name string) error {
	open, err := h.Incidents.Incidents(ctx, incident.Query{Open: true, Limit: incidentsSearched})
	for _, i := range open {
		if strings.EqualFold(i.Name, name) {
			return fmt.Errorf("incident %d is open and has that name; try: incident update %d", i.ID, i.ID)
		}
	}
	return err
}
