package local

import (
	"bytes"
	"strings"
	"testing"

	"github.com/diaspote/vigie/bot"
)

func TestPicture(t *testing.T) {
	d := start(t)
	big := make([]byte, maxPicture)
	for i := range big {
		big[i] = byte(i * 7)
	}
	for _, test := range []struct {
		name  string
		data  []byte
		wants bool // pictures
		comes bool
	}{
		{"drawn", []byte("png"), false, false},
		{"as it is", []byte("\x89PNG\r\n\x1a\n<&>"), true, true},
		{"as large as can be", big, true, true},
		{"too large", append(big, 0), true, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			go func() {
				m := d.next(t)
				if want := map[bool]string{true: "night.png"}[test.wants]; m.Picture != want {
					t.Errorf("the picture is to be called %q, want %q", m.Picture, want)
				}
				_, err := d.Post(t.Context(), bot.Post{Room: m.Room, Text: "memory 61 % now", Picture: &bot.Picture{
					Name: "memory.png", Type: "image/png", Data: test.data, Width: 1000, Height: 420,
					Draw: func(columns int) string { return strings.Repeat("⣀", columns) },
				}})
				m.Done(err)
			}()
			var answers []Answer
			req := Request{Line: "graph memory", Pictures: test.wants}
			if test.wants {
				req.File = "night.png"
			}
			ok, err := Ask(t.Context(), d.path, req, func(a Answer) { answers = append(answers, a) })
			if !ok || err != nil || len(answers) != 1 || answers[0].Text != "memory 61 % now" {
				t.Fatalf("Ask: %v, %v, %+v", ok, err, answers)
			}
			got := answers[0]
			if (got.Picture != nil) != test.comes || (got.Block == strings.Repeat("⣀", 80)) == test.comes {
				t.Fatalf("the answer has a picture: %v, and the block %q", got.Picture != nil, got.Block)
			}
			if p := got.Picture; p != nil && (p.Name != "memory.png" || p.Type != "image/png" || p.Width != 1000 || p.Height != 420 || !bytes.Equal(p.Data, test.data)) {
				t.Errorf("the picture is %s %s %d×%d of %d bytes", p.Name, p.Type, p.Width, p.Height, len(p.Data))
			}
		})
	}
}
