package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/incident"
)

func (h *Host) incidentUpdate(ctx context.Context, c *bot.Call, i incident.Incident, words []string) error {
	text, status, held := parseUpdate(words)
	if text == "" && status == 0 {
		return errors.New("there is nothing to tell")
	}
	i, err := h.Incidents.AddUpdate(ctx, i.ID, incident.Update{Status: status, Text: text, Person: c.Person.Name})
	if err != nil {
		return err
	}
	more := []string{quoted(text)}
	if held {
		word := strings.ToLower(words[len(words)-1])
		more = append(more, fmt.Sprintf("The last word is left in the text, and the status as it was; to change it: incident update %d %s", i.ID, word))
	}
	return h.tell(ctx, c, i, more...)
}

// fillUpdate splits what was answered to the question what is to be told.
func fillUpdate(answer string) []string {
	text, status, _ := parseUpdate(strings.Fields(answer))
	switch {
	case status == 0:
		return []string{answer}
	case text == "":
		return []string{status.String()}
	}
	return []string{text, status.String()}
}

func (h *Host) incidentResolve(ctx context.Context, c *bot.Call, i incident.Incident, words []string) error {
	text := strings.Join(words, " ")
	if !i.Open() && text == "" {
		c.Say(fmt.Sprintf("incident %d is resolved already, since %s", i.ID, clock(i.Resolved, c.Now())))
		return nil
	}
	i, err := h.Incidents.AddUpdate(ctx, i.ID, incident.Update{Status: incident.Fixed, Text: text, Person: c.Person.Name})
	if err != nil {
		return err
	}
	more := []string{quoted(text)}
	all, err := h.Incidents.Components(ctx)
	if err != nil {
		return err
	}
	for _, k := range all {
		if i.Touches(k.ID) && k.State > incident.Operational {
			why, err := h.why(ctx, k, c.Now())
			if err != nil {
				return err
			}
			more = append(more, fmt.Sprintf("%s is still %s: %s", bot.Clip(k.Name, 60), k.State, why))
		}
	}
	return h.tell(ctx, c, i, more...)
}

func (h *Host) incidentReopen(ctx context.Context, c *bot.Call, i incident.Incident, words []string) error {
	if i.Open() {
		c.Say(fmt.Sprintf("incident %d is open as it is, since %s", i.ID, clock(i.Opened, c.Now())))
		return nil
	}
	text := strings.Join(words, " ")
	i, err := h.Incidents.AddUpdate(ctx, i.ID, incident.Update{Status: incident.Investigating, Text: text, Person: c.Person.Name})
	if err != nil {
		return err
	}
	return h.tell(ctx, c, i, quoted(text))
}

func (h *Host) incidentPublish(ctx context.Context, c *bot.Call, i incident.Incident, _ []string) error {
	if i.Public {
		return h.tell(ctx, c, i, "It was public before.")
	}
	i, err := h.Incidents.EditIncident(ctx, i.ID, func(i *incident.Incident) error { i.Public = true; return nil })
	if err != nil {
		return err
	}
	return h.tell(ctx, c, i)
}

func (h *Host) incidentHide(ctx context.Context, c *bot.Call, i incident.Incident, _ []string) error {
	if !i.Public {
		return h.tell(ctx, c, i, "It was a draft before.")
	}
	i, err := h.Incidents.EditIncident(ctx, i.ID, func(i *incident.Incident) error { i.Public = false; return nil })
	if err != nil {
		return err
	}
	return h.tell(ctx, c, i, "What feeds, mails and other pages have told of it cannot be untold.")
}

func (h *Host) incidentRename(ctx context.Context, c *bot.Call, i incident.Incident, words []string) error {
	i, err := h.Incidents.EditIncident(ctx, i.ID, func(i *incident.Incident) error { i.Name = strings.Join(words, " "); return nil })
	if err != nil {
		return err
	}
	return h.tell(ctx, c, i)
}

func (h *Host) incidentTouch(ctx context.Context, c *bot.Call, i incident.Incident, words []string) error {
	if len(words) > 1 && strings.EqualFold(words[0], "on") {
		words = words[1:]
	}
	all, err := h.Incidents.Components(ctx)
	if err != nil {
		return err
	}
	ids, err := componentsIn(words, all)
	if err != nil {
		return err
	}
	i, err = h.Incidents.EditIncident(ctx, i.ID, func(i *incident.Incident) error {
		var now []incident.Touch
		for _, id := range ids {
			t := incident.Touch{Component: id}
			if n := slices.IndexFunc(i.Touched, func(had incident.Touch) bool { return had.Component == id }); n >= 0 {
				t = i.Touched[n]
			}
			now = append(now, t)
		}
		i.Touched = now
		return nil
	})
	if err != nil {
		return err
	}
	return h.tell(ctx, c, i)
}

func (h *Host) incidentImpact(ctx context.Context, c *bot.Call, i incident.Incident, words []string) error {
	impact, ok := impacts[strings.ToLower(strings.Join(words, " "))]
	if !ok {
		return fmt.Errorf("%q is none of minor, major and critical", bot.Clip(strings.Join(words, " "), 40))
	}
	i, err := h.Incidents.EditIncident(ctx, i.ID, func(i *incident.Incident) error {
		for n := range i.Touched {
			i.Touched[n].State = impact.State()
		}
		i.Impact = impact
		return nil
	})
	if err != nil {
		return err
	}
	return h.tell(ctx, c, i)
}

func (h *Host) incidentCorrect(ctx context.Context, c *bot.Call, i incident.Incident, words []string) error {
	if len(i.Updates) == 0 {
		return errors.New("nothing was written of it yet")
	}
	text := strings.Join(words, " ")
	i, err := h.Incidents.EditUpdate(ctx, i.ID, i.Updates[len(i.Updates)-1].ID, func(u *incident.Update) error {
		u.Text, u.Person = text, cmp.Or(u.Person, c.Person.Name)
		return nil
	})
	if err != nil {
		return err
	}
	more := []string{quoted(text)}
	if i.Public {
		more = append(more, "What mails and other pages have told already stays as it was.")
	}
	return h.tell(ctx, c, i, more...)
}

func (h *Host) incidentRemove(ctx context.Context, c *bot.Call, i incident.Incident, _ []string) error {
	if err := h.Incidents.RemoveIncident(ctx, i.ID); err != nil {
		return err
	}
	c.Say(fmt.Sprintf("incident %d is removed: %s", i.ID, bot.Clip(i.Name, 200)))
	return nil
}

func (h *Host) incidentMerge() *bot.Command {
	name := "incident merge"
	return &bot.Command{
		Name: name, Usage: "N M", MaxArgs: 3, Needs: bot.Operator, Changes: true, Own: true,
		Help:     "make M a part of N: its texts, components and events become those of N",
		Examples: []string{"incident merge 12 13", "incident merge 13 into 12"},
		Lacks: func(ctx context.Context, c *bot.Call) (*bot.Lack, error) {
			into, id, err := parseMerge(c.Args)
			if err != nil || id != 0 {
				return nil, err
			}
			all, err := h.Incidents.Incidents(ctx, incident.Query{Open: true, Limit: incidentsSearched})
			if err != nil {
				return nil, err
			}
			all = slices.DeleteFunc(all, func(i incident.Incident) bool { return i.ID == into })
			if len(all) == 0 {
				return nil, errors.New("there is no other open incident; to merge one that is over, say both numbers")
			}
			l := whichLack(name, c.Args, all)
			l.Ask = "Which one is to stay?"
			if into != 0 {
				l.Ask = fmt.Sprintf("Which one becomes part of %d?", into)
				l.Fill = func(answer string) (string, error) { return bot.Line("incident", "merge", fmt.Sprint(into), answer) }
			}
			return l, nil
		},
		Target: func(_ context.Context, args []string) (string, error) {
			into, _, err := parseMerge(args)
			return fmt.Sprint("incident ", into), err
		},
		Run: func(ctx context.Context, c *bot.Call) error {
			into, id, err := parseMerge(c.Args)
			if err != nil {
				return err
			}
			i, err := h.Incidents.Merge(ctx, into, id)
			if err == nil {
				return h.tell(ctx, c, i, fmt.Sprintf("Incident %d is a part of it from now on, for good.", id))
			}
			if errors.Is(err, incident.ErrNone) {
				err = fmt.Errorf("%w; try: incident list all", err)
			}
			return fmt.Errorf("%s %d %d: %w", name, into, id, plainly(err))
		},
	}
}

// plainly leaves out of an error what was being done: the answer begins with it.
func plainly(err error) error {
	if invalid := (*incident.Invalid)(nil); errors.As(err, &invalid) {
		return invalid
	}
	return err
}

// quoted is a text as it was understood, "" for none.
func quoted(text string) string {
	if text == "" {
		return ""
	}
	return "“" + bot.Clip(text, 300) + "”"
}
