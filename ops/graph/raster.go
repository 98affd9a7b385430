package graph

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"slices"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// PNG draws the graph so many pixels wide and high, between what can be read, 240 by 160, and what a chat shows, 2400
// by 1600.
func (g Graph) PNG(width, height int) ([]byte, error) {
	width, height = bounded(width, height)
	face, err := newTypeface(width)
	if err != nil {
		return nil, err
	}
	r := &raster{face: face, image: image.NewRGBA(image.Rect(0, 0, width, height))}
	newFrame(g, face, width, height, 1).paint(r)
	var b bytes.Buffer
	if err := png.Encode(&b, paletted(r.image, r.letters)); err != nil {
		return nil, fmt.Errorf("write the picture of %s: %w", clean(g.Title, maxTitle), err)
	}
	return b.Bytes(), nil
}

func bounded(width, height int) (int, int) {
	return min(max(width, 240), 2400), min(max(height, 160), 1600)
}

// A raster is a canvas of pixels.
type raster struct {
	image   *image.RGBA
	face    *typeface
	vector  vector.Rasterizer
	letters []ink // that texts were written with
}

func (r *raster) rect(x0, y0, x1, y1 float64, c ink) {
	to := image.Rect(int(math.Round(x0)), int(math.Round(y0)), int(math.Round(x1)), int(math.Round(y1)))
	draw.Draw(r.image, to, image.NewUniform(color.NRGBA(c)), image.Point{}, draw.Over)
}

func (r *raster) area(shapes [][]point, c ink) {
	for _, shape := range shapes {
		r.fill(shape, c, func(at image.Point) {
			for i, p := range shape {
				r.to(i == 0, p, at)
			}
			r.vector.ClosePath()
		})
	}
}

// lines draws each piece of a line as a box around it; all turn the same way, for time goes on, and so where they
// overlap they cover once. It does so for some pieces at a time, for most of what is around a long line is not the line.
func (r *raster) lines(lines [][]point, width float64, c ink) {
	const some = 64
	for _, line := range lines {
		for len(line) > 1 {
			pieces := line[:min(len(line), some+1)]
			r.fill(pieces, c, func(at image.Point) { r.boxes(pieces, width, at) })
			line = line[len(pieces)-1:]
		}
	}
}

func (r *raster) boxes(line []point, width float64, at image.Point) {
	for i := 1; i < len(line); i++ {
		a, b := line[i-1], line[i]
		dx, dy := b.x-a.x, b.y-a.y
		f := width / 2 / math.Hypot(dx, dy)
		dx, dy = dx*f, dy*f
		r.to(true, point{a.x - dy, a.y + dx}, at)
		r.to(false, point{a.x + dy, a.y - dx}, at)
		r.to(false, point{b.x + dy, b.y - dx}, at)
		r.to(false, point{b.x - dy, b.y + dx}, at)
		r.vector.ClosePath()
	}
}

// fill lets trace draw the outline of what goes through points, and fills it. Only the part of the picture that they touch
// is looked at, in strips: what the outline is turned into pixels with takes eight bytes for each.
func (r *raster) fill(points []point, c ink, trace func(at image.Point)) {
	var box image.Rectangle
	for i, p := range points {
		one := image.Rect(int(p.x)-2, int(p.y)-2, int(p.x)+3, int(p.y)+3)
		if i == 0 {
			box = one
		}
		box = box.Union(one)
	}
	box = box.Intersect(r.image.Rect)
	source := image.NewUniform(color.NRGBA(c))
	const high = 64
	for strip := box; strip.Min.Y < box.Max.Y; strip.Min.Y += high {
		strip.Max.Y = min(strip.Min.Y+high, box.Max.Y)
		r.vector.Reset(strip.Dx(), strip.Dy())
		trace(strip.Min)
		r.vector.Draw(r.image, strip, source, image.Point{})
	}
}

func (r *raster) to(move bool, p point, at image.Point) {
	x, y := float32(p.x-float64(at.X)), float32(p.y-float64(at.Y))
	if move {
		r.vector.MoveTo(x, y)
	} else {
		r.vector.LineTo(x, y)
	}
}

func (r *raster) dashes(from, to point, c ink) {
	const on, off = 5, 4
	for d := 0.0; d < to.y-from.y; d += on + off {
		r.rect(from.x-0.5, from.y+d, from.x+0.5, min(from.y+d+on, to.y), c)
	}
	for d := 0.0; d < to.x-from.x; d += on + off {
		r.rect(from.x+d, from.y-0.5, min(from.x+d+on, to.x), from.y+0.5, c)
	}
}

func (r *raster) text(at point, s string, size size, c ink) {
	if !slices.Contains(r.letters, c) {
		r.letters = append(r.letters, c)
	}
	d := font.Drawer{Dst: r.image, Src: image.NewUniform(color.NRGBA(c)), Face: r.face.faces[size]}
	d.Dot = fixed.Point26_6{X: fixed.Int26_6(math.Round(at.x * 64)), Y: fixed.Int26_6(math.Round(at.y)) * 64}
	d.DrawString(s)
}

func (r *raster) group(string) {}
func (r *raster) end()         {}
