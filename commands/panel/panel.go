package panel

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/graph"
	"github.com/diaspote/vigie/ops/history"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/ledger"
)

// A Panel is a graph by its name.
type Panel struct {
	Name  string // as one asks for it: "memory"
	Title string
	About string // in the list of them, a few words

	Unit    graph.Unit
	Stacked bool
	Zoom    bool // the axis need not begin at zero

	Percentiles []int // each is a line along the graph: 95 is the value that 95 % of the time was not above
	Thresholds  []graph.Threshold

	// lines are what is drawn, of the series that there are samples of.
	lines func(known) []line
	// ceiling is where the axis ends: the series that says so, and what it is called. Without one the values say.
	ceiling string
	limit   string // how the ceiling is called if it is drawn as a threshold, "" for not
}

// A line is one line of a graph, or one layer.
type line struct {
	name string
	of   []ops.Series
	f    func(v []float64) float64 // of the values of the series, in the panel's unit; nil: the first as it is
}

// value is what the line is, of the values of its series.
func (l line) value(v []float64) float64 {
	if l.f == nil {
		return v[0]
	}
	return l.f(v)
}

// times is a line whose values are so many times those of its series.
func times(by float64) func([]float64) float64 {
	return func(v []float64) float64 { return by * v[0] }
}

// share is a line that is the first in percent of the second.
func share(v []float64) float64 { return 100 * v[0] / v[1] }

// sum adds the series up.
func sum(v []float64) (all float64) {
	for _, one := range v {
		all += one
	}
	return all
}

// known are the series that there are samples of in a range.
type known []ops.Series

// named are those of a name.
func (k known) named(name string) known {
	var all known
	for _, s := range k {
		if s.Name == name {
			all = append(all, s)
		}
	}
	return all
}

// with are those whose label has the value.
func (k known) with(label, value string) known {
	var all known
	for _, s := range k {
		if s.Label(label) == value {
			all = append(all, s)
		}
	}
	return all
}

// ours are those that vigie measures itself. What other programs show has the label job, and may go by the same names.
func (k known) ours() known {
	return slices.DeleteFunc(slices.Clone(k), func(s ops.Series) bool { return s.Label("job") != "" })
}

// ours are panels that show nothing else.
func ours(all []Panel) []Panel {
	for i := range all {
		lines := all[i].lines
		all[i].lines = func(k known) []line { return lines(k.ours()) }
	}
	return all
}

// one is a line of a single series, none if there is no such.
func (k known) one(title, name string, f func([]float64) float64, labels ...string) []line {
	found := k.named(name)
	for i := 0; i+1 < len(labels); i += 2 {
		found = found.with(labels[i], labels[i+1])
	}
	if len(found) == 0 {
		return nil
	}
	return []line{{title, found[:1], f}}
}

// per is a line for each value of a label, named by it.
func (k known) per(label, name string, f func([]float64) float64) []line {
	var all []line
	for _, s := range k.named(name) {
		all = append(all, line{s.Label(label), []ops.Series{s}, f})
	}
	return all
}

// both are the series of a label's value under two names, if there are both.
func (k known) both(label, value, name, other string) []ops.Series {
	a, b := k.named(name).with(label, value), k.named(other).with(label, value)
	if len(a) == 0 || len(b) == 0 {
		return nil
	}
	return []ops.Series{a[0], b[0]}
}

// A Set makes graphs of what is kept.
type Set struct {
	Store     *history.Store
	Ledger    *ledger.DB
	Incidents *incident.Book // nil for none
	Own       []Panel        // of the config, see [Own]
}

// known are the series with samples in a range.
func (s *Set) known(from, to time.Time) known {
	var all known
	for _, info := range s.Store.Series() {
		if !info.Last.Before(from) && info.First.Before(to) {
			all = append(all, info.Series)
		}
	}
	return all
}

// everything are all series that there ever were samples of.
func (s *Set) everything() known {
	var all known
	for _, info := range s.Store.Series() {
		all = append(all, info.Series)
	}
	return all
}

// All are the panels that there are samples of, the usual ones first.
func (s *Set) All() []Panel {
	k := s.everything()
	var all []Panel
	for _, p := range slices.Concat(s.Own, ours(slices.Concat(host(), units(k.ours()), pod(k))), probes(k)) {
		if slices.ContainsFunc(all, func(q Panel) bool { return q.Name == p.Name }) {
			continue // the config may have a memory of its own
		}
		if len(p.lines(k)) > 0 {
			all = append(all, p)
		}
	}
	return all
}

// Find finds the panels that words ask for, and tells how many of the words say so: "memory", "cpu load", "net eth0", "all",
// the name of a unit, or that of a series as Prometheus has it. A word that says nothing more ends it.
func (s *Set) Find(words []string) (found []Panel, used int, err error) {
	all := s.All()
	for used < len(words) {
		word := strings.ToLower(words[used])
		if word == "all" {
			for _, p := range all {
				if p.About != "" && p.Name != "units-cpu" {
					found = append(found, p)
				}
			}
			used++
			continue
		}
		more := named(all, word)
		if len(more) == 0 {
			more = series(s.everything(), words[used])
		}
		if len(more) == 0 {
			break
		}
		used++
		if used < len(words) && len(more) == 1 {
			if narrow, ok := more[0].only(words[used], s); ok {
				more, used = []Panel{narrow}, used+1
			}
		}
		found = append(found, more...)
	}
	return found, used, nil
}

// named are the panels of that name, or of the one whose name begins so.
func named(all []Panel, name string) []Panel {
	exact := func(p Panel) bool { return p.Name == name }
	if i := slices.IndexFunc(all, exact); i >= 0 {
		var same []Panel
		for _, p := range all[i:] {
			if p.Name == name || strings.HasPrefix(p.Name, name+":") { // "diaspora:cpu" belongs to "diaspora"
				same = append(same, p)
			}
		}
		return same
	}
	var begin []Panel
	for _, p := range all {
		if len(name) >= 2 && strings.HasPrefix(p.Name, name) && !strings.Contains(p.Name, ":") {
			begin = append(begin, p)
		}
	}
	if len(begin) != 1 {
		return nil
	}
	return named(all, begin[0].Name)
}

// only is the panel with the lines alone whose name begins with word: "net eth0".
func (p Panel) only(word string, s *Set) (Panel, bool) {
	every := p.lines
	fits := func(l line) bool { return l.name == word || strings.HasPrefix(l.name, word+" ") }
	if !slices.ContainsFunc(every(s.everything()), fits) {
		return p, false
	}
	p.lines = func(k known) []line {
		all := slices.DeleteFunc(every(k), func(l line) bool { return !fits(l) })
		for i := range all {
			all[i].name = cmp.Or(strings.TrimPrefix(strings.TrimPrefix(all[i].name, word), " "), word)
		}
		return all
	}
	p.Title = cmp.Or(p.Title, p.Name) + " " + bot.Clip(word, 40)
	return p, true
}

// Nearest is the name that a word may have meant, "" for none.
func (s *Set) Nearest(word string) string {
	var names []string
	for _, p := range s.All() {
		names = append(names, p.Name)
	}
	return bot.Nearest(strings.ToLower(word), names)
}

// Begin is when the history begins, zero if there is none yet.
func (s *Set) Begin() time.Time {
	all := s.Store.Series()
	if len(all) == 0 {
		return time.Time{}
	}
	return slices.MinFunc(all, func(a, b history.Info) int { return a.First.Compare(b.First) }).First
}

// Graph makes the graph of a panel over a range, in at most so many columns, with what happened meanwhile. The
// location of from is the zone in which hours are written.
func (s *Set) Graph(ctx context.Context, p Panel, from, to time.Time, columns int) (graph.Graph, error) {
	g := graph.Graph{Title: cmp.Or(p.Title, p.Name), From: from, To: to, Unit: p.Unit, Stacked: p.Stacked, Zoom: p.Zoom}
	g.Thresholds = append(g.Thresholds, p.Thresholds...)
	r, err := s.read(ctx, p, from, to, columns)
	if err != nil {
		return g, err
	}
	g.Series, g.Ceiling = r.series, r.ceiling
	if p.limit != "" && r.ceiling > 0 {
		g.Ceiling = 0
		g.Thresholds = append(g.Thresholds, graph.Threshold{Value: r.ceiling, Label: graph.Count.Format(r.ceiling) + " " + p.limit})
	}
	for _, percent := range p.Percentiles {
		g.Thresholds = append(g.Thresholds, percentiles(r.series, percent, p.Unit)...)
	}
	g.Marks, g.Bands, err = s.happened(ctx, from, to)
	return g, err
}
