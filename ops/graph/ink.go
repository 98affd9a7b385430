package graph

import "github.com/diaspote/vigie/ops"

// An ink is a colour, not multiplied with its alpha.
type ink struct{ R, G, B, A uint8 }

// maxSeries is how many series are drawn: more cannot be told apart, and a picture must stay small.
const maxSeries = 24

func ground() ink  { return ink{0x1c, 0x20, 0x28, 255} }
func bright() ink  { return ink{0xe6, 0xe8, 0xee, 255} }
func plain() ink   { return ink{0xb4, 0xb9, 0xc6, 255} }
func faint() ink   { return ink{0x8a, 0x90, 0xa0, 255} }
func gridInk() ink { return ink{255, 255, 255, 26} }

// seriesInk is the colour of the n-th series: those of Okabe and Ito (https://jfly.uni-koeln.de/color/), which people
// who see few colours can tell apart, made lighter or darker to be as clear on a dark ground.
func seriesInk(n int) ink {
	inks := [...]ink{
		{0x4f, 0xa8, 0xe8, 255}, // sky blue
		{0xee, 0xa0, 0x2b, 255}, // orange
		{0x2d, 0xb3, 0x8a, 255}, // green
		{0xd4, 0x7f, 0xb4, 255}, // purple
		{0xe3, 0x6a, 0x3d, 255}, // vermilion
		{0xa9, 0xb8, 0x4c, 255}, // olive
		{0x7b, 0x82, 0xe6, 255}, // blue
		{0xa5, 0xa5, 0xa5, 255}, // grey
	}
	c := inks[n%len(inks)]
	for range n / len(inks) { // the next eight are darker
		c = ink{c.R / 4 * 3, c.G / 4 * 3, c.B / 4 * 3, 255}
	}
	return c
}

// thinInk is that of the n-th thin series: its partner's, and on a stack, which has all colours, white.
func (g Graph) thinInk(n int) ink {
	if g.Stacked {
		return fade(bright(), 210)
	}
	return fade(seriesInk(n), 160)
}

func severityInk(s ops.Severity) ink {
	switch s {
	case ops.Warning:
		return ink{0xf5, 0xd0, 0x4e, 255}
	case ops.Critical:
		return ink{0xff, 0x62, 0x62, 255}
	}
	return ink{0xc3, 0xcd, 0xe4, 255}
}

// plannedInk is that of work that was announced, which is no trouble.
func plannedInk() ink { return ink{0x9a, 0x8c, 0xff, 255} }

// fade makes an ink let through what is below: alpha goes from 0 to 255.
func fade(c ink, alpha uint8) ink {
	c.A = alpha
	return c
}
