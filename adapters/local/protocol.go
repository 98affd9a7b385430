package local

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	version = 1

	maxLine  = 64 << 10  // bytes of a command line
	maxInput = 256 << 10 // bytes of text that comes along with it
	maxText  = 256 << 10 // bytes of an answer's Text, and of its Block

	maxPicture   = 2 << 20 // bytes of a picture; a graph has some 25 KiB
	drawnColumns = 80      // of a picture that is drawn with characters instead

	// Bounds for a whole line on the wire, where JSON's escapes can make text longer.
	maxRequest = 512 << 10
	maxAnswer  = 4 << 20
)

// A Request is what the client sends.
type Request struct {
	Line      string `json:"line"`                // a command line of at most 64 KiB
	Input     string `json:"input,omitempty"`     // text that comes along with it, at most 256 KiB
	Confirmed bool   `json:"confirmed,omitempty"` // no question need be asked
	Pictures  bool   `json:"pictures,omitempty"`  // are wanted as they are, and not drawn with characters
	File      string `json:"file,omitempty"`      // what the picture will be called where it is wanted, without a path
}

// An Answer is what the server sends back: a post, or an edit of an earlier one.
type Answer struct {
	Text  string `json:"text,omitempty"`
	Block string `json:"block,omitempty"` // to be shown below Text with a fixed width
	ID    string `json:"id,omitempty"`
	Edit  bool   `json:"edit,omitempty"` // replaces the answer with this ID

	Picture *Picture `json:"picture,omitempty"` // of at most 2 MiB, for a request that wants them
}

// A Picture is an image file.
type Picture struct {
	Name   string `json:"name"`
	Type   string `json:"type"` // as in MIME: "image/png"
	Width  int    `json:"width"`
	Height int    `json:"height"` // both in pixels
	Data   []byte `json:"data"`   // in base64
}

// wireRequest and wireAnswer are what stands on a line.
type wireRequest struct {
	Version int `json:"v"`
	Request
}

type wireAnswer struct {
	Answer
	Done    bool   `json:"done,omitempty"`
	OK      bool   `json:"ok,omitempty"`
	Refused bool   `json:"refused,omitempty"` // the bot has not heard of it
	Error   string `json:"error,omitempty"`
}

var errLineTooLong = errors.New("line too long")

// check tells why a request cannot be taken.
func (r Request) check() error {
	switch {
	case len(r.Line) > maxLine:
		return fmt.Errorf("the command line has %d KiB; at most %d are taken", len(r.Line)>>10, maxLine>>10)
	case len(r.Input) > maxInput:
		return fmt.Errorf("the input has %d KiB; at most %d are taken", len(r.Input)>>10, maxInput>>10)
	case strings.TrimSpace(r.Line) == "":
		return errors.New("no command given; try `help`")
	case !utf8.ValidString(r.Line) || !utf8.ValidString(r.Input):
		return errors.New("the request is not valid UTF-8") // JSON would put another text in its place
	}
	return nil
}

// parseRequest is strict: a field that this version does not know is refused, since it may be one that changes
// what is run.
func parseRequest(line []byte) (Request, error) {
	if !utf8.Valid(line) {
		return Request{}, errors.New("the request is not valid UTF-8")
	}
	var head struct {
		Version *int `json:"v"`
	}
	if err := json.Unmarshal(line, &head); err != nil {
		return Request{}, fmt.Errorf("the request is not a JSON object as expected: %w", err)
	}
	if head.Version == nil || *head.Version != version {
		return Request{}, fmt.Errorf("the daemon speaks version %d of this protocol only; "+
			"was vigie upgraded without a restart of its service?", version)
	}
	var w wireRequest
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return Request{}, fmt.Errorf("the request is not as expected: %w", err)
	}
	return w.Request, w.check()
}

// encode puts v on a line of its own.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // it would make text longer for nothing
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// readLine returns the next line with its newline, errLineTooLong past max bytes, and io.ErrUnexpectedEOF for
// half a line.
func readLine(r *bufio.Reader, max int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > max:
			return nil, errLineTooLong
		case err == nil:
			return line, nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(line) > 0:
			return nil, io.ErrUnexpectedEOF
		default:
			return nil, err
		}
	}
}

// bound cuts s to max bytes and says so.
func bound(s string, max int) string {
	if len(s) <= max {
		return s
	}
	cut := max
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return fmt.Sprintf("%s\n… (cut: %d KiB in all)", s[:cut], len(s)>>10)
}
