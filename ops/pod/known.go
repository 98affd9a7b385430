package pod

import (
	"sync"
	"time"
)

const knownFor = 5 * time.Minute

// known is the NodeInfo that was asked for last; a bot has one pod.
type known struct {
	mu   sync.Mutex
	url  string
	at   time.Time
	info NodeInfo
}

func (k *known) recall(url string, now time.Time) (NodeInfo, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	age := now.Sub(k.at) // negative if the clock was set back
	return k.info, url == k.url && 0 <= age && age < knownFor
}

func (k *known) keep(url string, info NodeInfo, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.url, k.info, k.at = url, info, now
}

func (k *known) forget() { k.keep("", NodeInfo{}, time.Time{}) }
