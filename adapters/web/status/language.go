package status

import (
	"net/http"
	"strings"
)

// language is the one that a visitor is answered in: the one they chose by ?lang=, else the one that their browser likes best of those
// that there are (RFC 9110, 12.5.4).
func (s *Site) language(r *http.Request) (lang int, chosen bool) {
	if r.URL.RawQuery != "" {
		asked := r.URL.Query().Get("lang")
		for n, w := range s.langs {
			if w.Lang == asked {
				return n, true
			}
		}
	}
	return s.prefers(r.Header["Accept-Language"]), false
}

// mostAccepted is how much of such a header is read, in bytes.
const mostAccepted = 500

func (s *Site) prefers(headers []string) int {
	best, most := 0, 0
	for _, header := range headers {
		for one := range strings.SplitSeq(header[:min(len(header), mostAccepted)], ",") {
			tag, weight, _ := strings.Cut(one, ";")
			tag, _, _ = strings.Cut(strings.TrimSpace(tag), "-")
			for n, w := range s.langs {
				if q := quality(weight); strings.EqualFold(tag, w.Lang) && q > most {
					best, most = n, q
				}
			}
		}
	}
	return best
}

// quality is a weight in thousandths: 800 of "q=0.8", 1000 of "".
func quality(weight string) int {
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
