package status

import (
	"encoding/xml"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"

	"github.com/diaspote/vigie/ops/incident"
)

// colour is that of a state on a picture by itself, dark enough for white letters.
func colour(s incident.State) string {
	switch s {
	case incident.Operational:
		return "#1c7550"
	case incident.Degraded:
		return "#8a5d00"
	case incident.PartialOutage:
		return "#ad4a00"
	case incident.MajorOutage:
		return "#b8232a"
	case incident.Maintained:
		return "#2c5cab"
	}
	return "#566070"
}

// mostLabel is how many characters of a name stand on a badge.
const mostLabel = 40

// badge is a picture of a name and a state, to be shown on other pages. The letters are fitted into their place, whatever the font.
func badge(name, word string, s incident.State) *answer {
	if utf8.RuneCountInString(name) > mostLabel {
		name = string([]rune(name)[:mostLabel-1]) + "…"
	}
	const letter, margin = 6.6, 7.0
	left := float64(runewidth.StringWidth(name))*letter + 2*margin
	right := float64(runewidth.StringWidth(word))*letter + 2*margin
	n := func(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }
	all := n(left + right)
	text := func(x, long float64, s string) string {
		return `<text x="` + n(x) + `" y="14" textLength="` + n(long-2*margin) + `" lengthAdjust="spacingAndGlyphs">` + xmlText(s) + `</text>`
	}
	svg := `<svg xmlns="http://www.w3.org/2000/svg" width="` + all + `" height="20" role="img" aria-label="` + xmlText(name+": "+word) + `">` +
		`<title>` + xmlText(name+": "+word) + `</title>` +
		`<clipPath id="r"><rect width="` + all + `" height="20" rx="4"/></clipPath><g clip-path="url(#r)">` +
		`<rect width="` + n(left) + `" height="20" fill="#3b4350"/><rect x="` + n(left) + `" width="` + n(right) + `" height="20" fill="` + colour(s) + `"/></g>` +
		`<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">` + text(margin, left, name) + text(left+margin, right, word) + `</g></svg>`
	return picture(svg)
}

// favicon is a disc in the colour of the state.
func favicon(s incident.State) *answer {
	mark := map[incident.State]string{
		incident.Unknown: "M16 9v8M16 22v1", incident.Operational: "M9 16.5l5 5 9-10", incident.Maintained: "M10 16h12",
	}[s]
	if mark == "" {
		mark = "M10.5 10.5l11 11M21.5 10.5l-11 11"
	}
	return picture(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="15" fill="` + colour(s) +
		`"/><path d="` + mark + `" fill="none" stroke="#fff" stroke-width="3.5" stroke-linecap="round" stroke-linejoin="round"/></svg>`)
}

func picture(svg string) *answer {
	return &answer{status: http.StatusOK, kind: "image/svg+xml", body: []byte(svg), open: true}
}

// xmlText escapes what XML would take for its own, and replaces what it does not allow.
func xmlText(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(strings.Map(seen, s))) // a Builder takes all
	return b.String()
}
