package panel

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/graph"
)

// An Own panel is one that the config describes.
type Own struct {
	Name, Title string
	Unit        graph.Unit

	// Series are those that are drawn, as Prometheus writes them or by their name alone; * stands for any text, as in
	// path.Match: `node_network_receive_bytes_total{device="eth*"}`.
	Series []string

	Stacked     bool
	Sum         bool    // one line, of all of them together
	PercentOf   string  // a series that each is drawn in percent of, or that all are together with Sum
	Scale       float64 // what values are multiplied by; 0 for 1
	Percentiles []int   // 1 to 99
	Thresholds  []graph.Threshold
}

// Panel is the panel that it describes.
func (o Own) Panel() (Panel, error) {
	if len(o.Series) == 0 {
		return Panel{}, errors.New("it names no series")
	}
	for _, pattern := range append([]string{o.PercentOf}, o.Series...) {
		if _, err := path.Match(slashless(pattern), ""); err != nil {
			return Panel{}, fmt.Errorf("%q is no name of series: a [ or \\ is not closed", pattern)
		}
	}
	for _, percent := range o.Percentiles {
		if percent < 1 || percent > 99 {
			return Panel{}, fmt.Errorf("the percentile %d is not from 1 to 99", percent)
		}
	}
	p := Panel{Name: strings.ToLower(o.Name), Title: o.Title, About: cmp.Or(o.Title, "of the config"), Unit: o.Unit, Stacked: o.Stacked,
		Percentiles: o.Percentiles, Thresholds: o.Thresholds, lines: o.lines}
	if p.Title == "" {
		p.Title = o.Name
	}
	return p, nil
}

func (o Own) lines(k known) []line {
	by := o.Scale
	if by == 0 {
		by = 1
	}
	var found known
	for _, s := range k {
		if matches(o.Series, s) {
			found = append(found, s)
		}
	}
	var whole known
	if o.PercentOf != "" {
		for _, s := range k {
			if len(whole) == 0 && matches([]string{o.PercentOf}, s) {
				whole = append(whole, s)
			}
		}
		if len(whole) == 0 {
			return nil
		}
		by *= 100
	}
	value := func(v []float64) float64 {
		if n := len(v) - len(whole); n < len(v) {
			return by * sum(v[:n]) / v[n]
		}
		return by * sum(v)
	}
	if o.Sum && len(found) > 0 {
		return []line{{o.Name, append(found, whole...), value}}
	}
	var all []line
	for _, s := range found {
		title := s.Name
		if s.Labels != "" && len(found) > 1 {
			title = s.Labels
		}
		all = append(all, line{title, append([]ops.Series{s}, whole...), value})
	}
	return all
}

func matches(patterns []string, s ops.Series) bool {
	for _, pattern := range patterns {
		for _, name := range []string{s.Name, s.String()} {
			if ok, _ := path.Match(slashless(pattern), slashless(name)); ok {
				return true
			}
		}
	}
	return false
}

// slashless keeps path.Match from stopping at slashes, which are in mount points.
func slashless(s string) string { return strings.ReplaceAll(s, "/", "\x00") }
