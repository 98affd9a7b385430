package xmpp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// dial connects to the server of the account and makes the connection a private one. Passwords are only
// ever sent inside TLS, to a server with a certificate for the domain of the account.
func dial(ctx context.Context, cfg Config) (*tls.Conn, error) {
	domain := domainpart(cfg.JID)
	raw, err := dialAny(ctx, addresses(ctx, cfg.Server, domain))
	if err != nil {
		return nil, fmt.Errorf("connect to the server: %w", err)
	}
	conn, err := secure(ctx, raw, domain, cfg.CAs)
	if err != nil {
		raw.Close()
		return nil, fmt.Errorf("secure the connection to %s: %w", raw.RemoteAddr(), err)
	}
	return conn, nil
}

// addresses are where clients of the domain connect, best first (RFC 6120, section 3.2).
func addresses(ctx context.Context, server, domain string) []string {
	if server != "" {
		if _, _, err := net.SplitHostPort(server); err != nil {
			server = net.JoinHostPort(strings.Trim(server, "[]"), "5222")
		}
		return []string{server}
	}
	_, records, err := net.DefaultResolver.LookupSRV(ctx, "xmpp-client", "tcp", domain)
	if err != nil || len(records) == 0 {
		return []string{net.JoinHostPort(domain, "5222")}
	}
	var all []string
	for _, r := range records {
		all = append(all, net.JoinHostPort(strings.TrimSuffix(r.Target, "."), fmt.Sprint(r.Port)))
	}
	return all
}

func dialAny(ctx context.Context, addresses []string) (net.Conn, error) {
	var all []error
	for _, a := range addresses {
		d := net.Dialer{Timeout: 10 * time.Second}
		conn, err := d.DialContext(ctx, "tcp", a)
		if err == nil {
			return conn, nil
		}
		all = append(all, err)
	}
	return nil, errors.Join(all...)
}

// secure negotiates StartTLS (RFC 6120, section 5). The stream read so far is dropped with all that the
// server, or somebody on the way, may have said ahead of the handshake.
func secure(ctx context.Context, raw net.Conn, domain string, roots *x509.CertPool) (*tls.Conn, error) {
	defer bound(ctx, raw)()
	if _, err := fmt.Fprintf(raw, "<?xml version='1.0'?><stream:stream to='%s' version='1.0' xmlns='%s' xmlns:stream='%s'>",
		escape(domain), nsClient, nsStream); err != nil {
		return nil, err
	}
	in := newStream(raw)
	if err := in.root(); err != nil {
		return nil, err
	}
	features, err := in.next()
	if err != nil {
		return nil, err
	}
	const nsTLS = "urn:ietf:params:xml:ns:xmpp-tls"
	if features.child(nsTLS, "starttls") == nil {
		return nil, errors.New("it offers no StartTLS; without TLS the password is not sent")
	}
	if _, err := fmt.Fprintf(raw, "<starttls xmlns='%s'/>", nsTLS); err != nil {
		return nil, err
	}
	answer, err := in.next()
	if err != nil {
		return nil, err
	}
	if !answer.is(nsTLS, "proceed") {
		return nil, fmt.Errorf("it refuses StartTLS with <%s>", clip(answer.name.Local, 40))
	}
	conn := tls.Client(raw, &tls.Config{ServerName: domain, RootCAs: roots, MinVersion: tls.VersionTLS12})
	if err := conn.HandshakeContext(ctx); err != nil {
		var unknown x509.UnknownAuthorityError
		if errors.As(err, &unknown) {
			return nil, fmt.Errorf("%w; if the certificate is your own, set ca_file", err)
		}
		return nil, err
	}
	return conn, nil
}

// bound ends the reads and writes of conn with ctx, until it is released.
func bound(ctx context.Context, conn net.Conn) (release func() bool) {
	return context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
}
