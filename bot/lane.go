package bot

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
)

// laneLength is how many lines of one person may wait. Beyond it they are dropped, and the person is told.
const laneLength = 256

// A lane is the queue of one person. Its lines are dealt with in the order in which they were said; two
// people never wait for each other. Its goroutine lives only while there is something to do.
type lane struct {
	waiting []task
	running bool
	dropped int
}

// A task is a message and what is to be done with it.
type task struct {
	message Message
	handle  func(Message)
}

// queue puts m into the lane named key, to be dealt with by handle.
func (b *Bot) queue(key string, m Message, length int, handle func(Message)) {
	b.mu.Lock()
	if b.closing {
		b.mu.Unlock()
		m.done(errClosing)
		return
	}
	l := b.lanes[key]
	if l == nil {
		l = &lane{}
		b.lanes[key] = l
	}
	if len(l.waiting) >= length {
		l.dropped++
		b.mu.Unlock()
		m.done(errTooMany)
		return
	}
	l.waiting = append(l.waiting, task{m, handle})
	if !l.running {
		l.running = true
		b.work.Go(func() { b.drain(key, l) })
	}
	b.mu.Unlock()
}

var (
	errTooMany = errors.New("too many lines at once")
	errClosing = errors.New("the bot is being stopped; nothing was run")
)

func (b *Bot) drain(key string, l *lane) {
	for {
		b.mu.Lock()
		if len(l.waiting) == 0 {
			delete(b.lanes, key)
			b.mu.Unlock()
			return
		}
		next := l.waiting[0]
		l.waiting[0] = task{} // for the collector
		l.waiting = l.waiting[1:]
		dropped := l.dropped
		if len(l.waiting) == 0 {
			l.dropped = 0
		} else {
			dropped = 0
		}
		b.mu.Unlock()

		b.deal(next)
		if dropped > 0 {
			b.answer(next.message).say(Post{Text: fmt.Sprintf("✗ too fast: %d lines of yours were dropped and not run; at most %d wait", dropped, laneLength)})
		}
	}
}

// deal handles one message. Whatever goes wrong in it ends with that message.
func (b *Bot) deal(t task) {
	defer func() {
		if p := recover(); p != nil {
			b.log.Error("a line panicked", "line", Clip(t.message.Text, 300), "panic", p, "stack", string(debug.Stack()))
			b.tellError(b.answer(t.message), errInternal)
			t.message.done(errInternal)
		}
	}()
	t.handle(t.message)
}

var errInternal = errors.New("internal error; what happened is in my log")

// bounded keeps no more of a message than is read, for many may wait; and has its Done called once only.
func (m Message) bounded() Message {
	if len(m.Text) > maxLine {
		m.Text = strings.Clone(m.Text[:maxLine+1]) // one too many, so that it is still seen to be too long
	}
	if len(m.Input) > maxInput {
		m.Input = strings.Clone(m.Input[:maxInput]) + "…"
	}
	if done := m.Done; done != nil {
		var once sync.Once
		m.Done = func(err error) { once.Do(func() { done(err) }) }
	}
	return m
}

// maxInput bounds the text that comes along with a line, in bytes; far more than a post can hold.
const maxInput = 256 << 10

// done reports the end of a message to the chat that wants to know.
func (m Message) done(err error) {
	if m.Done != nil {
		m.Done(err)
	}
}
