package webhook

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/diaspote/vigie/bot"
)

// NewsChat begins the name of each [News].
const NewsChat = "subscriber:"

// A News posts what the public is told to a URL, signed as a [Hook] signs. It is owed the names of things, as "incident/12", and
// posts each as it is by then.
//
// Who subscribes is named by the config, and by it alone: whoever could name a URL on the web would have the bot ask
// whatever it can reach, the pod's own insides too.
type News struct {
	hook *Hook
	call func(ctx context.Context, thing string) (body []byte, ok bool, err error)
}

// NewNews makes one. call says what there is to post of a thing; ok is false if that is nothing any more. url and secret are as for
// [NewHook].
func NewNews(name, url, secret string, now func() time.Time, call func(ctx context.Context, thing string) ([]byte, bool, error)) (*News, error) {
	h, err := NewHook(name, "", url, secret, now)
	return &News{h, call}, err
}

// Name is [NewsChat] and the name from the config.
func (n *News) Name() string { return NewsChat + n.hook.name }

// Listen blocks until ctx ends: nobody speaks here.
func (n *News) Listen(ctx context.Context, in chan<- bot.Message) error {
	return n.hook.Listen(ctx, in)
}

// Post returns as that of a [Hook] does.
func (n *News) Post(ctx context.Context, p bot.Post) (bot.Receipt, error) {
	op := "post to the status page's webhook " + n.hook.name
	body, ok, err := n.call(ctx, p.Text)
	if err != nil {
		return bot.Receipt{}, fmt.Errorf("%s: %w", op, err)
	}
	if !ok {
		return bot.Receipt{}, nil
	}
	delivery := uuid.NewSHA1(uuid.NameSpaceOID, body).String()
	if err := n.hook.send(ctx, delivery, body); err != nil {
		return bot.Receipt{}, fmt.Errorf("%s: %w", op, err)
	}
	return bot.Receipt{Room: p.Room, ID: delivery}, nil
}
