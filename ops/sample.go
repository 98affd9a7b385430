package ops

import (
	"context"
	"iter"
	"slices"
	"strings"
)

// A Series is one thing that is measured again and again. Its names follow Prometheus' conventions
// (https://prometheus.io/docs/practices/naming/), those of node_exporter where that has the same figure, so that
// what others have drawn and written for them fits: base units, a counter ends in _total. It is comparable.
type Series struct {
	Name    string // "node_network_receive_bytes_total"
	Labels  string // what [Labels] returned, "" for none
	Counter bool   // only grows, but for beginning anew as what counts does
}

// String is the series as Prometheus writes it: name{device="eth0"}.
func (s Series) String() string {
	if s.Labels == "" {
		return s.Name
	}
	return s.Name + "{" + s.Labels + "}"
}

// A Sample is the value of a series at the moment of a scrape. NaN and the infinities are no values: who keeps
// samples drops them.
type Sample struct {
	Series Series
	Value  float64
}

// A Sampler reads what is to be kept. Each scrape calls it once; what it cannot read it leaves out, and returns an
// error that says so besides what it could read. It honours ctx, and is not called from two goroutines at once.
type Sampler interface {
	Sample(ctx context.Context, add func(Sample)) error
}

// Labels writes label pairs as Prometheus does, sorted by name and escaped: Labels("device", "eth0") is
// `device="eth0"`. It wants names and values in turn; a name without a value is left out.
func Labels(pairs ...string) string {
	all := make([]string, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		all = append(all, pairs[i]+`="`+labelEscapes.Replace(pairs[i+1])+`"`)
	}
	slices.Sort(all)
	return strings.Join(all, ",")
}

// labelEscapes are those of the text format
// (https://github.com/prometheus/docs/blob/main/docs/instrumenting/exposition_formats.md).
var labelEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// Label is the value of a label, "" if the series has none of that name.
func (s Series) Label(name string) string {
	for label, value := range s.EachLabel() {
		if label == name {
			return value
		}
	}
	return ""
}

// EachLabel reads the labels, sorted by their names. It ends at what is not of [Labels].
func (s Series) EachLabel() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for rest := s.Labels; rest != ""; {
			name, value, ok := strings.Cut(rest, `="`)
			if !ok {
				return
			}
			end := 0
			for end < len(value) && value[end] != '"' {
				if value[end] == '\\' {
					end++
				}
				end++
			}
			if end >= len(value) || !yield(name, labelUnescapes.Replace(value[:end])) {
				return
			}
			rest = strings.TrimPrefix(value[end+1:], ",")
		}
	}
}

var labelUnescapes = strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\n`, "\n")
