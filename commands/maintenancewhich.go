package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/incident"
)

// whichMaintenance is the one whose number the line begins with, or the only one that fits and is not over; rest is what follows
// the number.
func (h *Host) whichMaintenance(ctx context.Context, c *bot.Call, fits func(incident.Maintenance) bool) (m incident.Maintenance, rest []string, err error) {
	if h.Incidents == nil {
		return m, nil, errNoBook
	}
	if id, ok := maintenanceNumber(c.Args); ok {
		m, err = h.Incidents.Maintenance(ctx, id)
		if errors.Is(err, incident.ErrNone) {
			err = fmt.Errorf("there is no maintenance %d; try: maintenance", id)
		}
		return m, c.Args[1:], err
	}
	all, err := h.Incidents.Maintenances(ctx, c.Now())
	if err != nil {
		return m, nil, err
	}
	names, err := h.Incidents.Names(ctx)
	if err != nil {
		return m, nil, err
	}
	var found []incident.Maintenance
	var lines []string
	for _, m := range all {
		if !m.Over() && fits(m) {
			found = append(found, m)
			lines = append(lines, maintenanceLine(m, names, c.Now()))
		}
	}
	switch len(found) {
	case 0:
		return m, nil, errors.New("there is none now to which that could be done; try: maintenance")
	case 1:
		return found[0], c.Args, nil
	}
	return m, nil, &several{found, strings.Join(lines[:min(len(lines), mostListed)], "\n")}
}

// several says that a line may mean any of these.
type several struct {
	all   []incident.Maintenance
	lines string
}

func (e *several) Error() string { return "which one? Say its number.\n" + e.lines }

// asksWhich is the Lacks of a command that is about one that fits: it asks which where there are several, and then for what
// more says is missing.
func (h *Host) asksWhich(fits func(incident.Maintenance) bool, more func(context.Context, *bot.Call) (*bot.Lack, error)) func(context.Context, *bot.Call) (*bot.Lack, error) {
	return func(ctx context.Context, c *bot.Call) (*bot.Lack, error) {
		_, _, err := h.whichMaintenance(ctx, c, fits)
		if some := (*several)(nil); errors.As(err, &some) && !c.Message.Single {
			l := &bot.Lack{Ask: "Which one?", Only: true, Fill: func(id string) (string, error) {
				return bot.Line(slices.Concat(strings.Fields(c.Command.Name), []string{id}, c.Args)...)
			}}
			for _, m := range some.all[:min(len(some.all), mostListed)] {
				l.Offers = append(l.Offers, bot.Offer{Label: fmt.Sprintf("#%d %s", m.ID, m.Name), Answer: fmt.Sprint(m.ID)})
			}
			return l, nil
		}
		if err != nil || more == nil {
			return nil, err
		}
		return more(ctx, c)
	}
}

// maintenanceNumber reads the number that a line begins with, unless it is one of a length of time. One that is too large is
// the largest: it is not to be taken for a text.
func maintenanceNumber(args []string) (int64, bool) {
	if len(args) == 0 {
		return 0, false
	}
	id, err := strconv.ParseUint(strings.TrimPrefix(args[0], "#"), 10, 63)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, false
	}
	if _, used := spanWords(args); used == len(args) { // "2 h"
		return 0, false
	}
	return int64(id), true
}

// upcoming and underWay tell what can be moved or cancelled, and what can be ended.
func upcoming(m incident.Maintenance) bool { return m.Phase == incident.Upcoming }
func underWay(m incident.Maintenance) bool { return m.Phase == incident.UnderWay }
func notOver(m incident.Maintenance) bool  { return !m.Over() }
