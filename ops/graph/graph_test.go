package graph

import (
	"bytes"
	"image/png"
	"strings"
	"testing"
)

func TestPNG(t *testing.T) {
	for _, s := range scenes(t) {
		data, err := s.graph.PNG(s.width, s.height)
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		config, err := png.DecodeConfig(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		if config.Width != s.width || config.Height != s.height {
			t.Errorf("%s is %d by %d", s.name, config.Width, config.Height)
		}
	}
}

func TestTextFits(t *testing.T) {
	for _, s := range scenes(t) {
		for _, columns := range []int{1, 2, 10, 23, 24, 25, 33, 40, 60, 80, 120, 500} {
			lines := strings.Split(s.graph.Text(columns), "\n")
			if len(lines) > textLines {
				t.Errorf("%s has %d lines in %d columns", s.name, len(lines), columns)
			}
			for _, line := range lines {
				if got := cellsOf(line); got > columns {
					t.Errorf("%s is %d wide in %d columns: %q", s.name, got, columns, line)
				}
			}
		}
	}
}
