package subscribe

import (
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops/incident"
)

// A Desk takes subscriptions. Its fields are not changed while it is used.
type Desk struct {
	Title string // of the status page
	Style string // the address of its style sheet, relative to the front
	Mail  bool   // the host sends mail
	Book  *incident.Book
	Links *incident.Links
	Log   *slog.Logger
	Now   func() time.Time

	pages    *template.Template
	networks networks
	origins  *http.CrossOriginProtection
}

// Paths are the first parts of the addresses that are taken here.
func Paths() []string { return []string{"/subscribe", "/unsubscribe"} }

// Handler serves the forms, and leaves to rest what is none of them.
func (d *Desk) Handler(rest http.Handler) http.Handler {
	d.pages = template.Must(template.New("").Parse(page)) // it is built in
	d.origins = http.NewCrossOriginProtection()
	if err := d.origins.AddTrustedOrigin(origin(d.Links.Base)); err != nil {
		d.Log.Warn("forms are taken from this host's own name alone", "address", d.Links.Base, "err", err)
	}
	mux := http.NewServeMux()
	for pattern, h := range map[string]http.HandlerFunc{
		"GET /subscribe":          d.form,
		"POST /subscribe":         d.subscribe,
		"GET /subscribe/confirm":  d.askConfirm,
		"POST /subscribe/confirm": d.confirm,
		"GET /unsubscribe":        d.askUnsubscribe,
		"POST /unsubscribe":       d.unsubscribe,
	} {
		mux.Handle(pattern, harden(h))
	}
	mux.Handle("/", rest)
	return mux
}

// origin is an address without its path.
func origin(base string) string {
	scheme, rest, _ := strings.Cut(base, "://")
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}

// harden keeps a page from being kept, framed, sniffed, or told of elsewhere: its address may hold a token. The address of the site
// itself may be told to the site, by which a browser says whose form it sends.
func harden(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Referrer-Policy", "same-origin")
		head.Set("Cache-Control", "no-store")
		head.Set("Cross-Origin-Resource-Policy", "same-origin")
		head.Set("Cross-Origin-Opener-Policy", "same-origin")
		head.Set("X-Robots-Tag", "noindex")
		r.Body = http.MaxBytesReader(w, r.Body, mostForm)
		h(w, r)
	})
}
