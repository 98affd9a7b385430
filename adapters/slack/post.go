package slack

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/diaspote/vigie/bot"
	"github.com/slack-go/slack"
)

// Post posts into a channel or a direct message, and returns once Slack has said ok. The room is an id,
// a name ("#ops") or an account ("slack:U0123"). The receipt of a post that one person alone sees is
// zero: Slack does not let it be edited. A call that broke off may have been taken all the same; Slack
// gives no means to tell.
// https://docs.slack.dev/reference/methods/chat.postMessage, …/chat.postEphemeral
func (c *Chat) Post(ctx context.Context, p bot.Post) (bot.Receipt, error) {
	op := "post to " + p.Room
	room, err := c.resolve(ctx, p.Room)
	if err != nil {
		return bot.Receipt{}, fmt.Errorf("%s: %w", op, err)
	}
	if p.Picture != nil {
		return c.postWithPicture(ctx, op, room, p)
	}
	receipt, _, err := c.postWords(ctx, op, room, p)
	return receipt, err
}

// postWords posts into a room whose id is known, and returns the id of the channel that it turned out to be.
func (c *Chat) postWords(ctx context.Context, op, room string, p bot.Post) (r bot.Receipt, channel string, err error) {
	options, err := render(p)
	if err != nil {
		return r, "", fmt.Errorf("%s: %w", op, err)
	}
	if p.Thread != "" {
		options = append(options, slack.MsgOptionTS(p.Thread))
	}
	if p.Only != "" {
		return r, "", c.whisper(ctx, op, room, p.Only, options)
	}
	var ts string
	err = c.paced(ctx, room, func() (err error) {
		channel, ts, err = c.api.PostMessageContext(ctx, room, options...)
		return err
	})
	if err != nil {
		return r, "", c.failed(ctx, op, room, err)
	}
	return bot.Receipt{Room: c.rooms.spelled(channel, c.cfg.Channels), ID: ts}, channel, nil
}

// whisper posts for one person alone.
func (c *Chat) whisper(ctx context.Context, op, room, only string, options []slack.MsgOption) error {
	user, ours := strings.CutPrefix(only, "slack:")
	if !ours || !userID.MatchString(user) {
		return fmt.Errorf("%s: %q is no slack account", op, only)
	}
	err := c.paced(ctx, room, func() error {
		_, err := c.api.PostEphemeralContext(ctx, room, user, options...)
		return err
	})
	return c.failed(ctx, op, room, err)
}

// Chooses says that choices are buttons here.
func (c *Chat) Chooses() {}

// Edit replaces a post, buttons and all. Of edits that wait for their turn at one post the last is made,
// and stands for those before it.
// https://docs.slack.dev/reference/methods/chat.update
func (c *Chat) Edit(ctx context.Context, r bot.Receipt, p bot.Post) error {
	op := "edit a post in " + r.Room
	if r.ID == "" {
		return fmt.Errorf("%s: %w", op, errors.New("it has no receipt"))
	}
	options, err := render(p)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	room, err := c.resolve(ctx, r.Room)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	err = c.edits.make(ctx, room+" "+r.ID, options, func(latest func() []slack.MsgOption) error {
		return c.paced(ctx, "edits in "+room, func() error {
			_, _, _, err := c.api.UpdateMessageContext(ctx, room, r.ID, latest()...)
			return err
		})
	})
	return c.failed(ctx, op, room, err)
}

// failed explains an error, and takes note of a room that the bot is no longer in.
func (c *Chat) failed(ctx context.Context, op, room string, err error) error {
	var refused slack.SlackErrorResponse
	if errors.As(err, &refused) && (refused.Err == "not_in_channel" || refused.Err == "channel_not_found") {
		c.rooms.leave(room)
	}
	return explain(ctx, op, err)
}
