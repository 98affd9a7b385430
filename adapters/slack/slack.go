// Package slack lets people talk to the bot in a Slack workspace, over Socket Mode, so that the host
// needs no address that Slack could reach: mentions in channels, direct messages, `/vigie`, and
// buttons. The app that it runs as is made from [Manifest].
//
// github.com/slack-go/slack holds the socket and makes the calls. This package decides what an envelope
// means (envelope.go), what is an echo, a duplicate or too old to run (session.go), and how plain text
// is shown so that it can forge nothing (render.go). It leaves the rights, the confirmations and the
// retries to package bot.
package slack

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/slack-go/slack"
)

// Config says which app to be, and where.
type Config struct {
	AppToken string   // "xapp-…", with the scope connections:write: opens the socket
	BotToken string   // "xoxb-…": reads and posts
	Channels []string // where the bot is at home: "#ops", or an id, "C0123"
	APIURL   string   // of the Web API, with its final slash; "" is Slack's
}

// callTimeout bounds each call of the Web API.
const callTimeout = 15 * time.Second

// maxSilence is how long the socket may go without a ping from Slack, which sends one every few seconds.
const maxSilence = 30 * time.Second

// A Chat is a Slack workspace. It is a [bot.Chat] and a [bot.Editor]. It is no [bot.Presenter]: a bot's
// status line in Slack needs the rights of a person.
type Chat struct {
	cfg   Config
	log   *slog.Logger
	now   func() time.Time
	api   *slack.Client
	rooms rooms
	pace  pace
	edits edits
	seen  seen // touched by Listen alone
	clock clock

	silence time.Duration // maxSilence, but for tests
}

var (
	_ bot.Chat   = (*Chat)(nil)
	_ bot.Editor = (*Chat)(nil)
)

// New makes a chat that is not connected yet. It may post all the same: posting needs no socket.
func New(cfg Config, log *slog.Logger, now func() time.Time) *Chat {
	cfg.AppToken, cfg.BotToken = strings.TrimSpace(cfg.AppToken), strings.TrimSpace(cfg.BotToken)
	c := &Chat{cfg: cfg, log: log, now: now, silence: maxSilence}
	options := []slack.Option{
		slack.OptionAppLevelToken(cfg.AppToken),
		slack.OptionHTTPClient(&caller{http: http.Client{Timeout: callTimeout}, clock: &c.clock, now: now}),
	}
	if cfg.APIURL != "" {
		options = append(options, slack.OptionAPIURL(cfg.APIURL))
	}
	c.api = slack.New(cfg.BotToken, options...)
	return c
}

// A caller makes the calls: with a time-out, which slack-go's own has not, and with an eye on the clock.
type caller struct {
	http  http.Client
	clock *clock
	now   func() time.Time
}

func (c *caller) Do(req *http.Request) (*http.Response, error) {
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		c.clock.set(date, c.now())
	}
	return resp, nil
}

// Name is "slack".
func (c *Chat) Name() string { return "slack" }
