package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// An input reads a file in a goroutine of its own. Unlike a bare read of a terminal it can be stopped: it waits
// in poll(2) for the file and for a pipe of its own.
type input struct {
	ctx    context.Context
	chunks chan []byte
	err    error // why it ended, to be read once chunks is closed; nil at the end of the file

	woken, wake *os.File
	quit        chan struct{}
}

func startInput(ctx context.Context, f *os.File) (*input, error) {
	woken, wake, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("open the console: %w", err)
	}
	in := &input{ctx: ctx, chunks: make(chan []byte), woken: woken, wake: wake, quit: make(chan struct{})}
	go in.run(int(f.Fd()), int(woken.Fd()))
	return in, nil
}

// stop ends the goroutine and waits for it.
func (in *input) stop() {
	close(in.quit)
	in.wake.Close()
	for range in.chunks {
	}
	in.woken.Close()
}

func (in *input) run(file, woken int) {
	defer close(in.chunks)
	buf := make([]byte, 4096)
	for {
		n, err := readOrWake(file, woken, buf)
		if n <= 0 || err != nil {
			in.err = err
			return
		}
		select {
		case in.chunks <- bytes.Clone(buf[:n]):
		case <-in.quit:
			return
		}
	}
}

// readOrWake reads from file. It returns 0 at the end of the file, when its terminal has hung up, and when woken is closed.
func readOrWake(file, woken int, buf []byte) (int, error) {
	for {
		fds := []unix.PollFd{{Fd: int32(file), Events: unix.POLLIN}, {Fd: int32(woken), Events: unix.POLLIN}}
		if _, err := unix.Poll(fds, -1); err != nil && !errors.Is(err, unix.EINTR) {
			return 0, fmt.Errorf("wait for the console: %w", err)
		}
		if fds[1].Revents != 0 {
			return 0, nil
		}
		if fds[0].Revents == 0 {
			continue
		}
		n, err := unix.Read(file, buf)
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN):
			continue
		case errors.Is(err, unix.EIO): // tty(4): the other side of the terminal has gone
			return 0, nil
		case err != nil:
			return 0, fmt.Errorf("read the console: %w", err)
		}
		return n, nil
	}
}

// next returns what came in, io.EOF at the end, and ctx's error if that ends first.
func (in *input) next() ([]byte, error) {
	select {
	case chunk, ok := <-in.chunks:
		switch {
		case ok:
			return chunk, nil
		case in.err != nil:
			return nil, in.err
		}
		return nil, io.EOF
	case <-in.ctx.Done():
		return nil, in.ctx.Err()
	}
}
