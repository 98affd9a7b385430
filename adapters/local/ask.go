package local

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"syscall"
	"time"
)

// dialTime is for a daemon that hangs and takes neither connections nor requests.
const dialTime = 10 * time.Second

// Ask runs one request against the daemon on the socket at path and hands each answer to onAnswer as it comes,
// until the daemon says that it is done or ctx ends. It returns true if the command succeeded. It returns false
// and no error if the command failed and its answers told why; an error is for a request that could not be run
// or heard to its end.
func Ask(ctx context.Context, path string, req Request, onAnswer func(Answer)) (ok bool, err error) {
	if err := req.check(); err != nil {
		return false, err
	}
	line, err := encode(wireRequest{Version: version, Request: req})
	if err != nil {
		return false, err
	}
	conn, err := (&net.Dialer{Timeout: dialTime}).DialContext(ctx, "unix", path)
	if err != nil {
		return false, explainDial(path, err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()

	_ = conn.SetWriteDeadline(time.Now().Add(dialTime))
	_, writeErr := conn.Write(line) // a refusal may have come all the same
	ok, err = readAnswers(bufio.NewReader(conn), onAnswer)
	switch {
	case ctx.Err() != nil:
		return false, fmt.Errorf("stopped waiting for the answer; the command goes on: %w", ctx.Err())
	case errors.Is(err, errDied) && writeErr != nil:
		return false, fmt.Errorf("send the request to the daemon on %s: %w", path, writeErr)
	}
	return ok, err
}

var errDied = errors.New("the daemon stopped before it answered; what became of the command is in its `audit`")

func readAnswers(r *bufio.Reader, onAnswer func(Answer)) (ok bool, err error) {
	told := false
	for {
		line, err := readLine(r, maxAnswer)
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
			errors.Is(err, syscall.ECONNRESET), errors.Is(err, net.ErrClosed):
			return false, errDied
		case err != nil:
			return false, fmt.Errorf("read the daemon's answer: %w", err)
		}
		var a wireAnswer
		if err := json.Unmarshal(line, &a); err != nil {
			return false, fmt.Errorf("read the daemon's answer: %w; is that vigie's socket?", err)
		}
		if !a.Done {
			told = true
			onAnswer(a.Answer)
			continue
		}
		if !a.OK && a.Error != "" && (a.Refused || !told) {
			return false, errors.New(a.Error)
		}
		return a.OK, nil
	}
}

// explainDial says what a failure to connect means.
func explainDial(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("vigie is not running here: no socket at %s", path)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("vigie is not running here: nobody answers on %s", path)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("this user may not connect to %s; its folder must be open to all (chmod a+x)", path)
	}
	return fmt.Errorf("connect to the daemon on %s: %w", path, err)
}
