// Package graph draws series over time: as a PNG for a chat, as an SVG for a web page, as characters for a terminal.
//
// A [Graph] holds all there is to draw; whoever makes one has read the samples, turned counters into rates and
// knows what happened meanwhile. Drawing keeps nothing: neither fonts nor pictures outlive the call, and a graph may
// be drawn from several goroutines at once.
//
// All three ways share what makes a graph right: a point stands in the column of pixels that its time falls into
// (column.go), the axis has round values of its unit (unit.go, valueaxis.go) and round hours of the admins' zone,
// on days of 23 and 25 hours too (timeaxis.go). PNG and SVG are painted by the same strokes (paint.go) on two
// canvases (raster.go, svg.go); characters have a layout of their own (text.go). [Sheet] sets several pictures below each other.
//
// Names, labels and values may come from anywhere: they are cleaned, cut and escaped here.
package graph
