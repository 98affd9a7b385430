package pod

import (
	"context"
	"time"
)

// A Probe is the outcome of asking for a URL once.
type Probe struct {
	URL    string        // as it may be shown: without user, password, query and fragment
	Status int           // the HTTP status, 0 if there was no answer
	Took   time.Duration // to the head of the answer, name lookup, connection and redirects included
	Err    error         // why there was no answer, in a few words: "connection refused"

	// Expires is when the certificate of the answer does; zero without TLS and without an answer.
	Expires time.Time
}

// OK tells whether the answer is one of success: a status of 200 to 399.
func (p Probe) OK() bool { return p.Err == nil && p.Status >= 200 && p.Status < 400 }

// Probe asks for a URL by GET. It follows redirects on the same site; one to another site is itself
// the answer, with its status of 301 or the like. It gives up after 10 seconds, or when ctx does. The
// errors never contain the URL.
func (c *Client) Probe(ctx context.Context, url string) Probe {
	p := c.probe(ctx, url)
	if !p.OK() {
		c.info.forget()
	}
	if ctx.Err() == nil { // else it says more of who asked
		c.last.keep(url, p, c.now())
	}
	return p
}

func (c *Client) probe(ctx context.Context, url string) Probe {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	p := Probe{URL: display(url)}
	began := time.Now()
	answer, err := c.get(ctx, url, "*/*")
	p.Took = time.Since(began)
	if err != nil {
		p.Err = err
		return p
	}
	answer.Body.Close()
	p.Status = answer.StatusCode
	if tls := answer.TLS; tls != nil && len(tls.PeerCertificates) > 0 {
		p.Expires = tls.PeerCertificates[0].NotAfter
	}
	return p
}
