package graph

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

func TestColumns(t *testing.T) {
	from := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	nan := math.NaN()
	// series has values at 10 s, but for those that are NaN.
	series := func(step time.Duration, values ...float64) Series {
		s := Series{Step: step}
		for i, v := range values {
			s.Points = append(s.Points, Point{from.Add(time.Duration(i) * 10 * time.Second), nan, v, nan})
		}
		return s
	}
	for _, test := range []struct {
		name   string
		series Series
		to     time.Duration
		n      int
		want   string // averages
	}{
		{"one a column", series(0, 1, 2, 3), 30 * time.Second, 3, "1 2 3"},
		{"two a column", series(0, 1, 3, 5, 7), 40 * time.Second, 2, "2 6"},
		{"two columns a point", series(0, 1, 3, 5), 30 * time.Second, 6, "1 2.5 3 4.5 5 -"},
		{"one missing", series(0, 1, 2, nan, 4, 5), 50 * time.Second, 5, "1 2 - 4 5"},
		{"one missing, which the step allows", series(20*time.Second, 1, 2, nan, 4, 5), 50 * time.Second, 5, "1 2 3.5 4 5"},
		{"one missing of many in a column", series(0, 1, 2, nan, 3, 4, 5, 6, 7), 80 * time.Second, 2, "2 5.5"},
		{"more columns than points, with none between", series(10*time.Second, 1, nan, nan, nan, 5), 50 * time.Second, 10, "1 - - - - - - - 5 -"},
		{"a point alone", series(0, nan, 2, nan), 30 * time.Second, 3, "- 2 -"},
		{"none", series(0), 30 * time.Second, 3, "- - -"},
		{"infinite and huge", series(0, math.Inf(1), 1e302, -math.MaxFloat64, 3), 40 * time.Second, 4, "- - - 3"},
		{"all before", series(0, 1, 2, 3, 4), -time.Hour, 3, "- - -"},
		{"all later", Series{Points: []Point{{At: from.AddDate(400, 0, 0), Avg: 1}}}, time.Hour, 3, "- - -"},
	} {
		start, end := from, from.Add(test.to)
		if test.to < 0 {
			start, end = from.Add(time.Hour), from.Add(2*time.Hour)
		}
		var got []string
		for _, c := range columns(test.series, start, end, test.n) {
			if c.empty() {
				got = append(got, "-")
				continue
			}
			got = append(got, fmt.Sprint(c.avg))
		}
		if s := strings.Join(got, " "); s != test.want {
			t.Errorf("%s: %s, want %s", test.name, s, test.want)
		}
	}
}

// TestColumnsKeepExtremes: whatever is reduced, the highest is still the highest.
func TestColumnsKeepExtremes(t *testing.T) {
	from := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	s := Series{Points: every(15*time.Second, from, from.AddDate(0, 0, 1), func(i int, _ time.Time) float64 { return noise(i) })}
	s.Points[1234].Max, s.Points[4321].Min = 99, -99
	low, high := math.Inf(1), math.Inf(-1)
	for _, c := range columns(s, from, from.AddDate(0, 0, 1), 100) {
		low, high = min(low, c.min), max(high, c.max)
	}
	if low != -99 || high != 99 {
		t.Errorf("%v to %v", low, high)
	}
}

func TestStack(t *testing.T) {
	from := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	line := func(values ...float64) Series {
		s := Series{Step: time.Second}
		for i, v := range values {
			s.Points = append(s.Points, Point{from.Add(time.Duration(i) * time.Second), v, v, v})
		}
		return s
	}
	g := Graph{From: from, To: from.Add(3 * time.Second), Stacked: true, Series: []Series{
		line(1, 2, 3), line(10, math.NaN(), 30), line(-1, -2, -3), line(100, 200, -300),
		{Name: "before", Thin: true, Points: line(7, 7, 7).Points},
	}}
	var got []string
	for _, l := range g.layers(3) {
		for i, c := range l.columns {
			base := 0.0
			if l.base != nil {
				base = l.base[i]
			}
			got = append(got, fmt.Sprintf("%v-%v", base, c.avg))
		}
	}
	want := "0-1 0-2 0-3 1-11 2-NaN 3-33 0--1 0--2 0--3 11-111 2-202 -3--303 0-7 0-7 0-7"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("%s, want %s", s, want)
	}
}

func TestNow(t *testing.T) {
	to := time.Date(2026, 11, 26, 9, 30, 0, 0, paris(t))
	g := Graph{From: to.AddDate(0, 0, -1), To: to, Unit: Bytes}
	points := every(time.Minute, g.From, to, func(int, time.Time) float64 { return gib })
	for _, test := range []struct {
		name   string
		points []Point
		want   string
	}{
		{"to the end", points, "1 GiB"},
		{"to six hours before", points[:18*60+1], "1 GiB at 03:30"},
		{"never", nil, "–"},
		{"only later", []Point{{At: to.Add(time.Hour), Avg: 1}}, "–"},
	} {
		if got := g.now(Series{Points: test.points}); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
