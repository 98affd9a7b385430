package status

import (
	"bytes"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"github.com/diaspote/vigie/ops/incident"
)

// A Site is the public page. It is made by [New].
type Site struct {
	title, about string
	base         string
	page         func() *incident.Page
	log          *slog.Logger

	langs     []*words
	names     []string // of langs, as visitor.Prefers takes them
	templates *template.Template
	buffers   sync.Pool
	style     answer
	kept      kept
}

// New makes a site of what page returns at any moment. base is where it is found, "https://status.diaspote.org", without a slash at
// its end: feeds and calendars want whole addresses.
func New(title, about, base string, page func() *incident.Page, log *slog.Logger) *Site {
	s := &Site{title: title, about: about, base: base, page: page, log: log, langs: languages()}
	for _, w := range s.langs {
		s.names = append(s.names, w.Lang)
	}
	s.templates = template.Must(template.ParseFS(files, "page.html")) // it is built in, as the style is
	css, err := files.ReadFile("style.css")
	if err != nil {
		panic(err)
	}
	tight := strings.NewReplacer("\n", "", "  ", "", " {", "{", "{ ", "{", " }", "}", "; ", ";", ": ", ":", ", ", ",")
	s.style = answer{status: http.StatusOK, kind: "text/css; charset=utf-8", body: []byte(tight.Replace(string(css)))}
	s.style.seal(styleCache)
	return s
}

// styleCache is for an address that has the version in it.
const styleCache = "public, max-age=31536000, immutable"

// Handler serves the page, and leaves to rest what is none of it.
func (s *Site) Handler(rest http.Handler) http.Handler {
	mux := http.NewServeMux()
	for _, path := range []string{"/{$}", "/history", "/atom", "/rss", "/calendar.ics", "/badge.svg", "/favicon.svg",
		"/incidents/{id}", "/maintenance/{id}", "/components/{id}", "/components/{id}/badge.svg", "/component/{id}/shield"} {
		mux.HandleFunc(path, s.serve)
	}
	mux.HandleFunc("/status.css", func(w http.ResponseWriter, r *http.Request) {
		if asked(w, r) {
			s.style.write(w, r)
		}
	})
	mux.Handle("/", rest)
	return mux
}

// Paths are the first parts of the addresses that the page has for itself.
func Paths() []string {
	return []string{"/history", "/atom", "/rss", "/calendar.ics", "/badge.svg", "/favicon.svg", "/status.css", "/incidents", "/maintenance", "/components", "/component"}
}

func (s *Site) serve(w http.ResponseWriter, r *http.Request) {
	if !asked(w, r) {
		return
	}
	lang, chosen := s.language(r)
	s.answer(r.URL.Path[1:], lang, chosen).write(w, r)
}

// asked tells whether something is only asked for, and answers if not.
func asked(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	w.Header().Set("Allow", "GET, HEAD")
	http.Error(w, "this is only to be read", http.StatusMethodNotAllowed)
	return false
}

// Style is the address of the style sheet, with its version, as seen from the front: pages beside this one look like it.
func (s *Site) Style() string { return "status.css?v=" + s.style.tag }

// fill fills in a template.
func (s *Site) fill(name string, data any) []byte {
	b, ok := s.buffers.Get().(*bytes.Buffer)
	if !ok {
		b = new(bytes.Buffer)
	}
	defer s.buffers.Put(b)
	b.Reset()
	if err := s.templates.ExecuteTemplate(b, name, data); err != nil {
		s.log.Error("a page could not be made", "page", name, "err", err)
		return nil
	}
	return bytes.Clone(b.Bytes()) // as large as it is: it is kept
}
