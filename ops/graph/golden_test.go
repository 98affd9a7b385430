package graph

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// keepGolden tells whether what is drawn is to be kept as what was right: VIGIE_KEEP_GOLDEN=1, and then look at each.
func keepGolden() bool { return os.Getenv("VIGIE_KEEP_GOLDEN") == "1" }

func golden(t *testing.T, name string, drawn []byte) []byte {
	t.Helper()
	path := filepath.Join("testdata", name)
	if keepGolden() {
		if err := os.WriteFile(path, drawn, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

func TestGoldenPictures(t *testing.T) {
	for _, s := range scenes(t) {
		t.Run(s.name, func(t *testing.T) {
			data, err := s.graph.PNG(s.width, s.height)
			if err != nil {
				t.Fatal(err)
			}
			drawn, kept := decode(t, data), decode(t, golden(t, s.name+".png", data))
			if worst, where := difference(drawn, kept); worst > tolerable {
				path := filepath.Join(os.TempDir(), "graph-"+s.name+".png")
				if err := os.WriteFile(path, data, 0o644); err != nil {
					t.Error(err)
				}
				t.Errorf("differs by %.1f around %v, more than %v; what was drawn is in %s", worst, where, float64(tolerable), path)
			}
		})
	}
}

func decode(t *testing.T, data []byte) image.Image {
	t.Helper()
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// tolerable is how far apart two places may be that look the same, as difference counts. Another processor rounds otherwise, which
// makes 1 or 2; a mark that is a pixel off makes 10 and more.
const tolerable = 5

// difference is that of the places which differ most, as an eye sees them: of squares of 6 pixels, half over each other,
// the distance of their mean colours, where lightness counts most and all goes to about 255. Pictures of different sizes differ without end.
func difference(a, b image.Image) (worst float64, where image.Point) {
	if a.Bounds() != b.Bounds() {
		return math.Inf(1), image.Point{}
	}
	const side = 6
	as, bs := means(a, side/2), means(b, side/2)
	for i := range as {
		if d := math.Hypot(as[i].light-bs[i].light, math.Hypot(as[i].blue-bs[i].blue, as[i].red-bs[i].red)/2); d > worst {
			wide := (a.Bounds().Dx() + side/2 - 1) / (side / 2)
			worst, where = d, image.Pt(i%wide, i/wide).Mul(side/2)
		}
	}
	return worst, where
}

// A look is a lightness and two colour differences.
type look struct{ light, blue, red float64 }

// means are how squares look on average, twice half wide, one beginning every half pixels along and down.
func means(p image.Image, half int) []look {
	wide, high := (p.Bounds().Dx()+half-1)/half, (p.Bounds().Dy()+half-1)/half
	quarters := make([]look, wide*high)
	for y := range p.Bounds().Dy() {
		for x := range p.Bounds().Dx() {
			r, g, b, _ := p.At(x, y).RGBA()
			l := 0.299*float64(r) + 0.587*float64(g) + 0.114*float64(b)
			q := &quarters[y/half*wide+x/half]
			q.light += l
			q.blue += float64(b) - l
			q.red += float64(r) - l
		}
	}
	all := make([]look, wide*high)
	scale := 1 / float64(half*half*4) / 257
	for y := range high {
		for x := range wide {
			m := &all[y*wide+x]
			for _, at := range []int{y*wide + x, y*wide + min(x+1, wide-1), min(y+1, high-1)*wide + x, min(y+1, high-1)*wide + min(x+1, wide-1)} {
				m.light += quarters[at].light * scale
				m.blue += quarters[at].blue * scale
				m.red += quarters[at].red * scale
			}
		}
	}
	return all
}

// TestDifference holds the comparison itself to seeing what an eye sees.
func TestDifference(t *testing.T) {
	draw := func(change func(*Graph)) image.Image {
		g := comparison(t)
		g.Marks = []Mark{{At: g.From.Add(g.To.Sub(g.From) / 2), Label: "reboot"}}
		change(&g)
		data, err := g.PNG(600, 300)
		if err != nil {
			t.Fatal(err)
		}
		return decode(t, data)
	}
	same := draw(func(*Graph) {})
	for _, test := range []struct {
		name   string
		change func(*Graph)
		seen   bool
	}{
		{"nothing", func(*Graph) {}, false},
		{"a value by less than a pixel", func(g *Graph) { g.Series[0].Points[3].Avg *= 1.001 }, false},
		{"the mark two pixels later", func(g *Graph) { g.Marks[0].At = g.Marks[0].At.Add(g.To.Sub(g.From) / 250) }, true},
		{"a letter", func(g *Graph) { g.Marks[0].Label = "rebool" }, true},
		{"a value by a tenth", func(g *Graph) { g.Series[0].Points[100].Avg *= 1.1 }, true},
		{"no thin line", func(g *Graph) { g.Series[1].Points = nil }, true},
	} {
		worst, where := difference(same, draw(test.change))
		t.Logf("%s: %.1f at %v", test.name, worst, where)
		if (worst > tolerable) != test.seen {
			t.Errorf("%s makes %.1f at %v", test.name, worst, where)
		}
	}
}

func TestGoldenText(t *testing.T) {
	for _, s := range scenes(t) {
		for _, columns := range []int{40, 60, 80, 120} {
			t.Run(fmt.Sprintf("%s/%d", s.name, columns), func(t *testing.T) {
				drawn := s.graph.Text(columns) + "\n"
				kept := string(golden(t, fmt.Sprintf("%s-%d.txt", s.name, columns), []byte(drawn)))
				if n := otherRunes(drawn, kept); n > 3 { // another processor may round to the next dot
					t.Errorf("%d characters differ; this was drawn:\n%sand this is right:\n%s", n, drawn, kept)
				}
			})
		}
	}
}

// otherRunes counts the characters that differ, all of them if lines are missing.
func otherRunes(a, b string) (n int) {
	as, bs := []rune(a), []rune(b)
	if len(as) != len(bs) || strings.Count(a, "\n") != strings.Count(b, "\n") {
		return max(len(as), len(bs))
	}
	for i := range as {
		if as[i] != bs[i] {
			n++
		}
	}
	return n
}
