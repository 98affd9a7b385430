package slack

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

// maxFrame bounds what Slack may send in one piece, in bytes.
const maxFrame = 1 << 20

var errClosed = errors.New("the connection to slack was closed; slack renews each every few hours")

// socket opens one connection and passes on its envelopes until it is lost.
//
// slack-go would reconnect by itself, and without a pause where the dial works and the connection is
// dropped after it. So its first step towards a second connection ends it, and the pause is the bot's.
func (c *Chat) socket(ctx context.Context, hear func(context.Context, *socketmode.Client, socketmode.Request)) error {
	running, stop := context.WithCancel(ctx)
	sm := socketmode.New(c.api, socketmode.OptionReadLimit(maxFrame), socketmode.OptionPingInterval(c.silence))
	sm.Events = make(chan socketmode.Event) // no buffer, so that slack-go cannot run ahead of this loop
	var ended error
	done := make(chan struct{})
	go func() {
		defer close(done)
		ended = sm.RunContext(running)
	}()
	defer func() {
		stop()
		<-done
	}()

	lost := errClosed
	for {
		select {
		case <-done:
			return explain(ctx, "connect to slack with the app token", ended)
		case e := <-sm.Events:
			switch data := e.Data.(type) {
			case *slack.ConnectingEvent:
				if data.Attempt > 1 || data.ConnectionCount > 0 {
					return lost
				}
			case *slack.ConnectionErrorEvent:
				waitOut(ctx, data.ErrorObj)
				return explain(ctx, "connect to slack with the app token", data.ErrorObj)
			case *slack.IncomingEventError:
				lost = explain(ctx, "read from slack", data.ErrorObj)
			case *socketmode.ErrorBadMessage:
				var req socketmode.Request // of a kind that slack-go does not know, which wants its ack all the same
				if json.Unmarshal(data.Message, &req) == nil {
					hear(running, sm, req)
				}
			default:
				c.follow(running, sm, e, hear)
			}
		}
	}
}

// follow deals with what has a request.
func (c *Chat) follow(ctx context.Context, sm *socketmode.Client, e socketmode.Event, hear func(context.Context, *socketmode.Client, socketmode.Request)) {
	switch {
	case e.Request == nil:
	case e.Type == socketmode.EventTypeHello:
		c.log.Info("connected to slack", "connections", e.Request.NumConnections)
		if e.Request.NumConnections > 1 {
			c.log.Warn("slack has another connection of this app and shares the commands out among them; is a second vigie running?")
		}
	default:
		hear(ctx, sm, *e.Request)
	}
}

// waitOut waits as long as Slack asks for, if it does.
func waitOut(ctx context.Context, err error) {
	wait, limited := retryAfter(err)
	if !limited {
		return
	}
	t := time.NewTimer(min(wait, 5*time.Minute))
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
