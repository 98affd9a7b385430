package pod

import (
	"context"
	"fmt"
	"time"

	"github.com/diaspote/vigie/ops"
)

const (
	day = 24 * time.Hour

	expiryWarning  = 14 * day
	expiryCritical = 3 * day
)

// judgeCertificate tells when the certificate is about to expire. One that has done so makes the probe fail.
func (w *Watcher) judgeCertificate(ctx context.Context, emit ops.Emit, p Probe, at time.Time) error {
	left := p.Expires.Sub(at)
	e := w.event(certificateKey, p, at)
	switch on := p.Expires.In(at.Location()).Format("2 Jan 2006, 15:04"); {
	case left <= expiryWarning:
		e.Severity = ops.Warning
		if left <= expiryCritical {
			e.Severity = ops.Critical
		}
		e.Title = "certificate expires in " + ops.Span(left)
		e.Text = fmt.Sprintf("That of %s is valid until %s.", p.URL, on)
		return w.open.Raise(ctx, emit, int(e.Severity), "", e)
	case w.open.Open(certificateKey) != nil:
		e.Title, e.Text = "certificate renewed", "It is valid until "+on+"."
		return w.open.Resolve(ctx, emit, e)
	}
	return nil
}

// seconds gives the time of an answer: "0.3 s", "7.2 s".
func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// beginning is the time of day at which something began that ended at end, with the day if that is another.
func beginning(began, end time.Time) string {
	began = began.In(end.Location())
	if began.Format(time.DateOnly) == end.Format(time.DateOnly) {
		return began.Format("15:04:05")
	}
	return began.Format("2 Jan 15:04:05")
}
