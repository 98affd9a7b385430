package xmpp

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/diaspote/vigie/bot"
)

const (
	maxPicture   = 8 << 20 // bytes
	drawnColumns = 60      // of a picture that cannot be sent: what a phone held sideways shows
)

// picture sees to the picture of a post. It returns the address to post behind the text; or, if the picture cannot be sent,
// the post with the picture drawn and the reason told.
func (s *session) picture(ctx context.Context, p bot.Post) (bot.Post, string, error) {
	if p.Picture == nil {
		return p, "", nil
	}
	if _, _, _, err := s.recipient(p); err != nil { // nothing is uploaded for a room that the bot is not in
		return p, "", err
	}
	link, err := s.upload(ctx, p.Picture)
	switch {
	case err == nil:
		p.Picture = nil
		return p, link, nil
	case ctx.Err() != nil:
		return p, "", context.Cause(ctx)
	case errors.Is(err, bot.ErrOffline):
		return p, "", err
	}
	s.chat.log.Warn("a picture was not uploaded", "room", p.Room, "why", err)
	return p.Drawn(drawnColumns, err.Error()), "", nil
}

// upload puts a picture where everybody in the room can fetch it, and returns its address.
func (s *session) upload(ctx context.Context, p *bot.Picture) (link string, err error) {
	limit := s.chat.pace.upload
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	defer func() {
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("the upload took longer than %s", limit)
		}
	}()
	if len(p.Data) == 0 || len(p.Data) > maxPicture {
		return "", fmt.Errorf("it has %d bytes", len(p.Data))
	}
	to, err := s.service(ctx)
	if err != nil {
		return "", err
	}
	if to.max > 0 && int64(len(p.Data)) > to.max {
		return "", errTooLarge(to.max)
	}
	where, err := s.askSlot(ctx, to, fileName(p.Name), p.Type, len(p.Data))
	if err != nil {
		s.forgetService() // it may have gone, or have other limits than it had
		return "", err
	}
	if err := s.chat.put(ctx, where, p); err != nil {
		return "", err
	}
	return where.get, nil
}

// put sends the file. Redirects are not followed: the slot is for one address and no other.
func (c *Chat) put(ctx context.Context, to slot, p *bot.Picture) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, to.put, bytes.NewReader(p.Data))
	if err != nil {
		return errors.New("the address for the upload is none")
	}
	req.Header = to.header.Clone()
	req.Header.Set("Content-Type", p.Type)
	req.Header.Set("User-Agent", "vigie")
	resp, err := c.web.Do(req)
	if err != nil {
		return unreached(req.URL.Host, err)
	}
	resp.Body.Close()
	switch code := resp.StatusCode; {
	case code == http.StatusOK || code == http.StatusCreated || code == http.StatusNoContent:
		return nil
	case code == http.StatusRequestEntityTooLarge:
		return fmt.Errorf("%s refuses a file of %s (413)", req.URL.Host, size(int64(len(p.Data))))
	default:
		return fmt.Errorf("%s answered the upload with %d %s", req.URL.Host, code, http.StatusText(code))
	}
}

// unreached says why a host could not be sent a file, without the address: that is as good as a password while the slot
// is open.
func unreached(host string, err error) error {
	var at *url.Error
	if errors.As(err, &at) {
		err = at.Err
	}
	var unknown x509.UnknownAuthorityError
	if errors.As(err, &unknown) {
		err = fmt.Errorf("%w; if the certificate is your own, set ca_file", err)
	}
	return fmt.Errorf("upload to %s: %w", host, err)
}

// newWeb is what uploads go through: within TLS alone, to hosts that the account's CAs know.
func newWeb(cas *x509.CertPool) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
			TLSClientConfig:        &tls.Config{RootCAs: cas, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    5 * time.Second,
			MaxResponseHeaderBytes: 16 << 10,
			MaxIdleConns:           2,
			IdleConnTimeout:        time.Minute,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// fileName is a name that any service takes, and any client shows.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		}
		return '-'
	}, name)
	if name = strings.TrimLeft(name, ".-"); name == "" {
		return "picture"
	}
	return name[max(0, len(name)-80):]
}

// sayLink posts the address of a picture, which clients show as the picture: it is the whole body, and the same is said
// out of band (XEP-0066).
func (s *session) sayLink(ctx context.Context, p bot.Post, id, link string) (room string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.chat.pace.ack, errUntaken)
	defer cancel()
	if dialogue, ok := strings.CutPrefix(p.Room, adhocRoom); ok { // a form shows no pictures
		_, caller, _ := strings.Cut(dialogue, ":")
		p.Room = caller
	}
	to, groupchat, _, err := s.recipient(p)
	if err != nil {
		return to, err
	}
	kind, send := "chat", s.sayToOne
	if groupchat {
		kind, send = "groupchat", s.sayInRoom
	}
	stanza := fmt.Sprintf("<message type='%s' id='%s' to='%s'><body>%s</body><x xmlns='jabber:x:oob'><url>%s</url></x>%s</message>",
		kind, id, escape(to), escape(link), escape(link), marks(p, id))
	return to, send(ctx, to, id, stanza)
}
