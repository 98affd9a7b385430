package xmpp

import "context"

// Check signs in and out again. It shows no presence, joins no room and takes a resource of its own, so that a
// bot at work under the same account notices nothing of it.
func (c *Chat) Check(ctx context.Context) error {
	cfg := c.cfg
	cfg.JID = bareJID(cfg.JID) + "/check-" + newID()
	s, err := c.connect(ctx, cfg)
	if err != nil {
		return err
	}
	s.leave()
	s.fail(nil)
	return nil
}
