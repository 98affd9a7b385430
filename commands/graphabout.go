package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/incident"
)

// aboutMargin is how much is drawn before something and after it.
const aboutMargin = time.Hour

// An about is the time of an alert, an incident or a maintenance, and the graphs that tell most of it.
type about struct {
	from, to time.Time // a zero to is one that lasts
	names    []string
}

// around is its time with an hour before and after, as far as that has been.
func (a about) around(now time.Time) (from, to time.Time) {
	to = now
	if !a.to.IsZero() {
		to = earlier(a.to.Add(aboutMargin), now)
	}
	return a.from.Add(-aboutMargin).In(now.Location()), to.In(now.Location())
}

// isAbout tells the words for what a graph may be about.
func isAbout(word string) bool {
	return slices.Contains([]string{"alert", "incident", "maintenance"}, strings.ToLower(word))
}

func (h *Host) about(ctx context.Context, kind, number string) (about, error) {
	kind = strings.ToLower(kind)
	if kind == "alert" {
		return h.aboutAlert(ctx, number)
	}
	if h.Incidents == nil {
		return about{}, errNoBook
	}
	id, err := strconv.ParseInt(strings.TrimPrefix(number, "#"), 10, 64)
	if err != nil {
		return about{}, fmt.Errorf("%q is no number of %s", bot.Clip(number, 20), kind)
	}
	var a about
	if kind == "maintenance" {
		a, err = h.aboutMaintenance(ctx, id)
	} else {
		a, err = h.aboutIncident(ctx, id)
	}
	if errors.Is(err, incident.ErrNone) {
		err = fmt.Errorf("there is no %s %d", kind, id)
	}
	return a, err
}

func (h *Host) aboutMaintenance(ctx context.Context, id int64) (about, error) {
	m, err := h.Incidents.Maintenance(ctx, id)
	if err != nil {
		return about{}, err
	}
	a := about{from: m.Starts, to: m.Ends}
	if !m.Started.IsZero() {
		a.from, a.to = m.Started, m.Ended
	}
	a.names, err = h.graphsOfComponents(ctx, m.Components)
	return a, err
}

func (h *Host) aboutIncident(ctx context.Context, id int64) (about, error) {
	i, err := h.Incidents.Incident(ctx, id)
	if err == nil && i.Merged != 0 {
		return h.aboutIncident(ctx, i.Merged)
	}
	if err != nil {
		return about{}, err
	}
	var touched []int64
	for _, t := range i.Touched {
		touched = append(touched, t.Component)
	}
	a := about{from: i.Opened, to: i.Resolved}
	if a.names, err = h.graphsOfComponents(ctx, touched); err != nil {
		return a, err
	}
	events, err := h.Incidents.Events(ctx, id)
	for _, e := range events {
		a.names = append(a.names, graphsOf(e.Event)...)
	}
	return a, err
}

// graphsOfComponents are the graphs of what components follow.
func (h *Host) graphsOfComponents(ctx context.Context, ids []int64) ([]string, error) {
	components, err := h.Incidents.Components(ctx)
	var names []string
	for _, c := range components {
		switch {
		case !slices.Contains(ids, c.ID) || c.Follows == "":
		case c.Follows == incident.FollowsPod:
			names = append(names, "pod")
		default:
			names = append(names, short(c.Follows))
		}
	}
	return names, err
}
