package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"unicode/utf8"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"github.com/diaspote/vigie/bot"
)

// maxTyped is the longest line, in characters, that the line editor takes; it drops what is typed beyond.
const maxTyped = 4096

// converse is Listen on a terminal.
func (c *Chat) converse(ctx context.Context, in chan<- bot.Message) error {
	restore, err := c.makeRaw()
	if err != nil {
		return err
	}
	defer restore()
	input, err := startInput(ctx, c.in)
	if err != nil {
		return err
	}
	defer input.stop()

	keys := &keys{in: input}
	editor := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{keys, c.out}, c.opts.Prompt)
	editor.History = loadHistory(c.opts.HistoryFile)
	editor.AutoCompleteCallback = func(line string, pos int, key rune) (string, int, bool) {
		defer keys.catch()
		return c.special(keys, line, pos, key)
	}
	defer c.useEditor(editor)()
	defer c.followSize(editor)()
	return c.talk(ctx, editor, keys, in)
}

// talk hands each line to the bot and shows the prompt again when it has been dealt with.
func (c *Chat) talk(ctx context.Context, editor *term.Terminal, keys *keys, in chan<- bot.Message) error {
	var left []<-chan struct{} // commands that go on while the prompt is back
	for {
		line, err := editor.ReadLine()
		switch {
		case keys.panicked != nil:
			panic(keys.panicked)
		case errors.Is(err, io.EOF):
			c.waitFor(left, keys)
			return nil
		case err != nil && !errors.Is(err, term.ErrPasteIndicator):
			return err
		}
		c.mu.Lock()
		c.posts.cover()
		c.mu.Unlock()
		if strings.TrimSpace(line) == "" {
			continue
		}
		if utf8.RuneCountInString(line) >= maxTyped {
			c.notice("not run: a line of %d characters or more cannot be told from one that was cut", maxTyped)
			continue
		}
		m, done := c.message(line)
		select {
		case in <- m:
		case <-ctx.Done():
			return ctx.Err()
		}
		if keys.pause(done) {
			left = append(unfinished(left), done)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// waitFor waits at the end for the commands that still go on, or for Ctrl-C.
func (c *Chat) waitFor(left []<-chan struct{}, keys *keys) {
	left = unfinished(left)
	if len(left) == 0 {
		return
	}
	c.mu.Lock()
	c.posts.cover()
	fmt.Fprintln(c.out)
	c.screen = c.out // no prompt any more
	c.mu.Unlock()
	c.notice("waiting for what is under way; Ctrl-C leaves at once")
	for _, done := range left {
		if keys.pause(done) {
			return
		}
	}
}

func unfinished(commands []<-chan struct{}) []<-chan struct{} {
	var left []<-chan struct{}
	for _, done := range commands {
		select {
		case <-done:
		default:
			left = append(left, done)
		}
	}
	return left
}

// makeRaw switches the terminal to raw mode, and returns what switches it back.
func (c *Chat) makeRaw() (restore func(), err error) {
	fd := int(c.in.Fd())
	was, err := term.MakeRaw(fd)
	if err != nil {
		return nil, fmt.Errorf("switch the terminal to raw mode: %w", err)
	}
	// Let a bare newline still begin a line: what others print (a stack trace) must stay readable.
	if t, err := unix.IoctlGetTermios(fd, unix.TCGETS); err == nil {
		t.Oflag |= unix.OPOST
		_ = unix.IoctlSetTermios(fd, unix.TCSETS, t)
	}
	return func() { _ = term.Restore(fd, was) }, nil
}

// useEditor prints through the editor, above its prompt, until the returned function is called.
func (c *Chat) useEditor(editor *term.Terminal) (stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.screen, c.size = editor, c.windowSize
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.screen == editor {
			fmt.Fprintln(c.out) // the shell's prompt comes below ours
		}
		c.screen, c.size = c.out, nil
	}
}

// windowSize is in columns and rows; a terminal that does not know, such as a serial line, is taken for 80 by 24.
func (c *Chat) windowSize() (width, height int) {
	width, height, err := term.GetSize(int(c.out.Fd()))
	if err != nil || width < 1 || height < 1 {
		return 80, 24
	}
	return width, height
}

// followSize tells the editor the window's size, now and when it changes, until the returned function is called.
func (c *Chat) followSize(editor *term.Terminal) (stop func()) {
	resized := make(chan os.Signal, 1)
	signal.Notify(resized, unix.SIGWINCH)
	ended := make(chan struct{})
	_ = editor.SetSize(c.windowSize()) // there is nothing on the screen yet that could fail to be drawn
	go func() {
		defer close(ended)
		for range resized {
			c.mu.Lock()
			_ = editor.SetSize(c.windowSize()) // a screen that has gone ends the input, too
			c.mu.Unlock()
		}
	}()
	return func() {
		signal.Stop(resized)
		close(resized)
		<-ended
	}
}
