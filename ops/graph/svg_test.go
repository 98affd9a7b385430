package graph

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// elements reads an SVG as a browser does one inside a page's XML: what is not well-formed fails.
func elements(t testing.TB, data []byte) (names, texts []string, attributes map[string]string) {
	t.Helper()
	attributes = map[string]string{}
	for d := xml.NewDecoder(bytes.NewReader(data)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return names, texts, attributes
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			names = append(names, e.Name.Local)
			for _, a := range e.Attr {
				attributes[a.Name.Local] = a.Value
			}
		case xml.CharData:
			texts = append(texts, string(e))
		}
	}
}

func TestSVG(t *testing.T) {
	for _, s := range scenes(t) {
		t.Run(s.name, func(t *testing.T) {
			data, err := s.graph.SVG(s.width, s.height)
			if err != nil {
				t.Fatal(err)
			}
			checkSVG(t, data)
			if most := 25_000 + 12_000*len(s.graph.Series); len(data) > most {
				t.Errorf("%d bytes, more than %d", len(data), most)
			}
		})
	}
}

// checkSVG holds an SVG to what its doc comment says.
func checkSVG(t testing.TB, data []byte) hover {
	t.Helper()
	names, _, attributes := elements(t, data)
	for _, name := range names {
		if !slices.Contains([]string{"svg", "title", "g", "rect", "path", "text"}, name) {
			t.Errorf("there is an element %q", name)
		}
	}
	for name := range attributes {
		if strings.HasPrefix(name, "on") || name == "href" || name == "style" {
			t.Errorf("there is an attribute %q", name)
		}
	}
	if strings.Contains(attributes["d"], "NaN") || strings.Contains(attributes["d"], "Inf") {
		t.Error("a path leads nowhere")
	}
	var h hover
	if err := json.Unmarshal([]byte(attributes["data-graph"]), &h); err != nil {
		t.Fatalf("data-graph: %v", err)
	}
	if h.Left >= h.Right || h.From >= h.To || len(h.Zones) == 0 {
		t.Errorf("data-graph: from %d to %d, %v, at %v to %v", h.From, h.To, h.Zones, h.Left, h.Right)
	}
	return h
}

func TestSVGValues(t *testing.T) {
	data, err := memoryDay(t).SVG(1000, 420)
	if err != nil {
		t.Fatal(err)
	}
	h := checkSVG(t, data)
	var values []*float64
	if err := json.Unmarshal(h.Series[1].Values, &values); err != nil {
		t.Fatal(err)
	}
	// Of a stack each series has its own value, in the unit of the axis.
	if h.Unit != " GiB" || h.Series[1].Name != "postgresql" || values[0] == nil || *values[0] < 0.117 || *values[0] > 0.12 {
		t.Errorf("%q %q begins with %v", h.Unit, h.Series[1].Name, *values[0])
	}
	if len(h.Marks) != 3 || h.Marks[0].Label != "upgrade: 3 packages" || h.Marks[0].At != memoryDay(t).To.Add(-20*time.Hour).UnixMilli() {
		t.Errorf("marks: %v", h.Marks)
	}
	data, err = shiftDay(t, 10, 25).SVG(1000, 420)
	if err != nil {
		t.Fatal(err)
	}
	if h := checkSVG(t, data); len(h.Zones) != 2 || h.Zones[0][1] != 7200 || h.Zones[1] != [2]int64{1792890000000, 3600} {
		t.Errorf("clocks: %v", h.Zones)
	}
}

// TestSVGSays finds names as they were given, whatever they hold.
func TestSVGSays(t *testing.T) {
	data, err := hostileNames(t).SVG(1000, 420)
	if err != nil {
		t.Fatal(err)
	}
	_, texts, _ := elements(t, data)
	for _, want := range []string{`<script>alert(1)</script> & "graph" ]]> [31mgnp.exe`, "' onload='x", "</text><script> 日本", "azalgo new line", "</g>&lt;"} {
		if !slices.Contains(texts, want) {
			t.Errorf("%q is not there", want)
		}
	}
}
