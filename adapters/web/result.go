package web

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strconv"
)

// The results of queries as Prometheus' API has them
// (https://prometheus.io/docs/prometheus/latest/querying/api/#expression-query-result-formats). They are written as they go: as a
// tree of values a long one would take many times its size. The type comes first, or older Grafanas do not read them.

func writeMatrix(w http.ResponseWriter, tracks []track) {
	writeTracks(w, "matrix", tracks, func(b *bufio.Writer, t track) {
		b.WriteString(`,"values":[`)
		for i, one := range t.values {
			if i > 0 {
				b.WriteByte(',')
			}
			one.write(b)
		}
		b.WriteByte(']')
	})
}

func writeVector(w http.ResponseWriter, tracks []track) {
	writeTracks(w, "vector", tracks, func(b *bufio.Writer, t track) {
		b.WriteString(`,"value":`)
		t.values[len(t.values)-1].write(b)
	})
}

func writeScalar(w http.ResponseWriter, one sample) {
	writeResult(w, "scalar", one.write)
}

func writeTracks(w http.ResponseWriter, kind string, tracks []track, values func(*bufio.Writer, track)) {
	writeResult(w, kind, func(b *bufio.Writer) {
		b.WriteByte('[')
		for i, t := range tracks {
			if i > 0 {
				b.WriteByte(',')
			}
			name, _ := json.Marshal(t.metric) // strings alone
			b.WriteString(`{"metric":`)
			b.Write(name)
			values(b, t)
			b.WriteByte('}')
		}
		b.WriteByte(']')
	})
}

func writeResult(w http.ResponseWriter, kind string, result func(*bufio.Writer)) {
	w.Header().Set("Content-Type", "application/json")
	b := bufio.NewWriter(w)
	b.WriteString(`{"status":"success","data":{"resultType":"` + kind + `","result":`)
	result(b)
	b.WriteString("}}\n")
	b.Flush()
}

// write writes [1773403200.5,"120"]: seconds, and the value as text, as JSON has no NaN.
func (s sample) write(b *bufio.Writer) {
	line := append(b.AvailableBuffer(), '[')
	line = strconv.AppendFloat(line, float64(s.at)/1000, 'f', -1, 64)
	line = append(line, `,"`...)
	line = strconv.AppendFloat(line, s.value, 'g', -1, 64)
	b.Write(append(line, `"]`...))
}
