package cachet

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
)

func TestMarkdown(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"The pod is slow.", "The pod is slow."},
		{"one\ntwo\n\nthree", "one  \ntwo\n\nthree"},
		{"1. *now* a_b _c_ `x`", "1\\. \\*now\\* a_b \\_c\\_ \\`x\\`"},
		{"# no heading\n- no list\n> no quote", "\\# no heading  \n\\- no list  \n\\> no quote"},
		{"see https://diaspote.org/a_b, or [here](x)", "see <https://diaspote.org/a_b>, or \\[here](x)"},
		{"<script>alert(1)</script> & a < b &amp;", "\\<script>alert(1)\\</script> & a < b \\&amp;"},
		{`C:\temp \*`, `C:\temp \\\*`},
	} {
		if got := markdown(test.text); got != test.want {
			t.Errorf("markdown(%q)\n got %q\nwant %q", test.text, got, test.want)
		}
		if got := plain(markdown(test.text)); got != test.text {
			t.Errorf("back: %q, was %q", got, test.text)
		}
	}
}

func TestPlain(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{"## Update\r\n\r\nWe are **looking** into _it_: [the pod](https://diaspote.org/x_y_) is `down`.", "Update\n\nWe are looking into it: the pod (https://diaspote.org/x_y_) is down."},
		{"<p>One</p><p>two<br>three</p><script>alert(1)</script>", "One\ntwo\nthree"},
		{`<a href="https://diaspote.org/">https://diaspote.org/</a> &amp; more`, "https://diaspote.org/ & more"},
		{"a * b * c and snake_case_name and 2 < 3", "a * b * c and snake_case_name and 2 < 3"},
		{"***both***", "both"},
		{"[js](javascript:alert(1))", "[js](javascript:alert(1))"}, // text to us, whatever it says
		{"bad \xff utf", "bad \ufffd utf"},
	} {
		if got := plain(test.text); got != test.want {
			t.Errorf("plain(%q)\n got %q\nwant %q", test.text, got, test.want)
		}
	}
}

// FuzzMarkdown checks that what the book has comes back as it was.
func FuzzMarkdown(f *testing.F) {
	for _, s := range []string{"a", "*a*\n_b_", "1) x https://a.b/(c)_d.", `\\<b>&lt;`, "- - -\n===", "[a](https://b)", "``x``", "<https://x>", "_ _", "a_ _b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.Map(func(r rune) rune { // as the book keeps it
			if r == '\n' || unicode.IsPrint(r) {
				return r
			}
			return -1
		}, strings.ToValidUTF8(s, ""))
		var lines []string
		for line := range strings.SplitSeq(s, "\n") {
			lines = append(lines, strings.TrimSpace(line))
		}
		s = strings.TrimSpace(regexp.MustCompile(`\n{3,}`).ReplaceAllString(strings.Join(lines, "\n"), "\n\n"))
		if got := plain(markdown(s)); got != s {
			t.Errorf("%q became %q by way of %q", s, got, markdown(s))
		}
	})
}

func FuzzPlain(f *testing.F) {
	f.Add("<a href='https://x'>[y](https://z)</a>")
	f.Fuzz(func(t *testing.T, s string) {
		if got := plain(s); len(got) > 3*len(s)+10 {
			t.Errorf("%d bytes became %d", len(s), len(got))
		}
	})
}
