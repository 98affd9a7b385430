package xmpp

import (
	"context"
	"fmt"

	"github.com/diaspote/vigie/bot"
)

// A refusal is an error that a question was answered with.
type refusal struct{ answer *node }

func (r *refusal) Error() string { return r.answer.condition() }

// ask sends a question, whose payload is XML, and returns the answer, or a *refusal.
func (s *session) ask(ctx context.Context, to, payload string) (*node, error) {
	id := newID()
	answer := make(chan *node, 1)
	w := wait{to: to, got: make(chan error, 1), answer: answer}
	s.mu.Lock()
	s.waits[id] = w
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.waits, id)
		s.mu.Unlock()
	}()
	if err := s.send("<iq type='get' id='%s' to='%s'>%s</iq>", id, escape(to), payload); err != nil {
		return nil, err
	}
	select {
	case n := <-answer:
		if n.attr("type") == "error" {
			return nil, &refusal{n}
		}
		return n, nil
	case <-s.done:
		return nil, fmt.Errorf("the connection was lost: %w", bot.ErrOffline)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
