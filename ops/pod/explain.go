package pod

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"
)

// A failure says in words what an error of the net packages means. Its text has nothing of the URL.
type failure struct {
	words string
	cause error
}

func (f *failure) Error() string { return f.words }
func (f *failure) Unwrap() error { return f.cause }

// explain puts an error of a request that began at a time into words that an admin understands.
func explain(ctx context.Context, err error, began time.Time) error {
	return &failure{words(ctx, err, began), err}
}

func words(ctx context.Context, err error, began time.Time) string {
	if errors.Is(err, context.Canceled) {
		return "given up before an answer came"
	}
	if deadline, ok := ctx.Deadline(); ok && errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("no answer within %g s", deadline.Sub(began).Round(100*time.Millisecond).Seconds())
	}
	for _, say := range []func(error) string{answerWords, nameWords, certificateWords, tlsWords, connectionWords} {
		if w := say(err); w != "" {
			return w
		}
	}
	return "the answer is not HTTP"
}

// answerWords knows some errors of net/http by their text, as they have no type.
func answerWords(err error) string {
	text := err.Error()
	switch {
	case errors.Is(err, errRedirects):
		return errRedirects.Error()
	case strings.Contains(text, "failed to parse Location header"):
		return "redirected to something that is no URL"
	case strings.Contains(text, "response headers exceeded"):
		return fmt.Sprintf("the head of the answer is larger than %d KiB", maxHeader>>10)
	case strings.Contains(text, "server gave HTTP response to HTTPS client"):
		return "no TLS on that port; should the URL begin with http://?"
	}
	return ""
}

func nameWords(err error) string {
	var name *net.DNSError
	switch {
	case !errors.As(err, &name):
		return ""
	case name.IsNotFound:
		return "no such host"
	case name.IsTimeout:
		return "the name server did not answer"
	}
	return "the name server failed to look the host up"
}

// certificateWords gives dates in UTC, as certificates have them.
func certificateWords(err error) string {
	const day = "2 Jan 2006"
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) {
		// Expired stands for both ends of the period of validity.
		switch {
		case invalid.Reason != x509.Expired:
			return "the certificate is not valid for a server"
		case strings.Contains(invalid.Detail, "is before"):
			return "certificate valid only from " + invalid.Cert.NotBefore.UTC().Format(day) + " on; is the clock right?"
		}
		return "certificate expired on " + invalid.Cert.NotAfter.UTC().Format(day)
	}
	var host x509.HostnameError
	if errors.As(err, &host) {
		return "the certificate is for another host" + otherNames(host.Certificate.DNSNames)
	}
	var unknown x509.UnknownAuthorityError
	if errors.As(err, &unknown) {
		return "the certificate is from an unknown authority"
	}
	return ""
}

func otherNames(names []string) string {
	if len(names) == 0 {
		return ""
	}
	more := ""
	if len(names) > 3 {
		names, more = names[:3], ", …"
	}
	shown := make([]string, len(names))
	for i, n := range names {
		shown[i] = clean(n)
	}
	return " (" + strings.Join(shown, ", ") + more + ")"
}

func tlsWords(err error) string {
	var record tls.RecordHeaderError
	var alert tls.AlertError
	if errors.As(err, &record) || errors.As(err, &alert) || strings.Contains(err.Error(), "tls: ") {
		return "the TLS handshake failed"
	}
	return ""
}

func connectionWords(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection reset"
	case errors.Is(err, syscall.EHOSTUNREACH):
		return "host unreachable"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EADDRNOTAVAIL):
		return "network unreachable"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection closed before the end of the answer"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return fmt.Sprintf("cannot %s", op.Op)
	}
	return ""
}
