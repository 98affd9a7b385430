package cachet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	api "github.com/andygrunwald/cachet"

	"github.com/diaspote/vigie/bot"
)

const (
	requestTime = 20 * time.Second // for one request and its answer
	mostAnswer  = 8 << 20          // bytes of one answer
	mostFault   = 16 << 10         // bytes that are read of one that says what is wrong
)

// A Client is one Cachet.
type Client struct {
	Place string // its address, as the book notes it
	Zone  *time.Location
	api   *api.Client
}

// NewClient makes a client of the Cachet at an address, without a slash at its end; zone is that of its settings. With no token
// it can only read.
func NewClient(address, token string, zone *time.Location) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("that is no address of a Cachet; write it as https://status.example.org")
	}
	address = strings.TrimSuffix(strings.TrimRight(u.String(), "/"), "/api/v1")
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost, transport.MaxResponseHeaderBytes = 1, 64<<10
	lib, err := api.NewClient(address, &http.Client{Transport: guard{transport}, Timeout: requestTime})
	if err != nil {
		return nil, fmt.Errorf("make a client of a Cachet: %w", err)
	}
	if token != "" {
		lib.Authentication.SetTokenAuth(token)
	}
	return &Client{Place: address, Zone: zone, api: lib}, nil
}

// String is its host, as people call it.
func (c *Client) String() string {
	_, host, _ := strings.Cut(c.Place, "://")
	return host
}

// A Refusal is an answer that is no success.
type Refusal struct {
	Status int
	Why    string // what it says of it, "" for nothing
	api    bool   // it is the API that says so, and not something before it
}

func (r *Refusal) Error() string {
	text := "it answered " + strconv.Itoa(r.Status) + " " + http.StatusText(r.Status)
	switch {
	case r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden:
		text += ": it does not take the token; make one there under Profile, and write it into token_file"
	case r.Status >= 300 && r.Status < 400:
		text += ", a redirect that is not followed; set its final address in the config"
	case !r.api && r.Status == http.StatusNotFound:
		text += ", and not as a Cachet does; is the address right?"
	case r.Why != "":
		text += ": " + r.Why
	}
	return text
}

// passes tells whether a refusal may pass without anything being changed about what was sent: it is about who sends, or about the
// whole of the service.
func (r *Refusal) passes() bool {
	switch r.Status {
	case http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusConflict, http.StatusGone, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return false
	case http.StatusNotFound:
		return !r.api
	}
	return true
}

// isNone tells that there is no such thing there.
func isNone(err error) bool {
	var r *Refusal
	return errors.As(err, &r) && r.api && (r.Status == http.StatusNotFound || r.Status == http.StatusGone)
}

// call makes one request below /api/v1/ and reads the data of its answer into out, unless that is nil. The error is
// bot.ErrOffline where the same may go well later.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	var answer struct {
		Data json.RawMessage `json:"data"`
	}
	if err := c.raw(ctx, method, path, in, &answer); err != nil || out == nil {
		return err
	}
	return c.decode(path, answer.Data, out)
}

func (c *Client) raw(ctx context.Context, method, path string, in, out any) error {
	req, err := c.api.NewRequest(method, "api/v1/"+path, in)
	if err != nil {
		return fmt.Errorf("ask %s: %w", c, err)
	}
	req.Header.Set("User-Agent", "vigie")
	if method == http.MethodDelete {
		out = nil // it answers with nothing
	}
	_, err = c.api.Do(req.WithContext(ctx), out)
	if err == nil {
		return nil
	}
	return c.failed(err)
}

// failed says in words why a request failed, without what differs at each attempt.
func (c *Client) failed(err error) error {
	var refusal *Refusal
	var broken *url.Error
	var name *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &refusal):
		if err = refusal; !refusal.passes() {
			return fmt.Errorf("%s: %w", c, err)
		}
	case errors.As(err, &name):
		err = errors.New("its name cannot be looked up")
	case errors.As(err, &op):
		err = &net.OpError{Op: op.Op, Net: op.Net, Err: op.Err}
	case errors.As(err, &broken) && broken.Timeout():
		err = errors.New("it does not answer in time")
	case errors.As(err, &broken):
		err = broken.Err
	}
	return passing{fmt.Errorf("%s: %w", c, err)}
}

// A passing error is a bot.ErrOffline in words of its own.
type passing struct{ error }

func (p passing) Unwrap() []error { return []error{p.error, bot.ErrOffline} }

func (c *Client) decode(path string, data []byte, out any) error {
	if err := json.Unmarshal(data, out); err != nil {
		path, _, _ = strings.Cut(path, "?")
		return passing{fmt.Errorf("%s: its answer to %s is not as a Cachet's: %s", c, path, bot.Clip(err.Error(), 100))}
	}
	return nil
}

// A guard keeps whoever answers within bounds: no redirect is followed, no answer is endless, and what is no JSON is no answer.
type guard struct{ http.RoundTripper }

func (g guard) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := g.RoundTripper.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	isAPI := kind == "application/json"
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		defer resp.Body.Close()
		text, _ := io.ReadAll(io.LimitReader(resp.Body, mostFault))
		return nil, &Refusal{resp.StatusCode, why(text), isAPI}
	}
	if !isAPI && resp.StatusCode != http.StatusNoContent && req.Method != http.MethodDelete {
		resp.Body.Close()
		return nil, errors.New("it answered, but not as a Cachet does: is the address right?")
	}
	resp.Body = &bounded{resp.Body, mostAnswer}
	return resp, nil
}

// why is what an answer of Cachet says is wrong.
func why(text []byte) string {
	var said struct {
		Errors []struct {
			Title, Detail string
			Meta          struct{ Details []string }
		}
	}
	if json.Unmarshal(text, &said) != nil || len(said.Errors) == 0 {
		return ""
	}
	e := said.Errors[0]
	return bot.Clip(strings.Join(append([]string{e.Detail}, e.Meta.Details...), " "), 200)
}

// A bounded body fails once it is too long.
type bounded struct {
	io.ReadCloser
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= n; b.left < 0 {
		return 0, fmt.Errorf("its answer is longer than %d MiB", mostAnswer>>20)
	}
	return n, err
}
