package cachet

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/incident"
)

// A Metric is one of the Cachet's, by its name there. It is made if there is none.
type Metric struct {
	Name   string
	Suffix string // its unit, "ms"
	Every  time.Duration
}

// Points is the [bot.Chat] of points of metrics. They have a queue of their own: it may be long, and no incident is to wait for it.
type Points struct{ *Push }

// Name is PointsName.
func (Points) Name() string { return PointsName }

// OwedPoint is the text of a point: when, how much, of which metric.
func OwedPoint(metric string, at time.Time, value float64) string {
	return fmt.Sprintf("point %d %s %s", at.Unix(), strconv.FormatFloat(math.Round(value*1000)/1000, 'f', -1, 64), metric)
}

// point adds a point to its metric, once: when the last one was under way as we stopped, it is looked for first.
func (p *Push) point(ctx context.Context, text string) error {
	unix, rest, _ := strings.Cut(text, " ")
	value, name, _ := strings.Cut(rest, " ")
	at, bad := strconv.ParseInt(unix, 10, 64)
	v, worse := strconv.ParseFloat(value, 64)
	if bad != nil || worse != nil || name == "" {
		return fmt.Errorf("%q is no point", bot.Clip(text, 60))
	}
	id, err := p.metric(ctx, name)
	if err != nil || id == 0 {
		return err
	}
	path := fmt.Sprintf("metrics/%d/points", id)
	begun, known, err := p.Book.Copy(ctx, p.Place, kindPoint+" "+name, 0)
	if err != nil {
		return err
	}
	if known && begun.Said == unix {
		if there, err := p.hasPoint(ctx, path, time.Unix(at, 0)); err != nil || there {
			return err
		}
	}
	begun = incident.Copy{Place: p.Place, Kind: kindPoint + " " + name, Said: unix}
	if err := p.Book.KeepCopy(ctx, begun); err != nil {
		return err
	}
	err = p.call(ctx, http.MethodPost, path, struct {
		Value     float64 `json:"value"`
		Timestamp int64   `json:"timestamp"`
	}{v, at}, nil)
	if isNone(err) {
		p.metricID = nil // it was removed there
		return passing{err}
	}
	return err
}

// hasPoint looks for a point of that time among the last of a metric, whichever way it lists them.
func (p *Push) hasPoint(ctx context.Context, path string, at time.Time) (bool, error) {
	want := at.In(p.Zone).Format(timeOut)
	has := func(all []point) bool {
		return slices.ContainsFunc(all, func(one point) bool { return one.CreatedAt == want })
	}
	first, err := getPage[point](ctx, p.Client, path, 1)
	if err != nil || has(first.all) || first.pages < 2 {
		return has(first.all), err
	}
	last, err := getPage[point](ctx, p.Client, path, first.pages)
	return has(last.all), err
}

// metric is the number of a metric, which is made if it is missing; 0 if the config does not name it any more.
func (p *Push) metric(ctx context.Context, name string) (int64, error) {
	if id := p.metricID[name]; id != 0 {
		return id, nil
	}
	found := map[string]int64{}
	err := list(ctx, p.Client, "metrics", func(m metric, _ int) (bool, error) {
		found[m.Name] = int64(m.ID)
		return true, nil
	})
	if err != nil {
		return 0, err
	}
	p.metricID = found
	if found[name] != 0 {
		return found[name], nil
	}
	for _, m := range p.Metrics {
		if m.Name != name {
			continue
		}
		var made metric
		err := p.call(ctx, http.MethodPost, "metrics", struct {
			Name         string `json:"name"`
			Suffix       string `json:"suffix"`
			Description  string `json:"description"`
			DefaultValue int    `json:"default_value"`
			CalcType     int    `json:"calc_type"` // the average
			DisplayChart int    `json:"display_chart"`
			Places       int    `json:"places"`
			DefaultView  int    `json:"default_view"` // twelve hours
			Threshold    int    `json:"threshold"`    // minutes for one point, 10 at most
			Visible      int    `json:"visible"`
		}{m.Name, m.Suffix, "", 0, 1, 1, 3, 1, min(max(1, int(m.Every.Minutes())), 10), 1}, &made)
		found[name] = int64(made.ID)
		return found[name], err
	}
	return 0, nil
}
