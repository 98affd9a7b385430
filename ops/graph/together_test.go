package graph

import (
	"bytes"
	"sync"
	"testing"
)

// TestTogether draws one graph from several goroutines: none may change it, or share what it paints with.
func TestTogether(t *testing.T) {
	g := hostileNames(t)
	want, err := g.PNG(480, 320)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			got, err := g.PNG(480, 320)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("another picture, or %v", err)
			}
			if _, err := g.SVG(480, 320); err != nil {
				t.Error(err)
			}
			g.Text(60)
		})
	}
	all.Wait()
}
