package slack

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/slack-go/slack"
)

const (
	uploadTimeout = 10 * time.Second
	maxPicture    = 8 << 20 // bytes
	maxAlt        = 300     // runes, for those who have pictures read out
	drawnColumns  = 60      // of a picture that cannot be sent
)

// upload sends a picture to Slack, where nobody sees it before it is shared. It needs files:write.
// https://docs.slack.dev/messaging/working-with-files#upload
func (c *Chat) upload(ctx context.Context, p bot.Post) (slack.FileSummary, error) {
	const op = "upload"
	picture := p.Picture
	switch {
	case p.Only != "":
		return slack.FileSummary{}, errors.New("slack shows no file to one person alone")
	case len(picture.Data) == 0 || len(picture.Data) > maxPicture:
		return slack.FileSummary{}, fmt.Errorf("it has %d bytes", len(picture.Data))
	}
	ctx, cancel := context.WithTimeout(ctx, uploadTimeout)
	defer cancel()
	name := bot.Clip(picture.Name, 100)
	alt := ""
	if strings.HasPrefix(picture.Type, "image/") {
		alt = cmp.Or(bot.Clip(p.Text, maxAlt), name)
	}
	to, err := c.api.GetUploadURLExternalContext(ctx, slack.GetUploadURLExternalParameters{FileName: name, FileSize: len(picture.Data), AltTxt: alt})
	if err == nil {
		err = c.api.UploadToURL(ctx, slack.UploadToURLParameters{UploadURL: to.UploadURL, Filename: name, Reader: bytes.NewReader(picture.Data)})
	}
	if ctx.Err() != nil {
		return slack.FileSummary{}, fmt.Errorf("the upload took longer than %s", uploadTimeout)
	}
	if err != nil {
		return slack.FileSummary{}, explain(ctx, op, err)
	}
	return slack.FileSummary{ID: to.FileID, Title: name}, nil
}

// share shows an uploaded picture in a channel, which is given by its id. Slack does not say which message it becomes.
func (c *Chat) share(ctx context.Context, channel, thread string, file slack.FileSummary) error {
	err := c.paced(ctx, channel, func() error {
		_, err := c.api.CompleteUploadExternalContext(ctx, slack.CompleteUploadExternalParameters{
			Files: []slack.FileSummary{file}, Channel: channel, ThreadTimestamp: thread,
		})
		return err
	})
	return c.failed(ctx, "share the picture", channel, err)
}

// postWithPicture uploads the picture, posts the text, and shares the picture below it: so the text is a post like any other,
// with a receipt. What cannot be uploaded is drawn with characters, below one line that says why.
func (c *Chat) postWithPicture(ctx context.Context, op, room string, p bot.Post) (bot.Receipt, error) {
	file, err := c.upload(ctx, p)
	if err != nil {
		return c.postDrawn(ctx, op, room, p, err)
	}
	if p.Text == "" && p.Block == "" && len(p.Choices) == 0 {
		channel, err := c.channel(ctx, room)
		if err == nil {
			err = c.share(ctx, channel, p.Thread, file)
		}
		if err == nil || errors.Is(err, bot.ErrOffline) {
			return bot.Receipt{Room: c.rooms.spelled(channel, c.cfg.Channels)}, err
		}
		return c.postDrawn(ctx, op, room, p, err)
	}
	words := p
	words.Picture = nil
	receipt, channel, err := c.postWords(ctx, op, room, words)
	if err != nil {
		return receipt, err
	}
	if err := c.share(ctx, channel, p.Thread, file); err != nil {
		// The text was taken, and is not to be posted again.
		if _, err := c.postDrawn(ctx, op, channel, bot.Post{Thread: p.Thread, Picture: p.Picture}, err); err != nil {
			c.log.Warn("a picture was not posted", "room", room, "error", err)
		}
	}
	return receipt, nil
}

func (c *Chat) postDrawn(ctx context.Context, op, room string, p bot.Post, why error) (bot.Receipt, error) {
	c.log.Warn("a picture could not be shown", "room", room, "why", why)
	receipt, _, err := c.postWords(ctx, op, room, p.Drawn(drawnColumns, why.Error()))
	return receipt, err
}
