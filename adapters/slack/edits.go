package slack

import (
	"context"
	"sync"

	"github.com/slack-go/slack"
)

// edits puts the edits of each post in order: one is under way at a time, and the one that comes after
// it has the latest text of all that came meanwhile.
type edits struct {
	mu   sync.Mutex
	open map[string]*edit
}

// An edit is the state of one post that is being edited. edits.mu guards all but turn.
type edit struct {
	turn    chan struct{} // holds one while an edit is under way
	callers int
	last    int               // the number of the latest text
	made    int               // the number of the text that Slack has
	latest  []slack.MsgOption // the latest text
}

// make calls send when it is options' turn, unless a later text has been sent by then. send takes the
// latest text as late as it can.
func (e *edits) make(ctx context.Context, key string, options []slack.MsgOption, send func(latest func() []slack.MsgOption) error) error {
	it, mine := e.enter(key, options)
	defer e.leave(key, it)
	select {
	case it.turn <- struct{}{}:
		defer func() { <-it.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if e.done(it, mine) {
		return nil
	}
	var taken int
	err := send(func() []slack.MsgOption {
		e.mu.Lock()
		defer e.mu.Unlock()
		taken = it.last
		return it.latest
	})
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	it.made = taken
	return nil
}

func (e *edits) enter(key string, options []slack.MsgOption) (it *edit, mine int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	it = e.open[key]
	if it == nil {
		if e.open == nil {
			e.open = map[string]*edit{}
		}
		it = &edit{turn: make(chan struct{}, 1)}
		e.open[key] = it
	}
	it.callers++
	it.last++
	it.latest = options
	return it, it.last
}

func (e *edits) leave(key string, it *edit) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if it.callers--; it.callers == 0 {
		delete(e.open, key)
	}
}

// done tells whether Slack has a text, or a later one.
func (e *edits) done(it *edit, number int) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return it.made >= number
}
