package cachet

import (
	"context"
	"errors"
	"net/http"

	"github.com/diaspote/vigie/ops/incident"
)

// A subscriber as Cachet's API has it, but that the code that confirms one is null: it is a secret of the mail.
type subscriber struct {
	ID            int64          `json:"id"`
	Email         string         `json:"email"`
	Code          *string        `json:"verify_code"`
	Phone         *string        `json:"phone_number"`
	Global        int            `json:"global"` // 1 if there is no subscription to single components
	Verified      any            `json:"verified_at"`
	Created       string         `json:"created_at"`
	Updated       string         `json:"updated_at"`
	Subscriptions []subscription `json:"subscriptions"`
}

// A subscription is that of one component.
type subscription struct {
	ID         int64 `json:"id"`
	Subscriber int64 `json:"subscriber_id"`
	Component  int64 `json:"component_id"`
}

func (a *API) presentSubscriber(s *incident.Subscriber) subscriber {
	one := subscriber{ID: s.ID, Email: s.Address, Global: bit(len(s.Components) == 0), Verified: a.when(s.Confirmed), Created: a.stamp(s.Created),
		Updated: a.stamp(s.Created), Subscriptions: []subscription{}}
	if !s.Confirmed.IsZero() {
		one.Updated = a.stamp(s.Confirmed)
	}
	for _, c := range s.Components {
		one.Subscriptions = append(one.Subscriptions, subscription{c.ID, s.ID, c.Component})
	}
	return one
}

var subscriberColumns = []column[subscriber]{
	{"id", func(s *subscriber) any { return s.ID }, true},
	{"email", func(s *subscriber) any { return s.Email }, true},
	{"global", func(s *subscriber) any { return int64(s.Global) }, true},
}

func (a *API) subscribers(ctx context.Context, c *call) (answer, error) {
	found, err := a.Book.Subscribers(ctx)
	if err != nil {
		return answer{}, err
	}
	var all []subscriber
	for n := range found {
		all = append(all, a.presentSubscriber(&found[n]))
	}
	return part(a, c, all, subscriberColumns), nil
}

// addSubscriber subscribes an address. It is sent a mail that asks for a yes, unless verify says that there has been one.
func (a *API) addSubscriber(ctx context.Context, c *call) (answer, error) {
	c.in.need("email")
	email, _ := c.in.text("email")
	verified, _ := c.in.flag("verify")
	components, _ := c.in.ids("components")
	if err := c.in.err(); err != nil {
		return answer{}, err
	}
	s, err := a.Book.Subscribe(ctx, email, "en", components, verified)
	if errors.Is(err, incident.ErrCrowded) || err == nil && s.ID == 0 {
		return answer{}, &failure{status: http.StatusServiceUnavailable, detail: "Too many have subscribed lately, or there is room for no more."}
	}
	if err != nil {
		return answer{}, err
	}
	return answer{Data: a.presentSubscriber(&s)}, nil
}

func (a *API) removeSubscriber(ctx context.Context, c *call) (answer, error) {
	return c.remove(ctx, a.Book.Unsubscribe)
}

func (a *API) removeSubscription(ctx context.Context, c *call) (answer, error) {
	return c.remove(ctx, a.Book.RemoveSubscription)
}
