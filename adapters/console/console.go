package console

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"sync/atomic"

	"golang.org/x/term"

	"github.com/diaspote/vigie/bot"
)

// Room is the one room of this chat.
const Room = "console"

// Options are what a console is told by the one who makes it.
type Options struct {
	Account     string // the account vouched for, as in bot.Message.From: "unix:alice"
	Prompt      string // shown on a terminal, never in a pipe: "diaspote> "
	HistoryFile string // keeps the lines typed on a terminal between runs, with mode 0600; "" for none

	// Complete, if set, returns what a line that begins with prefix could go on as: "re" gives
	// "reload" and "restart". It is called by Listen, when Tab is pressed.
	Complete func(prefix string) []string
}

// A Chat is a [bot.Chat] and a [bot.Editor] made of a terminal or of piped input.
type Chat struct {
	in, out *os.File
	opts    Options
	prompts bool // in and out are both a terminal
	edits   bool // that terminal can move its cursor
	colours bool
	image   imager // nil: no images

	said      atomic.Int64 // numbers the messages
	redirects redirects

	mu     sync.Mutex // guards what follows, and keeps what is printed whole
	screen io.Writer  // out, or the line editor while there is one
	size   func() (width, height int)
	posts  posts
	busy   bool // a line from a pipe is being dealt with: edits wait for its end
}

var (
	_ bot.Chat   = (*Chat)(nil)
	_ bot.Editor = (*Chat)(nil)
)

// New makes a chat of a terminal or of piped input. It edits lines if both in and out are a terminal and
// $TERM is not "dumb", and colours what it says unless $NO_COLOR is set (https://no-color.org).
func New(in, out *os.File, opts Options) *Chat {
	c := &Chat{in: in, out: out, opts: opts, screen: out}
	c.prompts = term.IsTerminal(int(in.Fd())) && term.IsTerminal(int(out.Fd()))
	c.edits = c.prompts && os.Getenv("TERM") != "dumb"
	c.colours = c.edits && os.Getenv("NO_COLOR") == ""
	if c.edits {
		c.image = imagerOf(os.Getenv)
	}
	return c
}

// Name is "console".
func (c *Chat) Name() string { return "console" }

// Listen delivers what is typed or piped in, and returns nil at its end, once what was said last has been
// dealt with. A terminal is back in the mode in which it was found when Listen returns or panics.
func (c *Chat) Listen(ctx context.Context, in chan<- bot.Message) error {
	if c.edits {
		return c.converse(ctx, in)
	}
	return c.readLines(ctx, in)
}

// Post prints p. It never returns [bot.ErrOffline]: a screen is always there.
func (c *Chat) Post(_ context.Context, p bot.Post) (bot.Receipt, error) {
	if p.Room != Room {
		return bot.Receipt{}, fmt.Errorf("post to %q: a console has one room, %q", p.Room, Room)
	}
	pictured := p.Picture != nil
	p, image := c.picture(p)
	text := render(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	if text != "" || image == "" {
		if err := c.print(text); err != nil {
			return bot.Receipt{}, err
		}
	}
	id := c.posts.add(text)
	if pictured { // an edit is not to take it away: it comes below
		c.posts.cover()
	}
	if image != "" {
		if err := c.printImage(image); err != nil {
			return bot.Receipt{}, err
		}
	}
	return bot.Receipt{Room: Room, ID: strconv.FormatInt(id, 10)}, nil
}

// notice prints a line of the console's own.
func (c *Chat) notice(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.posts.cover()
	_ = c.print(fmt.Sprintf(format, args...)) // a screen that cannot be written to has nobody to tell
}

// print writes text and a newline. c.mu is held.
func (c *Chat) print(text string) error { return c.printAfter("", text) }

// printAfter writes control codes, text and a newline in one go.
func (c *Chat) printAfter(codes, text string) error {
	if c.colours {
		text = paint(text)
	}
	if _, err := io.WriteString(c.screen, codes+text+"\n"); err != nil {
		return fmt.Errorf("print to the console: %w", err)
	}
	return nil
}

// message is what the person said. The returned channel is closed when it has been dealt with.
func (c *Chat) message(line string) (bot.Message, <-chan struct{}) {
	done := make(chan struct{})
	id := strconv.FormatInt(c.said.Add(1), 10)
	m := bot.Message{
		Chat: c.Name(),
		Room: Room,
		From: c.opts.Account,
		Text: line,
		ID:   id,
	}
	finish := sync.OnceFunc(func() { close(done) })
	m.Done = func(error) { finish() }
	if command, file, ok := redirect(line); ok {
		c.redirects.add(id, file)
		m.Text, m.Thread = command, id // the thread tells the answers to this line from others
		m.Done = func(error) {
			if _, left := c.redirects.end(id); left {
				c.notice("%s was not written: no picture came", bot.Clip(file, 300))
			}
			finish()
		}
	}
	return m, done
}
