package probe

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/diaspote/vigie/ops"
)

// What one source may say in one scrape.
const (
	maxBytes  = 1 << 20
	maxSeries = 1000 // node_exporter has 507 on two cores
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
//
// It reads Prometheus' text format itself, and OpenMetrics as far as that is the same: their own parser takes 1.2 MiB of
// memory for good and 1.8 MB of the program. The tests hold it to that parser.
func parse(text []byte, job string, add func(ops.Sample)) error {
	counters := map[string]bool{} // by family: whether what it says only grows
	var all []ops.Sample
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.Trim(line, " \t\r\n")
		if line == "" {
			continue
		}
		if strings.HasPrefix(line, "#") {
			noteType(line, counters)
			continue
		}
		s, err := parseSample(line, job)
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		s.Series.Counter = counts(s.Series, counters)
		if len(s.Series.Labels) > maxLabels {
			return fmt.Errorf("line %d: the labels are longer than %d bytes", n, maxLabels)
		}
		if all = append(all, s); len(all) > maxSeries {
			return fmt.Errorf("it has more than %d series; let it show fewer", maxSeries)
		}
	}
	if len(all) == 0 {
		return errors.New("it says nothing; one number or metrics in Prometheus' text format are wanted")
	}
	for _, s := range all {
		add(s)
	}
	return nil
}

// noteType reads "# TYPE jobs_total counter". What histograms and summaries count is told by its name.
func noteType(line string, counters map[string]bool) {
	words := strings.Fields(line)
	if len(words) != 4 || words[1] != "TYPE" {
		return
	}
	switch family, kind := words[2], words[3]; kind {
	case "counter":
		counters[family], counters[family+"_total"] = true, true
	case "gauge":
		counters[family] = false
	case "histogram", "summary":
		counters[family], counters[family+"_sum"], counters[family+"_count"], counters[family+"_bucket"] = false, true, true, true
	}
}

// counts tells whether a series only grows: by its type, or else by its name
// (https://prometheus.io/docs/practices/naming/).
func counts(s ops.Series, counters map[string]bool) bool {
	if counter, told := counters[s.Name]; told {
		return counter
	}
	return strings.HasSuffix(s.Name, "_total")
}

// parseSample reads `name{label="value",…} 12.5 1395066363000`; the time, if there is one, is left out.
func parseSample(line, job string) (ops.Sample, error) {
	name, rest := cutName(line, true)
	if name == "" {
		return ops.Sample{}, errors.New("it does not begin with the name of a metric")
	}
	pairs := []string{"job", job}
	if strings.HasPrefix(rest, "{") {
		var err error
		if pairs, rest, err = parseLabels(rest[1:], pairs); err != nil {
			return ops.Sample{}, err
		}
	}
	words := strings.Fields(rest)
	if i := strings.Index(rest, " # "); i >= 0 { // an exemplar of OpenMetrics
		words = strings.Fields(rest[:i])
	}
	if len(words) != 1 && len(words) != 2 {
		return ops.Sample{}, errors.New("a value is wanted after the name")
	}
	value, err := strconv.ParseFloat(words[0], 64)
	if err != nil && !math.IsInf(value, 0) {
		return ops.Sample{}, errors.New("the value is no number")
	}
	return ops.Sample{Series: ops.Series{Name: name, Labels: ops.Labels(pairs...)}, Value: value}, nil
}

// cutName cuts off a name of a metric, which may hold colons, or of a label.
func cutName(s string, colons bool) (name, rest string) {
	i := 0
	for ; i < len(s); i++ {
		c := s[i]
		if !(c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || i > 0 && c >= '0' && c <= '9' || colons && c == ':') {
			break
		}
	}
	return s[:i], strings.TrimLeft(s[i:], " \t")
}

var errLabels = errors.New(`the labels are not like {name="value"}`)

// parseLabels adds the pairs up to the closing brace.
func parseLabels(s string, pairs []string) (all []string, rest string, err error) {
	seen := map[string]bool{}
	for {
		s = strings.TrimLeft(s, " \t")
		if strings.HasPrefix(s, "}") {
			return pairs, s[1:], nil
		}
		name, more := cutName(s, false)
		value, ok := strings.CutPrefix(more, "=")
		if value = strings.TrimLeft(value, " \t"); name == "" || !ok || seen[name] || !strings.HasPrefix(value, `"`) {
			return nil, "", errLabels
		}
		seen[name] = true
		text, after, ok := unquote(value[1:])
		if !ok {
			return nil, "", errLabels
		}
		if name == "job" {
			name = "exported_job"
		}
		pairs = append(pairs, name, text)
		s = strings.TrimLeft(after, " \t")
		if !strings.HasPrefix(s, "}") {
			if s, ok = strings.CutPrefix(s, ","); !ok {
				return nil, "", errLabels
			}
		}
	}
}

// unquote reads up to the closing quote; \\, \" and \n are escapes.
func unquote(s string) (text, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), s[i+1:], true
		case c != '\\':
			b.WriteByte(c)
		case i+1 == len(s):
			return "", "", false
		default:
			i++
			switch s[i] {
			case 'n':
				b.WriteByte('\n')
			case '"', '\\':
				b.WriteByte(s[i])
			default:
				return "", "", false
			}
		}
	}
	return "", "", false
}
