package console

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/diaspote/vigie/bot"
)

// TestRenderObeysNobody: what a terminal takes for an order does not get through.
func TestRenderObeysNobody(t *testing.T) {
	for in, want := range map[string]string{
		"plain · ● ✗ 日本 é\n  line":        "plain · ● ✗ 日本 é\n  line",
		"\x1b[2J\x1b[31mred\x1b[0m":       "[2J[31mred[0m",
		"\x1b]0;title\x07":                "]0;title",
		"\u009b31mC1":                     "31mC1",
		"bare \x9b31m":                    "bare \ufffd31m",
		"over\rwritten\b\b\x00\x7f\x0b":   "overwritten",
		"\x1bP$q\"p\x1b\\":                "P$q\"p\\",
		"a\r\nb":                          "a\nb",
		"half \xc2\x1b[31m of a sequence": "half \ufffd[31m of a sequence",
	} {
		if got := render(bot.Post{Text: in}); got != want {
			t.Errorf("text %q is printed as %q, wanted %q", in, got, want)
		}
		if got := render(bot.Post{Block: in}); got != want {
			t.Errorf("block %q is printed as %q, wanted %q", in, got, want)
		}
	}
}

func FuzzRender(f *testing.F) {
	f.Add("a\x1b[31mb\u009b\xff\n\t", "● \x1b[2J…")
	f.Fuzz(func(t *testing.T, text, block string) {
		got := render(bot.Post{Text: text, Block: block})
		if !utf8.ValidString(got) || len(got) > maxPost+100 {
			t.Errorf("%q and %q are printed as %q", text, block, got)
		}
		for _, r := range got {
			if r < 0x20 && r != '\n' || 0x7f <= r && r <= 0x9f {
				t.Errorf("%U is left of %q and %q", r, text, block)
			}
		}
		codes := strings.NewReplacer(green, "", red, "", dim, "", plain, "")
		if codes.Replace(paint(got)) != got {
			t.Errorf("%q is painted as %q", got, paint(got))
		}
	})
}

func TestRender(t *testing.T) {
	huge := strings.Repeat("é", maxPost)
	for _, test := range []struct {
		post bot.Post
		want string
	}{
		{bot.Post{Text: "text\n"}, "text"},
		{bot.Post{Text: "text", Block: "a  1\nb  2\n"}, "text\na  1\nb  2"},
		{bot.Post{Block: "  block"}, "  block"},
		{bot.Post{Text: huge}, huge[:maxPost] + "\n… (cut: 256 KiB in all)"},
		{bot.Post{Text: "x" + huge}, "x" + huge[:maxPost-2] + "\n… (cut: 256 KiB in all)"},
	} {
		if got := render(test.post); got != test.want {
			t.Errorf("render(%.40q) is %.40q of %d bytes, wanted %.40q of %d", test.post.Text, got, len(got), test.want, len(test.want))
		}
	}
}

func TestRows(t *testing.T) {
	for text, want := range map[string]int{
		"":                            1,
		"a\n\nb":                      3,
		strings.Repeat("x", 20):       1,
		strings.Repeat("x", 21):       2,
		strings.Repeat("日", 11):       2,
		strings.Repeat("e\u0301", 20): 1,
	} {
		if got := rows(text, 20); got != want {
			t.Errorf("%q takes %d rows of 20 columns, wanted %d", text, got, want)
		}
	}
}
