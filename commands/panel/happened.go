package panel

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/graph"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/ledger"
)

const (
	mostEvents = 1000 // that are read for one graph, the newest
	markLabel  = 32   // characters
)

// happened are the events of a range, and what people did: what came and went stands as a mark, what lasts as a band. Of what
// belongs to an incident that is the incident, and its events are marks.
func (s *Set) happened(ctx context.Context, from, to time.Time) ([]graph.Mark, []graph.Band, error) {
	events, err := s.Ledger.Events(ctx, ledger.EventQuery{Since: from, Until: to, Limit: mostEvents})
	if err != nil {
		return nil, nil, err
	}
	slices.Reverse(events) // the oldest first
	bands, ofIncident, err := s.lasted(ctx, from, to)
	if err != nil {
		return nil, nil, err
	}
	var marks []graph.Mark
	open := map[string]int{} // by key: the band of what lasts, -1 for none
	for _, e := range events {
		i, lasts := open[e.Key]
		switch {
		case s.Incidents != nil && (e.Kind == incident.KindIncident || e.Kind == incident.KindMaintenance): // they are bands already
		case e.Resolved && lasts:
			if i >= 0 {
				bands[i].To = e.At
			}
			delete(open, e.Key)
		case e.Resolved: // of what began before the range
		case e.Lasting && lasts: // the same, still or worse
			if i >= 0 {
				bands[i].Severity = max(bands[i].Severity, e.Severity)
			}
		case e.Lasting && e.Severity > ops.Info && !ofIncident[e.Row]:
			open[e.Key] = len(bands)
			bands = append(bands, graph.Band{From: e.At, Label: label(e.Event), Severity: e.Severity})
		default:
			if e.Lasting {
				open[e.Key] = -1
			}
			marks = append(marks, graph.Mark{At: e.At, Label: label(e.Event), Severity: e.Severity})
		}
	}
	done, err := s.done(ctx, from, to)
	return append(marks, done...), bands, err
}

// done are the changes that people made. Those of jobs and rules are events.
func (s *Set) done(ctx context.Context, from, to time.Time) ([]graph.Mark, error) {
	lines, err := s.Ledger.AuditsIn(ctx, from, to, mostEvents)
	if err != nil {
		return nil, err
	}
	var marks []graph.Mark
	for _, a := range lines {
		verb, _, _ := strings.Cut(a.Line, " ")
		if !slices.Contains([]string{"restart", "start", "stop", "reload"}, verb) || a.Outcome == ledger.Refused || a.Person == "schedule" || a.Person == "rule" {
			continue
		}
		m := graph.Mark{At: a.At, Label: bot.Clip(a.Line, markLabel)}
		if a.Outcome == ledger.Failed {
			m.Severity = ops.Warning
		}
		marks = append(marks, m)
	}
	return marks, nil
}

// label is an event in a few words, with the unit that it is about.
func label(e ops.Event) string {
	title := e.Title
	if unit := strings.TrimSuffix(e.Unit, ".service"); unit != "" && !strings.Contains(title, unit) {
		title = unit + " " + title
	}
	return bot.Clip(title, markLabel)
}
