package graph

import (
	"cmp"
	"image"
	"image/color"
	"slices"
)

// mostShades is how many colours a picture has at most, and leastApart how far they are from each other, as apart counts:
// what no eye tells from its neighbours only makes a picture larger.
const (
	mostShades = 160
	leastApart = 6
)

// paletted is a picture in the inks of its letters and its most frequent shades. What is left are pixels of edges; each
// gets the nearest of them.
func paletted(from *image.RGBA, letters []ink) *image.Paletted {
	counts := make(map[shade]int, 1024)
	eachRun(from, func(s shade, _, n int) { counts[s] += n })
	for _, ink := range letters { // few pixels, but wrong ones are seen
		for part := 1; part <= 4; part++ {
			counts[ink.over(ground(), part, 4)] += 1 << 24
		}
	}
	shades := make([]shade, 0, len(counts))
	for s := range counts {
		shades = append(shades, s)
	}
	slices.SortFunc(shades, func(a, b shade) int { return cmp.Or(counts[b]-counts[a], cmp.Compare(a, b)) })
	kept := make([]shade, 0, mostShades)
	for _, s := range shades {
		if len(kept) < mostShades && !slices.ContainsFunc(kept, func(k shade) bool { return s.apart(k) < leastApart }) {
			kept = append(kept, s)
		}
	}
	to := image.NewPaletted(from.Rect, make(color.Palette, len(kept)))
	index := make(map[shade]uint8, len(shades))
	for i, s := range kept {
		to.Palette[i] = s.color()
	}
	for _, s := range shades {
		index[s] = s.nearest(kept)
	}
	eachRun(from, func(s shade, at, n int) {
		i := index[s]
		for j := range n {
			to.Pix[at+j] = i
		}
	})
	return to
}

// A shade is a colour of six bits for each of red, green and blue: no eye sees the other two, and there are far fewer.
type shade uint32

func shadeOf(pixel []uint8) shade {
	return shade(pixel[0]>>2)<<16 | shade(pixel[1]>>2)<<8 | shade(pixel[2]>>2)
}

// over is a part of an ink on another.
func (c ink) over(on ink, part, of int) shade {
	mix := func(c, on uint8) uint8 { return uint8((int(c)*part + int(on)*(of-part)) / of) }
	return shadeOf([]uint8{mix(c.R, on.R), mix(c.G, on.G), mix(c.B, on.B)})
}

func (s shade) color() color.RGBA {
	wide := func(v shade) uint8 { return uint8(v&63<<2 | v&63>>4) }
	return color.RGBA{wide(s >> 16), wide(s >> 8), wide(s), 255}
}

// apart is how different two shades are, in steps of their six bits.
func (s shade) apart(t shade) int {
	along := func(bits int) int {
		d := int(s>>bits&63) - int(t>>bits&63)
		return max(d, -d)
	}
	return along(16) + along(8) + along(0)
}

// nearest is the index of the shade that differs least.
func (s shade) nearest(of []shade) uint8 {
	best, least := 0, s.apart(of[0])
	for i, t := range of {
		if d := s.apart(t); d < least {
			best, least = i, d
		}
	}
	return uint8(best)
}

// eachRun calls do with every run of pixels of one shade: its first, as an index into all of them, and its length.
func eachRun(from *image.RGBA, do func(s shade, at, n int)) {
	pixels := from.Pix
	start, last := 0, shadeOf(pixels)
	for i := 4; i+3 < len(pixels); i += 4 {
		if s := shadeOf(pixels[i : i+3 : i+3]); s != last {
			do(last, start, i/4-start)
			start, last = i/4, s
		}
	}
	do(last, start, len(pixels)/4-start)
}
