package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/diaspote/vigie/ops"
)

// What one question may come to.
const (
	maxForm    = 64 << 10
	mostSeries = 100
	mostPoints = 11_000  // of one series, as Prometheus has it
	mostValues = 250_000 // of all series together: 4 MB
	answerTime = 20 * time.Second
)

// api are the addresses below /api/v1/. Those that are always empty are asked for by Grafana, which otherwise shows errors.
func (s *Site) api(mux *http.ServeMux) {
	for path, h := range map[string]http.HandlerFunc{
		"query": s.query, "query_range": s.queryRange, "series": s.series, "labels": s.labels,
		"query_exemplars": always([]string{}),
	} {
		mux.Handle("GET /api/v1/"+path, s.known(h))
		mux.Handle("POST /api/v1/"+path, s.known(h))
	}
	for path, h := range map[string]http.HandlerFunc{
		"label/{name}/values": s.values, "metadata": s.metadata,
		"rules":            always(map[string][]string{"groups": {}}),
		"alerts":           always(map[string][]string{"alerts": {}}),
		"status/buildinfo": always(map[string]string{"version": prometheusVersion, "revision": "", "branch": "", "buildUser": "", "buildDate": "", "goVersion": ""}),
	} {
		mux.Handle("GET /api/v1/"+path, s.known(h))
	}
}

// prometheusVersion is the first Prometheus whose API is the same as far as this one goes: Grafana asks, and does without
// match[] for the values of labels if it is older.
const prometheusVersion = "2.24.0"

// always answers the same.
func always(data any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { answer(w, data) }
}

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

func answer(w http.ResponseWriter, data any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": data})
}

// A failure is what is not the fault of who asked.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }

func refuse(w http.ResponseWriter, err error) {
	status, kind := http.StatusBadRequest, "bad_data"
	switch failed := (failure{}); {
	case errors.Is(err, errBusy):
		status, kind = http.StatusServiceUnavailable, "unavailable"
	case errors.Is(err, context.DeadlineExceeded):
		status, kind = http.StatusServiceUnavailable, "timeout"
		err = fmt.Errorf("no answer within %v: ask for a shorter range", answerTime)
	case errors.As(err, &failed):
		status, kind = http.StatusInternalServerError, "internal"
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
