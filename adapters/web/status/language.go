package status

import (
	"net/http"

	"github.com/diaspote/vigie/adapters/web/visitor"
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
	return visitor.Prefers(r, s.names...), false
}
