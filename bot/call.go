package bot

import (
	"context"
	"time"

	"github.com/diaspote/vigie/ops/ledger"
)

// A Call is one line that is being run.
type Call struct {
	Command *Command
	Args    []string
	Target  string // what Command.Target made of Args
	Person  Person
	Message Message
	Host    string // how the bot calls its host

	bot     *Bot
	reply   *reply
	lack    *Lack // what the line does not say yet
	started time.Time
	answer  Post // the last one; that of a change waits for its end
}

// A Failure is an error with lines to show below it, such as the last lines of a log.
type Failure struct {
	Err   error
	Block string
}

func (f *Failure) Error() string { return f.Err.Error() }
func (f *Failure) Unwrap() error { return f.Err }

// Say answers with text, in place of what was shown before.
func (c *Call) Say(text string) { c.Show(text, "") }

// Show answers with text and, below it with a fixed width, a table or lines of a log. The answer of a change
// is posted once the change has its record and its target is free again: the chat may be gone for long, all the more
// if what was restarted is its server.
func (c *Call) Show(text, block string) {
	c.put(Post{Text: text, Block: block})
}

// Illustrate answers with text and, below it, a picture.
func (c *Call) Illustrate(text string, p *Picture) { c.put(Post{Text: text, Picture: p}) }

// Report answers with all that a post may have: text, a block below it, and a picture below both, nil for none.
func (c *Call) Report(text, block string, p *Picture) {
	c.put(Post{Text: text, Block: block, Picture: p})
}

func (c *Call) put(answer Post) {
	c.answer = answer
	if !c.Command.Changes {
		c.reply.say(c.answer)
	}
}

// Progress shows how far it is; the answer takes its place.
func (c *Call) Progress(text string) { c.reply.progress(Post{Text: text}) }

// Now is the time.
func (c *Call) Now() time.Time { return c.bot.now() }

// Commands are those that the asker may run.
func (c *Call) Commands() Table {
	s := c.bot.settings.Load()
	var mine Table
	for _, cmd := range s.Commands {
		if s.Policy.May(c.Person, cmd, "") == nil {
			mine = append(mine, cmd)
		}
	}
	return mine
}

// Check tells why the asker cannot run a line, nil if they can. Nothing is run.
func (c *Call) Check(line string) error {
	words, err := Words(line)
	if err != nil {
		return err
	}
	if len(words) == 0 {
		return errEmpty
	}
	_, err = c.bot.prepare(c.Person, Message{Chat: c.Message.Chat, Text: line}, words)
	return err
}

// Homes are the rooms where the bot lives.
func (c *Call) Homes() []Home { return c.bot.settings.Load().Rooms }

// Tell posts text into another room.
func (c *Call) Tell(ctx context.Context, to Home, text string) error {
	return c.bot.Tell(ctx, to.Chat, to.Room, text)
}

// Audits returns the last n changes, the newest first.
func (c *Call) Audits(ctx context.Context, n int) ([]ledger.Audit, error) {
	return c.bot.db.Audits(ctx, n)
}

// AuditsIn returns the changes from one time to before another, the oldest first; the newest n of them.
func (c *Call) AuditsIn(ctx context.Context, from, to time.Time, n int) ([]ledger.Audit, error) {
	return c.bot.db.AuditsIn(ctx, from, to, n)
}

// Line is the line as it was typed, made safe to show.
func (c *Call) Line() string { return Clip(c.Message.Text, 300) }
