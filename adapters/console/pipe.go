package console

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/diaspote/vigie/bot"
)

// maxLine is the longest line taken from a pipe, in bytes.
const maxLine = 64 << 10

var errTooLong = errors.New("line too long")

// readLines is Listen on piped input, and on a terminal that cannot move its cursor.
func (c *Chat) readLines(ctx context.Context, in chan<- bot.Message) error {
	input, err := startInput(ctx, c.in)
	if err != nil {
		return err
	}
	defer input.stop()
	defer c.setBusy(false)

	r := bufio.NewReader(&reader{in: input})
	for number := 1; ; number++ {
		c.showPrompt()
		line, err := readLine(r)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errTooLong):
			c.notice("line %d not run: longer than %d KiB", number, maxLine>>10)
			continue
		case err != nil:
			return err
		case strings.TrimSpace(line) == "":
			continue
		}
		if err := c.run(ctx, line, in); err != nil {
			return err
		}
	}
}

// run hands one line to the bot and waits until it has been dealt with.
func (c *Chat) run(ctx context.Context, line string, in chan<- bot.Message) error {
	c.setBusy(true)
	defer c.setBusy(false)
	m, done := c.message(line)
	select {
	case in <- m:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// setBusy says whether a command runs, during which edits wait.
func (c *Chat) setBusy(busy bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = busy
	if !busy {
		c.printEdits()
	}
}

func (c *Chat) showPrompt() {
	if !c.prompts {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = io.WriteString(c.out, c.opts.Prompt) // a screen that has gone ends the input, too
}

// readLine returns the next line without its end, and errTooLong, having skipped all of it, for one of more than
// maxLine bytes: a line cut short could be another valid command. The last line needs no newline.
func readLine(r *bufio.Reader) (string, error) {
	var line []byte
	tooLong := false
	for {
		part, err := r.ReadSlice('\n')
		if !tooLong {
			line = append(line, part...)
		}
		if tooLong = tooLong || len(trimEnd(line)) > maxLine; tooLong {
			line = nil
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && (len(line) > 0 || tooLong):
		case err != nil:
			return "", err
		}
		if tooLong {
			return "", errTooLong
		}
		return string(trimEnd(line)), nil
	}
}

// trimEnd takes off "\n" or "\r\n".
func trimEnd(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
		if n := len(line); n > 0 && line[n-1] == '\r' {
			line = line[:n-1]
		}
	}
	return line
}

// A reader is an input as an [io.Reader].
type reader struct {
	in   *input
	rest []byte
}

func (r *reader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		chunk, err := r.in.next()
		if err != nil {
			return 0, err
		}
		r.rest = chunk
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
