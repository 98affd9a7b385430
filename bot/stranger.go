package bot

import (
	"errors"
	"fmt"
	"time"
)

// A stranger is answered once in strangerPause, and all strangers together strangersAtOnce times in it,
// so that nobody can make the bot flood a room.
const (
	strangerPause   = time.Hour
	strangersAtOnce = 20
)

// strangers remembers whom the bot has answered; older than strangerPause is forgotten.
type strangers map[string]time.Time

// greet tells whether the one named key may be answered now.
func (s *strangers) greet(key string, now time.Time) bool {
	if *s == nil {
		*s = strangers{}
	}
	for k, at := range *s {
		if age := now.Sub(at); age >= strangerPause || age < 0 {
			delete(*s, k)
		}
	}
	if _, met := (*s)[key]; met || len(*s) >= strangersAtOnce {
		return false
	}
	(*s)[key] = now
	return true
}

var errStranger = errors.New("you are not listed here")

// hearStranger answers somebody whom the policy does not name, or whom the service does not vouch for.
func (b *Bot) hearStranger(m Message) {
	s := b.settings.Load()
	key, text := m.From, m.Unproven
	if key == "" {
		key = "unproven in " + m.Chat + " " + m.Room
	} else {
		text = "Sorry, I take commands from the admins of " + s.Host + " only."
		if names := s.Policy.admins(); names != "" {
			text = fmt.Sprintf("Sorry, I take commands from people I know only. If you should be one of them, ask %s.", names)
		}
	}
	b.mu.Lock()
	greet := b.strangers.greet(key, b.now())
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
