package local

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/diaspote/vigie/bot"
)

// A conn is one client and its request.
type conn struct {
	nc       *net.UnixConn
	finished chan struct{} // closed when the request has been dealt with
	pictures bool          // are wanted; set before the bot hears of the request
	end      sync.Once

	mu   sync.Mutex // one writer at a time
	gone error      // why nothing can be written any more
	last int        // numbers the answers
}

func newConn(nc *net.UnixConn) *conn {
	return &conn{nc: nc, finished: make(chan struct{})}
}

// close may be called at any time, and ends a read or write under way.
func (c *conn) close() { _ = c.nc.Close() }

// readRequest waits for a whole request, for as long as patience.
func (c *conn) readRequest(patience time.Duration) (Request, error) {
	_ = c.nc.SetReadDeadline(time.Now().Add(patience))
	line, err := readLine(bufio.NewReader(c.nc), maxRequest)
	switch {
	case errors.Is(err, errLineTooLong):
		return Request{}, fmt.Errorf("the request is longer than %d KiB", maxRequest>>10)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return Request{}, fmt.Errorf("no whole request came within %v", patience)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Request{}, errors.New("the client went away in the middle of its request")
	case err != nil:
		return Request{}, fmt.Errorf("read the request: %w", err)
	}
	return parseRequest(line)
}

// post sends an answer, with the next number as its ID if it has none.
func (c *conn) post(ctx context.Context, a Answer) (id string, err error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if a.ID == "" {
		c.last++
		a.ID = strconv.Itoa(c.last)
	}
	return a.ID, c.write(wireAnswer{Answer: a})
}

// finish is the Message.Done of the request.
func (c *conn) finish(err error) {
	c.end.Do(func() {
		last := wireAnswer{Done: true, OK: err == nil}
		if err != nil {
			last.Error = bound(bot.Clean(err.Error()), maxText)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		_ = c.write(last) // who has gone does not want to know
		c.gone = ErrGone
		close(c.finished)
	})
}

// refuse answers a request that the bot does not get to see.
func (c *conn) refuse(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.write(wireAnswer{Done: true, Refused: true, Error: err.Error()}) // as in finish
	c.close()
}

// write sends one line; after a failure the connection is closed, since half a line may have been sent. c.mu is held.
func (c *conn) write(a wireAnswer) error {
	if c.gone != nil {
		return c.gone
	}
	line, err := encode(a)
	if err != nil {
		return err
	}
	_ = c.nc.SetWriteDeadline(time.Now().Add(answerTime))
	if _, err := c.nc.Write(line); err != nil {
		c.gone = fmt.Errorf("%w (%w)", ErrGone, err)
		c.close()
		return c.gone
	}
	return nil
}
