package probe

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/diaspote/vigie/ops"
)

// What one source may say in one scrape.
const (
	maxBytes  = 1 << 20
	maxSeries = 500
	maxLabels = 2000 // bytes of the labels of one series
)

// errLarge is the error of a source that says more than maxBytes.
var errLarge = fmt.Errorf("it says more than %d KiB", maxBytes>>10)

// readAll reads what a source says, which may lie about how much that is.
func readAll(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if len(text) > maxBytes {
		return nil, errLarge
	}
	return text, err
}

// parse reads metrics, and gives each series the label job="name", as Prometheus does with what it scrapes. All or
// nothing is handed over.
func parse(text []byte, name string, add func(ops.Sample)) error {
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		return err
	}
	var all []ops.Sample
	for _, family := range slices.Sorted(maps.Keys(families)) {
		for _, m := range families[family].GetMetric() {
			all = append(all, samples(families[family], m, name)...)
			if len(all) > maxSeries {
				return fmt.Errorf("it has more than %d series; let it show fewer", maxSeries)
			}
		}
	}
	if len(all) == 0 {
		return errors.New("it says nothing; one number or metrics in Prometheus' text format are wanted")
	}
	for _, s := range all {
		if len(s.Series.Labels) > maxLabels {
			return fmt.Errorf("the labels of %s are longer than %d bytes", s.Series.Name, maxLabels)
		}
		add(s)
	}
	return nil
}

// samples are the series that one metric stands for: histograms and summaries have several.
func samples(family *dto.MetricFamily, m *dto.Metric, job string) []ops.Sample {
	pairs := []string{"job", job}
	for _, l := range m.GetLabel() {
		label := l.GetName()
		if label == "job" {
			label = "exported_job"
		}
		pairs = append(pairs, label, l.GetValue())
	}
	one := func(suffix string, counter bool, value float64, more ...string) ops.Sample {
		labels := ops.Labels(slices.Concat(pairs, more)...)
		return ops.Sample{Series: ops.Series{Name: family.GetName() + suffix, Labels: labels, Counter: counter}, Value: value}
	}
	switch family.GetType() {
	case dto.MetricType_COUNTER:
		return []ops.Sample{one("", true, m.GetCounter().GetValue())}
	case dto.MetricType_GAUGE:
		return []ops.Sample{one("", false, m.GetGauge().GetValue())}
	case dto.MetricType_SUMMARY:
		s := m.GetSummary()
		all := []ops.Sample{one("_sum", true, s.GetSampleSum()), one("_count", true, float64(s.GetSampleCount()))}
		for _, q := range s.GetQuantile() {
			all = append(all, one("", false, q.GetValue(), "quantile", number(q.GetQuantile())))
		}
		return all
	case dto.MetricType_HISTOGRAM:
		h := m.GetHistogram()
		all := []ops.Sample{one("_sum", true, h.GetSampleSum()), one("_count", true, float64(h.GetSampleCount()))}
		for _, b := range h.GetBucket() {
			all = append(all, one("_bucket", true, float64(b.GetCumulativeCount()), "le", number(b.GetUpperBound())))
		}
		return all
	}
	// Of no type, but the name may tell (https://prometheus.io/docs/practices/naming/).
	return []ops.Sample{one("", strings.HasSuffix(family.GetName(), "_total"), m.GetUntyped().GetValue())}
}

// number writes a bound as the text format does.
func number(v float64) string {
	if math.IsInf(v, 1) {
		return "+Inf"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
