package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/incident"
)

// stateMarks tell at a glance how a component is.
var stateMarks = map[incident.State]string{
	incident.Unknown: "◌", incident.Operational: "●", incident.Degraded: "▲", incident.PartialOutage: "✗", incident.MajorOutage: "✗", incident.Maintained: "◷",
}

// componentsListed is how many components one answer lists.
const componentsListed = 40

func (h *Host) componentList(ctx context.Context, c *bot.Call) error {
	all, err := h.Incidents.Components(ctx)
	if err != nil {
		return err
	}
	var lines []string
	for n, k := range all {
		if n == componentsListed {
			lines = append(lines, fmt.Sprintf("… and %d more", len(all)-n))
			break
		}
		parts := []string{stateMarks[k.State] + " " + bot.Clip(k.Name, 60), k.State.String()}
		if k.State > incident.Operational {
			parts[1] += " since " + clock(k.Since, c.Now())
		}
		if k.Hand > incident.Operational {
			parts = append(parts, "set by hand")
		}
		if k.Follows != "" {
			parts = append(parts, "follows "+short(k.Follows))
		}
		if k.Hidden {
			parts = append(parts, "hidden")
		}
		lines = append(lines, strings.Join(parts, " · "))
	}
	if len(all) == 0 {
		lines = append(lines, "There is no component yet; to add one: component add")
	}
	if h.PageLink != "" {
		lines = append(lines, h.PageLink)
	}
	c.Say(strings.Join(lines, "\n"))
	return nil
}

// tellComponent answers with how a component is and why, and what else visitors see of it.
func (h *Host) tellComponent(ctx context.Context, c *bot.Call, id int64) error {
	k, err := h.Incidents.Component(ctx, id)
	if errors.Is(err, incident.ErrNone) {
		return fmt.Errorf("%s: it was removed meanwhile", c.Command.Name)
	}
	if err != nil {
		return err
	}
	why, err := h.why(ctx, k, c.Now())
	if err != nil {
		return err
	}
	verb := "is"
	if c.Command.Name == "component set" && k.Hand <= incident.Operational && k.State > incident.Operational {
		verb = "is still" // though it was said that it is not
	}
	text := fmt.Sprintf("%s %s %s", bot.Clip(k.Name, 200), verb, k.State)
	if why != "" {
		text += ": " + why
	}
	lines := []string{text}
	var more []string
	if k.Follows != "" {
		more = append(more, "follows "+short(k.Follows))
	}
	if k.Group != 0 {
		if g, err := h.Incidents.Group(ctx, k.Group); err == nil {
			more = append(more, "in "+bot.Clip(g.Name, 60))
		}
	}
	switch {
	case k.Hidden:
		more = append(more, "hidden: not on the page")
	case h.PageLink != "":
		more = append(more, h.PageLink)
	}
	if len(more) > 0 {
		lines = append(lines, strings.Join(more, " · "))
	}
	for _, text := range []string{k.About, k.Link} {
		if text != "" {
			lines = append(lines, bot.Clip(text, 300))
		}
	}
	c.Say(strings.Join(lines, "\n"))
	return nil
}

// why says what makes a component's state, "" if nothing bad does.
func (h *Host) why(ctx context.Context, k incident.Component, now time.Time) (string, error) {
	var all []string
	maintained, err := h.Incidents.Maintenances(ctx, now)
	if err != nil {
		return "", err
	}
	for _, m := range maintained {
		for _, id := range m.Components {
			if id == k.ID && m.Phase == incident.UnderWay {
				all = append(all, fmt.Sprintf("maintenance %d is under way", m.ID))
			}
		}
	}
	switch {
	case k.Follows != "" && k.Seen == incident.Unknown && k.State != incident.Operational:
		all = append(all, "nothing is known yet of "+short(k.Follows)+", which it follows")
	case k.Seen > incident.Operational:
		all = append(all, h.seenWhy(ctx, k, now))
	}
	if k.Hand > incident.Operational {
		all = append(all, fmt.Sprintf("it was set to %s by hand (to take that back: component set %s auto)", k.Hand, strings.ToLower(k.Name)))
	}
	open, err := h.Incidents.Incidents(ctx, incident.Query{Public: true, Open: true})
	if err != nil {
		return "", err
	}
	for _, i := range open {
		for _, t := range i.Touched {
			if t.Component == k.ID && t.State > incident.Operational {
				all = append(all, fmt.Sprintf("incident %d makes it so (%s)", i.ID, t.State))
			}
		}
	}
	return strings.Join(all, "; "), nil
}

// seenWhy says how what a component follows is.
func (h *Host) seenWhy(ctx context.Context, k incident.Component, now time.Time) string {
	text := fmt.Sprintf("%s, which it follows, is in %s", short(k.Follows), k.Seen)
	if k.Follows == incident.FollowsPod {
		return "the pod, which it follows, is in " + k.Seen.String()
	}
	ctx, cancel := context.WithTimeout(ctx, unitsWait)
	defer cancel()
	u, err := h.Systemd.Unit(ctx, k.Follows)
	if err != nil {
		return text
	}
	_, how := state(u, now)
	return fmt.Sprintf("%s, which it follows, is %s", short(k.Follows), strings.Join(strings.Fields(how), " "))
}
