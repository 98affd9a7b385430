package cachet

import (
	"cmp"
	"context"
	"fmt"

	"github.com/diaspote/vigie/ops/incident"
)

// ReadMetrics reads the metrics of a Cachet and their points, the oldest first, and hands them out in parts.
func (c *Client) ReadMetrics(ctx context.Context, take func(kind string, some []incident.Foreign, total int) error) error {
	var all []metric
	err := list(ctx, c, "metrics", func(m metric, _ int) (bool, error) {
		if m.ID > 0 {
			all = append(all, m)
		}
		return len(all) < incident.MostMetrics, nil
	})
	if err != nil {
		return err
	}
	for _, m := range all {
		f := c.foreignMetric(&m)
		if err := take("metrics", []incident.Foreign{f}, len(all)); err != nil {
			return err
		}
		read := 0
		err := list(ctx, c, fmt.Sprintf("metrics/%d/points", m.ID), func(p point, total int) (bool, error) {
			if at := c.at(p.CreatedAt); usable(at) {
				f.Points = append(f.Points, incident.Point{At: at, Value: float64(p.Value), Count: small(p.Counter)})
			}
			if read++; len(f.Points) < 10*perPage {
				return true, nil
			}
			some := f
			f.Points = nil
			return true, take("points of "+clip(m.Name, 40), []incident.Foreign{some}, total)
		})
		if err == nil && len(f.Points) > 0 {
			err = take("points of "+clip(m.Name, 40), []incident.Foreign{f}, read)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *Client) foreignMetric(m *metric) incident.Foreign {
	one := &incident.Metric{
		Name: title(m.Name, "metric", m.ID), Suffix: cmp.Or(clip(m.Suffix, incident.MostName), "-"), About: body(m.Description),
		Default: float64(m.DefaultValue), Sum: m.CalcType == 0, Chart: m.DisplayChart == 1, Places: within(m.Places, 4), View: within(m.DefaultView, 3),
		Merge: within(m.Threshold, 10), Order: small(m.Order), Seen: incident.Everyone}
	if m.Visible != nil {
		one.Seen = incident.Audience(within(*m.Visible, 2))
	}
	return incident.Foreign{There: int64(m.ID), Metric: one}
}

func within(n, most number) int { return int(min(max(n, 0), most)) }
