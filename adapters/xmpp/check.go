package xmpp

import "context"

// Check signs in and out again. It shows no presence and joins no room, so that a bot at work under the
// same account notices nothing of it.
func (c *Chat) Check(ctx context.Context) error {
	s, err := c.connect(ctx)
	if err != nil {
		return err
	}
	s.leave()
	s.fail(nil)
	return nil
}
