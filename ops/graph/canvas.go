package graph

// A canvas is what a graph is painted on. Lengths are in pixels from the upper left.
type canvas interface {
	rect(x0, y0, x1, y1 float64, c ink)
	// area fills shapes, each closed.
	area(shapes [][]point, c ink)
	lines(lines [][]point, width float64, c ink)
	// dashes is a line of one pixel, along or across.
	dashes(from, to point, c ink)
	// text begins at a point on its baseline.
	text(at point, s string, size size, c ink)
	// group gives what is painted until end a title, for who points at it.
	group(title string)
	end()
}

type point struct{ x, y float64 }

// A size is one of letters.
type size int

const (
	small size = iota // of all but
	large             // the title
)
