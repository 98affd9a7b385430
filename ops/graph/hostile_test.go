package graph

import (
	"bytes"
	"image/png"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops"
)

// drawAll draws a graph in all ways, and checks what holds for any.
func drawAll(t testing.TB, g Graph, width, height, columns int) {
	t.Helper()
	data, err := g.PNG(width, height)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.DecodeConfig(bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	data, err = g.SVG(width, height)
	if err != nil {
		t.Fatal(err)
	}
	checkSVG(t, data)
	checkText(t, g.Text(columns), columns)
}

func checkText(t testing.TB, text string, columns int) {
	t.Helper()
	lines := strings.Split(text, "\n")
	if len(lines) > textLines {
		t.Errorf("%d lines", len(lines))
	}
	for _, line := range lines {
		if got := cellsOf(line); got > max(columns, 1) {
			t.Errorf("%d wide in %d columns: %q", got, columns, line)
		}
		if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f || r >= 0x202a && r <= 0x202e }) {
			t.Errorf("a terminal would obey %q", line)
		}
	}
}

func TestTextFits(t *testing.T) {
	for _, s := range scenes(t) {
		for _, columns := range []int{-1, 1, 2, 10, 23, 24, 25, 33, 40, 60, 80, 120, 5000} {
			checkText(t, s.graph.Text(columns), columns)
		}
	}
}

func TestExtremes(t *testing.T) {
	at := time.Date(2026, 11, 26, 9, 30, 0, 0, paris(t))
	day := func(values ...float64) Graph {
		g := Graph{Title: "x", From: at.AddDate(0, 0, -1), To: at}
		s := Series{Name: "y"}
		for i, v := range values {
			s.Points = append(s.Points, Point{g.From.Add(time.Duration(i) * time.Minute), v, v, v})
		}
		g.Series = []Series{s, s}
		return g
	}
	with := func(g Graph, change func(*Graph)) Graph {
		change(&g)
		return g
	}
	nan, inf := math.NaN(), math.Inf(1)
	for name, g := range map[string]Graph{
		"nothing":         {},
		"reversed":        with(day(1, 2, 3), func(g *Graph) { g.From, g.To = g.To, g.From }),
		"no length":       with(day(1, 2, 3), func(g *Graph) { g.To = g.From }),
		"500 years":       with(day(1, 2, 3), func(g *Graph) { g.From = g.To.AddDate(-500, 0, 0) }),
		"all years":       with(day(1, 2, 3), func(g *Graph) { g.From, g.To = time.Unix(-1<<55, 0), time.Unix(1<<55, 0) }),
		"a nanosecond":    with(day(1, 2, 3), func(g *Graph) { g.To = g.From.Add(1) }),
		"one point":       day(7),
		"all NaN":         day(nan, nan, nan),
		"infinite":        day(inf, -inf, 3, inf),
		"huge":            day(1e300, -1e300, 1e300),
		"hugest":          day(math.MaxFloat64, -math.MaxFloat64, 1),
		"tiny":            day(1e-300, 5e-324, 2e-300),
		"equal":           day(5, 5, 5, 5),
		"zero":            day(0, 0, 0),
		"negative":        day(-5, -7, -6),
		"equal, negative": with(day(-5, -5), func(g *Graph) { g.Zoom = true }),
		"equal, close":    with(day(1e15, 1e15+0.125, 1e15), func(g *Graph) { g.Zoom = true }),
		"odd extremes": with(day(1), func(g *Graph) {
			g.Series[0].Points = []Point{{at, nan, 3, inf}, {at, 9, 3, -9}, {time.Time{}, 1, 1, 1}, {at, 1, 1, 1}}
		}),
		"unsorted": with(day(1), func(g *Graph) {
			g.Series[0].Points = []Point{{at, 1, 1, 1}, {at.Add(-time.Hour), 2, 2, 2}, {at.Add(-time.Minute), 3, 3, 3}}
		}),
		"odd limits": with(day(1, 2), func(g *Graph) {
			g.Ceiling = nan
			g.Thresholds = []Threshold{{nan, "a", 0}, {inf, "b", 0}, {-inf, "c", 0}, {1e300, "d", 7}, {1.5, strings.Repeat("e", 1e5), -7}}
			g.Marks = []Mark{{time.Time{}, "early", 0}, {at, "", 99}, {at.AddDate(9, 0, 0), "late", 0}}
			g.Bands = []Band{{at, at.AddDate(-1, 0, 0), "reversed", 0, false}, {}, {From: at.AddDate(-1, 0, 0), Label: "all"}}
		}),
		"no unit": with(day(1, 2), func(g *Graph) { g.Unit = 99 }),
		"many": with(day(1, 2), func(g *Graph) {
			for range 5000 {
				g.Series = append(g.Series, g.Series[0])
				g.Marks = append(g.Marks, Mark{at, "m", ops.Warning})
				g.Bands = append(g.Bands, Band{From: g.From, Label: "b"})
				g.Thresholds = append(g.Thresholds, Threshold{1, "t", ops.Info})
			}
		}),
	} {
		t.Run(name, func(t *testing.T) {
			for _, stacked := range []bool{false, true} {
				g.Stacked = stacked
				drawAll(t, g, 480, 300, 60)
				drawAll(t, g, 1, -1, 40)
			}
			if g.Unit == 0 {
				for u := range unitsEnd {
					g.Unit = u
					checkText(t, g.Text(80), 80)
				}
			}
		})
	}
}

func FuzzNames(f *testing.F) {
	f.Add("memory", "diaspora", "restart", 80)
	f.Add("<script>", "]]>&\x00\x1b[2J", "\u202e\ufeff\U000e0041", 24)
	f.Add("日本語", "👩‍👩‍👧", "a\u0300\u0301\u0302", 3)
	f.Add("\xff\xfe", "'\"", strings.Repeat("x", 1000), -5)
	at := time.Date(2026, 11, 26, 9, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, title, name, label string, columns int) {
		g := Graph{Title: title, From: at.Add(-time.Hour), To: at, Stacked: len(title)%2 == 0}
		points := every(5*time.Minute, g.From, at, func(i int, _ time.Time) float64 { return noise(i) })
		g.Series = []Series{{Name: name, Points: points}, {Name: label, Points: points}}
		g.Marks = []Mark{{at.Add(-time.Minute), label, ops.Info}}
		g.Bands = []Band{{at.Add(-time.Minute), at, title, ops.Critical, true}}
		g.Thresholds = []Threshold{{0.5, name, ops.Warning}}
		drawAll(t, g, 240, 160, columns)
	})
}

func FuzzValues(f *testing.F) {
	f.Add(0.0, 1.0, 2.0, int64(0), int64(3600), 1, true)
	f.Add(-1e300, 1e300, math.Inf(1), int64(-1<<40), int64(1<<40), 5, false)
	f.Add(math.NaN(), 5e-324, -0.0001, int64(1792879200), int64(86400*3), 6, true)
	zone := paris(f)
	f.Fuzz(func(t *testing.T, a, b, c float64, from, length int64, unit int, stacked bool) {
		g := Graph{From: time.Unix(from, 0).In(zone), To: time.Unix(from+length, 0), Unit: Unit(unit), Stacked: stacked, Zoom: unit%2 == 0, Ceiling: c}
		var points []Point
		for i, v := range []float64{a, b, c, a + b, b - c} {
			points = append(points, Point{time.Unix(from+length/5*int64(i), 0), v - c, v, v + c})
		}
		g.Series = []Series{{Points: points}, {Points: points[1:], Thin: true}}
		g.Thresholds = []Threshold{{Value: b}}
		drawAll(t, g, 240, 160, 60)
	})
}
