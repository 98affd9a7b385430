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

func (h *Host) component() *bot.Command {
	return &bot.Command{
		Name: "component", Needs: bot.Reader,
		Help: "the parts of the pod as visitors know them, and how they are",
		About: "A component is as bad as the worst of what it follows, of what was set by hand, and of the public incidents that touch it.\n" +
			"NAME is its name or the beginning of it; #3 is the one of that number.",
		Examples: []string{"component", "component set web degraded", "component add Web on nginx", "component why web"},
		Subs:     h.componentCommands(),
		Run:      h.componentList,
	}
}

// componentCommands are those below it.
func (h *Host) componentCommands() bot.Table {
	change := func(e alteration) *bot.Command { return h.alteration(e) }
	return bot.Table{
		{
			Name: "component list", Needs: bot.Reader,
			Help: "all of them, in the order of the page",
			Run:  h.componentList,
		},
		{
			Name: "component why", Usage: "NAME", MaxArgs: bot.Any, Needs: bot.Reader,
			Help:  "how one is, what makes it so, and what visitors read of it",
			Lacks: h.componentLack("why"),
			Run: func(ctx context.Context, c *bot.Call) error {
				k, err := h.theComponent(ctx, c.Args)
				if err != nil {
					return err
				}
				return h.tellComponent(ctx, c, k.ID)
			},
		},
		h.componentAdd(),
		change(alteration{
			name: "set", usage: "NAME ok|degraded|partial|major|auto", help: "say how it is; auto takes that back",
			ask: "How is it?", offers: func() []bot.Offer { return offered("ok", "degraded", "partial", "major", "auto") }, only: true, edit: h.setComponent,
		}),
		change(alteration{
			name: "rename", usage: `NAME "NEW NAME"`, help: "call it otherwise", ask: "What is it to be called?",
			edit: words(func(k *incident.Component, text string) { k.Name = text }),
		}),
		h.componentRemove(),
		change(alteration{
			name: "about", usage: `NAME "TEXT"`, help: "a line about it, for visitors", ask: "What are visitors to read about it?", offers: offerNothing,
			edit: words(func(k *incident.Component, text string) { k.About = text }),
		}),
		change(alteration{
			name: "link", usage: "NAME URL", help: "where its name leads", ask: "Where does its name lead?", offers: offerNothing,
			edit: words(func(k *incident.Component, text string) { k.Link = text }),
		}),
		change(alteration{
			name: "group", usage: `NAME "GROUP"`, help: "put it below a heading", ask: "Below which heading?", offers: offerNothing, edit: h.groupComponent,
		}),
		change(alteration{
			name: "follow", usage: "NAME UNIT|pod|nothing", help: "take its state from a unit, or from the pod's address",
			ask: "What does it follow?", offers: h.offerFollowed, edit: h.followComponent,
		}),
		h.componentMove(),
		change(alteration{
			name: "hide", usage: "NAME", help: "leave it out of the page",
			edit: words(func(k *incident.Component, _ string) { k.Hidden = true }),
		}),
		change(alteration{
			name: "show", usage: "NAME", help: "put it back on the page",
			edit: words(func(k *incident.Component, _ string) { k.Hidden = false }),
		}),
	}
}

func offered(labels ...string) (all []bot.Offer) {
	for _, l := range labels {
		all = append(all, bot.Offer{Label: l})
	}
	return all
}

func offerNothing() []bot.Offer { return offered(nothingNamed[0]) }

// words makes an edit that takes them as one text, "" for nothing.
func words(set func(k *incident.Component, text string)) func(context.Context, []string) (func(*incident.Component), error) {
	return func(_ context.Context, words []string) (func(*incident.Component), error) {
		text := orNothing(words)
		return func(k *incident.Component) { set(k, text) }, nil
	}
}

// orNothing is what words say, "" for nothing.
func orNothing(words []string) string {
	text := strings.Join(words, " ")
	if slices.Contains(nothingNamed, plain(text)) {
		return ""
	}
	return text
}

// An alteration is a command that changes one component.
type alteration struct {
	name, usage, help string

	// What is asked for if nothing follows the name; "" for nothing.
	ask    string
	offers func() []bot.Offer
	only   bool

	edit func(ctx context.Context, words []string) (func(*incident.Component), error)
}

func (h *Host) alteration(a alteration) *bot.Command {
	return &bot.Command{
		Name: "component " + a.name, Usage: a.usage, Help: a.help, MaxArgs: bot.Any, Needs: bot.Operator, Changes: true, Own: true,
		Lacks: func(ctx context.Context, c *bot.Call) (*bot.Lack, error) {
			all, err := h.Incidents.Components(ctx)
			if err != nil {
				return nil, err
			}
			if len(c.Args) == 0 {
				return h.componentLack(a.name)(ctx, c)
			}
			k, words, err := leadingComponent(c.Args, all)
			if err != nil || len(words) > 0 && a.ask != "" {
				return nil, err
			}
			if a.ask == "" {
				if len(words) > 0 {
					err = fmt.Errorf("usage: component %s %s", a.name, a.usage)
				}
				return nil, err
			}
			l := &bot.Lack{Ask: a.ask, Only: a.only, Fill: func(answer string) (string, error) {
				return bot.Line("component", a.name, componentWords([]int64{k.ID}, all), answer)
			}}
			if a.offers != nil {
				l.Offers = a.offers()
			}
			return l, nil
		},
		Target: h.componentTarget,
		Run: func(ctx context.Context, c *bot.Call) error {
			all, err := h.Incidents.Components(ctx)
			if err != nil {
				return err
			}
			k, words, err := leadingComponent(c.Args, all)
			var edit func(*incident.Component)
			if err == nil {
				edit, err = a.edit(ctx, words)
			}
			if err == nil {
				_, err = h.Incidents.EditComponent(ctx, k.ID, func(k *incident.Component) error { edit(k); return nil })
			}
			if err == nil {
				err = h.tidyGroups(ctx)
			}
			if err != nil {
				return fmt.Errorf("component %s: %w", a.name, plainly(err))
			}
			return h.tellComponent(ctx, c, k.ID)
		},
	}
}

// componentTarget is the component that the words begin with.
func (h *Host) componentTarget(ctx context.Context, args []string) (string, error) {
	all, err := h.Incidents.Components(ctx)
	if err != nil {
		return "", err
	}
	k, _, err := leadingComponent(args, all)
	return fmt.Sprint("component ", k.ID), err
}

// theComponent is the one that all of the words name.
func (h *Host) theComponent(ctx context.Context, words []string) (incident.Component, error) {
	all, err := h.Incidents.Components(ctx)
	if err != nil {
		return incident.Component{}, err
	}
	return componentNamed(all, strings.Join(words, " "))
}

// componentLack asks which component is meant if the line names none.
func (h *Host) componentLack(name string) func(context.Context, *bot.Call) (*bot.Lack, error) {
	return func(ctx context.Context, c *bot.Call) (*bot.Lack, error) {
		if len(c.Args) > 0 {
			return nil, nil
		}
		all, err := h.Incidents.Components(ctx)
		if err == nil && len(all) == 0 {
			err = errors.New("there is no component yet; try: component add")
		}
		l := &bot.Lack{Ask: "Which component?", Only: true, Fill: func(answer string) (string, error) { return bot.Line("component", name, answer) }}
		for _, c := range all {
			l.Offers = append(l.Offers, bot.Offer{Label: c.Name, Answer: componentWords([]int64{c.ID}, all)})
		}
		return l, err
	}
}

// leadingComponent is the one that the words begin with: the longest whole name, or else the first word. The rest is what follows.
func leadingComponent(words []string, all []incident.Component) (k incident.Component, rest []string, err error) {
	if len(words) == 0 {
		return k, nil, errors.New("name a component")
	}
	for n := len(words); n > 0; n-- {
		name := plain(strings.Join(words[:n], " "))
		for _, c := range all {
			if plain(c.Name) == name {
				k, err = componentNamed(all, name)
				return k, words[n:], err
			}
		}
	}
	k, err = componentNamed(all, words[0])
	return k, words[1:], err
}
