package visitor

import (
	"net/http"
	"strings"
)

// mostAccepted is how much of such a header is read, in bytes.
const mostAccepted = 500

// Prefers finds the one of some languages that a visitor's browser likes best, by its place among them (RFC 9110, 12.5.4). The first
// is the one of those who like none.
func Prefers(r *http.Request, languages ...string) int {
	best, most := 0, 0
	for _, header := range r.Header["Accept-Language"] {
		for one := range strings.SplitSeq(header[:min(len(header), mostAccepted)], ",") {
			tag, weight, _ := strings.Cut(one, ";")
			tag, _, _ = strings.Cut(strings.TrimSpace(tag), "-")
			for n, language := range languages {
				if q := Quality(weight); strings.EqualFold(tag, language) && q > most {
					best, most = n, q
				}
			}
		}
	}
	return best
}

// Quality is a weight in thousandths (RFC 9110, 12.4.2): 800 of "q=0.8", 1000 of "".
func Quality(weight string) int {
	text, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(weight)), "q=")
	if !ok {
		return 1000
	}
	whole, part, _ := strings.Cut(text, ".")
	if whole == "1" {
		return 1000
	}
	n, unit := 0, 100
	for _, c := range part[:min(len(part), 3)] {
		if whole != "0" || c < '0' || c > '9' {
			return 0
		}
		n, unit = n+int(c-'0')*unit, unit/10
	}
	return n
}
