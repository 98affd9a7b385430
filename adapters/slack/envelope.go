package slack

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/slack-go/slack/socketmode"
)

// heard is what one envelope says to the bot.
type heard struct {
	key  string    // names what was said: the same in every redelivery, whatever the envelope's id
	at   time.Time // by Slack's clock; zero for a slash command, which says not when
	hook string    // of a slash command: where to answer without being in the channel
	msg  bot.Message
}

// Ids are made of capitals and digits. People have U or W, channels C or G, direct messages D.
var (
	userID    = regexp.MustCompile(`^[UW][A-Z0-9]{2,20}$`)
	channelID = regexp.MustCompile(`^[CDG][A-Z0-9]{2,20}$`)
)

// read takes out of an envelope what was said to the bot, whose user is self. It is false for all that
// is none of the bot's business: other events, other bots, its own posts, edits, joins, and talk about
// the bot rather than to it. slack-go's own decoding is not used: it fails as a whole for an event or
// a block of a kind that it does not know.
func read(req socketmode.Request, self string) (heard, bool) {
	switch req.Type {
	case socketmode.RequestTypeEventsAPI:
		return readEvent(req.Payload, self)
	case socketmode.RequestTypeSlashCommands:
		return readSlash(req.Payload)
	case socketmode.RequestTypeInteractive:
		return readPress(req.Payload)
	}
	return heard{}, false
}

// https://docs.slack.dev/reference/events/app_mention, https://docs.slack.dev/reference/events/message.im
func readEvent(payload []byte, self string) (heard, bool) {
	var p struct {
		Event struct {
			Type        string    `json:"type"`
			Subtype     string    `json:"subtype"`
			User        string    `json:"user"`
			BotID       string    `json:"bot_id"`
			Text        string    `json:"text"`
			Channel     string    `json:"channel"`
			ChannelType string    `json:"channel_type"`
			TS          string    `json:"ts"`
			Thread      string    `json:"thread_ts"`
			Edited      *struct{} `json:"edited"`
		} `json:"event"`
	}
	if json.Unmarshal(payload, &p) != nil {
		return heard{}, false
	}
	e := p.Event
	at, dated := parseTS(e.TS)
	if !dated || !userID.MatchString(e.User) || !channelID.MatchString(e.Channel) ||
		e.User == self || e.BotID != "" || e.Edited != nil {
		return heard{}, false
	}
	switch e.Subtype {
	case "", "file_share", "thread_broadcast": // the ways in which a person says something new
	default:
		return heard{}, false
	}
	text, mentioned := addressed(e.Text, self)
	thread := e.Thread
	switch {
	case e.Type == "message" && e.ChannelType == "im":
	case e.Type == "app_mention" && mentioned:
		if thread == "" {
			thread = e.TS
		}
	default:
		return heard{}, false
	}
	return heard{
		key: "message " + e.Channel + " " + e.TS, at: at,
		msg: bot.Message{Room: e.Channel, From: account(e.User), Text: line(text), ID: e.TS, Thread: thread},
	}, true
}

// https://docs.slack.dev/interactivity/implementing-slash-commands#app_command_handling
func readSlash(payload []byte) (heard, bool) {
	var p struct {
		User    string `json:"user_id"`
		Channel string `json:"channel_id"`
		Text    string `json:"text"`
		Trigger string `json:"trigger_id"`
		Hook    string `json:"response_url"`
	}
	if json.Unmarshal(payload, &p) != nil || p.Trigger == "" || p.Hook == "" ||
		!userID.MatchString(p.User) || !channelID.MatchString(p.Channel) {
		return heard{}, false
	}
	return heard{
		key: "slash " + p.Trigger, hook: p.Hook,
		msg: bot.Message{Room: p.Channel, From: account(p.User), Text: line(p.Text), ID: p.Trigger},
	}, true
}

// https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
func readPress(payload []byte) (heard, bool) {
	var p struct {
		Type string `json:"type"`
		User struct {
			ID string `json:"id"`
		} `json:"user"`
		Container struct {
			Channel string `json:"channel_id"`
			TS      string `json:"message_ts"`
			Thread  string `json:"thread_ts"`
		} `json:"container"`
		Message struct {
			Thread string `json:"thread_ts"`
		} `json:"message"`
		Actions []struct {
			Block string `json:"block_id"`
			Value string `json:"value"`
			TS    string `json:"action_ts"`
		} `json:"actions"`
	}
	if json.Unmarshal(payload, &p) != nil || p.Type != "block_actions" || len(p.Actions) != 1 ||
		!userID.MatchString(p.User.ID) || !channelID.MatchString(p.Container.Channel) {
		return heard{}, false
	}
	a := p.Actions[0]
	at, dated := parseTS(a.TS)
	if !dated || a.Value == "" || a.Block != choicesID {
		return heard{}, false
	}
	if p.Container.Thread == "" {
		p.Container.Thread = p.Message.Thread
	}
	return heard{
		key: strings.Join([]string{"press", p.Container.Channel, p.Container.TS, p.User.ID, a.TS}, " "), at: at,
		msg: bot.Message{
			Room: p.Container.Channel, From: account(p.User.ID), Press: a.Value,
			ID: p.Container.TS, Thread: p.Container.Thread,
		},
	}, true
}

// account is a person as bot.Message.From names it.
func account(user string) string { return "slack:" + user }

// line is the command line in a raw text.
func line(raw string) string { return strings.TrimSpace(plain(raw)) }

// parseTS reads a timestamp as Slack writes it, seconds and a number that makes it unique:
// "1712345678.000200". It is false for what is none.
func parseTS(ts string) (time.Time, bool) {
	whole, _, _ := strings.Cut(ts, ".")
	seconds, err := strconv.ParseUint(whole, 10, 34)
	if err != nil {
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0), true
}
