package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/diaspote/vigie/ops"
)

const (
	targetTime = 5 * time.Second
	maxHeader  = 16 << 10 // bytes
)

// A Target is a program that shows its metrics over HTTP. It must come from [NewTarget].
type Target struct {
	name, url string
	client    *http.Client
}

// NewTarget is what shows its metrics at a URL; its series get the label job="NAME".
func NewTarget(name, url string) *Target {
	return &Target{name: name, url: url, client: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:            (&net.Dialer{}).DialContext,
			DisableCompression:     true, // small, near, and no bombs
			MaxResponseHeaderBytes: maxHeader,
			MaxIdleConns:           1,
			IdleConnTimeout:        time.Minute,
		},
	}}
}

// Sample scrapes it once. It is that of [ops.Sampler].
func (t *Target) Sample(ctx context.Context, add func(ops.Sample)) error {
	if err := t.sample(ctx, add); err != nil {
		return fmt.Errorf("scrape %s: %w", t.name, err)
	}
	return nil
}

func (t *Target) sample(ctx context.Context, add func(ops.Sample)) error {
	ctx, cancel := context.WithTimeout(ctx, targetTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.url, nil)
	if err != nil {
		return errors.New("its URL is not valid")
	}
	began := time.Now()
	req.Header.Set("Accept", "text/plain;version=0.0.4")
	resp, err := t.client.Do(req)
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) { // its text has the URL in it, which may hold a password
			err = wrapped.Err
		}
		return late(err, began)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %d", resp.StatusCode)
	}
	text, err := readAll(resp.Body)
	if err != nil {
		return late(err, began)
	}
	return parse(text, t.name, add)
}

// late says how long an answer was waited for in vain.
func late(err error, began time.Time) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("it did not answer within %v", waited(began))
	}
	return err
}

// Close lets go of the connection that is kept between scrapes.
func (t *Target) Close() { t.client.CloseIdleConnections() }
