package graph

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"
)

// A hover is what [Graph.SVG] documents as data-graph.
type hover struct {
	From   int64         `json:"from"`
	To     int64         `json:"to"`
	Zones  [][2]int64    `json:"zones"`
	Left   float64       `json:"left"`
	Right  float64       `json:"right"`
	Top    float64       `json:"top"`
	Bottom float64       `json:"bottom"`
	Unit   string        `json:"unit"`
	Series []hoverSeries `json:"series"`
	Marks  []hoverMark   `json:"marks"`
}

type hoverMark struct {
	At    int64  `json:"at"`
	Label string `json:"label"`
}

type hoverSeries struct {
	Name   string          `json:"name"`
	Color  string          `json:"color"`
	Values json.RawMessage `json:"values"`
}

func (f *frame) data() ([]byte, error) {
	h := hover{
		From: f.g.From.UnixMilli(), To: f.g.To.UnixMilli(), Zones: zones(f.g.From, f.g.To),
		Left: f.left, Right: f.right, Top: f.top, Bottom: f.bottom,
		Unit: f.values.scale.name, Series: []hoverSeries{}, Marks: []hoverMark{},
	}
	for _, t := range f.tags { // those without room for their labels above all
		h.Marks = append(h.Marks, hoverMark{t.at.UnixMilli(), t.name})
	}
	for _, l := range f.layers {
		c := seriesInk(l.color)
		if l.series.Thin {
			c = f.g.thinInk(l.color)
		}
		h.Series = append(h.Series, hoverSeries{
			Name:   clean(l.series.Name, maxName),
			Color:  fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B),
			Values: l.values(f.values.scale),
		})
	}
	data, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("write the values of %s: %w", f.g.Title, err)
	}
	return data, nil
}

// values are the averages of the columns as a JSON array, in the scale of the axis.
func (l layer) values(s scale) json.RawMessage {
	b := []byte{'['}
	for i, c := range l.columns {
		if i > 0 {
			b = append(b, ',')
		}
		v := c.avg
		if l.base != nil {
			v -= l.base[i]
		}
		switch v /= s.by; {
		case !finite(v):
			b = append(b, "null"...)
		case v == math.Trunc(v) && math.Abs(v) < 1e6:
			b = strconv.AppendInt(b, int64(v), 10)
		case math.Abs(v) >= 999.5 && math.Abs(v) < 1e6:
			b = strconv.AppendInt(b, int64(math.Round(v)), 10)
		default:
			b = strconv.AppendFloat(b, v, 'g', 3, 64)
		}
	}
	return append(b, ']')
}

// zones are how far the clocks are ahead of UTC in seconds, and since when in milliseconds; at most four changes.
func zones(from, to time.Time) [][2]int64 {
	var all [][2]int64
	for t := from; len(all) < 5; {
		_, offset := t.Zone()
		all = append(all, [2]int64{t.UnixMilli(), int64(offset)})
		_, end := t.ZoneBounds()
		if end.IsZero() || !end.Before(to) {
			break
		}
		t = end
	}
	return all
}
