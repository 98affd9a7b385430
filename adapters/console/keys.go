package console

import (
	"bytes"
	"errors"
	"io"
)

const (
	ctrlC = 0x03
	// interrupt is what the line editor is given for Ctrl-C, which it would take for the end of all input. It has no
	// meaning for this key, Ctrl-\, and so hands it to the completion callback.
	interrupt = 0x1c

	maxTypedAhead = 4096 // bytes
)

var errEscape = errors.New("read the console: an escape sequence that does not end")

// keys is the line editor's input. It gives out no more than one line at a time, so that what was typed ahead
// is here when a command runs.
type keys struct {
	in       *input
	typed    []byte
	ending   bool // as if the input had ended
	panicked any  // what catch has caught
}

// catch is deferred by what the editor calls back. A panic may not pass through the editor, which would unlock
// its mutex twice and so end the program with the terminal still in raw mode; it goes on once the editor has
// returned.
func (k *keys) catch() {
	if p := recover(); p != nil {
		k.ending, k.panicked = true, p
	}
}

func (k *keys) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, errEscape // the editor's buffer is full of a sequence that it cannot make out
	}
	if k.ending {
		return 0, io.EOF
	}
	if len(k.typed) == 0 {
		chunk, err := k.in.next()
		if err != nil {
			return 0, err
		}
		k.typed = chunk
	}
	n := len(k.typed)
	if enter := bytes.IndexAny(k.typed, "\r\n"); enter >= 0 {
		n = enter + 1
	}
	n = copy(p, k.typed[:n])
	k.typed = k.typed[n:]
	for i, key := range p[:n] {
		if key == ctrlC {
			p[i] = interrupt
		}
	}
	return n, nil
}

// pause waits for done and keeps what is typed meanwhile. It is over earlier when Ctrl-C is typed, which throws
// away what was typed before, or when ctx ends.
func (k *keys) pause(done <-chan struct{}) (interrupted bool) {
	chunks := k.in.chunks
	for {
		if i := bytes.LastIndexByte(k.typed, ctrlC); i >= 0 {
			k.typed = k.typed[i+1:]
			return true
		}
		select {
		case <-done:
			return false
		case <-k.in.ctx.Done():
			return false
		case chunk, ok := <-chunks:
			if !ok {
				chunks = nil
				continue
			}
			k.typed = append(k.typed, chunk...)
			if bytes.IndexByte(chunk, ctrlC) < 0 {
				k.typed = k.typed[:min(len(k.typed), maxTypedAhead)]
			}
		}
	}
}
