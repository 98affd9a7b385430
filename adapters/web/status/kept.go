package status

import (
	"net/http"
	"sync"

	"github.com/diaspote/vigie/ops/incident"
)

// Kept are the answers that were made of one page. They are made one at a time, so that many visitors at once cost what one does.
type kept struct {
	making sync.Mutex

	mu      sync.RWMutex
	page    *incident.Page
	answers map[key]*answer
	size    int // in bytes
}

type key struct {
	path   string
	lang   int
	chosen bool
}

// mostKept bounds what is kept, in bytes. The front in two languages takes 150 kB; who reads all that there is starts it anew.
const mostKept = 4 << 20

func (k *kept) find(page *incident.Page, what key) *answer {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.page != page {
		return nil
	}
	return k.answers[what]
}

func (k *kept) keep(page *incident.Page, what key, a *answer) {
	k.mu.Lock()
	defer k.mu.Unlock()
	size := len(a.body) + len(a.packed) + len(what.path) + 1500 // with its headers
	if k.page != page || k.size+size > mostKept {
		k.page, k.answers, k.size = page, map[key]*answer{}, 0
	}
	k.answers[what], k.size = a, k.size+size
}

// answer returns what is at a path. What is not there is the same answer at every path, so that nobody learns of a draft by it.
func (s *Site) answer(path string, lang int, chosen bool) *answer {
	what := key{path, lang, chosen}
	if a := s.kept.find(s.page(), what); a != nil {
		return a
	}
	s.kept.making.Lock()
	defer s.kept.making.Unlock()
	page := s.page() // the newest, for those who waited
	if a := s.kept.find(page, what); a != nil {
		return a
	}
	w := s.langs[lang]
	p := place{page: path}
	if chosen {
		p.lang = w.Lang
	}
	sheet := &sheet{Site: s, page: page, W: w, At: p}
	a := sheet.make()
	if a == nil {
		what.path, what.chosen = missing+p.up(), false
		if a = s.kept.find(page, what); a != nil {
			return a
		}
		a = sheet.missing()
	}
	if a.body == nil && a.goes == "" {
		a.status, a.kind, a.body = http.StatusInternalServerError, "text/plain; charset=utf-8", []byte("The page could not be made.\n")
		a.seal("no-store")
		return a
	}
	a.seal(pageCache)
	s.kept.keep(page, what, a)
	return a
}

// missing is what the paths begin with under which the answers for what is not there are kept; no other begins so.
const missing = "/"
