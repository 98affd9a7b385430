package pod

import (
	"sync"
	"time"
)

// A known is the answer that was had last; a bot has one pod.
type known[T any] struct {
	fresh time.Duration // how long it is good for

	mu     sync.Mutex
	url    string
	at     time.Time
	answer T
}

func (k *known[T]) recall(url string, now time.Time) (T, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	age := now.Sub(k.at) // negative if the clock was set back
	return k.answer, url == k.url && 0 <= age && age < k.fresh
}

func (k *known[T]) keep(url string, answer T, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.url, k.answer, k.at = url, answer, now
}

func (k *known[T]) forget() {
	var none T
	k.keep("", none, time.Time{})
}
