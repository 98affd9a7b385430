package status

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

func TestProse(t *testing.T) {
	const rel = `" rel="nofollow noopener">`
	a := func(address string) string { return `<a href="` + address + rel + address + `</a>` }
	for text, want := range map[string]string{
		"":                                "",
		"plain":                           "plain",
		"a\nb\n\nc":                       "a<br>b<br><br>c",
		`<b>&"'`:                          "&lt;b&gt;&amp;&#34;&#39;",
		"see https://a.example/x.":        "see " + a("https://a.example/x") + ".",
		"(https://a.example/x)":           "(" + a("https://a.example/x") + ")",
		"https://a.example/x_(y)":         a("https://a.example/x_(y)"),
		"http://a.example/?a=1&b=2, and":  a("http://a.example/?a=1&amp;b=2") + ", and",
		"«https://a.example/»":            "«" + a("https://a.example/") + "»",
		"https://a.example/<script>":      a("https://a.example/") + "&lt;script&gt;",
		`https://a.example/"onclick=x`:    a("https://a.example/") + "&#34;onclick=x",
		"javascript:alert(1)":             "javascript:alert(1)",
		"xhttp://a.example":               "xhttp://a.example",
		"http://":                         "http://",
		"https://bank@evil.example/":      "https://bank@evil.example/",
		"http://[::1":                     "http://[::1",
		"a\u202eb\u2066c\u0000d\u200f":    "abcd",
		"http://a.example\u202e/b":        a("http://a.example/b"),
		"👩\u200d🔧":                        "👩\u200d🔧",
		"httphttps://a.example":           "httphttps://a.example",
		"https://a.example https://b.org": a("https://a.example") + " " + a("https://b.org"),
	} {
		if got := string(prose(text)); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func FuzzProse(f *testing.F) {
	for _, seed := range []string{"a https://b.example/(c). d", "<script>\nhttp://x\"y", "http://http://", "\xffhttps://é.example/\u202e", "https://a@b", "http://\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		checkProse(t, text, string(prose(text)))
		short, more := clip(text, 40)
		if utf8.RuneCountInString(short) > 45 || !more && short != text {
			t.Errorf("%q is clipped to %q", text, short)
		}
		checkProse(t, short, string(prose(short)))
	})
}

// checkProse reads what was made as a browser does: it is the same text, and has no elements but links and line breaks.
func checkProse(t *testing.T, text, made string) {
	nodes, err := html.ParseFragment(strings.NewReader(made), &html.Node{Type: html.ElementNode, Data: "p", DataAtom: atom.P})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			b.WriteString(n.Data)
		case n.Type == html.ElementNode && n.Data == "br":
			b.WriteString("\n")
		case n.Type == html.ElementNode && n.Data == "a":
			if len(n.Attr) != 2 || n.Attr[0].Key != "href" || n.Attr[1].Val != "nofollow noopener" || !leads(n.Attr[0].Val) || n.FirstChild == nil || n.FirstChild.Data != n.Attr[0].Val {
				t.Errorf("a link: %+v", n.Attr)
			}
		default:
			t.Errorf("%q has a %q", made, n.Data)
		}
		for c := range n.ChildNodes() {
			walk(c)
		}
	}
	for _, n := range nodes {
		walk(n)
	}
	if want := strings.Map(seen, text); b.String() != want {
		t.Errorf("%q reads %q", text, b.String())
	}
}

func TestClip(t *testing.T) {
	for _, test := range []struct {
		text string
		most int
		want string
	}{
		{"short", 10, "short"},
		{"some words more", 11, "some words …"},
		{"onelongwordthatdoesnotend", 10, "onelongwor…"},
		{"a https://example.org/a/long/way/to/go", 12, "a …"},
		{"1\n2\n3\n4\n5\n6\n7\n8\n9", 100, "1\n2\n3\n4\n5\n6\n7\n8 …"},
		{"éééééééééé", 4, "éééé…"},
	} {
		if got, more := clip(test.text, test.most); got != test.want || more != (got != test.text) {
			t.Errorf("%q at %d: %q, %v", test.text, test.most, got, more)
		}
	}
}
