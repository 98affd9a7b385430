package cachet

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/diaspote/vigie/adapters/web/visitor"
)

// How many wrong tokens are looked at.
const (
	guessTime   = time.Minute
	mostGuesses = 10  // of one address in that time
	mostUnnamed = 600 // of all that come through a proxy that does not say for whom
	mostGuesser = 256 // addresses are kept in mind
)

// known tells whether the token was shown. The error is that too many wrong ones were, so that this one is not looked at.
func (a *API) known(r *http.Request) (bool, error) {
	shown := r.Header.Get("X-Cachet-Token")
	if shown == "" {
		return false, nil
	}
	from, now := network(r), a.Now()
	if a.guesses.over(from, now) {
		return false, &failure{status: http.StatusTooManyRequests, detail: "Too many wrong tokens came from there; try again in a minute."}
	}
	want, got := sha256.Sum256([]byte(a.Token)), sha256.Sum256([]byte(shown))
	if a.Token == "" || subtle.ConstantTimeCompare(want[:], got[:]) != 1 {
		a.guesses.note(from, now)
		return false, nil
	}
	return true, nil
}

// network is where a request comes from: an address, or what one customer has of IPv6. It is not valid if nobody knows.
func network(r *http.Request) netip.Prefix {
	ip := visitor.Client(r)
	bits := ip.BitLen()
	if ip.Is6() {
		bits = 64
	}
	p, _ := ip.Prefix(bits)
	return p
}

// guesses counts wrong tokens by where they come from.
type guesses struct {
	mu  sync.Mutex
	all map[netip.Prefix]guess
}

type guess struct {
	since time.Time
	n     int
}

func (g *guess) over(now time.Time) bool { return now.Sub(g.since) >= guessTime || now.Before(g.since) }

func (g *guesses) over(from netip.Prefix, now time.Time) bool {
	most := mostGuesses
	if !from.IsValid() {
		most = mostUnnamed
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	one, ok := g.all[from]
	return ok && !one.over(now) && one.n >= most
}

func (g *guesses) note(from netip.Prefix, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.all == nil {
		g.all = map[netip.Prefix]guess{}
	}
	one, ok := g.all[from]
	if !ok && len(g.all) >= mostGuesser {
		g.forget(now)
	}
	if !ok || one.over(now) {
		one = guess{since: now}
	}
	one.n++
	g.all[from] = one
}

// forget makes room: those whose time is over go, or else the one that has guessed least.
func (g *guesses) forget(now time.Time) {
	var least netip.Prefix
	fewest := -1
	for from, one := range g.all {
		if one.over(now) {
			delete(g.all, from)
		} else if fewest < 0 || one.n < fewest {
			least, fewest = from, one.n
		}
	}
	if len(g.all) >= mostGuesser {
		delete(g.all, least)
	}
}
