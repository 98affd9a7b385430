package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/incident"
)

// hands are the states that a person can set.
var hands = map[string]incident.State{
	"ok": incident.Operational, "up": incident.Operational, "operational": incident.Operational,
	"degraded": incident.Degraded, "slow": incident.Degraded, "minor": incident.Degraded,
	"partial": incident.PartialOutage, "major": incident.MajorOutage, "down": incident.MajorOutage, "critical": incident.MajorOutage,
	"auto": incident.Unknown,
}

func (h *Host) setComponent(_ context.Context, words []string) (func(*incident.Component), error) {
	state, ok := hands[strings.ToLower(strings.Join(words, " "))]
	if !ok {
		return nil, fmt.Errorf("%q is none of ok, degraded, partial, major and auto", bot.Clip(strings.Join(words, " "), 40))
	}
	return func(k *incident.Component) { k.Hand = state }, nil
}

func (h *Host) followComponent(ctx context.Context, words []string) (func(*incident.Component), error) {
	typed := strings.Join(words, " ")
	follows, err := h.followed(ctx, typed)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", bot.Clip(typed, 60), err)
	}
	return func(k *incident.Component) {
		if k.Follows != follows {
			k.Follows, k.Seen = follows, incident.Unknown // nobody has looked at that yet
		}
	}, nil
}

// followed is what a component is to follow, as Component.Follows has it.
func (h *Host) followed(ctx context.Context, typed string) (string, error) {
	switch word := plain(typed); {
	case slices.Contains(nothingNamed, word):
		return "", nil
	case word == incident.FollowsPod:
		return incident.FollowsPod, nil
	}
	return h.resolve(ctx, typed)
}

// offerFollowed are the units of the config, the pod, and nothing.
func (h *Host) offerFollowed() []bot.Offer {
	var names []string
	for _, u := range h.Units {
		names = append(names, short(u.Name))
	}
	if h.PodURL != "" {
		names = append(names, incident.FollowsPod)
	}
	return offered(append(names, nothingNamed[0])...)
}

// groupComponent puts a component below a heading, which is made if there is none of that name.
func (h *Host) groupComponent(ctx context.Context, words []string) (func(*incident.Component), error) {
	name := orNothing(words)
	if name == "" {
		return func(k *incident.Component) { k.Group = 0 }, nil
	}
	groups, err := h.Incidents.Groups(ctx)
	if err != nil {
		return nil, err
	}
	n := slices.IndexFunc(groups, func(g incident.Group) bool { return plain(g.Name) == plain(name) })
	if n < 0 {
		g, err := h.Incidents.PutGroup(ctx, incident.Group{Name: name})
		if err != nil {
			return nil, err
		}
		groups, n = append(groups, g), len(groups)
	}
	return func(k *incident.Component) { k.Group = groups[n].ID }, nil
}

func (h *Host) componentAdd() *bot.Command {
	const usage = `"NAME" [on UNIT|pod|nothing]`
	return &bot.Command{
		Name: "component add", Usage: usage, MaxArgs: bot.Any, Needs: bot.Operator, Changes: true, Own: true,
		Help:     "a new one, which follows a unit, the pod's address, or nothing but people",
		Examples: []string{"component add", "component add Web on nginx", `component add "Federation" on nothing`},
		Lacks: func(ctx context.Context, c *bot.Call) (*bot.Lack, error) {
			name, on := parseAdd(c.Args)
			switch {
			case name == "":
				return &bot.Lack{Ask: "What is it called? Visitors read it.", Fill: func(answer string) (string, error) {
					return bot.Line("component", "add", answer)
				}}, nil
			case on == "" && !c.Message.Single:
				return &bot.Lack{Ask: "What does it follow?", Offers: h.offerFollowed(), Fill: func(answer string) (string, error) {
					return bot.Line("component", "add", name, "on", answer)
				}}, nil
			}
			return nil, nil
		},
		Target: func(_ context.Context, args []string) (string, error) {
			name, _ := parseAdd(args)
			return "a new component " + plain(name), nil
		},
		Run: func(ctx context.Context, c *bot.Call) (err error) {
			name, on := parseAdd(c.Args)
			k := incident.Component{Name: name}
			if on != "" {
				if k.Follows, err = h.followed(ctx, on); err != nil {
					return fmt.Errorf("component add %s: %w", bot.Clip(on, 60), err)
				}
			}
			if k, err = h.Incidents.AddComponent(ctx, k); err != nil {
				return fmt.Errorf("component add: %w", plainly(err))
			}
			return h.tellComponent(ctx, c, k.ID)
		},
	}
}

// parseAdd reads `"NAME" [on UNIT]`.
func parseAdd(args []string) (name, on string) {
	if n := len(args); n > 2 && strings.EqualFold(args[n-2], "on") {
		args, on = args[:n-2], args[n-1]
	}
	return strings.TrimSpace(strings.Join(args, " ")), on
}

func (h *Host) componentRemove() *bot.Command {
	return &bot.Command{
		Name: "component remove", Usage: "NAME", MaxArgs: bot.Any, Needs: bot.Operator, Changes: true, Own: true, Asks: true,
		Help:  "take it off the page for good; what was written of it stays",
		Lacks: h.componentLack("remove"),
		Target: func(ctx context.Context, args []string) (string, error) {
			k, err := h.theComponent(ctx, args)
			return fmt.Sprint("component ", k.ID), err
		},
		Run: func(ctx context.Context, c *bot.Call) error {
			k, err := h.theComponent(ctx, c.Args)
			if err == nil {
				err = h.Incidents.RemoveComponent(ctx, k.ID)
			}
			if err == nil {
				err = h.tidyGroups(ctx)
			}
			if err != nil {
				return fmt.Errorf("component remove: %w", err)
			}
			c.Say(bot.Clip(k.Name, 60) + " is removed.")
			return nil
		},
	}
}

// tidyGroups takes away the headings that nothing stands below.
func (h *Host) tidyGroups(ctx context.Context) error {
	all, err := h.Incidents.Components(ctx)
	if err != nil {
		return err
	}
	groups, err := h.Incidents.Groups(ctx)
	for _, g := range groups {
		if err == nil && !slices.ContainsFunc(all, func(c incident.Component) bool { return c.Group == g.ID }) {
			err = h.Incidents.RemoveGroup(ctx, g.ID)
		}
	}
	return err
}

func (h *Host) componentMove() *bot.Command {
	return &bot.Command{
		Name: "component move", Usage: "NAME N", MaxArgs: bot.Any, Needs: bot.Operator, Changes: true, Own: true,
		Help: "give it another place on the page; 1 is the first",
		Lacks: func(ctx context.Context, c *bot.Call) (*bot.Lack, error) {
			all, err := h.Incidents.Components(ctx)
			if err != nil {
				return nil, err
			}
			if len(c.Args) == 0 {
				return h.componentLack("move")(ctx, c)
			}
			k, words, err := leadingComponent(c.Args, all)
			if err != nil || len(words) > 0 {
				return nil, err
			}
			return &bot.Lack{Ask: fmt.Sprintf("To which place, from 1 to %d?", len(all)), Fill: func(answer string) (string, error) {
				if _, err := number(answer, len(all)); err != nil {
					return "", err
				}
				return bot.Line("component", "move", componentWords([]int64{k.ID}, all), answer)
			}}, nil
		},
		Target: h.componentTarget,
		Run: func(ctx context.Context, c *bot.Call) error {
			all, err := h.Incidents.Components(ctx)
			if err != nil {
				return err
			}
			k, words, err := leadingComponent(c.Args, all)
			if err != nil {
				return fmt.Errorf("component move: %w", err)
			}
			to, err := number(strings.Join(words, " "), len(all))
			if err != nil {
				return fmt.Errorf("component move: %w", err)
			}
			all = slices.DeleteFunc(all, func(c incident.Component) bool { return c.ID == k.ID })
			all = slices.Insert(all, to-1, k)
			for n, one := range all {
				if one.Order == n+1 {
					continue
				}
				if _, err := h.Incidents.EditComponent(ctx, one.ID, func(k *incident.Component) error { k.Order = n + 1; return nil }); err != nil {
					return fmt.Errorf("component move: %w", err)
				}
			}
			return h.componentList(ctx, c)
		},
	}
}
