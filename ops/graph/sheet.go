package graph

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
)

// mostSheet bounds the graphs of a sheet: each takes a megabyte while it is drawn.
const mostSheet = 8

// Sheet draws several graphs below each other in one PNG, each so many pixels wide and high; at most eight.
func Sheet(graphs []Graph, width, height int) ([]byte, error) {
	if len(graphs) == 0 || len(graphs) > mostSheet {
		return nil, fmt.Errorf("%d graphs; 1 to %d fit into one picture", len(graphs), mostSheet)
	}
	if len(graphs) == 1 {
		return graphs[0].PNG(width, height)
	}
	width, height = bounded(width, height)
	face, err := newTypeface(width)
	if err != nil {
		return nil, err
	}
	sheet := image.NewRGBA(image.Rect(0, 0, width, height*len(graphs)))
	r := &raster{face: face, image: image.NewRGBA(image.Rect(0, 0, width, height))}
	for i, g := range graphs {
		newFrame(g, face, width, height, 1).paint(r)
		draw.Draw(sheet, image.Rect(0, i*height, width, (i+1)*height), r.image, image.Point{}, draw.Src)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, paletted(sheet)); err != nil {
		return nil, errors.Join(errors.New("write the picture"), err)
	}
	return b.Bytes(), nil
}
