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

// What a list of maintenance has, besides what is planned.
const (
	lately     = 7 * 24 * time.Hour // ended since then
	mostLately = 5
	mostListed = 25
)

func (h *Host) maintenance() *bot.Command {
	return &bot.Command{
		Name: "maintenance", Needs: bot.Reader,
		Help: "work that is announced: planned, under way, done of late",
		About: "It begins and ends by the clock, and is announced a day and an hour ahead; alerts of its components are silenced meanwhile.\n" +
			"Dates go as you write them: tomorrow 22:00, sunday 4am, dimanche 4h, 29 nov 22:00, 2026-11-29 22:00, in 2h. What you leave out you are asked for.\n" +
			"What is planned, and what you write of it, is on the status page; who wrote it is not.",
		Examples: []string{
			`maintenance plan "PostgreSQL 15 → 17" tomorrow 22:00 for 2h on diaspora,web "You cannot post meanwhile."`,
			"maintenance plan Reboot sunday 4am until 4:30 on everything", "maintenance plan Sauvegarde dimanche 4h pour 1h30 sur web",
			"maintenance extend 30 min", "maintenance extend 3 until 23:30", "maintenance move 3 sunday 4am",
		},
		Subs: h.maintenanceCommands(),
		Run:  h.listMaintenance,
	}
}

// maintenanceCommands are those below it. None of them names a unit: what they change is the bot's own.
func (h *Host) maintenanceCommands() bot.Table {
	return bot.Table{
		{
			Name: "maintenance plan", Usage: `"NAME" WHEN for TIME on COMPONENTS ["TEXT FOR VISITORS"]`, MaxArgs: bot.Any, Needs: bot.Operator, Changes: true, Own: true,
			Help:  "announce work on components",
			Lacks: h.planLacks, Run: h.planMaintenance,
		},
		{
			Name: "maintenance start", Usage: `[N] ["TEXT"]`, MaxArgs: 2, Needs: bot.Operator, Changes: true, Own: true,
			Help:  "begin one now, before its time",
			Lacks: h.asksWhich(upcoming, nil), Run: h.startMaintenance,
		},
		{
			Name: "maintenance extend", Usage: "[N] TIME or until WHEN", MaxArgs: 12, Needs: bot.Operator, Changes: true, Own: true,
			Help:  "let one end later",
			Lacks: h.asksWhich(notOver, h.extendLacks), Run: h.extendMaintenance,
		},
		{
			Name: "maintenance end", Usage: `[N] ["TEXT"]`, MaxArgs: 2, Needs: bot.Operator, Changes: true, Own: true,
			Help:  "say that one is done, before its time or after",
			Lacks: h.asksWhich(underWay, nil), Run: h.endMaintenance,
		},
		{
			Name: "maintenance cancel", Usage: `[N] ["TEXT"]`, MaxArgs: 2, Needs: bot.Operator, Changes: true, Own: true,
			Help:  "take one back that has not begun",
			Lacks: h.asksWhich(upcoming, nil), Run: h.cancelMaintenance,
		},
		{
			Name: "maintenance update", Usage: `[N] "TEXT"`, MaxArgs: bot.Any, Needs: bot.Operator, Changes: true, Own: true,
			Help:  "write something of one, for everybody",
			Lacks: h.asksWhich(notOver, h.updateLacks), Run: h.updateMaintenance,
		},
		{
			Name: "maintenance move", Usage: "[N] WHEN [for TIME]", MaxArgs: bot.Any, Needs: bot.Operator, Changes: true, Own: true,
			Help:  "put one off, or bring it forward; it lasts as long as before unless you say so",
			Lacks: h.asksWhich(upcoming, h.moveLacks), Run: h.moveMaintenance,
		},
		{
			Name: "maintenance show", Usage: "[N]", MaxArgs: 1, Needs: bot.Reader,
			Help:  "all of one, with what was written of it",
			Lacks: h.asksWhich(notOver, nil), Run: h.showMaintenance,
		},
		{
			Name: "maintenance list", Needs: bot.Reader,
			Help: "what is planned, under way, and was done of late",
			Run:  h.listMaintenance,
		},
	}
}

var errNoBook = errors.New("no incidents or maintenance are kept here")

func (h *Host) listMaintenance(ctx context.Context, c *bot.Call) error {
	if h.Incidents == nil {
		return errNoBook
	}
	all, err := h.Incidents.Maintenances(ctx, c.Now().Add(-lately))
	if err != nil {
		return err
	}
	names, err := h.Incidents.Names(ctx)
	if err != nil {
		return err
	}
	ahead, over := parted(all)
	if len(ahead)+len(over) == 0 {
		c.Say("No maintenance is planned. To plan one: maintenance plan")
		return nil
	}
	var lines []string
	for i, m := range ahead {
		if i == mostListed {
			lines = append(lines, fmt.Sprintf("… and %d more", len(ahead)-i))
			break
		}
		lines = append(lines, maintenanceLine(m, names, c.Now()))
	}
	for _, m := range over[max(0, len(over)-mostLately):] {
		lines = append(lines, maintenanceLine(m, names, c.Now()))
	}
	c.Say(strings.Join(lines, "\n"))
	return nil
}

// parted are those that are not over, and those that are, each in the order of their times.
func parted(all []incident.Maintenance) (ahead, over []incident.Maintenance) {
	for _, m := range all {
		if m.Over() {
			over = append(over, m)
		} else {
			ahead = append(ahead, m)
		}
	}
	slices.SortStableFunc(over, func(a, b incident.Maintenance) int { return a.Ended.Compare(b.Ended) })
	return ahead, over
}

// maintenanceLine is "#3 ◷ PostgreSQL 15 → 17 · Sun 22:00–00:00 CET · diaspora, web".
func maintenanceLine(m incident.Maintenance, names map[int64]string, now time.Time) string {
	mark := map[incident.Phase]string{incident.Upcoming: "◷", incident.UnderWay: "▶", incident.Complete: "●", incident.Cancelled: "○"}[m.Phase]
	from, to := m.Starts.In(now.Location()), m.Ends.In(now.Location())
	parts := []string{fmt.Sprintf("#%d %s %s", m.ID, mark, bot.Clip(m.Name, 100))}
	switch m.Phase {
	case incident.UnderWay:
		parts = append(parts, "under way since "+clock(m.Started, now), "until "+clock(to, now)+to.Format(" MST"))
		if now.After(to) {
			parts = append(parts, "late")
		}
	case incident.Upcoming:
		when := clock(from, now) + "–"
		if to.After(onDay(from, 1, time.Time{})) {
			when += clock(to, now)
		} else {
			when += to.Format("15:04")
		}
		parts = append(parts, when+to.Format(" MST"))
	case incident.Complete:
		parts = append(parts, fmt.Sprintf("done %s, in %s", clock(m.Ended, now), bot.Span(m.Ended.Sub(m.Started))))
	default:
		parts = append(parts, "cancelled "+clock(m.Ended, now))
	}
	if touched := componentText(m.Components, names); touched != "" {
		parts = append(parts, touched)
	}
	return strings.Join(parts, " · ")
}

// componentText names components: "diaspora, web".
func componentText(ids []int64, names map[int64]string) string {
	var all []string
	for _, id := range ids {
		all = append(all, bot.Clip(names[id], 40))
	}
	return strings.Join(all, ", ")
}

func (h *Host) showMaintenance(ctx context.Context, c *bot.Call) error {
	m, rest, err := h.whichMaintenance(ctx, c, notOver)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%q is no number of a maintenance", bot.Clip(rest[0], 20))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.Command.Name, err)
	}
	names, err := h.Incidents.Names(ctx)
	if err != nil {
		return err
	}
	lines := []string{maintenanceLine(m, names, c.Now()), "planned: " + slot(m.Starts, m.Ends, c.Now())}
	if m.Person != "" {
		lines[1] += ", by " + bot.Clip(m.Person, 40)
	}
	if m.Text != "" {
		lines = append(lines, m.Text)
	}
	for _, n := range m.Updates {
		line := clock(n.At, c.Now()) + " " + n.Phase.String()
		if n.Person != "" {
			line += ", " + bot.Clip(n.Person, 40)
		}
		if n.Text != "" {
			line += ": " + n.Text
		}
		lines = append(lines, line)
	}
	c.Say(strings.Join(lines, "\n"))
	return nil
}
