package panel

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops/graph"
)

const (
	trendLeast = 30 * time.Minute // a shorter time tells no trend
	trendShare = 0.05             // of the highest value must have changed meanwhile
)

// Words say in one line what there is to see: "memory 61 % now, highest 1.94 GiB at 03:12:44; +38 MiB/h since
// the restart of 04:20".
func (s *Set) Words(ctx context.Context, p Panel, g graph.Graph, now time.Time) (string, error) {
	lead, i := headline(g)
	last, ok := lastOf(lead.Points)
	if !ok {
		return s.nothing(g), nil
	}
	current := now.Sub(g.To).Abs() <= time.Minute && now.Sub(last.At) <= 10*time.Minute
	name := g.Title
	if !g.Stacked && len(g.Series) > 1 && lead.Name != "" {
		name += " " + lead.Name
	}
	f := lead.Figures()
	first := amount(g, f.Avg) + " on average"
	if current {
		first = amount(g, last.Avg) + " now"
	}
	peak := highest(lead.Points)
	switch {
	case f.Max-f.Min <= 1e-9*math.Abs(f.Max) && !current:
		return name + ": " + amount(g, f.Max) + " all the time", nil
	case f.Max-f.Min <= 1e-9*math.Abs(f.Max):
		switch begin := firstOf(lead.Points); {
		case begin.Sub(g.From) < 2*lead.Step:
			first = amount(g, f.Max) + " all the time"
		case begin.Before(last.At):
			first += ", unchanged since " + hour(begin.Add(-lead.Step/2), g.From.Location(), now, lead.Step)
		}
		return name + ": " + first, nil
	case current && last.At.Sub(peak.At) <= lead.Step:
		first += ", the highest"
	default:
		at, top, err := s.peak(ctx, p, g, i, peak, lead.Step)
		if err != nil {
			return "", err
		}
		first += fmt.Sprintf(", highest %s at %s", g.Unit.Format(top), hour(at, g.From.Location(), now, lead.Step))
	}
	if trend := rising(g, lead); trend != "" && current {
		first += "; " + trend
	}
	return name + ": " + first, nil
}

// headline is what the words are about, the whole of a stack or the line that is highest, and its index, -1 for the whole.
func headline(g graph.Graph) (graph.Series, int) {
	lines := slices.DeleteFunc(slices.Clone(g.Series), func(s graph.Series) bool { return s.Thin })
	if len(lines) == 0 {
		return graph.Series{}, -1
	}
	if g.Stacked && g.Unit == graph.Percent {
		return total(lines), -1
	}
	if g.Stacked { // what is cached, the second layer of the memory, does not matter
		return lines[0], 0
	}
	best, i := lines[0], 0
	for j, l := range lines[1:] {
		if compareMax(highest(l.Points), highest(best.Points)) > 0 {
			best, i = l, j+1
		}
	}
	return best, i
}

func highest(points []graph.Point) graph.Point {
	if len(points) == 0 {
		return graph.Point{Max: math.NaN()}
	}
	return slices.MaxFunc(points, compareMax)
}

// compareMax puts gaps first.
func compareMax(a, b graph.Point) int {
	switch {
	case math.IsNaN(a.Max) && math.IsNaN(b.Max):
		return 0
	case math.IsNaN(a.Max):
		return -1
	case math.IsNaN(b.Max):
		return 1
	case a.Max < b.Max:
		return -1
	case a.Max > b.Max:
		return 1
	}
	return 0
}

func lastOf(points []graph.Point) (graph.Point, bool) {
	for _, p := range slices.Backward(points) {
		if !math.IsNaN(p.Avg) {
			return p, true
		}
	}
	return graph.Point{}, false
}

// firstOf is when the first sample was, of points that have one.
func firstOf(points []graph.Point) time.Time {
	return points[slices.IndexFunc(points, func(p graph.Point) bool { return !math.IsNaN(p.Avg) })].At
}

// amount is a value in its unit, with its share of what there is: "1.21 GiB (61 %)".
func amount(g graph.Graph, v float64) string {
	text := g.Unit.Format(v)
	if g.Ceiling > 0 && g.Unit != graph.Percent {
		text += fmt.Sprintf(" of %s (%.0f %%)", g.Unit.Format(g.Ceiling), 100*v/g.Ceiling)
	}
	return text
}

// peak finds within the step of the highest point when it was, and how high: steps are minutes wide, people ask for the
// second, and the parts of a stack are each highest at another time.
func (s *Set) peak(ctx context.Context, p Panel, g graph.Graph, i int, high graph.Point, step time.Duration) (time.Time, float64, error) {
	begin := high.At.Add(-step / 2)
	if step <= s.Store.Every {
		return begin, high.Max, nil
	}
	r, err := s.read(ctx, p, begin, begin.Add(step), int(min(step/s.Store.Every+1, 1000)))
	if err != nil || len(r.series) == 0 {
		return begin, high.Max, err
	}
	line := r.series[min(max(i, 0), len(r.series)-1)]
	if i < 0 {
		line = total(r.series)
	}
	best := highest(line.Points)
	if i >= 0 && !(best.Max >= high.Max-1e-9*math.Abs(high.Max)) || math.IsNaN(best.Max) {
		return begin, high.Max, nil
	}
	return best.At.Add(-line.Step / 2), best.Max, nil
}

// hour is when something was, to the second where that is known.
func hour(at time.Time, zone *time.Location, now time.Time, step time.Duration) string {
	at, now = at.In(zone), now.In(zone)
	layout := "15:04:05"
	if step >= 10*time.Minute {
		layout = "15:04"
	}
	switch y, m, d := now.Date(); {
	case at.Year() == y && at.Month() == m && at.Day() == d:
	case at.Year() == y || now.Sub(at) < 60*24*time.Hour:
		layout = "2 Jan 15:04"
	default:
		layout = "2 Jan 2006"
	}
	return at.Format(layout)
}

// rising says how a value moves since the last restart, or in the whole range, if it is one that fills up and it does move.
func rising(g graph.Graph, lead graph.Series) string {
	if g.Unit != graph.Bytes {
		return ""
	}
	since, what := g.From, ""
	for _, m := range g.Marks {
		if m.At.After(since) && strings.Contains(m.Label, "restart") {
			since, what = m.At, "the restart of "
		}
	}
	var points []graph.Point
	for _, p := range lead.Points {
		if p.At.After(since) && !math.IsNaN(p.Avg) {
			points = append(points, p)
		}
	}
	if len(points) < 4 {
		return ""
	}
	first, last := points[0], points[len(points)-1]
	span := last.At.Sub(first.At)
	perHour := slope(points)
	if grown := perHour * span.Hours(); span < trendLeast || math.Abs(grown) < trendShare*highest(points).Max {
		return ""
	}
	sign := "+"
	if perHour < 0 {
		sign = "−"
	}
	at := first.At
	if what != "" {
		at = since
	}
	return fmt.Sprintf("%s%s/h since %s%s", sign, g.Unit.Format(math.Abs(perHour)), what, hour(at, g.From.Location(), last.At, 10*time.Minute))
}

// slope is how fast the points rise in an hour, by least squares.
func slope(points []graph.Point) float64 {
	var sx, sy, sxx, sxy float64
	n := float64(len(points))
	for _, p := range points {
		x := p.At.Sub(points[0].At).Hours()
		sx, sy, sxx, sxy = sx+x, sy+p.Avg, sxx+x*x, sxy+x*p.Avg
	}
	if d := n*sxx - sx*sx; d > 0 {
		return (n*sxy - sx*sy) / d
	}
	return 0
}

// nothing says that there are no samples, and since when there are.
func (s *Set) nothing(g graph.Graph) string {
	begin := s.Begin()
	switch {
	case begin.IsZero():
		return g.Title + ": there are no samples yet; the first comes within a minute"
	case !begin.Before(g.To):
		return fmt.Sprintf("%s: nothing is known of then; the history begins on %s", g.Title, begin.In(g.From.Location()).Format("2 Jan 2006 at 15:04"))
	}
	return g.Title + ": there are no samples of it in that time"
}
