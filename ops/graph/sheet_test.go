package graph

import (
	"image"
	"strings"
	"testing"
)

// TestSheet holds each graph of a sheet to the picture of it alone.
func TestSheet(t *testing.T) {
	var graphs []Graph
	for _, s := range scenes(t)[:mostSheet] {
		graphs = append(graphs, s.graph)
	}
	data, err := Sheet(graphs, 600, 300)
	if err != nil {
		t.Fatal(err)
	}
	sheet := decode(t, data).(*image.Paletted)
	if sheet.Rect.Max != image.Pt(600, 300*mostSheet) {
		t.Fatalf("it is %v large", sheet.Rect.Max)
	}
	for i, g := range graphs {
		data, err := g.PNG(600, 300)
		if err != nil {
			t.Fatal(err)
		}
		part := sheet.SubImage(image.Rect(0, i*300, 600, (i+1)*300)).(*image.Paletted)
		part.Rect = image.Rect(0, 0, 600, 300)
		if worst, where := difference(part, decode(t, data)); worst > 2*tolerable {
			t.Errorf("%s differs by %.1f at %v", g.Title, worst, where)
		}
	}
	for _, n := range []int{0, mostSheet + 1} {
		if _, err := Sheet(make([]Graph, n), 600, 300); err == nil || !strings.Contains(err.Error(), "1 to 8 fit") {
			t.Errorf("%d graphs: %v", n, err)
		}
	}
}
