package graph

import (
	"cmp"
	"image"
	"image/color"
	"slices"
)

// paletted is a picture in its 256 most frequent colours. What is left are a few pixels of edges; each gets the
// nearest of them.
func paletted(from *image.RGBA) *image.Paletted {
	counts := map[[3]uint8]int{}
	eachRun(from, func(c [3]uint8, _, n int) { counts[c] += n })
	colors := make([][3]uint8, 0, len(counts))
	for c := range counts {
		colors = append(colors, c)
	}
	slices.SortFunc(colors, func(a, b [3]uint8) int {
		return cmp.Or(counts[b]-counts[a], slices.Compare(a[:], b[:]))
	})
	kept := colors[:min(len(colors), 256)]
	to := image.NewPaletted(from.Rect, make(color.Palette, len(kept)))
	index := make(map[[3]uint8]uint8, len(colors))
	for i, c := range kept {
		to.Palette[i] = color.RGBA{c[0], c[1], c[2], 255}
		index[c] = uint8(i)
	}
	for _, c := range colors[len(kept):] {
		index[c] = nearest(kept, c)
	}
	eachRun(from, func(c [3]uint8, at, n int) {
		i := index[c]
		for j := range n {
			to.Pix[at+j] = i
		}
	})
	return to
}

// eachRun calls do with every run of pixels of one colour: its first, as an index into all of them, and its length.
func eachRun(from *image.RGBA, do func(c [3]uint8, at, n int)) {
	pixels := from.Pix
	start, last := 0, [3]uint8(pixels)
	for i := 4; i < len(pixels); i += 4 {
		if c := [3]uint8(pixels[i:]); c != last {
			do(last, start, i/4-start)
			start, last = i/4, c
		}
	}
	do(last, start, len(pixels)/4-start)
}

func nearest(palette [][3]uint8, c [3]uint8) uint8 {
	best, least := 0, 1<<30
	for i, p := range palette {
		r, g, b := int(p[0])-int(c[0]), int(p[1])-int(c[1]), int(p[2])-int(c[2])
		if d := 3*r*r + 6*g*g + b*b; d < least { // green is what the eye sees best
			best, least = i, d
		}
	}
	return uint8(best)
}
