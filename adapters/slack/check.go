package slack

import "context"

// Check tries both tokens and looks for the channels. It posts nothing and opens no socket, so that a bot
// at work with the same tokens loses no event to it.
func (c *Chat) Check(ctx context.Context) error {
	if _, err := c.prepare(ctx); err != nil {
		return err
	}
	for _, channel := range c.cfg.Channels {
		if _, err := c.resolve(ctx, channel); err != nil {
			return err
		}
	}
	_, _, err := c.api.StartSocketModeContext(ctx)
	return explain(ctx, "connect to slack with the app token", err)
}
