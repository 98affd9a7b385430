package graph

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
)

// SVG draws the graph for a web page, so many pixels wide and high, between the same bounds as [Graph.PNG]. It holds no script,
// no style sheet and no reference to anything outside; what one points at says its name by a title element.
//
// For a script that shows values, the attribute data-graph of the svg element has them as JSON:
//
//	{
//	  "from": 1764145800000,           // ms since 1970, where the first column begins
//	  "to": 1764232200000,             // where the last one ends
//	  "zones": [[1764145800000, 3600]],// since when the admins' clocks are how many seconds ahead of UTC
//	  "left": 71, "right": 988,        // of the plot, in pixels of the viewBox
//	  "top": 90, "bottom": 387,
//	  "unit": " GiB",                  // to be set behind a value
//	  "series": [{"name": "diaspora", "color": "#4fa8e8", "values": [0.747, null, …]}], // one a column, null for a gap
//	  "marks": [{"at": 1764145800000, "label": "restart diaspora"}] // and where bands begin
//	}
//
// Values of a stack are each series' own.
func (g Graph) SVG(width, height int) ([]byte, error) {
	width, height = bounded(width, height)
	face, err := newTypeface(width)
	if err != nil {
		return nil, err
	}
	f := newFrame(g, face, width, height, 2)
	data, err := f.data()
	if err != nil {
		return nil, err
	}
	s := &svg{face: face}
	fmt.Fprintf(&s.b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d"`, width, height)
	fmt.Fprintf(&s.b, ` role="img" font-family="system-ui,sans-serif" font-size="%s" data-graph="`, number(face.sizes[small]))
	s.escape(string(data))
	s.b.WriteString("\"><title>")
	s.escape(f.g.Title + " " + f.when)
	s.b.WriteString("</title>\n")
	f.paint(s)
	s.b.WriteString("</svg>\n")
	return s.b.Bytes(), nil
}

// An svg is a canvas of elements. Lines and areas are in tenths of a pixel, which makes their numbers short.
type svg struct {
	b    bytes.Buffer
	face *typeface
}

func (s *svg) escape(text string) {
	xml.EscapeText(&s.b, []byte(text)) // a buffer takes everything
}

// number writes a length to a tenth of a pixel.
func number(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

// paint is an ink as an attribute: fill or stroke.
func (c ink) paint(as string) string {
	paint := fmt.Sprintf(`%s="#%02x%02x%02x"`, as, c.R, c.G, c.B)
	if c.A < 255 {
		paint += fmt.Sprintf(` %s-opacity="%.2f"`, as, float64(c.A)/255)
	}
	return paint
}

func (s *svg) rect(x0, y0, x1, y1 float64, c ink) {
	fmt.Fprintf(&s.b, `<rect x="%s" y="%s" width="%s" height="%s" %s/>`+"\n", number(x0), number(y0), number(x1-x0), number(y1-y0), c.paint("fill"))
}

func (s *svg) area(shapes [][]point, c ink) {
	s.path(shapes, "z", c.paint("fill"))
}

func (s *svg) lines(lines [][]point, width float64, c ink) {
	s.path(lines, "", fmt.Sprintf(`fill="none" stroke-width="%s" stroke-linejoin="round" %s`, number(width*10), c.paint("stroke")))
}

func (s *svg) path(lines [][]point, end, paint string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(&s.b, `<path transform="scale(.1)" %s d="`, paint)
	for _, line := range lines {
		var x, y int64
		for i, p := range line {
			toX, toY := int64(math.Round(p.x*10)), int64(math.Round(p.y*10))
			switch i {
			case 0:
				s.b.WriteByte('M')
			case 1:
				s.b.WriteByte('l')
			default:
				if toX >= x {
					s.b.WriteByte(' ')
				}
			}
			s.pair(toX-x, toY-y)
			x, y = toX, toY
		}
		s.b.WriteString(end)
	}
	s.b.WriteString("\"/>\n")
}

// pair writes two numbers; a minus keeps them apart as well as a space.
func (s *svg) pair(x, y int64) {
	s.b.WriteString(strconv.FormatInt(x, 10))
	if y >= 0 {
		s.b.WriteByte(' ')
	}
	s.b.WriteString(strconv.FormatInt(y, 10))
}

func (s *svg) dashes(from, to point, c ink) {
	fmt.Fprintf(&s.b, `<path d="M%s %sL%s %s" stroke-dasharray="5 4" %s/>`+"\n", number(from.x), number(from.y), number(to.x), number(to.y), c.paint("stroke"))
}

func (s *svg) text(at point, text string, size size, c ink) {
	if text == "" {
		return
	}
	fmt.Fprintf(&s.b, `<text x="%s" y="%s" %s`, number(at.x), number(at.y), c.paint("fill"))
	if size == large {
		fmt.Fprintf(&s.b, ` font-size="%s"`, number(s.face.sizes[large]))
	}
	// Other fonts are wider or narrower than the one that the place was measured with.
	fmt.Fprintf(&s.b, ` textLength="%s" lengthAdjust="spacingAndGlyphs">`, number(s.face.width(text, size)))
	s.escape(text)
	s.b.WriteString("</text>\n")
}

func (s *svg) group(title string) {
	s.b.WriteString("<g><title>")
	s.escape(title)
	s.b.WriteString("</title>")
}

func (s *svg) end() { s.b.WriteString("</g>\n") }
