package graph

import (
	"math"
	"slices"
)

// Figures are what a series was in all, NaN if it has no values.
type Figures struct {
	Min, Avg, Max, Last float64
	P95                 float64 // 95 % of the points are not above, by their averages
}

// Figures counts each point the same.
func (s Series) Figures() Figures {
	f := Figures{math.NaN(), math.NaN(), math.NaN(), math.NaN(), s.Percentile(95)}
	sum, n := 0.0, 0
	for _, p := range s.Points {
		if math.IsNaN(p.Avg) {
			continue
		}
		if n == 0 {
			f.Min, f.Max = p.Min, p.Max
		}
		f.Min, f.Max, f.Last = min(f.Min, p.Min), max(f.Max, p.Max), p.Avg
		sum, n = sum+p.Avg, n+1
	}
	if n > 0 {
		f.Avg = sum / float64(n)
	}
	return f
}

// Percentile is the value that so many percent of the points are not above, by their averages; NaN if there are none.
func (s Series) Percentile(percent int) float64 {
	values := make([]float64, 0, len(s.Points))
	for _, p := range s.Points {
		if !math.IsNaN(p.Avg) {
			values = append(values, p.Avg)
		}
	}
	if len(values) == 0 {
		return math.NaN()
	}
	slices.Sort(values)
	return values[min(max((len(values)*percent+99)/100-1, 0), len(values)-1)]
}
