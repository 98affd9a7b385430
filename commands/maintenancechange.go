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

// cancelledText is what the public reads of one that was cancelled without a word.
const cancelledText = "The maintenance will not take place."

// turnMaintenance takes a maintenance into another phase, with what was written for it or else text.
func (h *Host) turnMaintenance(ctx context.Context, c *bot.Call, fits func(incident.Maintenance) bool, to incident.Phase, text string, wrong func(incident.Maintenance) error) (incident.Maintenance, error) {
	m, rest, err := h.whichMaintenance(ctx, c, fits)
	if err != nil {
		return m, fmt.Errorf("%s: %w", c.Command.Name, err)
	}
	switch {
	case len(rest) == 1 && strings.Contains(rest[0], " "):
		text = rest[0]
	case len(rest) > 0: // a mistyped number is not to be read by everybody
		return m, fmt.Errorf("%s: %q is no number of a maintenance; a text goes in quotes", c.Command.Name, bot.Clip(rest[0], 40))
	}
	note := &incident.Note{Text: text, Person: c.Person.Name}
	m, err = h.Incidents.EditMaintenance(ctx, m.ID, note, func(m *incident.Maintenance) error {
		if !fits(*m) { // it may have turned meanwhile
			return wrong(*m)
		}
		m.Phase = to
		return nil
	})
	if w := (*wrongPhase)(nil); errors.As(err, &w) {
		err = w
	}
	if err != nil {
		return m, maintenanceError(c, err)
	}
	return m, nil
}

// A wrongPhase says why something cannot be done to a maintenance now.
type wrongPhase struct{ why string }

func (e *wrongPhase) Error() string { return e.why }

// notNow says why; hint is what to do if it is in the phase.
func notNow(m incident.Maintenance, phase incident.Phase, hint string) error {
	why := fmt.Sprintf("maintenance %d is %s", m.ID, m.Phase)
	if m.Phase == phase {
		why += "; " + fmt.Sprintf(hint, m.ID)
	}
	return &wrongPhase{why}
}

func (h *Host) startMaintenance(ctx context.Context, c *bot.Call) error {
	m, err := h.turnMaintenance(ctx, c, upcoming, incident.UnderWay, incident.BegunText, func(m incident.Maintenance) error {
		return notNow(m, incident.UnderWay, "to end it: maintenance end %d")
	})
	if err != nil {
		return err
	}
	return h.tellMaintenance(ctx, c, m, fmt.Sprintf("Maintenance %d has begun: %s", m.ID, bot.Clip(m.Name, 200)))
}

func (h *Host) endMaintenance(ctx context.Context, c *bot.Call) error {
	m, err := h.turnMaintenance(ctx, c, underWay, incident.Complete, incident.CompleteText, func(m incident.Maintenance) error {
		return notNow(m, incident.Upcoming, "to take it back: maintenance cancel %d")
	})
	if err != nil {
		return err
	}
	c.Say(fmt.Sprintf("Maintenance %d is complete, after %s: %s", m.ID, bot.Span(m.Ended.Sub(m.Started)), bot.Clip(m.Name, 200)))
	return nil
}

func (h *Host) cancelMaintenance(ctx context.Context, c *bot.Call) error {
	m, err := h.turnMaintenance(ctx, c, upcoming, incident.Cancelled, cancelledText, func(m incident.Maintenance) error {
		return notNow(m, incident.UnderWay, "to end it: maintenance end %d")
	})
	if err != nil {
		return err
	}
	c.Say(fmt.Sprintf("Maintenance %d is cancelled: %s", m.ID, bot.Clip(m.Name, 200)))
	return nil
}

func (h *Host) updateLacks(ctx context.Context, c *bot.Call) (*bot.Lack, error) {
	_, rest, err := h.whichMaintenance(ctx, c, notOver)
	if err != nil || len(rest) > 0 {
		return nil, err
	}
	return &bot.Lack{Ask: "What is to be read by everybody?", Fill: filling(c, func(text string) ([]string, error) { return []string{text}, nil })}, nil
}

func (h *Host) updateMaintenance(ctx context.Context, c *bot.Call) error {
	m, rest, err := h.whichMaintenance(ctx, c, notOver)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Command.Name, err)
	}
	note := &incident.Note{Text: strings.Join(rest, " "), Person: c.Person.Name}
	if m, err = h.Incidents.EditMaintenance(ctx, m.ID, note, func(*incident.Maintenance) error { return nil }); err != nil {
		return maintenanceError(c, err)
	}
	c.Say(fmt.Sprintf("Maintenance %d: written.", m.ID))
	return nil
}

func (h *Host) extendLacks(ctx context.Context, c *bot.Call) (*bot.Lack, error) {
	m, rest, err := h.whichMaintenance(ctx, c, notOver)
	switch {
	case err != nil:
		return nil, err
	case len(rest) == 0:
		return &bot.Lack{Ask: fmt.Sprintf("It is to end at %s. How much longer?", clock(m.Ends, c.Now())), Fill: filling(c, lengthAnswer),
			Offers: []bot.Offer{{Label: "30 min"}, {Label: "1 h"}, {Label: "2 h"}}}, nil
	}
	anyway := false
	if m.Ends, anyway, err = extended(m, rest, c.Now()); err != nil {
		return nil, err
	}
	return h.overlapLack(ctx, c, &m, anyway)
}

// extended is the new end of a maintenance: later by a length of time, or at a time.
func extended(m incident.Maintenance, words []string, now time.Time) (end time.Time, anyway bool, err error) {
	if n := len(words) - 1; plain(words[n]) == "anyway" {
		words, anyway = words[:n], true
	}
	switch {
	case m.Over():
		return end, anyway, fmt.Errorf("maintenance %d is %s", m.ID, m.Phase)
	case len(words) > 1 && slices.Contains(forWords, plain(words[0])):
		words = words[1:]
	case len(words) > 0 && slices.Contains(untilWords, plain(words[0])):
		at, used, err := next(words[1:], now, later(now, m.Starts))
		switch {
		case err != nil:
			return end, anyway, err
		case used == 0 || used+1 != len(words):
			return end, anyway, errors.New("until when? For example: until 23:30")
		case !at.After(m.Ends):
			return end, anyway, fmt.Errorf("%s is no later than its end, %s", full(at), full(m.Ends.In(now.Location())))
		}
		return at, anyway, nil
	}
	long, err := while(strings.Join(words, " "))
	return later(m.Ends, now).Add(long).In(now.Location()), anyway, err
}

func (h *Host) extendMaintenance(ctx context.Context, c *bot.Call) error {
	m, rest, err := h.whichMaintenance(ctx, c, notOver)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Command.Name, err)
	}
	end, _, err := extended(m, rest, c.Now())
	if err != nil {
		return fmt.Errorf("%s: %w", c.Command.Name, err)
	}
	if m, err = h.Incidents.EditMaintenance(ctx, m.ID, nil, func(m *incident.Maintenance) error { m.Ends = end; return nil }); err != nil {
		return maintenanceError(c, err)
	}
	return h.tellMaintenance(ctx, c, m, fmt.Sprintf("Maintenance %d is extended: %s", m.ID, bot.Clip(m.Name, 200)))
}

func (h *Host) moveLacks(ctx context.Context, c *bot.Call) (*bot.Lack, error) {
	m, p, err := h.moved(ctx, c)
	switch {
	case err != nil:
		return nil, err
	case p.starts.IsZero():
		return &bot.Lack{Ask: "To when? For example: tomorrow 22:00", Fill: filling(c, dateAnswer(c.Now()))}, nil
	}
	return h.overlapLack(ctx, c, &m, p.anyway)
}

// moved is a maintenance as it would be after the line.
func (h *Host) moved(ctx context.Context, c *bot.Call) (incident.Maintenance, planning, error) {
	p := planning{now: c.Now()}
	m, rest, err := h.whichMaintenance(ctx, c, upcoming)
	switch {
	case err != nil:
		return m, p, err
	case m.Phase != incident.Upcoming:
		return m, p, notNow(m, incident.UnderWay, "to end it later: maintenance extend %d")
	}
	if len(rest) > 0 && plain(rest[0]) == "to" {
		rest = rest[1:]
	}
	if err := p.read(rest, nil); err != nil {
		return m, p, err
	}
	if p.touches || p.text != "" {
		return m, p, errors.New("it is only moved; it goes: maintenance move N WHEN [for TIME]")
	}
	long := m.Ends.Sub(m.Starts)
	if p.ends.IsZero() {
		p.ends = p.starts.Add(long)
	}
	if !p.starts.IsZero() {
		m.Starts, m.Ends = p.starts, p.ends
	}
	return m, p, nil
}

func (h *Host) moveMaintenance(ctx context.Context, c *bot.Call) error {
	to, _, err := h.moved(ctx, c)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Command.Name, err)
	}
	m, err := h.Incidents.EditMaintenance(ctx, to.ID, nil, func(m *incident.Maintenance) error {
		if !upcoming(*m) {
			return notNow(*m, incident.UnderWay, "to end it later: maintenance extend %d")
		}
		m.Starts, m.Ends = to.Starts, to.Ends
		return nil
	})
	if w := (*wrongPhase)(nil); errors.As(err, &w) {
		err = w
	}
	if err != nil {
		return maintenanceError(c, err)
	}
	return h.tellMaintenance(ctx, c, m, fmt.Sprintf("Maintenance %d is moved: %s", m.ID, bot.Clip(m.Name, 200)))
}
