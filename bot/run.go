package bot

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/diaspote/vigie/ops/ledger"
)

// handle deals with one message of a person, in that person's lane.
func (b *Bot) handle(who Person, m Message) {
	if m.Press != "" {
		b.pressed(who, m)
		return
	}
	r := b.answer(m)
	words, err := Words(m.Text)
	if b.answered(who, m, words) {
		return
	}
	if err != nil {
		r.say(Post{Text: "✗ " + err.Error()})
		m.done(err)
		return
	}
	if len(words) == 0 {
		words = []string{"help"}
	}
	b.perform(who, m, r, words)
}

// perform runs the line that words are, and answers through r.
func (b *Bot) perform(who Person, m Message, r *reply, words []string) {
	c, err := b.prepare(who, m, words)
	if c != nil {
		c.reply = r
		if c.lack != nil && !m.Single {
			b.inquire(c, "")
			return
		}
	}
	if err != nil {
		b.refuse(c, err)
		if q := b.waiting(place{who.Name, m.Chat, m.Room}); q != nil && q.call.lack != nil {
			quote := "If that was the answer, put it into quotes; "
			if q.call.lack.Only {
				quote = ""
			}
			err = fmt.Errorf("%w\n%sI still ask: %s", err, quote, q.call.lack.Ask)
		}
		b.tellError(r, err)
		m.done(err)
		return
	}
	b.begin(c)
}

// find finds the command of a line and what it is given. With an error the line cannot be run; the command is nil if it is
// not even known.
func (s *Settings) find(who Person, words []string) (cmd *Command, args []string, err error) {
	may := func(c *Command) bool { return s.Policy.May(who, c, "") == nil }
	if cmd, err = s.Commands.Find(words[0], may); err != nil {
		return nil, nil, err
	}
	args = words[1:]
	if sub, err := cmd.sub(args, may); err != nil {
		return nil, nil, err
	} else if sub != nil {
		cmd, args = sub, args[1:]
	}
	if err := s.Policy.May(who, cmd, ""); err != nil {
		return cmd, args, err
	}
	if n := len(args); n < cmd.MinArgs || cmd.MaxArgs != Any && n > cmd.MaxArgs {
		return cmd, args, fmt.Errorf("usage: %s", cmd.usage())
	}
	return cmd, args, nil
}

// Check tells why a line could never be run, as far as that can be told without asking the host, and whether it changes
// anything if it can.
func (s *Settings) Check(who Person, line string) (changes bool, err error) {
	words, err := Words(line)
	if err != nil {
		return false, err
	}
	if len(words) == 0 {
		return false, errEmpty
	}
	cmd, _, err := s.find(who, words)
	return err == nil && cmd.Changes, err
}

var errEmpty = errors.New("that line is empty")

// prepare makes a Call of a line, or says why it cannot be run. The Call is nil if not even its command
// is known.
func (b *Bot) prepare(who Person, m Message, words []string) (*Call, error) {
	s := b.settings.Load()
	cmd, args, err := s.find(who, words)
	if cmd == nil {
		return nil, err
	}
	c := &Call{Command: cmd, Args: args, Person: who, Message: m, Host: s.Host, bot: b, reply: b.answer(m)}
	if err != nil {
		return c, err
	}
	ctx, cancel := context.WithTimeout(b.ctx, defaultTimeout)
	defer cancel()
	if cmd.Lacks != nil {
		if c.lack, err = cmd.Lacks(ctx, c); err != nil {
			return c, fmt.Errorf("%s: %w", cmd.Name, err)
		}
		if c.lack != nil {
			return c, fmt.Errorf("usage: %s", cmd.usage())
		}
	}
	if cmd.Target != nil {
		if c.Target, err = cmd.Target(ctx, c.Args); err != nil {
			return c, fmt.Errorf("%s %s: %w", cmd.Name, Clip(strings.Join(c.Args, " "), 60), err)
		}
		if cmd.Changes && c.Target == "" { // the policy would take it for a command without one
			return c, fmt.Errorf("%s: that names nothing to change", cmd.Name)
		}
	}
	return c, s.Policy.May(who, cmd, c.Target)
}

// begin runs a call that may be run, once it is confirmed if need be.
func (b *Bot) begin(c *Call) {
	policy := &b.settings.Load().Policy
	if policy.asks(c.Command, c.Target) && !c.Message.Confirmed {
		if c.Message.Single {
			err := fmt.Errorf("%s wants a yes beforehand; nothing was done (vigie ask --yes)", c.summary())
			b.fail(c, c.reply, err)
			c.Message.done(err)
			return
		}
		b.ask(c)
		return
	}
	if !c.Command.Changes {
		err := b.run(c)
		if err != nil {
			b.tellError(c.reply, err)
		}
		c.Message.done(err)
		return
	}
	if other := b.claim(c); other != nil {
		err := fmt.Errorf("%s is already under way, asked for by %s %s ago; nothing was done", other.Line(), other.Person.Name, since(b.now(), other.started))
		b.fail(c, c.reply, err)
		c.Message.done(err)
		return
	}
	b.work.Go(func() {
		err := b.change(c)
		b.release(c)
		if err != nil {
			c.answer = failed(err)
		}
		if c.answer.shows() {
			c.reply.patience = changePatience
			c.reply.say(c.answer)
		}
		c.Message.done(err)
	})
}

// run runs the command.
func (b *Bot) run(c *Call) (err error) {
	ctx, cancel := context.WithTimeout(ledger.SaidIn(b.ctx, c.Message.Chat, c.Message.Room), c.Command.timeout())
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			b.log.Error("a command panicked", "line", c.Line(), "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("%s: %w", c.Command.Name, errInternal)
		}
	}()
	err = c.Command.Run(ctx, c)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil {
		err = fmt.Errorf("%s: no answer within %v: %w", c.Command.Name, c.Command.timeout(), err)
	}
	return err
}

// change runs a command between its two records in the ledger. Without the first it does not run.
func (b *Bot) change(c *Call) error {
	id, err := b.record(c, ledger.Started, "")
	if err != nil {
		return fmt.Errorf("%s was not run, because it cannot be recorded: %w", c.Line(), err)
	}
	err = b.run(c)
	outcome, detail := ledger.Done, c.answer.Text
	if err != nil {
		outcome, detail = ledger.Failed, err.Error()
	}
	if b.ctx.Err() != nil && err != nil {
		return err // the bot is going down: the record stays open, and Recover will tell
	}
	if err := b.db.Finish(context.WithoutCancel(b.ctx), id, outcome, Clip(detail, 500), b.now().Sub(c.started)); err != nil {
		b.Unwritten(err)
		b.log.Error("the audit was not completed", "line", c.Line(), "error", err)
	}
	return err
}

func (b *Bot) record(c *Call, outcome ledger.Outcome, detail string) (int64, error) {
	ctx, cancel := context.WithTimeout(b.ctx, defaultTimeout)
	defer cancel()
	id, err := b.db.Begin(ctx, ledger.Audit{
		At: b.now(), Person: c.Person.Name, Account: c.Message.From, Chat: c.Message.Chat, Room: c.Message.Room,
		Thread: c.Message.Thread, Line: c.Line(), Outcome: outcome, Detail: detail,
	})
	if err != nil {
		b.Unwritten(err)
	}
	return id, err
}

// fail answers a line that was not run.
func (b *Bot) fail(c *Call, r *reply, err error) {
	b.refuse(c, err)
	b.tellError(r, err)
}

// refuse records a change that was not run.
func (b *Bot) refuse(c *Call, err error) {
	if c != nil && c.Command.Changes {
		if _, err := b.record(c, ledger.Refused, Clip(err.Error(), 500)); err != nil {
			b.log.Error("the audit was not written", "line", c.Line(), "error", err)
		}
	}
}

func (b *Bot) tellError(r *reply, err error) { r.say(failed(err)) }

// failed is the answer that an error makes.
func failed(err error) Post {
	p := Post{Text: "✗ " + err.Error()}
	if f := (*Failure)(nil); errors.As(err, &f) {
		p.Block = f.Block
	}
	return p
}

// claim takes the target for c, or returns the change that has it.
func (b *Bot) claim(c *Call) *Call {
	b.mu.Lock()
	defer b.mu.Unlock()
	if other := b.busy[c.lock()]; other != nil {
		return other
	}
	c.started = b.now()
	b.busy[c.lock()] = c
	return nil
}

// Changing tells whether a change of that target is under way.
func (b *Bot) Changing(target string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.busy["target "+target] != nil
}

func (b *Bot) release(c *Call) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.busy, c.lock())
}

// lock names what must not be changed twice at once: the target, or the command if it has none.
func (c *Call) lock() string {
	if c.Target == "" {
		return "command " + c.Command.Name
	}
	return "target " + c.Target
}

// since says how long ago at was, to the second.
func since(now, at time.Time) time.Duration { return now.Sub(at).Round(time.Second) }
