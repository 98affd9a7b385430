package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/history"
)

// What one question may come to.
const (
	maxForm    = 64 << 10
	mostSeries = 100
	mostPoints = 11_000 // of one series, as Prometheus has it
	lookback   = 5 * time.Minute
	answerTime = 20 * time.Second
)

// A metric is the name of a series as Prometheus' API has it
// (https://prometheus.io/docs/prometheus/latest/querying/api/).
type metric map[string]string

func metricOf(s ops.Series) metric {
	m := metric{"__name__": s.Name}
	for name, value := range s.EachLabel() {
		m[name] = value
	}
	return m
}

// A moment is a value and when it was, in seconds since 1970.
type moment [2]any

func momentOf(at time.Time, value float64) moment {
	return moment{json.Number(strconv.FormatFloat(float64(at.UnixMilli())/1000, 'f', -1, 64)), strconv.FormatFloat(value, 'g', -1, 64)}
}

func answer(w http.ResponseWriter, data any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": data})
}

func refuse(w http.ResponseWriter, err error) {
	status, kind := http.StatusBadRequest, "bad_data"
	if errors.Is(err, context.DeadlineExceeded) {
		status, kind = http.StatusServiceUnavailable, "timeout"
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"status": "error", "errorType": kind, "error": err.Error()})
}

// form reads the parameters of a question.
func form(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	return r.ParseForm()
}

// query is the value of series now. Grafana tries a data source with 1+1.
func (s *Site) query(w http.ResponseWriter, r *http.Request) {
	if err := form(w, r); err != nil {
		refuse(w, err)
		return
	}
	now := s.Now()
	if sum := strings.ReplaceAll(r.Form.Get("query"), " ", ""); sum == "1+1" {
		answer(w, map[string]any{"resultType": "scalar", "result": momentOf(now, 2)})
		return
	}
	q, err := parseSelector(r.Form.Get("query"))
	if err != nil {
		refuse(w, err)
		return
	}
	type one struct {
		Metric metric `json:"metric"`
		Value  moment `json:"value"`
	}
	result := []one{}
	at, samples := s.Store.Last()
	for _, sample := range samples {
		if !q.rate && q.takes(sample.Series) && now.Sub(at).Abs() <= lookback {
			result = append(result, one{metricOf(sample.Series), momentOf(at, sample.Value)})
		}
	}
	answer(w, map[string]any{"resultType": "vector", "result": result})
}

// queryRange is what series were in steps of a range.
func (s *Site) queryRange(w http.ResponseWriter, r *http.Request) {
	if err := form(w, r); err != nil {
		refuse(w, err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), answerTime)
	defer cancel()
	result, err := s.matrix(ctx, r)
	if err != nil {
		refuse(w, err)
		return
	}
	answer(w, map[string]any{"resultType": "matrix", "result": result})
}

// A track is a series and its values.
type track struct {
	Metric metric   `json:"metric"`
	Values []moment `json:"values"`
}

func (s *Site) matrix(ctx context.Context, r *http.Request) ([]track, error) {
	q, err := parseSelector(r.Form.Get("query"))
	if err != nil {
		return nil, err
	}
	steps, err := parseSteps(r)
	if err != nil {
		return nil, err
	}
	var wanted []ops.Series
	for _, info := range s.Store.Series() {
		if q.takes(info.Series) && !info.Last.Before(steps.from.Add(-lookback)) && info.First.Before(steps.to.Add(time.Second)) {
			wanted = append(wanted, info.Series)
		}
	}
	if len(wanted) > mostSeries {
		return nil, fmt.Errorf("the query means %d series; at most %d are answered", len(wanted), mostSeries)
	}
	result := []track{}
	for _, one := range wanted {
		t := track{Metric: metricOf(one)}
		if one.Counter && !q.rate {
			t.Values, err = s.counts(ctx, one, steps)
		} else {
			t.Values, err = s.columns(ctx, one, steps)
		}
		if err != nil {
			return nil, err
		}
		if q.rate {
			delete(t.Metric, "__name__")
		}
		if len(t.Values) > 0 {
			result = append(result, t)
		}
	}
	return result, nil
}

// steps are the times that values are wanted for.
type steps struct {
	from, to time.Time
	step     time.Duration
}

func parseSteps(r *http.Request) (s steps, err error) {
	if s.from, err = parseTime(r.Form.Get("start")); err != nil {
		return s, err
	}
	if s.to, err = parseTime(r.Form.Get("end")); err != nil {
		return s, err
	}
	if s.step, err = parseStep(r.Form.Get("step")); err != nil {
		return s, err
	}
	if s.to.Before(s.from) {
		return s, errors.New("end is before start")
	}
	if s.to.Sub(s.from)/s.step > mostPoints {
		return s, fmt.Errorf("more than %d points: ask for a shorter range or a longer step", mostPoints)
	}
	return s, nil
}

// columns are the averages of a gauge, or the rates of a counter: for each time those of the column that it is in, or of the
// last one before that is not too old.
func (s *Site) columns(ctx context.Context, one ops.Series, st steps) ([]moment, error) {
	n := int(st.to.Sub(st.from)/st.step) + 2
	lines, err := s.Store.Range(ctx, history.Query{Series: []ops.Series{one}, From: st.from.Add(-lookback), To: st.to.Add(time.Millisecond), Columns: min(n+int(lookback/st.step), 10_000)})
	if err != nil {
		return nil, err
	}
	line := lines[0]
	var all []moment
	i, last := 0, -1
	for at := st.from; !at.After(st.to); at = at.Add(st.step) {
		for ; i < len(line.Columns) && !line.At(i).After(at); i++ {
			if line.Columns[i].Count > 0 {
				last = i
			}
		}
		if last >= 0 && at.Sub(line.At(last)) < max(lookback, 2*line.Step) {
			all = append(all, momentOf(at, line.Columns[last].Avg))
		}
	}
	return all, nil
}

// counts are those of a counter as they were read, as far back as every sample is kept.
func (s *Site) counts(ctx context.Context, one ops.Series, st steps) ([]moment, error) {
	points, err := s.Store.Points(ctx, one, st.from.Add(-lookback), st.to.Add(time.Millisecond), min(st.step, lookback))
	if err != nil {
		return nil, err
	}
	var all []moment
	i := 0
	for at := st.from; !at.After(st.to); at = at.Add(st.step) {
		for i < len(points) && !points[i].At.After(at) {
			i++
		}
		if i > 0 && at.Sub(points[i-1].At) <= lookback {
			all = append(all, momentOf(at, points[i-1].Value))
		}
	}
	return all, nil
}

// matched are the series that any of the selectors in match[] means, all if there are none.
func (s *Site) matched(w http.ResponseWriter, r *http.Request) ([]history.Info, bool) {
	if err := form(w, r); err != nil {
		refuse(w, err)
		return nil, false
	}
	var wanted []selector
	for _, text := range r.Form["match[]"] {
		q, err := parseSelector(text)
		if err != nil {
			refuse(w, err)
			return nil, false
		}
		wanted = append(wanted, q)
	}
	var all []history.Info
	for _, info := range s.Store.Series() {
		if len(wanted) == 0 || slices.ContainsFunc(wanted, func(q selector) bool { return q.takes(info.Series) }) {
			all = append(all, info)
		}
	}
	return all, true
}

func (s *Site) series(w http.ResponseWriter, r *http.Request) {
	found, ok := s.matched(w, r)
	if !ok {
		return
	}
	all := []metric{}
	for _, info := range found {
		all = append(all, metricOf(info.Series))
	}
	answer(w, all)
}

// labels are the names of labels.
func (s *Site) labels(w http.ResponseWriter, r *http.Request) {
	if found, ok := s.matched(w, r); ok {
		answer(w, distinct(found, func(m metric) []string {
			var names []string
			for name := range m {
				names = append(names, name)
			}
			return names
		}))
	}
}

// values are those that a label has.
func (s *Site) values(w http.ResponseWriter, r *http.Request) {
	if found, ok := s.matched(w, r); ok {
		answer(w, distinct(found, func(m metric) []string { return []string{m[r.PathValue("name")]} }))
	}
}

func distinct(found []history.Info, of func(metric) []string) []string {
	all := []string{}
	for _, info := range found {
		all = append(all, of(metricOf(info.Series))...)
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(s string) bool { return s == "" })
}

// metadata tells the types of series.
func (s *Site) metadata(w http.ResponseWriter, r *http.Request) {
	type about struct {
		Type string `json:"type"`
		Help string `json:"help"`
		Unit string `json:"unit"`
	}
	all := map[string][]about{}
	for _, info := range s.Store.Series() {
		_, kind := familyOf(info.Series, false)
		all[info.Series.Name] = []about{{Type: cmp.Or(kind, "gauge")}}
	}
	answer(w, all)
}
