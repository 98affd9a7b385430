package cachet

import (
	"context"
)

// A Subscriber is somebody who confirmed that a Cachet may send them mail.
type Subscriber struct {
	Address    string
	Components []int64 // there, that they want to hear of; none for all
}

// Subscribers reads those of a Cachet, which takes its token.
func (c *Client) Subscribers(ctx context.Context, take func(Subscriber) error) error {
	type there struct {
		Email         string `json:"email"`
		VerifiedAt    string `json:"verified_at"`
		Global        *number
		Subscriptions []struct {
			ComponentID number `json:"component_id"`
		} `json:"subscriptions"`
	}
	return list(ctx, c, "subscribers", func(one there, _ int) (bool, error) {
		if one.Email == "" || one.VerifiedAt == "" {
			return true, nil
		}
		s := Subscriber{Address: one.Email}
		for _, of := range one.Subscriptions {
			if one.Global == nil || *one.Global == 0 {
				s.Components = append(s.Components, int64(of.ComponentID))
			}
		}
		return true, take(s)
	})
}
