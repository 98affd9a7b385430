package xmpp

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/diaspote/vigie/bot"
)

// Config is what the adapter is told about its account and whom it serves.
type Config struct {
	JID      string         // the bot's address; with a resource if it should have a certain one
	Password string         // of the account
	Server   string         // host:port; "" finds it by the domain's SRV record
	CAs      *x509.CertPool // whom to believe the server's certificate from, nil: the system's roots
	Nick     string         // the nick wanted in rooms, "" for "vigie"
	Rooms    []Room
	People   []string // bare JIDs of those whose subscriptions are approved
}

// A Room is one that the bot is to be in.
type Room struct {
	JID      string // the room's bare JID
	Password string // "" if it has none
}

// A pace is how long the adapter waits for things.
type pace struct {
	login    time.Duration // for a connection to be up
	write    time.Duration // for the server to take what is written
	idle     time.Duration // of silence before the server is pinged
	pong     time.Duration // for a sign of life after a ping
	ack      time.Duration // for a post to be taken
	upload   time.Duration // for a picture to be where people can fetch it
	join     time.Duration // for a room to let the bot in
	check    time.Duration // between two looks whether the bot is still in a room (XEP-0410)
	rejoin   time.Duration // before a room is tried again, the first time; it doubles
	longest  time.Duration // between two tries
	banned   time.Duration // before a room is tried again that banned the bot
	adhoc    time.Duration // for a command of the menu to answer
	dialogue time.Duration // for a person to fill a form in
}

var defaultPace = pace{
	login:    30 * time.Second,
	write:    15 * time.Second,
	idle:     60 * time.Second,
	pong:     15 * time.Second,
	ack:      20 * time.Second,
	upload:   10 * time.Second,
	join:     30 * time.Second,
	check:    5 * time.Minute,
	rejoin:   10 * time.Second,
	longest:  10 * time.Minute,
	banned:   time.Hour,
	adhoc:    45 * time.Second,
	dialogue: 5 * time.Minute,
}

// Chat is an XMPP account. It implements [bot.Chat], [bot.Editor] and [bot.Presenter].
type Chat struct {
	cfg  Config
	menu func(from string) []bot.Item
	log  *slog.Logger
	now  func() time.Time
	pace pace
	web  *http.Client

	mu     sync.Mutex
	online *session             // nil without a connection
	status string               // the presence line
	hinted map[string]time.Time // who was told about encryption, and when
	said   map[string]string    // what was logged last about a room
}

var (
	_ bot.Chat      = (*Chat)(nil)
	_ bot.Editor    = (*Chat)(nil)
	_ bot.Presenter = (*Chat)(nil)
)

// New makes the chat; [Chat.Listen] connects it. menu lists the commands that an account (as in
// bot.Message.From) may see, none for somebody unknown.
func New(cfg Config, menu func(from string) []bot.Item, log *slog.Logger, now func() time.Time) *Chat {
	if cfg.Nick == "" {
		cfg.Nick = "vigie"
	}
	cfg.Rooms, cfg.People = slices.Clone(cfg.Rooms), slices.Clone(cfg.People)
	for i := range cfg.Rooms {
		cfg.Rooms[i].JID = bareJID(cfg.Rooms[i].JID)
	}
	for i := range cfg.People {
		cfg.People[i] = bareJID(cfg.People[i])
	}
	return &Chat{
		cfg: cfg, menu: menu, log: log, now: now, pace: defaultPace, web: newWeb(cfg.CAs),
		hinted: make(map[string]time.Time),
		said:   make(map[string]string),
	}
}

// Name is "xmpp".
func (c *Chat) Name() string { return "xmpp" }

// Listen signs in, joins the rooms and delivers what is said to the bot, until ctx ends or the connection is
// lost; what was lost is the error.
func (c *Chat) Listen(ctx context.Context, in chan<- bot.Message) error {
	s, err := c.connect(ctx, c.cfg)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.online = s
	c.mu.Unlock()
	err = s.run(ctx, in)
	c.web.CloseIdleConnections()
	c.mu.Lock()
	c.online = nil
	c.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("stay connected as %s: %w", s.jid, err)
}

// connect dials and signs in, all within one time limit.
func (c *Chat) connect(ctx context.Context, cfg Config) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, c.pace.login)
	defer cancel()
	var who identity
	conn, err := dial(ctx, cfg)
	if err == nil {
		who, err = login(ctx, conn, cfg)
	}
	if err != nil {
		if conn != nil {
			conn.NetConn().Close()
		}
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			err = fmt.Errorf("the server did not answer in time (%s)", c.pace.login)
		}
		return nil, fmt.Errorf("sign in as %s: %w", bareJID(cfg.JID), err)
	}
	c.log.Info("signed in", "jid", who.jid)
	return newSession(c, conn, who), nil
}

// session is the present connection, or nil.
func (c *Chat) session() *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.online
}

// Present shows one line as the bot's status, in its rooms and to its contacts. It is kept, and shown again
// after the connection was lost; so this succeeds offline as well.
func (c *Chat) Present(ctx context.Context, line string) error {
	c.mu.Lock()
	c.status = clip(oneLine(line), 200)
	s := c.online
	c.mu.Unlock()
	if s == nil {
		return nil
	}
	return s.present()
}

// once logs what is wrong with a room, unless it was the last thing to be said about that room.
func (c *Chat) once(room, what string) {
	c.mu.Lock()
	known := c.said[room] == what
	c.said[room] = what
	c.mu.Unlock()
	if !known {
		c.log.Warn("not in a room", "room", room, "why", what)
	}
}
