package pod

import (
	"context"
	"time"

	"github.com/diaspote/vigie/ops"
)

// sampleEvery is the least time between two probes for the history.
const sampleEvery = time.Minute

// A Sampler keeps how the pod answers, and what it counts, for the history. The probe_ series are those of
// blackbox_exporter:
//
//	probe_success                    1 if it answers with a status of 200 to 399, else 0
//	probe_duration_seconds           to the head of the answer
//	probe_http_status_code
//	probe_ssl_earliest_cert_expiry   seconds since 1970
//	nodeinfo_users                   accounts; with the label active="month" or "halfyear" those used since then
//	nodeinfo_local_posts
//	nodeinfo_local_comments
//
// What there is no answer for is left out. The pod is asked once a minute at most: what a [Watcher] of the same Client
// learns counts too.
type Sampler struct {
	Client *Client
	URL    string
	Now    func() time.Time
}

// Sample is that of [ops.Sampler].
func (s *Sampler) Sample(ctx context.Context, add func(ops.Sample)) error {
	p, ok := s.Client.last.recall(s.URL, s.Now())
	if !ok {
		p = s.Client.Probe(ctx, s.URL)
	}
	gauge := func(name string, value float64, labels ...string) {
		add(ops.Sample{Series: ops.Series{Name: name, Labels: ops.Labels(labels...)}, Value: value})
	}
	if p.Status != 0 {
		gauge("probe_duration_seconds", p.Took.Seconds())
		gauge("probe_http_status_code", float64(p.Status))
	}
	if !p.Expires.IsZero() {
		gauge("probe_ssl_earliest_cert_expiry", float64(p.Expires.Unix()))
	}
	if !p.OK() {
		gauge("probe_success", 0)
		return nil // the watcher tells of it
	}
	gauge("probe_success", 1)
	info, err := s.Client.NodeInfo(ctx, s.URL)
	if err != nil {
		return err
	}
	count := func(n *int64, name string, labels ...string) {
		if n != nil {
			gauge(name, float64(*n), labels...)
		}
	}
	count(info.Users, "nodeinfo_users")
	count(info.ActiveMonth, "nodeinfo_users", "active", "month")
	count(info.ActiveHalfyear, "nodeinfo_users", "active", "halfyear")
	count(info.LocalPosts, "nodeinfo_local_posts")
	count(info.LocalComments, "nodeinfo_local_comments")
	return nil
}
