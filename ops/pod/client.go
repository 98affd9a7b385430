package pod

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	knownFor     = 5 * time.Minute  // the figures of NodeInfo cost the pod more than a page does
	answerTime   = 10 * time.Second // for one Probe or NodeInfo, unless the context says less
	maxRedirects = 5
	maxBody      = 1 << 20  // bytes of a document
	maxHeader    = 64 << 10 // bytes of the header of an answer
)

// A Client asks pods over HTTP. It keeps no connections, cookies or goroutines between its calls, uses
// no proxy, and may be used by several goroutines. It remembers the last answers of one pod for a few minutes.
type Client struct {
	agent string
	http  *http.Client
	now   func() time.Time
	info  known[NodeInfo]
	last  known[Probe]
}

// NewClient makes a Client. version is the bot's own, for the User-Agent.
func NewClient(version string, now func() time.Time) *Client {
	return &Client{
		agent: "vigie/" + version,
		now:   now,
		info:  known[NodeInfo]{fresh: knownFor},
		last:  known[Probe]{fresh: sampleEvery},
		http: &http.Client{
			CheckRedirect: checkRedirect,
			Transport: &http.Transport{
				DialContext:            (&net.Dialer{}).DialContext,
				DisableKeepAlives:      true, // each probe measures a connection of its own
				DisableCompression:     true,
				ForceAttemptHTTP2:      true,
				MaxResponseHeaderBytes: maxHeader,
			},
		},
	}
}

// errRedirects is the error of too many redirects.
var errRedirects = errors.New("redirected more than 5 times")

// checkRedirect follows a redirect on the same site only. Of any other the answer counts as it is.
func checkRedirect(next *http.Request, via []*http.Request) error {
	if !sameSite(via[0].URL, next.URL) {
		return http.ErrUseLastResponse
	}
	if len(via) > maxRedirects {
		return errRedirects
	}
	return nil
}

// sameSite tells whether a pod at base may send us to next: over HTTPS if base is, to the same host or
// one below it ("www.pod.org" counts as "pod.org"), on the same port or from HTTP's own to HTTPS's.
// So that a pod that somebody has taken over cannot make the bot ask services of the host's own
// network, nor have it fetch from anywhere in the admins' name.
func sameSite(base, next *url.URL) bool {
	if next.Scheme != "https" && (next.Scheme != "http" || base.Scheme != "http") {
		return false
	}
	upgraded := base.Scheme == "http" && next.Scheme == "https" && port(base) == "80" && port(next) == "443"
	if port(base) != port(next) && !upgraded {
		return false
	}
	was, is := strings.ToLower(base.Hostname()), strings.ToLower(next.Hostname())
	if was == is {
		return true
	}
	site, isWWW := strings.CutPrefix(was, "www.")
	if isWWW && !strings.Contains(site, ".") {
		return false
	}
	return net.ParseIP(was) == nil && (is == site || strings.HasSuffix(is, "."+site))
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "https" {
		return "443"
	}
	return "80"
}

// get asks for a URL and returns the answer, with the body unread.
func (c *Client) get(ctx context.Context, address, accept string) (*http.Response, error) {
	if _, err := parseURL(address); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, errURL
	}
	req.Header.Set("User-Agent", c.agent)
	req.Header.Set("Accept", accept)
	began := time.Now()
	answer, err := c.http.Do(req)
	if err != nil {
		return nil, explain(ctx, err, began)
	}
	return answer, nil
}

// document asks for a URL and returns a whole answer of at most 1 MiB, and where it came from after
// redirects.
func (c *Client) document(ctx context.Context, address string) ([]byte, *url.URL, error) {
	began := time.Now()
	answer, err := c.get(ctx, address, "application/json")
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 300 && answer.StatusCode < 400 {
		return nil, nil, fmt.Errorf("answers %d, a redirect to another site, which is not asked", answer.StatusCode)
	}
	if answer.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("answers %d", answer.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxBody+1))
	if err != nil {
		return nil, nil, explain(ctx, err, began)
	}
	if len(body) > maxBody {
		return nil, nil, fmt.Errorf("the answer is larger than %d KiB", maxBody>>10)
	}
	return body, answer.Request.URL, nil
}

// errURL has nothing of the URL in it, which may hold a password.
var errURL = errors.New("not a valid URL; it should look like https://pod.example.org")

func parseURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errURL
	}
	return u, nil
}

// display is a URL as it may be shown: without user, password, query and fragment.
func display(address string) string {
	u, err := parseURL(address)
	if err != nil {
		return "(not a valid URL)"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()
}
