package bot

import (
	"crypto/rand"
	"errors"
	"fmt"
	"time"
)

// questionLasts is how long a question waits for its answer.
const questionLasts = 60 * time.Second

// A place is where a person's answer is looked for.
type place struct{ person, chat, room string }

// A question is a call that waits for a yes. It is tied to one person, one room, one command and
// questionLasts, and can be answered once: whoever takes it out of Bot.questions has it.
type question struct {
	call  *Call
	token string // what the buttons send back
	ended chan struct{}
}

var errUnconfirmed = errors.New("not confirmed")

const withdrawnByClose = "withdrawn, as I am being stopped; nothing was done"

// ask asks back before a call is run. An earlier question to the same person in the same room is void.
func (b *Bot) ask(c *Call) {
	q := &question{call: c, token: rand.Text(), ended: make(chan struct{})}
	where := place{c.Person.Name, c.Message.Chat, c.Message.Room}
	b.mu.Lock()
	closing, earlier := b.closing, b.questions[where]
	if !closing {
		b.questions[where] = q
	}
	b.mu.Unlock()
	if closing {
		b.fail(c, c.reply, errClosing)
		c.Message.done(errClosing)
		return
	}
	if earlier != nil {
		earlier.end(b, "withdrawn: another question came after it")
	}
	seen := c.reply.say(Post{
		Text: fmt.Sprintf("%s on %s? Answer yes or no, within %d s.", c.summary(), c.Host, int(questionLasts.Seconds())),
		Choices: []Choice{
			{Label: "Yes, " + c.Command.Name, Value: "yes " + q.token, Risky: true},
			{Label: "No", Value: "no " + q.token},
		},
	})
	c.Message.done(errUnconfirmed) // the answer is a message of its own
	c.Message.Done = nil
	if !seen {
		b.take(where, q)
		return
	}
	b.waits.Go(func() { b.expire(where, q) })
}

// summary is the command with its target in full.
func (c *Call) summary() string {
	if c.Target == "" {
		return c.Line()
	}
	return c.Command.Name + " " + c.Target
}

func (b *Bot) expire(where place, q *question) {
	t := time.NewTimer(questionLasts)
	defer t.Stop()
	select {
	case <-q.ended:
		return
	case <-b.ctx.Done():
		return
	case <-t.C:
	}
	if b.take(where, q) {
		q.end(b, fmt.Sprintf("not confirmed within %d s; nothing was done", int(questionLasts.Seconds())))
	}
}

// take removes the question from those that wait, and tells whether it was still there.
func (b *Bot) take(where place, q *question) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if q == nil || b.questions[where] != q {
		return false
	}
	delete(b.questions, where)
	return true
}

// end closes a question that is not run, with the reason.
func (q *question) end(b *Bot, why string) {
	close(q.ended)
	q.call.reply.say(Post{Text: q.call.summary() + ": " + why})
}

// answered takes a bare yes or no as the answer to the question that waits for it. It tells whether the
// word was one.
func (b *Bot) answered(who Person, m Message, word string) bool {
	var yes bool
	switch word {
	case "yes", "y":
		yes = true
	case "no", "n":
	default:
		return false
	}
	where := place{who.Name, m.Chat, m.Room}
	b.mu.Lock()
	q := b.questions[where]
	b.mu.Unlock()
	if !b.take(where, q) {
		err := errors.New("no question of mine waits for your answer here")
		b.answer(m).say(Post{Text: "✗ " + err.Error()})
		m.done(err)
		return true
	}
	b.resolve(q, m, yes)
	return true
}

// pressed takes a button as the answer.
func (b *Bot) pressed(who Person, m Message) {
	b.mu.Lock()
	var q *question
	var where place
	yes := false
	for at, waiting := range b.questions {
		if at.chat == m.Chat && (m.Press == "yes "+waiting.token || m.Press == "no "+waiting.token) {
			q, where, yes = waiting, at, m.Press == "yes "+waiting.token
		}
	}
	b.mu.Unlock()
	switch {
	case q != nil && where.person != who.Name:
		b.refusePress(m, fmt.Errorf("that question is for %s to answer", where.person))
	case q != nil && where.room != m.Room:
		b.refusePress(m, errors.New("that question was asked elsewhere; nothing was done"))
	case b.take(where, q):
		b.resolve(q, m, yes)
	default:
		b.refusePress(m, errors.New("that question is no longer open; nothing was done"))
	}
}

func (b *Bot) refusePress(m Message, err error) {
	b.answer(m).say(Post{Text: "✗ " + err.Error(), Only: m.From})
	m.done(err)
}

// resolve runs the call that was confirmed, or drops it. The rights are looked at once more: a minute is
// long enough to lose them.
func (b *Bot) resolve(q *question, m Message, yes bool) {
	c := q.call
	if !yes {
		q.end(b, "not done, as you say")
		m.done(nil)
		return
	}
	close(q.ended)
	c.Message.Confirmed, c.Message.Done = true, m.Done
	policy := &b.settings.Load().Policy
	who, listed := policy.Who(m.From)
	err := errStranger
	if listed {
		err = policy.May(who, c.Command, c.Target)
	}
	if err != nil {
		b.fail(c, c.reply, err)
		m.done(err)
		return
	}
	b.begin(c)
}
