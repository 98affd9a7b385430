package cachet

import (
	"context"

	"github.com/diaspote/vigie/ops/incident"
)

// mostPoints is what one page has of them, which is read at once.
const mostPoints = 1000

// A point of a metric as Cachet's API has it.
type point struct {
	ID         int64   `json:"id"`
	Metric     int64   `json:"metric_id"`
	Value      float64 `json:"value"`
	Created    string  `json:"created_at"` // its time
	Updated    string  `json:"updated_at"`
	Counter    int     `json:"counter"` // how often it was reported
	Calculated float64 `json:"calculated_value"`
}

func (a *API) presentPoint(metric int64, p *incident.Point) point {
	return point{p.ID, metric, p.Value, a.stamp(p.At), a.stamp(p.Updated), p.Count, p.Value * float64(p.Count)}
}

func (a *API) points(ctx context.Context, c *call) (answer, error) {
	m, err := a.findMetric(ctx, c)
	if err != nil {
		return answer{}, err
	}
	p := c.page()
	p.size = min(p.size, mostPoints)
	_, down := c.order()
	found, total, err := a.Book.Points(ctx, m.ID, down, p.offset(), p.size)
	if err != nil {
		return answer{}, err
	}
	var all []point
	for n := range found {
		all = append(all, a.presentPoint(m.ID, &found[n]))
	}
	return listed(a, c, p, all, total), nil
}

// pointChange is what the fields change of a point.
func (a *API) pointChange(in *fields) func(*incident.Point) {
	value, valued := in.real("value")
	at, _, dated := in.date("timestamp", a.Now().Location())
	return func(p *incident.Point) {
		put(&p.Value, value, valued)
		put(&p.At, at, dated)
	}
}

func (a *API) addPoint(ctx context.Context, c *call) (answer, error) {
	id, err := c.number("id")
	if err != nil {
		return answer{}, err
	}
	c.in.need("value")
	change := a.pointChange(&c.in)
	if err := c.in.err(); err != nil {
		return answer{}, err
	}
	var new incident.Point
	change(&new)
	p, err := a.Book.AddPoint(ctx, id, new)
	return a.pointAnswer(id, p, err)
}

func (a *API) pointAnswer(metric int64, p incident.Point, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return answer{Data: a.presentPoint(metric, &p)}, nil
}

// pointOf are the metric and the point that the address names.
func (c *call) pointOf() (metric, id int64, err error) {
	if metric, err = c.number("id"); err == nil {
		id, err = c.number("point")
	}
	return metric, id, err
}

func (a *API) editPoint(ctx context.Context, c *call) (answer, error) {
	metric, id, err := c.pointOf()
	if err != nil {
		return answer{}, err
	}
	change := a.pointChange(&c.in)
	if err := c.in.err(); err != nil {
		return answer{}, err
	}
	p, err := a.Book.EditPoint(ctx, metric, id, func(p *incident.Point) error { change(p); return nil })
	return a.pointAnswer(metric, p, err)
}

func (a *API) removePoint(ctx context.Context, c *call) (answer, error) {
	metric, id, err := c.pointOf()
	if err != nil {
		return answer{}, err
	}
	return answer{}, a.Book.RemovePoint(ctx, metric, id)
}
