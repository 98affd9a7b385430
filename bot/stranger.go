package bot

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// A stranger is answered once in strangerPause, and all strangers together strangersAtOnce times in it,
// so that nobody can make the bot flood a room. The hint that a room where the bot lives shows no accounts
// is owed to its people, and not counted: strangers elsewhere cannot use it up.
const (
	strangerPause   = time.Hour
	strangersAtOnce = 20
)

// strangers remembers whom the bot has answered; older than strangerPause is forgotten.
type strangers map[string]time.Time

// greet tells whether the one named key may be answered now, if there are fewer than limit.
func (s *strangers) greet(key string, limit int, now time.Time) bool {
	if *s == nil {
		*s = strangers{}
	}
	for k, at := range *s {
		if age := now.Sub(at); age >= strangerPause || age < 0 {
			delete(*s, k)
		}
	}
	if _, met := (*s)[key]; met || len(*s) >= limit {
		return false
	}
	(*s)[key] = now
	return true
}

var errStranger = errors.New("you are not listed here")

// hearStranger answers somebody whom the policy does not name, or whom the service does not vouch for.
func (b *Bot) hearStranger(m Message) {
	s := b.settings.Load()
	key, text, limit := m.From, m.Unproven, strangersAtOnce
	if key == "" {
		key = "unproven in " + m.Chat + " " + m.Room
		if slices.Contains(s.Rooms, Home{m.Chat, m.Room}) {
			limit = strangersAtOnce + len(s.Rooms)
		}
	} else {
		text = "Sorry, I take commands from the admins of " + s.Host + " only."
		if names := s.Policy.admins(); names != "" {
			text = fmt.Sprintf("Sorry, I take commands from people I know only. If you should be one of them, ask %s.", names)
		}
	}
	b.mu.Lock()
	greet := b.strangers.greet(key, limit, b.now())
	b.mu.Unlock()
	b.log.Info("a stranger was not obeyed", "chat", m.Chat, "room", m.Room, "account", m.From)
	if !greet || text == "" {
		m.done(errStranger)
		return
	}
	b.queue("strangers", m, strangersAtOnce, func(m Message) {
		b.answer(m).say(Post{Text: text, Only: m.From})
		m.done(errStranger)
	})
}
