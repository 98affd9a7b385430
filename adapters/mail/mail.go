package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops/incident"
)

// Where debts to subscribers are, see [bot.Program]: they do not wait behind each other.
const (
	Chat     = "mail:"
	News     = "news"    // texts are by [NewsText]
	Question = "confirm" // texts are the numbers of subscribers
)

// NewsText is what is owed to a subscriber, and by its thing once, however often that changes before it goes out.
func NewsText(subscriber int64, thing string) string {
	return strconv.FormatInt(subscriber, 10) + " " + thing
}

// A Config says how mail is sent, and of what.
type Config struct {
	Title   string   // of the status page: "diaspote.org"
	From    string   // an address that [incident.Address] let through
	Command []string // the mail program, which reads a mail and finds in its headers where it goes: sendmail -i -t
	PerHour int      // mails of news at most; the others wait

	Links *incident.Links
	Book  *incident.Book
	Now   func() time.Time // in the zone of the page

	// Refuses is told once of each subscriber whose mail is refused for good.
	Refuses func(ctx context.Context, s incident.Subscriber, why error)
}

// A Mail is a [bot.Program] that sends mail.
type Mail struct {
	Config
	log  *slog.Logger
	pace pace

	mu   sync.Mutex
	sent map[string]string // what was sent of each NewsText last, by the ID of the mail
}

// mostSent bounds what is remembered to have been sent; it is needed while something is under way.
const mostSent = 5000

// New makes a program that sends mail.
func New(c Config, log *slog.Logger) *Mail {
	return &Mail{Config: c, log: log, pace: pace{most: c.PerHour}, sent: map[string]string{}}
}

// Name is [Chat].
func (m *Mail) Name() string { return Chat }

// Listen blocks until ctx ends: nobody speaks here.
func (m *Mail) Listen(ctx context.Context, _ chan<- bot.Message) error {
	<-ctx.Done()
	return nil
}

// Post sends what a debt names, as it is now. What has become pointless is not sent: the subscriber has gone, or the incident has
// been hidden.
func (m *Mail) Post(ctx context.Context, p bot.Post) (bot.Receipt, error) {
	number, thing, _ := strings.Cut(p.Text, " ")
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return bot.Receipt{}, fmt.Errorf("send mail: %q is no debt to a subscriber", bot.Clip(p.Text, 60))
	}
	s, err := m.Book.Subscriber(ctx, id)
	if errors.Is(err, incident.ErrNone) {
		return bot.Receipt{}, nil
	}
	if err != nil {
		return bot.Receipt{}, fmt.Errorf("send mail: %w: %w", bot.ErrOffline, err)
	}
	if p.Room == Question {
		if !s.Confirmed.IsZero() {
			return bot.Receipt{}, nil
		}
		return bot.Receipt{}, m.send(ctx, s, m.question(s))
	}
	l, err := m.news(ctx, s, thing)
	if err != nil {
		return bot.Receipt{}, fmt.Errorf("send mail: %w: %w", bot.ErrOffline, err)
	}
	// What is owed anew while it is under way may have been said already.
	if l == nil || s.Confirmed.IsZero() || m.said(p.Text) == l.id {
		return bot.Receipt{}, nil
	}
	if !m.pace.take(m.Now()) {
		return bot.Receipt{}, fmt.Errorf("send mail: %d went out within an hour: %w", m.PerHour, bot.ErrBusy)
	}
	if err := m.send(ctx, s, l); err != nil {
		return bot.Receipt{}, err
	}
	m.say(p.Text, l.id)
	return bot.Receipt{ID: l.id}, nil
}

// send sends a letter. If the address takes no mail that is noted, and nobody is to try again.
func (m *Mail) send(ctx context.Context, s incident.Subscriber, l *letter) error {
	l.from, l.to, l.date, l.language = mail.Address{Name: m.Title, Address: m.From}, s.Address, m.Now(), s.Language
	err := sendmail(m.Command).send(ctx, l.bytes())
	if err != nil && !errors.Is(err, errAddress) {
		return masked{err, s.Address}
	}
	turned, noting := m.Book.Refused(ctx, s.ID, err != nil)
	if noting != nil && !errors.Is(noting, incident.ErrNone) {
		m.log.Error("whether a subscriber's mail is refused could not be noted", "subscriber", s.ID, "error", noting)
	}
	if err == nil {
		return nil
	}
	m.log.Warn("mail to a subscriber is refused", "subscriber", s.ID, "error", masked{err, s.Address})
	if turned && m.Refuses != nil {
		m.Refuses(ctx, s, masked{err, s.Address})
	}
	return nil
}

func (m *Mail) said(text string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sent[text]
}

func (m *Mail) say(text, id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.sent) >= mostSent {
		clear(m.sent)
	}
	m.sent[text] = id
}

// masked is an error that does not show an address, which a mail program likes to quote.
type masked struct {
	err     error
	address string
}

func (e masked) Error() string {
	return strings.ReplaceAll(e.err.Error(), e.address, incident.Mask(e.address))
}

func (e masked) Unwrap() error { return e.err }
