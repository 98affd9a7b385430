package pod

import (
	"context"
	"errors"
	"fmt"
	"net/url"
)

// NodeInfo is what a pod says of itself. What it does not say, or says in no sensible way, is nil or "".
type NodeInfo struct {
	Schema            string // the version of the document's schema: "2.0"
	Software, Version string // "diaspora", "0.9.0.0-p1e2d3c4"
	Name              string // what the pod calls itself

	Users, ActiveMonth, ActiveHalfyear *int64 // accounts in all, and those used within 30 and 180 days
	LocalPosts, LocalComments          *int64
	OpenRegistrations                  *bool
}

// NodeInfo asks the pod at baseURL for its NodeInfo, by way of /.well-known/nodeinfo and the highest
// schema of version 1 or 2 that is listed there. The document must be on the same site as baseURL: on
// its host or one below it, over HTTPS if baseURL is, and on the same port. It gives up after 10
// seconds, or when ctx does.
//
// The answer may be up to 5 minutes old, as the figures in it cost the pod more than a page does. One
// from before a failed [Client.Probe] is not used: what comes back may be another version.
func (c *Client) NodeInfo(ctx context.Context, baseURL string) (NodeInfo, error) {
	if info, ok := c.info.recall(baseURL, c.now()); ok {
		return info, nil
	}
	info, err := c.nodeInfo(ctx, baseURL)
	if err != nil {
		return NodeInfo{}, fmt.Errorf("ask %s for NodeInfo: %w", display(baseURL), err)
	}
	c.info.keep(baseURL, info, c.now())
	return info, nil
}

func (c *Client) nodeInfo(ctx context.Context, baseURL string) (NodeInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	base, err := parseURL(baseURL)
	if err != nil {
		return NodeInfo{}, err
	}
	wellKnown := &url.URL{Scheme: base.Scheme, User: base.User, Host: base.Host, Path: "/.well-known/nodeinfo"}
	list, from, err := c.document(ctx, wellKnown.String())
	if err != nil {
		return NodeInfo{}, fmt.Errorf("/.well-known/nodeinfo: %w", err)
	}
	links, err := ParseWellKnown(list)
	if err != nil {
		return NodeInfo{}, fmt.Errorf("/.well-known/nodeinfo: %w", err)
	}
	link, err := from.Parse(best(links).Href)
	if err != nil || link.Host == "" {
		return NodeInfo{}, errors.New("/.well-known/nodeinfo: the link is not a valid URL")
	}
	if !sameSite(base, link) {
		return NodeInfo{}, fmt.Errorf("/.well-known/nodeinfo: its link leads to another site (%s), which is not asked", clean(link.Scheme+"://"+link.Host))
	}
	doc, _, err := c.document(ctx, link.String())
	if err != nil {
		return NodeInfo{}, fmt.Errorf("%s: %w", clean(link.Path), err)
	}
	info, err := ParseNodeInfo(doc)
	if err != nil {
		return NodeInfo{}, fmt.Errorf("%s: %w", clean(link.Path), err)
	}
	return info, nil
}
