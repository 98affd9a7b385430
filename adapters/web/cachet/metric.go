package cachet

import (
	"cmp"
	"context"
	"slices"

	"github.com/diaspote/vigie/ops/incident"
)

// A metric as Cachet's API has it.
type metric struct {
	ID       int64   `json:"id"`
	Name     string  `json:"name"`
	Suffix   string  `json:"suffix"`
	About    string  `json:"description"`
	Default  float64 `json:"default_value"` // JSON has 5 for 5.0, which clients in Go want
	Calc     int     `json:"calc_type"`     // 0 sum, 1 average
	Chart    bool    `json:"display_chart"`
	Places   int     `json:"places"`
	View     int     `json:"default_view"`
	Merge    int     `json:"threshold"`
	Order    int     `json:"order"`
	Visible  int     `json:"visible"`
	Created  string  `json:"created_at"`
	Updated  string  `json:"updated_at"`
	ViewName string  `json:"default_view_name"`
}

var viewNames = [...]string{"Last Hour", "Last 12 Hours", "Week", "Month"}

func (a *API) presentMetric(m *incident.Metric) metric {
	return metric{
		ID: m.ID, Name: m.Name, Suffix: m.Suffix, About: m.About, Default: m.Default, Calc: bit(!m.Sum), Chart: m.Chart, Places: m.Places,
		View: m.View, Merge: m.Merge, Order: m.Order, Visible: int(m.Seen), Created: a.stamp(m.Created), Updated: a.stamp(m.Updated),
		ViewName: viewNames[m.View],
	}
}

var metricColumns = []column[metric]{
	{"id", func(m *metric) any { return m.ID }, true},
	{"name", func(m *metric) any { return m.Name }, true},
	{"display_chart", func(m *metric) any { return m.Chart }, true},
	{"calc_type", func(m *metric) any { return int64(m.Calc) }, true},
	{"order", func(m *metric) any { return int64(m.Order) }, true},
	{"visible", func(m *metric) any { return int64(m.Visible) }, true},
}

func (a *API) metrics(ctx context.Context, c *call) (answer, error) {
	found, err := a.Book.Metrics(ctx)
	if err != nil {
		return answer{}, err
	}
	var all []metric
	for n := range found {
		if c.trusted || found[n].Seen == incident.Everyone {
			all = append(all, a.presentMetric(&found[n]))
		}
	}
	slices.SortFunc(all, func(a, b metric) int { return cmp.Compare(a.ID, b.ID) })
	return part(a, c, all, metricColumns), nil
}

// findMetric is the metric that the address names, if the client may see it.
func (a *API) findMetric(ctx context.Context, c *call) (incident.Metric, error) {
	id, err := c.number("id")
	if err != nil {
		return incident.Metric{}, err
	}
	m, err := a.Book.Metric(ctx, id)
	if err == nil && !c.trusted && m.Seen != incident.Everyone {
		err = missing
	}
	return m, err
}

func (a *API) metric(ctx context.Context, c *call) (answer, error) {
	m, err := a.findMetric(ctx, c)
	return a.metricAnswer(m, err)
}

func (a *API) metricAnswer(m incident.Metric, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return answer{Data: a.presentMetric(&m)}, nil
}

// metricChange is what the fields change of a metric.
func metricChange(in *fields) func(*incident.Metric) {
	name, named := in.text("name")
	suffix, suffixed := in.text("suffix")
	about, described := in.text("description")
	usual, valued := in.real("default_value")
	calc, calculated := in.number("calc_type")
	if calculated && calc != 0 && calc != 1 {
		in.blame("calc_type", "is neither 0, the sum, nor 1, the average")
	}
	chart, charted := in.flag("display_chart")
	places, placed := in.number("places")
	view, viewed := in.number("default_view")
	if !viewed {
		view, viewed = in.number("view") // in Cachet 2.3
	}
	merge, merged := in.number("threshold")
	order, ordered := in.number("order")
	seen, shown := in.number("visible")
	return func(m *incident.Metric) {
		put(&m.Name, name, named)
		put(&m.Suffix, suffix, suffixed)
		put(&m.About, about, described)
		put(&m.Default, usual, valued)
		put(&m.Sum, calc == 0, calculated)
		put(&m.Chart, chart, charted)
		put(&m.Places, places, placed)
		put(&m.View, view, viewed)
		put(&m.Merge, merge, merged)
		put(&m.Order, order, ordered)
		put(&m.Seen, incident.Audience(seen), shown)
	}
}

func (a *API) addMetric(ctx context.Context, c *call) (answer, error) {
	c.in.need("name", "suffix")
	change := metricChange(&c.in)
	if err := c.in.err(); err != nil {
		return answer{}, err
	}
	// As Cachet has it of what is not said.
	new := incident.Metric{Sum: true, Chart: true, Places: 2, View: 1, Merge: 5, Seen: incident.Everyone}
	change(&new)
	m, err := a.Book.AddMetric(ctx, new)
	return a.metricAnswer(m, err)
}

func (a *API) editMetric(ctx context.Context, c *call) (answer, error) {
	id, err := c.number("id")
	if err != nil {
		return answer{}, err
	}
	change := metricChange(&c.in)
	if err := c.in.err(); err != nil {
		return answer{}, err
	}
	m, err := a.Book.EditMetric(ctx, id, func(m *incident.Metric) error { change(m); return nil })
	return a.metricAnswer(m, err)
}

func (a *API) removeMetric(ctx context.Context, c *call) (answer, error) {
	return c.remove(ctx, a.Book.RemoveMetric)
}
