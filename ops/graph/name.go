package graph

import (
	"strings"
	"unicode"
)

// How much of a name is shown, in runes.
const (
	maxTitle = 80
	maxName  = 40
	maxLabel = 32
)

// clean makes foreign text harmless and at most n runes long: without control characters, marks that change the direction of
// text or pile up on letters, and broken UTF-8. What lies past the cut is not even looked at.
func clean(s string, n int) string {
	var b strings.Builder
	left := n
	for i, r := range s {
		if i > 16*n {
			break
		}
		switch {
		case unicode.IsSpace(r):
			r = ' '
		case unicode.In(r, unicode.C, unicode.M, unicode.Zl, unicode.Zp):
			continue
		}
		if left--; left < 0 {
			break
		}
		b.WriteRune(r)
	}
	cleaned := strings.TrimSpace(b.String())
	if left < 0 {
		runes := []rune(cleaned)
		return string(runes[:min(len(runes), n-1)]) + "…"
	}
	return cleaned
}
