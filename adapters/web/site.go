package web

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops/graph"
	"github.com/diaspote/vigie/ops/history"
)

// A Site is what is shown. Its fields are not changed while it is used.
type Site struct {
	Host  string // how the bot calls its host
	Store *history.Store
	Token string // for programs; "" shows them nothing
	Links *Links // for people
	Log   *slog.Logger
	Now   func() time.Time // in the zone of the admins

	// Names are the graphs that there are, in order.
	Names func() []Name
	// Find are those that a name stands for; none if nothing is called so.
	Find func(name string) []Name
	// Graph makes the one of that name over a range, in at most so many columns. ok is false if there is none.
	Graph func(ctx context.Context, name string, from, to time.Time, columns int) (g graph.Graph, ok bool, err error)

	working, waiting chan struct{} // see turn
}

// A Name is a graph that can be drawn.
type Name struct {
	Name, About string
}

// Handler serves the site, and leaves to rest what is none of it.
func (s *Site) Handler(rest http.Handler) http.Handler {
	s.working, s.waiting = make(chan struct{}, 1), make(chan struct{}, mostWait)
	mux := http.NewServeMux()
	if s.Token != "" {
		mux.Handle("GET /metrics", s.known(s.metrics))
		s.api(mux)
	}
	mux.HandleFunc("GET /graphs", s.page)
	mux.HandleFunc("GET /graphs/picture.svg", s.picture)
	mux.HandleFunc("GET /graphs/icon.svg", asset("icon.svg", "image/svg+xml"))
	mux.HandleFunc("GET /graphs/style.css", asset("style.css", "text/css; charset=utf-8"))
	mux.HandleFunc("GET /graphs/script.js", asset("script.js", "text/javascript; charset=utf-8"))
	mux.Handle("/", rest)
	return harden(mux)
}

// known lets in who shows the token.
func (s *Site) known(h http.HandlerFunc) http.Handler {
	want := sha256.Sum256([]byte(s.Token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shown, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok {
			_, shown, _ = r.BasicAuth()
		}
		got := sha256.Sum256([]byte(shown))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			w.Header().Set("WWW-Authenticate", `Basic realm="vigie"`)
			http.Error(w, "the token of [web] token_file is wanted, as bearer or as password", http.StatusUnauthorized)
			return
		}
		h(w, r)
	})
}

// harden keeps what is shown from being framed, sniffed, kept, or pointed at from elsewhere.
func harden(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Referrer-Policy", "no-referrer")
		head.Set("Cache-Control", "no-store")
		head.Set("Cross-Origin-Resource-Policy", "same-origin")
		head.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.ServeHTTP(w, r)
	})
}
