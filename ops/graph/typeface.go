package graph

import (
	"fmt"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
)

// A typeface is the font of a picture in its sizes. It has Latin, Greek and Cyrillic letters; for any other it draws
// a box. It is made for one picture and let go with it: reading the font takes less than drawing a line.
type typeface struct {
	faces [2]font.Face
	sizes [2]float64 // in pixels
}

// newTypeface is one for a picture so many pixels wide. Pictures are shown as wide as the screen, however wide they are: the
// letters of a wide one must be larger.
func newTypeface(width int) (*typeface, error) {
	parsed, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, fmt.Errorf("read the font: %w", err)
	}
	t := &typeface{}
	t.sizes[small] = min(max(float64(width)/68, 11.5), 15)
	t.sizes[large] = t.sizes[small] * 1.25
	for i, size := range t.sizes {
		t.faces[i], err = opentype.NewFace(parsed, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
		if err != nil {
			return nil, fmt.Errorf("take the font in size %.1f: %w", size, err)
		}
	}
	return t, nil
}

// width is how long a text is in pixels.
func (t *typeface) width(s string, size size) float64 {
	return float64(font.MeasureString(t.faces[size], s)) / 64
}

// fit shortens a text until it is at most so wide.
func (t *typeface) fit(s string, size size, width float64) string {
	if t.width(s, size) <= width {
		return s
	}
	runes := []rune(s)
	for n := len(runes) - 1; n > 0; n-- {
		if cut := string(runes[:n]) + "…"; t.width(cut, size) <= width {
			return cut
		}
	}
	return ""
}
