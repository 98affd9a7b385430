package web

import (
	"bufio"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/diaspote/vigie/ops"
)

const (
	openMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8"
	plainText   = "text/plain; version=0.0.4; charset=utf-8"
)

// metrics is the newest scrape, in OpenMetrics
// (https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md) for who asks for it, else in
// Prometheus' older text format.
func (s *Site) metrics(w http.ResponseWriter, r *http.Request) {
	open := strings.Contains(r.Header.Get("Accept"), "application/openmetrics-text")
	kind := plainText
	if open {
		kind = openMetrics
	}
	w.Header().Set("Content-Type", kind)
	at, samples := s.Store.Last()
	if s.Now().Sub(at).Abs() > s.stale() {
		samples = nil // of what was measured long ago nobody should be told as of now
	}
	b := bufio.NewWriter(w)
	writeMetrics(b, samples, open)
	b.Flush()
}

// writeMetrics writes samples by the names of their series.
func writeMetrics(b *bufio.Writer, samples []ops.Sample, open bool) {
	samples = slices.Clone(samples)
	slices.SortStableFunc(samples, func(a, b ops.Sample) int { return strings.Compare(a.Series.Name, b.Series.Name) })
	last, help := "", helps()
	for _, one := range samples {
		name := one.Series.Name
		if math.IsNaN(one.Value) || math.IsInf(one.Value, 0) {
			continue
		}
		if name != last {
			family, kind := familyOf(one.Series, open)
			if text := help.of(name); text != "" {
				fmt.Fprintf(b, "# HELP %s %s\n", family, text)
			}
			fmt.Fprintf(b, "# TYPE %s %s\n", family, kind)
			last = name
		}
		b.WriteString(one.Series.String())
		b.WriteByte(' ')
		b.WriteString(strconv.FormatFloat(one.Value, 'g', -1, 64))
		b.WriteByte('\n')
	}
	if open {
		b.WriteString("# EOF\n")
	}
}

// familyOf is the name and the type of the family that a series belongs to. In OpenMetrics a counter's samples end
// in _total and its family does not; the few that do not are of no known type.
func familyOf(s ops.Series, open bool) (name, kind string) {
	family, total := strings.CutSuffix(s.Name, "_total")
	switch {
	case !s.Counter:
		return s.Name, "gauge"
	case !open:
		return s.Name, "counter"
	case total:
		return family, "counter"
	}
	return s.Name, "unknown"
}
