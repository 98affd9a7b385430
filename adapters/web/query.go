package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/history"
)

// query is what series were at one time, or are now. Grafana tries a data source with 1+1.
func (s *Site) query(w http.ResponseWriter, r *http.Request) {
	if err := form(w, r); err != nil {
		refuse(w, err)
		return
	}
	at := s.Now()
	if text := r.Form.Get("time"); text != "" {
		var err error
		if at, err = parseTime(text); err != nil {
			refuse(w, err)
			return
		}
	}
	if sum := strings.ReplaceAll(r.Form.Get("query"), " ", ""); sum == "1+1" {
		writeScalar(w, sample{at.UnixMilli(), 2})
		return
	}
	s.evaluate(w, r, steps{at, at, s.Store.Every}, writeVector)
}

// queryRange is what series were in steps of a range.
func (s *Site) queryRange(w http.ResponseWriter, r *http.Request) {
	if err := form(w, r); err != nil {
		refuse(w, err)
		return
	}
	st, err := parseSteps(r)
	if err != nil {
		refuse(w, err)
		return
	}
	s.evaluate(w, r, st, writeMatrix)
}

// evaluate answers a query.
func (s *Site) evaluate(w http.ResponseWriter, r *http.Request, st steps, write func(http.ResponseWriter, []track)) {
	q, err := parseSelector(r.Form.Get("query"))
	if err != nil {
		refuse(w, err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), answerTime)
	defer cancel()
	done, err := s.turn(ctx)
	if err != nil {
		refuse(w, err)
		return
	}
	result, err := s.tracks(ctx, q, st)
	done() // who reads slowly keeps nobody waiting
	if err != nil {
		refuse(w, err)
		return
	}
	write(w, result)
}

// A track is a series and its values.
type track struct {
	metric metric
	values []sample
}

// A sample is a value and when it was, in milliseconds since 1970.
type sample struct {
	at    int64
	value float64
}

func (s *Site) tracks(ctx context.Context, q selector, st steps) ([]track, error) {
	var wanted []ops.Series
	for _, info := range s.Store.Series() {
		if q.takes(info.Series) && !info.Last.Before(st.from.Add(-s.stale())) && !info.First.After(st.to) {
			wanted = append(wanted, info.Series)
		}
	}
	switch {
	case len(wanted) > mostSeries:
		return nil, fmt.Errorf("the query means %d series; at most %d are answered", len(wanted), mostSeries)
	case len(wanted)*st.count() > mostValues:
		return nil, fmt.Errorf("%d series in %d steps are more than %d values: ask for a shorter range or a longer step", len(wanted), st.count(), mostValues)
	}
	var result []track
	for _, one := range wanted {
		t := track{metric: metricOf(one)}
		var err error
		if raw := one.Counter || st.step <= s.Store.Every; raw && !q.rate {
			t.values, err = s.readings(ctx, one, st)
		}
		if err == nil && len(t.values) == 0 && (q.rate || !one.Counter) {
			t.values, err = s.averages(ctx, one, st)
		}
		if err != nil {
			return nil, failure{err}
		}
		if q.rate {
			delete(t.metric, "__name__")
		}
		if len(t.values) > 0 {
			result = append(result, t)
		}
	}
	return result, nil
}

// stale is how long a value is good for: what is missing for longer is a gap.
func (s *Site) stale() time.Duration { return 4 * s.Store.Every }

// steps are the times that values are wanted for.
type steps struct {
	from, to time.Time
	step     time.Duration
}

func (st steps) count() int { return int(st.to.Sub(st.from)/st.step) + 1 }

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
	switch {
	case s.to.Before(s.from):
		return s, errors.New("end is before start")
	case s.to.Sub(s.from)/s.step > mostPoints:
		return s, fmt.Errorf("more than %d points: ask for a shorter range or a longer step", mostPoints)
	case s.to.Sub(s.from) > longestSpan:
		return s, errors.New("the range is longer than ten years")
	}
	return s, nil
}

const (
	instant = time.Millisecond // the smallest difference of times there is
	rollup  = 5 * time.Minute  // what the history keeps for years
)

// averages are those of a gauge over the step that ends at each time, or how fast a counter grew in it. Where there is nothing in
// a step the one before is taken, if it is not stale. What comes after a time has no part in its value.
func (s *Site) averages(ctx context.Context, one ops.Series, st steps) ([]sample, error) {
	before := int((s.stale()+2*rollup)/st.step) + 3 // columns may be wider than a step, and begin earlier
	n := before + st.count() - 1
	begin := st.from.Add(-time.Duration(before) * st.step).Add(instant) // a step has its end, and not its beginning
	lines, err := s.Store.Range(ctx, history.Query{
		Series: []ops.Series{one}, From: begin, To: begin.Add(time.Duration(n) * st.step), Columns: min(n, 10_000),
	})
	if err != nil {
		return nil, err
	}
	line := lines[0]
	var all []sample
	for i := range st.count() {
		at := st.from.Add(time.Duration(i) * st.step)
		column := min(int(at.Add(instant).Sub(line.From)/line.Step), len(line.Columns)) - 1 // the last that is over
		for column >= 0 && line.Columns[column].Count == 0 && at.Sub(line.At(column)) < s.stale()+line.Step {
			column--
		}
		if column >= 0 && line.Columns[column].Count > 0 {
			all = append(all, sample{at.UnixMilli(), line.Columns[column].Avg})
		}
	}
	return all, nil
}

// readings are the values as they were read, for each time the last before it, as far back as every sample is kept.
func (s *Site) readings(ctx context.Context, one ops.Series, st steps) ([]sample, error) {
	before := (s.stale() + st.step - 1) / st.step
	points, err := s.Store.Points(ctx, one, st.from.Add(-before*st.step).Add(instant), st.to.Add(instant), st.step)
	if err != nil {
		return nil, err
	}
	var all []sample
	next := 0
	for i := range st.count() {
		at := st.from.Add(time.Duration(i) * st.step)
		for next < len(points) && !points[next].At.After(at) {
			next++
		}
		if next > 0 && at.Sub(points[next-1].At) <= s.stale() {
			all = append(all, sample{at.UnixMilli(), points[next-1].Value})
		}
	}
	return all, nil
}
