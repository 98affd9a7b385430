package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/ops"
)

const (
	signatureHeader = "X-Vigie-Signature-256"
	timestampHeader = "X-Vigie-Timestamp"
	deliveryHeader  = "X-Vigie-Delivery"

	hookTime = 15 * time.Second // for one post
)

// A Hook posts alerts to a URL, as JSON: {"host","id","kind","key","severity","at","lasting","resolved","count","title","text",
// "details","unit"}, and {"host","text"} for what is no alert. Three headers go with it:
//   - X-Vigie-Signature-256: "sha256=" and, in hexadecimal, the HMAC-SHA256 of the body under the secret, as GitHub signs;
//   - X-Vigie-Timestamp: when it was sent, in seconds since 1970;
//   - X-Vigie-Delivery: a UUID that is the same when the same state of an alert is posted again, so that a receiver
//     can drop what it has.
//
// It is a [bot.Chat] in which nobody speaks.
type Hook struct {
	name, host, url, secret string
	client                  *http.Client
	now                     func() time.Time
}

// NewHook makes a hook. Host is how the bot signs, url an http or https address, which is treated as a secret;
// with no secret the posts are not signed.
func NewHook(name, host, url, secret string, now func() time.Time) (*Hook, error) {
	if err := checkURL(url); err != nil {
		return nil, fmt.Errorf("outgoing webhook %s: %w", name, err)
	}
	return &Hook{name: name, host: host, url: url, secret: secret, now: now, client: newClient(hookTime)}, nil
}

// Name is "hook:" and the name from the config.
func (h *Hook) Name() string { return "hook:" + h.name }

// Listen blocks until ctx ends: nobody speaks here.
func (h *Hook) Listen(ctx context.Context, _ chan<- bot.Message) error {
	<-ctx.Done()
	return nil
}

// Post returns once the receiver has answered 2xx. The error is bot.ErrOffline where trying again may help: for
// network errors and the statuses 408, 425, 429 and 5xx.
func (h *Hook) Post(ctx context.Context, p bot.Post) (bot.Receipt, error) {
	op := "post to the webhook " + h.name
	body, err := hookBody(h.host, p)
	if err != nil {
		return bot.Receipt{}, fmt.Errorf("%s: %w", op, err)
	}
	delivery := deliveryID(p, body)
	if err := h.send(ctx, delivery, body); err != nil {
		return bot.Receipt{}, fmt.Errorf("%s: %w", op, err)
	}
	return bot.Receipt{Room: p.Room, ID: delivery}, nil
}

// send posts a body once.
func (h *Hook) send(ctx context.Context, delivery string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(body))
	if err != nil {
		return withoutURL(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "vigie")
	req.Header.Set(timestampHeader, strconv.FormatInt(h.now().Unix(), 10))
	req.Header.Set(deliveryHeader, delivery)
	if h.secret != "" {
		req.Header.Set(signatureHeader, "sha256="+hex.EncodeToString(signature(body, h.secret)))
	}
	return send(h.client, req)
}

// alert is the JSON of an alert. Its fields are as in ops.Event.
type alert struct {
	Host     string       `json:"host"`
	ID       string       `json:"id"`
	Kind     string       `json:"kind"`
	Key      string       `json:"key"`
	Severity ops.Severity `json:"severity"`
	At       time.Time    `json:"at"`
	Lasting  bool         `json:"lasting"`
	Resolved bool         `json:"resolved"`
	Count    int          `json:"count"`
	Title    string       `json:"title"`
	Text     string       `json:"text"`
	Details  ops.Details  `json:"details"`
	Unit     string       `json:"unit"`
}

func hookBody(host string, p bot.Post) ([]byte, error) {
	if e := p.Event; e != nil {
		return json.Marshal(alert{Host: host, ID: e.ID, Kind: e.Kind, Key: e.Key, Severity: e.Severity, At: e.At, Lasting: e.Lasting, Resolved: e.Resolved,
			Count: p.Count, Title: e.Title, Text: e.Text, Details: e.Details, Unit: e.Unit})
	}
	return json.Marshal(struct {
		Host string `json:"host"`
		Text string `json:"text"`
	}{host, strings.TrimSpace(p.Text + "\n" + p.Block)})
}

// deliveryID names a post. The same text may well be said twice, the same state of an alert is the same.
func deliveryID(p bot.Post, body []byte) string {
	if p.Event == nil {
		return uuid.NewString()
	}
	return uuid.NewSHA1(uuid.NameSpaceOID, body).String()
}

// newClient makes a client that follows a redirect only where the post arrives whole, and at the same host.
func newClient(limit time.Duration) *http.Client {
	return &http.Client{Timeout: limit, CheckRedirect: func(req *http.Request, via []*http.Request) error {
		first := via[0]
		if req.Method != first.Method || req.URL.Hostname() != first.URL.Hostname() || len(via) > 3 ||
			first.URL.Scheme == "https" && req.URL.Scheme != "https" {
			return http.ErrUseLastResponse
		}
		return nil
	}}
}

// send sends a request and reads what was said to it.
func send(client *http.Client, req *http.Request) error {
	resp, err := client.Do(req)
	if untrusted := (*tls.CertificateVerificationError)(nil); errors.As(err, &untrusted) {
		return withoutURL(err) // it does not go away by itself
	}
	if err != nil {
		return fmt.Errorf("%w: %w", bot.ErrOffline, withoutURL(err))
	}
	defer resp.Body.Close()
	io.CopyN(io.Discard, resp.Body, 4<<10) // once read, the connection can be used again
	switch code := resp.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests, code >= 500:
		return fmt.Errorf("%w: it answered %s", bot.ErrOffline, bot.Clip(resp.Status, 60))
	case code >= 300 && code < 400:
		return fmt.Errorf("it answered %s, a redirect that is not followed; set its final address in the config", bot.Clip(resp.Status, 60))
	default:
		return fmt.Errorf("it answered %s", bot.Clip(resp.Status, 60)) // what else it says may hold the address
	}
}

// checkURL tells what is wrong with an address, without showing it.
func checkURL(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("its url is no http:// or https:// address")
	}
	return nil
}

// withoutURL takes out of an error of net/http the address, which is a secret, and what differs at each attempt:
// ports and which of several servers it was.
func withoutURL(err error) error {
	if broken := (*url.Error)(nil); errors.As(err, &broken) {
		err = broken.Err
	}
	if name := (*net.DNSError)(nil); errors.As(err, &name) {
		if name.IsNotFound {
			return fmt.Errorf("look up %s: no such host", name.Name)
		}
		return fmt.Errorf("look up %s: the name server does not answer", name.Name)
	}
	if op := (*net.OpError)(nil); errors.As(err, &op) {
		return &net.OpError{Op: op.Op, Net: op.Net, Err: op.Err}
	}
	return err
}
