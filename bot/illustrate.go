package bot

import (
	"context"
	"time"
)

// What is known of the pictures that belong to an alert to come.
const (
	illustrateTimeout = 20 * time.Second // for one to be drawn
	illustrateWithin  = time.Minute      // of the alert, or not at all
	attachedFor       = time.Hour
	maxAttached       = 16
)

// An attachment is a picture that waits for an alert.
type attachment struct {
	picture *Picture
	until   time.Time
}

// Attach has the next alerts of that key carry a picture, in place of the one that [Settings].Illustrate makes; with nil they
// carry none any more. It is kept in memory for an hour and no longer.
func (b *Bot) Attach(key string, p *Picture) {
	now := b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	if p == nil {
		delete(b.attached, key)
		return
	}
	var oldest string
	for k, a := range b.attached {
		if !now.Before(a.until) {
			delete(b.attached, k)
		} else if oldest == "" || a.until.Before(b.attached[oldest].until) {
			oldest = k
		}
	}
	if _, known := b.attached[key]; !known && len(b.attached) >= maxAttached {
		delete(b.attached, oldest)
	}
	b.attached[key] = attachment{p, now.Add(attachedFor)}
}

// Attached is the picture that alerts of that key would carry by now, nil for none: for a command whose answer takes the place of
// one.
func (c *Call) Attached(key string) *Picture { return c.bot.attachedTo(key) }

func (b *Bot) attachedTo(key string) *Picture {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a, ok := b.attached[key]; ok && b.now().Before(a.until) {
		return a.picture
	}
	return nil
}

// illustrates tells whether any alert may have a picture.
func (b *Bot) illustrates() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.attached) > 0 || b.settings.Load().Illustrate != nil
}

// first tells whether an alert is to have its picture once it is posted: it never stood in the room. So a reminder, an
// edit, or a bot that comes back after a crash does not post it again.
func (c *courier) first(ctx context.Context, alert int64) bool {
	if c.to.hook() || !c.bot.illustrates() {
		return false
	}
	stands, err := c.bot.db.Stands(ctx, alert, c.to.Chat, c.to.Room)
	return err == nil && stands.Receipt == ""
}

// illustrate posts the picture of an alert that stands in the room now. It does so beside the courier, one picture after the
// other: the next alert does not wait for it, and one that cannot be had within a minute is left out.
func (c *courier) illustrate(p Post) {
	b := c.bot
	picture, draw := b.attachedTo(p.Event.Key), b.settings.Load().Illustrate
	if picture == nil && draw == nil {
		return
	}
	event := *p.Event
	b.waits.Go(func() {
		ctx, cancel := context.WithTimeout(b.ctx, illustrateWithin)
		defer cancel()
		err := guard(func(ctx context.Context) error {
			select {
			case c.drawing <- struct{}{}:
				defer func() { <-c.drawing }()
			case <-ctx.Done():
				return ctx.Err()
			}
			if picture == nil {
				drawing, cancel := context.WithTimeout(ctx, illustrateTimeout)
				defer cancel()
				if picture = draw(drawing, event); picture == nil {
					return drawing.Err()
				}
			}
			_, err := b.postOnce(ctx, c.to.Chat, Post{Room: c.to.Room, Picture: picture})
			return err
		})(ctx)
		if err != nil && b.ctx.Err() == nil {
			b.log.Warn("an alert stays without its picture", "alert", p.Alert, "chat", c.to.Chat, "room", c.to.Room, "error", err)
		}
	})
}
