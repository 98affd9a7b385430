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

// filling makes the line of a command longer by what an answer comes to.
func filling(c *bot.Call, f func(answer string) ([]string, error)) func(string) (string, error) {
	return func(answer string) (string, error) {
		more, err := f(answer)
		if err != nil {
			return "", err
		}
		return bot.Line(slices.Concat(strings.Fields(c.Command.Name), c.Args, more)...)
	}
}

// dateAnswer takes a date as an answer.
func dateAnswer(now time.Time) func(string) ([]string, error) {
	return func(answer string) ([]string, error) {
		words := strings.Fields(answer)
		_, used, err := future(unranged(words), now)
		if err == nil && used == 0 {
			err = fmt.Errorf("%q is no date; try: tomorrow 22:00, sunday 4am or 29 nov 22:00", bot.Clip(answer, 40))
		}
		return words, err
	}
}

// lengthAnswer takes a length of time, or an end, as an answer.
func lengthAnswer(answer string) ([]string, error) {
	words := strings.Fields(answer)
	if len(words) > 1 && (slices.Contains(untilWords, plain(words[0])) || slices.Contains(forWords, plain(words[0]))) {
		return words, nil
	}
	if _, err := while(answer); err != nil {
		return nil, fmt.Errorf("%q is no length of time; try: 2h, 1h30 or until 23:30", bot.Clip(answer, 40))
	}
	return append([]string{"for"}, words...), nil
}

func (h *Host) planLacks(ctx context.Context, c *bot.Call) (*bot.Lack, error) {
	p, components, err := h.planned(ctx, c)
	if err != nil {
		return nil, err
	}
	switch {
	case p.name == "":
		return &bot.Lack{Ask: "What is to be done, in a few words for visitors?", Fill: filling(c, func(name string) ([]string, error) { return []string{name}, nil })}, nil
	case p.starts.IsZero():
		return &bot.Lack{Ask: "When does it begin? For example: tomorrow 22:00", Fill: filling(c, dateAnswer(c.Now()))}, nil
	case p.ends.IsZero():
		return &bot.Lack{Ask: "How long does it take?", Fill: filling(c, lengthAnswer),
			Offers: []bot.Offer{{Label: "30 min"}, {Label: "1 h"}, {Label: "2 h"}, {Label: "4 h"}}}, nil
	case !p.touches && len(components) > 0:
		return &bot.Lack{Ask: "On what?", Many: true, Offers: componentOffers(components), Fill: filling(c, func(answer string) ([]string, error) {
			_, err := componentsNamed(components, answer)
			return []string{"on", answer}, err
		})}, nil
	}
	m := p.maintenance(c)
	return h.overlapLack(ctx, c, &m, p.anyway)
}

// planned reads the line.
func (h *Host) planned(ctx context.Context, c *bot.Call) (planning, []incident.Component, error) {
	if h.Incidents == nil {
		return planning{}, nil, errNoBook
	}
	components, err := h.Incidents.Components(ctx)
	if err != nil {
		return planning{}, nil, err
	}
	p, err := parsePlan(c.Args, c.Now(), components)
	return p, components, err
}

func (p planning) maintenance(c *bot.Call) incident.Maintenance {
	return incident.Maintenance{Name: p.name, Text: p.text, Starts: p.starts, Ends: p.ends, Person: c.Person.Name, Components: p.on}
}

func componentOffers(components []incident.Component) []bot.Offer {
	var offers []bot.Offer
	for _, c := range components {
		offers = append(offers, bot.Offer{Label: c.Name})
	}
	if len(components) > 1 {
		offers = append(offers, bot.Offer{Label: everythingNamed[0]})
	}
	return append(offers, bot.Offer{Label: nothingNamed[0]})
}

// overlapLack asks for a word where a maintenance touches the same as another at the same time; nil where it does not.
func (h *Host) overlapLack(ctx context.Context, c *bot.Call, m *incident.Maintenance, anyway bool) (*bot.Lack, error) {
	if anyway {
		return nil, nil
	}
	others, err := h.Incidents.Maintenances(ctx, c.Now())
	if err != nil {
		return nil, err
	}
	overlaps := m.Overlaps(others)
	if len(overlaps) == 0 {
		return nil, nil
	}
	names, err := h.Incidents.Names(ctx)
	if err != nil {
		return nil, err
	}
	text := "it overlaps with " + maintenanceLine(overlaps[0], names, c.Now())
	if more := len(overlaps) - 1; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	if c.Message.Single {
		return nil, errors.New(text + "; to do it all the same, add: anyway")
	}
	return &bot.Lack{Ask: text + ". All the same?", Only: true, Offers: []bot.Offer{{Label: "anyway"}},
		Fill: filling(c, func(answer string) ([]string, error) { return []string{answer}, nil })}, nil
}

func (h *Host) planMaintenance(ctx context.Context, c *bot.Call) error {
	p, _, err := h.planned(ctx, c)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Command.Name, err)
	}
	m, err := h.Incidents.Plan(ctx, p.maintenance(c))
	if err != nil {
		return maintenanceError(c, err)
	}
	return h.tellMaintenance(ctx, c, m, fmt.Sprintf("Maintenance %d is planned: %s", m.ID, bot.Clip(m.Name, 200)))
}

// maintenanceError says what the book refused in the words of the chat.
func maintenanceError(c *bot.Call, err error) error {
	if wrong := (*incident.Invalid)(nil); errors.As(err, &wrong) {
		field := map[string]string{"scheduled_at": "begin", "completed_at": "end", "message": "text"}[wrong.Field]
		if field == "" {
			field = wrong.Field
		}
		return fmt.Errorf("%s: the %s %s", c.Command.Name, field, wrong.Why)
	}
	return fmt.Errorf("%s: %w", c.Command.Name, err)
}

// tellMaintenance answers a change with what has become of a maintenance.
func (h *Host) tellMaintenance(ctx context.Context, c *bot.Call, m incident.Maintenance, what string) error {
	names, err := h.Incidents.Names(ctx)
	if err != nil {
		return err
	}
	when := slot(m.Starts, m.Ends, c.Now())
	if m.Phase == incident.UnderWay {
		left := m.Ends.Sub(c.Now())
		when = fmt.Sprintf("until %s, in %s", full(m.Ends.In(c.Now().Location())), bot.Span(left.Round(time.Minute)))
		if left <= 0 {
			when = "its end was to be " + full(m.Ends.In(c.Now().Location()))
		}
	}
	lines := []string{what, when}
	if note := twice(m.Starts); note != "" && !m.Over() {
		lines = append(lines, note)
	}
	if touched := componentText(m.Components, names); touched != "" {
		lines = append(lines, "on "+touched)
	}
	if h.PageLink != "" {
		lines = append(lines, h.PageLink)
	}
	c.Say(strings.Join(lines, "\n"))
	return nil
}
