package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/incident"
)

// tell answers with how an incident stands: its number, what the public sees of it and where, and below that what else there is to say.
func (h *Host) tell(ctx context.Context, c *bot.Call, i incident.Incident, more ...string) error {
	all, err := h.Incidents.Components(ctx)
	if err != nil {
		return err
	}
	lines := []string{h.standing(i, all)}
	for _, m := range more {
		if m != "" {
			lines = append(lines, m)
		}
	}
	c.Say(strings.Join(lines, "\n"))
	return nil
}

// standing is "incident 12 is open and public: Pod slow · diaspora partial outage · https://status.diaspote.org/incidents/12".
func (h *Host) standing(i incident.Incident, all []incident.Component) string {
	text := fmt.Sprintf("incident %d is %s and public: %s", i.ID, far(i.Status), bot.Clip(i.Name, 200))
	if !i.Public {
		text = fmt.Sprintf("incident %d is %s, a draft that the public does not see: %s", i.ID, far(i.Status), bot.Clip(i.Name, 200))
	}
	parts := []string{text}
	touched := 0
	for _, c := range all {
		if !i.Touches(c.ID) {
			continue
		}
		if touched++; touched > mostTouched {
			continue
		}
		part := bot.Clip(c.Name, 60)
		switch {
		case c.Hidden:
			part += " (hidden)"
		case i.Public:
			part += " " + c.State.String()
		}
		parts = append(parts, part)
	}
	if touched > mostTouched {
		parts = append(parts, fmt.Sprintf("and %d more", touched-mostTouched))
	}
	if touched == 0 && i.Impact != incident.NoImpact {
		parts = append(parts, i.Impact.String())
	}
	switch {
	case !i.Public:
		parts = append(parts, fmt.Sprintf("to show it: incident publish %d", i.ID))
	case h.PageLink != "":
		parts = append(parts, fmt.Sprintf("%s/incidents/%d", h.PageLink, i.ID))
	}
	return strings.Join(parts, " · ")
}

// mostTouched is how many components an answer names.
const mostTouched = 6

// far is how far people are, behind "it is".
func far(s incident.Status) string {
	switch s {
	case incident.Investigating:
		return "open"
	case incident.Watching:
		return "being watched"
	case incident.Fixed:
		return "resolved"
	}
	return s.String()
}

// What a screen of a phone holds.
const (
	incidentsListed = 12
	timelineShown   = 4000 // bytes
)

func (h *Host) incidentList(ctx context.Context, c *bot.Call) error {
	whole := len(c.Args) > 0
	if whole && !strings.EqualFold(c.Args[0], "all") {
		return fmt.Errorf("usage: incident list [all]")
	}
	all, err := h.Incidents.Incidents(ctx, incident.Query{Open: !whole, Limit: incidentsListed + 1})
	if err != nil {
		return err
	}
	names, err := h.Incidents.Names(ctx)
	if err != nil {
		return err
	}
	var lines []string
	for _, i := range all[:min(len(all), incidentsListed)] {
		lines = append(lines, incidentLine(i, names, c.Now()))
	}
	switch {
	case len(all) > incidentsListed:
		lines = append(lines, "… and older ones")
	case len(all) == 0 && whole:
		lines = append(lines, "There was no incident yet.")
	case len(all) == 0:
		lines = append(lines, "No incident is open.")
		if last, err := h.Incidents.Incidents(ctx, incident.Query{Limit: 1}); err != nil {
			return err
		} else if len(last) > 0 {
			lines = append(lines, "The last: "+incidentLine(last[0], names, c.Now()))
		}
	}
	if h.PageLink != "" {
		lines = append(lines, h.PageLink)
	}
	c.Say(strings.Join(lines, "\n"))
	return nil
}

// incidentLine is "#12 ✗ Pod slow · major · identified · since 14:02 · diaspora, Web · draft".
func incidentLine(i incident.Incident, names map[int64]string, now time.Time) string {
	mark := "▲"
	switch {
	case !i.Open():
		mark = "✓"
	case i.Impact >= incident.Major:
		mark = "✗"
	}
	parts := []string{fmt.Sprintf("#%d %s %s", i.ID, mark, bot.Clip(i.Name, 80))}
	if i.Impact != incident.NoImpact {
		parts = append(parts, i.Impact.String())
	}
	if i.Open() {
		parts = append(parts, i.Status.String(), "since "+clock(i.Opened, now))
	} else {
		parts = append(parts, fmt.Sprintf("%s, resolved after %s", clock(i.Opened, now), bot.Span(i.Resolved.Sub(i.Opened))))
	}
	if touched := touchedNames(i, names); len(touched) > 0 {
		parts = append(parts, listed(touched, 4))
	}
	if !i.Public {
		parts = append(parts, "draft")
	}
	return strings.Join(parts, " · ")
}

func touchedNames(i incident.Incident, names map[int64]string) []string {
	var all []string
	for _, t := range i.Touched {
		all = append(all, bot.Clip(names[t.Component], 40))
	}
	return all
}

func (h *Host) incidentShow(ctx context.Context, c *bot.Call) error {
	i, err := h.incidentToShow(ctx, c.Args)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Command.Name, err)
	}
	names, err := h.Incidents.Names(ctx)
	if err != nil {
		return err
	}
	lines := []string{incidentLine(i, names, c.Now())}
	switch {
	case i.Merged != 0:
		lines[0] = fmt.Sprintf("#%d %s has become part of #%d.", i.ID, bot.Clip(i.Name, 80), i.Merged)
	case i.Public && h.PageLink != "":
		lines = append(lines, fmt.Sprintf("%s/incidents/%d", h.PageLink, i.ID))
	}
	past, err := h.timeline(ctx, i)
	if err != nil {
		return err
	}
	var told []string
	day := ""
	for _, p := range past {
		at := p.at.In(c.Now().Location())
		if d := at.Format("Mon 2 Jan 2006, MST"); d != day {
			told, day = append(told, d), d
		}
		told = append(told, at.Format(time.TimeOnly)+" "+p.text)
	}
	told, left := newest(told, timelineShown)
	if left > 0 {
		lines = append(lines, "… "+plural(int64(left), "line")+" before these")
	}
	lines = append(lines, told...)
	c.Say(strings.Join(lines, "\n"))
	return nil
}

// incidentToShow is the one that is named, the only open one, or the last of all.
func (h *Host) incidentToShow(ctx context.Context, args []string) (i incident.Incident, err error) {
	if len(args) > 0 {
		id, ok := incidentNumber(args)
		if !ok {
			return i, fmt.Errorf("%q is no number of an incident; try: incident list", bot.Clip(args[0], 20))
		}
		if i, err = h.Incidents.Incident(ctx, id); errors.Is(err, incident.ErrNone) {
			err = fmt.Errorf("there is no incident %d; try: incident list all", id)
		}
		return i, err
	}
	for _, q := range []incident.Query{{Open: true, Limit: 1}, {Limit: 1}} {
		all, err := h.Incidents.Incidents(ctx, q)
		if err != nil {
			return i, err
		}
		if len(all) > 0 {
			return all[0], nil
		}
	}
	return i, errors.New("there was no incident yet")
}

// A passage is a line of what is known of an incident.
type passage struct {
	at   time.Time
	text string
}

// timeline is what was written of an incident and what happened, in order.
func (h *Host) timeline(ctx context.Context, i incident.Incident) ([]passage, error) {
	var all []passage
	for _, u := range i.Updates {
		text := u.Status.String()
		if u.Person != "" {
			text += " (" + bot.Clip(u.Person, 40) + ")"
		}
		if u.Text != "" {
			text += ": " + bot.Clip(u.Text, 300)
		}
		all = append(all, passage{u.At, text})
	}
	events, err := h.Incidents.Events(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		text := bot.Mark(e.Severity, e.Resolved) + " " + bot.Clip(e.Title, 120)
		if e.Unit != "" {
			text += " · " + bot.Clip(short(e.Unit), 80)
		}
		all = append(all, passage{e.At, text})
	}
	slices.SortStableFunc(all, func(a, b passage) int { return a.at.Compare(b.at) })
	return all, nil
}
