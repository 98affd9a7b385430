package statuspage

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/diaspote/vigie/ops/incident"
)

// A Site is what is shown. Its fields are not changed while it is used.
type Site struct {
	Title string
	Base  string                // what visitors call the page by, "https://status.diaspote.org", without a slash at its end
	Page  func() *incident.Page // what everybody may see, see [incident.Book.Page]

	making sync.Mutex
	now    *edition
}

// files are what there is below /api/v2/.
var files = map[string]func(*view) any{
	"summary.json":                         (*view).summary,
	"status.json":                          (*view).statusFile,
	"components.json":                      (*view).componentsFile,
	"incidents.json":                       (*view).incidentsFile,
	"incidents/unresolved.json":            (*view).unresolvedFile,
	"scheduled-maintenances.json":          (*view).maintenanceFile,
	"scheduled-maintenances/upcoming.json": (*view).upcomingFile,
	"scheduled-maintenances/active.json":   (*view).activeFile,
}

const root = "/api/v2/"

// An edition is the files of one page, each made when it is first asked for.
type edition struct {
	page *incident.Page
	view *view
	made map[string]*file
}

type file struct {
	once sync.Once
	text []byte
	tag  string
	err  error
}

// edition is that of the page as it is now.
func (s *Site) edition() *edition {
	page := s.Page()
	s.making.Lock()
	defer s.making.Unlock()
	if s.now == nil || s.now.page != page {
		s.now = &edition{page: page, view: s.view(page), made: map[string]*file{}}
		for name := range files {
			s.now.made[name] = new(file)
		}
	}
	return s.now
}

func (e *edition) file(name string) *file {
	f := e.made[name]
	f.once.Do(func() {
		if f.text, f.err = json.Marshal(files[name](e.view)); f.err == nil {
			f.tag = fmt.Sprintf(`"%x"`, sha256.Sum256(f.text))[:25] + `"`
		}
	})
	return f
}

// Handler serves the files, and leaves to rest what is none of them.
func (s *Site) Handler(rest http.Handler) http.Handler {
	mux := http.NewServeMux()
	for name := range files {
		mux.HandleFunc(root+name, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, name) })
	}
	mux.Handle("/", rest)
	return mux
}

func (s *Site) serve(w http.ResponseWriter, r *http.Request, name string) {
	head := w.Header()
	head.Set("Access-Control-Allow-Origin", "*")
	head.Set("Cross-Origin-Resource-Policy", "cross-origin")
	head.Set("X-Content-Type-Options", "nosniff")
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodOptions:
		head.Set("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
		head.Set("Access-Control-Allow-Headers", "*")
		w.WriteHeader(http.StatusNoContent)
		return
	default:
		head.Set("Allow", "GET, HEAD, OPTIONS")
		http.Error(w, "this can be read, and nothing else", http.StatusMethodNotAllowed)
		return
	}
	f := s.edition().file(name)
	if f.err != nil {
		http.Error(w, "the file could not be made", http.StatusInternalServerError)
		return
	}
	head.Set("Content-Type", "application/json; charset=utf-8")
	head.Set("Cache-Control", "public, max-age=0, must-revalidate")
	head.Set("ETag", f.tag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.text))
}

// Files are the texts of all files by their names, "api/v2/summary.json" and so on, for a copy that is served from elsewhere.
func (s *Site) Files() (map[string][]byte, error) {
	e, all := s.edition(), map[string][]byte{}
	for name := range files {
		f := e.file(name)
		if f.err != nil {
			return nil, fmt.Errorf("make %s: %w", name, f.err)
		}
		all[strings.TrimPrefix(root, "/")+name] = f.text
	}
	return all, nil
}

// id is the page's own, which is its host name.
func (s *Site) id() string {
	if u, err := url.Parse(s.Base); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	return "vigie"
}
