package status

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"

	"github.com/diaspote/vigie/adapters/web/visitor"
)

// An answer is one thing as it is sent, whoever asks for it.
type answer struct {
	status int
	kind   string // its Content-Type
	body   []byte
	open   bool   // pages elsewhere may show it, or read it
	goes   string // where it has gone, relative

	packed        []byte // by gzip; nil if that is not worth it
	tag           string
	plain, zipped http.Header // shared: nobody alters their values
}

// pageCache lets everybody keep a page who asks each time whether it has changed, so that what is opened is seen at
// once; if the host is down a cache may show what it has for a day (RFC 5861).
const pageCache = "public, max-age=0, stale-if-error=86400"

// policy lets a page load its style and nothing else.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// worthPacking is from how many bytes on an answer is packed.
const worthPacking = 600

// seal works out all that is sent with the answer.
func (a *answer) seal(cache string) {
	sum := sha256.Sum256(a.body)
	a.tag = base64.RawURLEncoding.EncodeToString(sum[:12])
	head := http.Header{
		"Content-Type":            {a.kind},
		"Content-Security-Policy": {policy},
		"X-Content-Type-Options":  {"nosniff"},
		"Referrer-Policy":         {"no-referrer"},
		"Cache-Control":           {cache},
		"Vary":                    {"Accept-Language, Accept-Encoding"},
	}
	if a.open {
		head["Access-Control-Allow-Origin"] = []string{"*"}
		head["Cross-Origin-Resource-Policy"] = []string{"cross-origin"}
	} else {
		head["Cross-Origin-Resource-Policy"] = []string{"same-origin"}
		head["Cross-Origin-Opener-Policy"] = []string{"same-origin"}
	}
	if a.goes != "" {
		head["Location"] = []string{a.goes}
	}
	a.plain = head.Clone()
	a.plain["Content-Length"] = []string{strconv.Itoa(len(a.body))}
	a.plain["Etag"] = []string{`"` + a.tag + `"`}
	if len(a.body) < worthPacking {
		return
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(a.body); err != nil || z.Close() != nil {
		return
	}
	a.packed, a.zipped = bytes.Clone(b.Bytes()), head
	a.zipped["Content-Encoding"] = []string{"gzip"}
	a.zipped["Content-Length"] = []string{strconv.Itoa(len(a.packed))}
	a.zipped["Etag"] = []string{`"` + a.tag + `-gzip"`}
}

// write sends it, or says that the visitor has it already.
func (a *answer) write(w http.ResponseWriter, r *http.Request) {
	head, body := a.plain, a.body
	if a.packed != nil && packs(r.Header["Accept-Encoding"]) {
		head, body = a.zipped, a.packed
	}
	to := w.Header()
	for name, values := range head {
		to[name] = values
	}
	if a.status == http.StatusOK && a.has(r.Header["If-None-Match"]) {
		delete(to, "Content-Length")
		delete(to, "Content-Encoding")
		delete(to, "Content-Type")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a visitor who has gone wants nothing more
	}
}

// has tells whether If-None-Match names the answer, packed or not, compared weakly (RFC 9110, 13.1.2).
func (a *answer) has(headers []string) bool {
	for _, header := range headers {
		for one := range strings.SplitSeq(header, ",") {
			one = strings.TrimPrefix(strings.TrimSpace(one), "W/")
			if one == "*" {
				return true
			}
			inner, ok := strings.CutPrefix(one, `"`)
			if inner, closed := strings.CutSuffix(inner, `"`); ok && closed && strings.TrimSuffix(inner, "-gzip") == a.tag {
				return true
			}
		}
	}
	return false
}

// packs tells whether a visitor takes gzip (RFC 9110, 12.5.3).
func packs(headers []string) bool {
	for _, header := range headers {
		for one := range strings.SplitSeq(header, ",") {
			name, weight, _ := strings.Cut(one, ";")
			if strings.EqualFold(strings.TrimSpace(name), "gzip") {
				return visitor.Quality(weight) > 0
			}
		}
	}
	return false
}
