package bot

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// questionLasts is how long a question waits for its yes.
const questionLasts = 60 * time.Second

// A place is where a person's answer is looked for.
type place struct{ person, chat, room string }

// A question is a call that waits for a yes, or for what its line lacks. It is tied to one person, one room, one command and the
// time that it lasts, and can be answered once: whoever takes it out of Bot.questions has it.
type question struct {
	call  *Call
	where place
	token string // what the buttons send back
	lasts time.Duration
	ended chan struct{}
}

func newQuestion(c *Call, lasts time.Duration) *question {
	where := place{c.Person.Name, c.Message.Chat, c.Message.Room}
	return &question{call: c, where: where, token: rand.Text(), lasts: lasts, ended: make(chan struct{})}
}

var errUnconfirmed = errors.New("not confirmed")

const withdrawnByClose = "withdrawn, as I am being stopped; nothing was done"

// ask asks back before a call is run.
func (b *Bot) ask(c *Call) {
	q := newQuestion(c, questionLasts)
	b.pose(q, Post{
		Text: fmt.Sprintf("%s on %s? Answer yes or no, within %d s.", c.summary(), c.Host, int(questionLasts.Seconds())),
		Choices: []Choice{
			{Label: "Yes, " + c.Command.Name, Value: "yes " + q.token, Risky: true},
			{Label: "No", Value: "no " + q.token, No: true},
		},
	}, errUnconfirmed)
}

// pose posts a question, for whose line it is the end for now. An earlier question to the same person in the same room is void.
func (b *Bot) pose(q *question, p Post, end error) {
	c := q.call
	b.mu.Lock()
	closing, earlier := b.closing, b.questions[q.where]
	if !closing {
		b.questions[q.where] = q
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
	seen := c.reply.say(p)
	c.Message.done(end) // the answer is a message of its own
	c.Message.Done = nil
	if !seen {
		b.take(q)
		return
	}
	b.waits.Go(func() { b.expire(q) })
}

// summary is the command with its target in full.
func (c *Call) summary() string {
	if c.Target == "" || c.Command.Own {
		return c.Line()
	}
	return c.Command.Name + " " + c.Target
}

func (b *Bot) expire(q *question) {
	t := time.NewTimer(q.lasts)
	defer t.Stop()
	select {
	case <-q.ended:
		return
	case <-b.ctx.Done():
		return
	case <-t.C:
	}
	if b.take(q) {
		what := "not confirmed"
		if q.call.lack != nil {
			what = "not answered"
		}
		q.end(b, fmt.Sprintf("%s within %d s; nothing was done", what, int(q.lasts.Seconds())))
	}
}

// take removes the question from those that wait, and tells whether it was still there.
func (b *Bot) take(q *question) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if q == nil || b.questions[q.where] != q {
		return false
	}
	delete(b.questions, q.where)
	return true
}

// waiting is the question that waits for an answer there, nil for none.
func (b *Bot) waiting(where place) *question {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.questions[where]
}

// end closes a question that is not run, with the reason.
func (q *question) end(b *Bot, why string) {
	close(q.ended)
	q.call.reply.say(Post{Text: q.call.summary() + ": " + why})
}

// answered takes a message as the answer to the question that waits for it: a bare yes or no, or what a line lacks. It tells
// whether it was one.
func (b *Bot) answered(who Person, m Message, words []string) bool {
	q := b.waiting(place{who.Name, m.Chat, m.Room})
	if q != nil && q.call.lack != nil {
		return b.told(who, m, q, words)
	}
	if len(words) != 1 {
		return false
	}
	yes := false
	switch strings.ToLower(words[0]) {
	case "yes", "y":
		yes = true
	case "no", "n":
	default:
		return false
	}
	if !b.take(q) {
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
	answer, token, _ := strings.Cut(m.Press, " ")
	b.mu.Lock()
	var q *question
	for at, waiting := range b.questions {
		if at.chat == m.Chat && token == waiting.token {
			q = waiting
		}
	}
	b.mu.Unlock()
	switch {
	case q == nil:
	case q.where.person != who.Name:
		b.refusePress(m, fmt.Errorf("that question is for %s to answer", q.where.person))
		return
	case q.where.room != m.Room:
		b.refusePress(m, errors.New("that question was asked elsewhere; nothing was done"))
		return
	case answer == "no" && b.take(q), q.call.lack == nil && answer == "yes" && b.take(q):
		b.resolve(q, m, answer == "yes")
		return
	case q.call.lack != nil:
		n, err := strconv.Atoi(answer)
		if err == nil && n >= 1 && n <= len(q.call.lack.Offers) && b.filled(who, m, q, q.call.lack.Offers[n-1].answer()) {
			return
		}
	}
	b.refusePress(m, errors.New("that question is no longer open; nothing was done"))
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
