package web

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops"
)

// maxQuery bounds a query, in bytes.
const maxQuery = 4096

// A selector says which series are wanted, as PromQL's instant vector selectors do
// (https://prometheus.io/docs/prometheus/latest/querying/basics/): node_load1, node_cpu_seconds_total{mode=~"user|system"}.
type selector struct {
	name     string // "" for any
	matchers []matcher
	rate     bool // it stands in rate(… [5m]): how fast counters grow, per second
}

// A matcher wants a label to have a value, or not to.
type matcher struct {
	label string
	not   bool
	value string
	like  *regexp.Regexp // instead of value
}

func (m matcher) takes(s ops.Series) bool {
	value := s.Label(m.label)
	if m.label == "__name__" {
		value = s.Name
	}
	if m.like != nil {
		return m.like.MatchString(value) != m.not
	}
	return (value == m.value) != m.not
}

func (q selector) takes(s ops.Series) bool {
	if q.name != "" && q.name != s.Name || q.rate && !s.Counter {
		return false
	}
	for _, m := range q.matchers {
		if !m.takes(s) {
			return false
		}
	}
	return true
}

var (
	rateCall   = regexp.MustCompile(`^(?:rate|irate)\s*\(\s*(.+?)\s*\[\s*[^\]]{1,20}\s*\]\s*\)$`)
	metricName = regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]*`)
	labelName  = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*`)
)

// parseSelector reads one selector, or rate() of one.
func parseSelector(text string) (selector, error) {
	text = strings.TrimSpace(text)
	if len(text) > maxQuery {
		return selector{}, fmt.Errorf("the query is longer than %d bytes", maxQuery)
	}
	var q selector
	if m := rateCall.FindStringSubmatch(text); m != nil {
		q.rate, text = true, m[1]
	}
	q.name = metricName.FindString(text)
	rest := strings.TrimSpace(text[len(q.name):])
	if rest == "" && q.name != "" {
		return q, nil
	}
	rest, ok := strings.CutPrefix(rest, "{")
	if !ok {
		return q, errQuery
	}
	for {
		rest = strings.TrimSpace(rest)
		if rest == "}" {
			break
		}
		m, more, err := parseMatcher(rest)
		if err != nil {
			return q, err
		}
		q.matchers = append(q.matchers, m)
		rest = strings.TrimSpace(more)
		if rest == "}" {
			break
		}
		if rest, ok = strings.CutPrefix(rest, ","); !ok {
			return q, errQuery
		}
	}
	if q.name == "" && len(q.matchers) == 0 {
		return q, errors.New("a query names a series or one of its labels")
	}
	return q, nil
}

var errQuery = errors.New(`only series are understood, as in node_load1, node_filesystem_avail_bytes{mountpoint="/"} or rate(node_cpu_seconds_total{mode="user"}[5m])`)

// parseMatcher reads label="value", label!="value", label=~"regexp" or label!~"regexp".
func parseMatcher(text string) (m matcher, rest string, err error) {
	m.label = labelName.FindString(text)
	if m.label == "" {
		return m, "", errQuery
	}
	rest = strings.TrimSpace(text[len(m.label):])
	like := false
	for _, op := range []struct {
		text      string
		not, like bool
	}{{"=~", false, true}, {"!~", true, true}, {"!=", true, false}, {"=", false, false}} {
		if after, ok := strings.CutPrefix(rest, op.text); ok {
			m.not, like, rest = op.not, op.like, strings.TrimSpace(after)
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil || quoted[0] == '\'' {
				return m, "", errQuery
			}
			rest = rest[len(quoted):]
			if m.value, err = strconv.Unquote(quoted); err != nil {
				return m, "", errQuery
			}
			if like {
				if m.like, err = regexp.Compile("^(?:" + m.value + ")$"); err != nil {
					return m, "", fmt.Errorf("%q is no regular expression", m.value)
				}
			}
			return m, rest, nil
		}
	}
	return m, "", errQuery
}

// parseTime reads seconds since 1970, with or without a point, or RFC 3339.
func parseTime(text string) (time.Time, error) {
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if !(seconds > -1e11 && seconds < 1e11) {
			return time.Time{}, fmt.Errorf("%q is no time that can be", text)
		}
		return time.UnixMilli(int64(seconds * 1000)), nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return t, fmt.Errorf("%q is no time; give seconds since 1970 or RFC 3339", text)
	}
	return t, nil
}

// parseStep reads seconds, or a number with a unit as Prometheus has it: 15s, 5m, 1h, 1d.
func parseStep(text string) (time.Duration, error) {
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil {
		d, derr := time.ParseDuration(text)
		if days, ok := strings.CutSuffix(text, "d"); ok {
			if n, nerr := strconv.Atoi(days); nerr == nil && n < 10_000 {
				d, derr = time.Duration(n)*24*time.Hour, nil
			}
		}
		if derr != nil {
			return 0, fmt.Errorf("%q is no step; give seconds, or as in 15s", text)
		}
		seconds = d.Seconds()
	}
	if !(seconds >= 0.001 && seconds < 1e9) {
		return 0, fmt.Errorf("the step %q is not more than nothing, or too long", text)
	}
	return time.Duration(seconds * float64(time.Second)), nil
}
