package graph

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"slices"
)

// mostSheet is how many graphs a sheet has at most: as many as one scrolls through.
const mostSheet = 8

// Sheet draws several graphs below each other in one PNG, each so many pixels wide and high; at most eight. They are painted
// one after another on the same pixels, so that a sheet takes little more memory than a picture.
func Sheet(graphs []Graph, width, height int) ([]byte, error) {
	if len(graphs) == 0 || len(graphs) > mostSheet {
		return nil, fmt.Errorf("%d graphs; 1 to %d fit into one picture", len(graphs), mostSheet)
	}
	width, height = bounded(width, height)
	face, err := newTypeface(width)
	if err != nil {
		return nil, err
	}
	r := &raster{face: face, image: image.NewRGBA(image.Rect(0, 0, width, height))}
	var pictures []*image.Paletted
	for _, g := range graphs {
		newFrame(g, face, width, height, 1).paint(r)
		pictures = append(pictures, paletted(r.image, r.letters))
	}
	var b bytes.Buffer
	if err := png.Encode(&b, stacked(pictures)); err != nil {
		return nil, fmt.Errorf("write the picture of %s: %w", clean(graphs[0].Title, maxTitle), err)
	}
	return b.Bytes(), nil
}

// stacked sets pictures of one size below each other. Their colours are much the same: those of the first ones are kept, and
// what finds no room among 256 becomes the nearest.
func stacked(pictures []*image.Paletted) *image.Paletted {
	if len(pictures) == 1 {
		return pictures[0]
	}
	size := pictures[0].Rect.Max
	to := image.NewPaletted(image.Rect(0, 0, size.X, size.Y*len(pictures)), nil)
	at := to.Pix
	for _, p := range pictures {
		index := make([]uint8, len(p.Palette))
		for i, c := range p.Palette {
			place := slices.Index(to.Palette, c)
			switch {
			case place >= 0:
			case len(to.Palette) < 256:
				place = len(to.Palette)
				to.Palette = append(to.Palette, c)
			default:
				place = to.Palette.Index(c)
			}
			index[i] = uint8(place)
		}
		for i, pixel := range p.Pix {
			at[i] = index[pixel]
		}
		at = at[len(p.Pix):]
	}
	return to
}
