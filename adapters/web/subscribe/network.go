package subscribe

import (
	"net/netip"
	"sync"
	"time"
)

// What one network may ask for in an hour, and how many networks are remembered.
const (
	perNetwork   = 10
	mostNetworks = 4096
)

// Networks count what each network asked for. When there are too many they are forgotten: what all may ask for is bounded elsewhere.
type networks struct {
	mu    sync.Mutex
	asked map[netip.Prefix]tally
}

type tally struct {
	since time.Time
	n     int
}

// take tells whether the network of a client may ask once more, and counts it. A client that nobody knows may.
func (n *networks) take(client netip.Addr, now time.Time) bool {
	if !client.IsValid() {
		return true
	}
	bits := 24 // as much as one customer may well have
	if client.Is6() {
		bits = 48
	}
	network, err := client.Prefix(bits)
	if err != nil {
		return true
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.asked == nil || len(n.asked) >= mostNetworks {
		n.asked = map[netip.Prefix]tally{}
	}
	t := n.asked[network]
	if now.Sub(t.since).Abs() >= time.Hour {
		t = tally{since: now}
	}
	t.n++
	n.asked[network] = t
	return t.n <= perNetwork
}
