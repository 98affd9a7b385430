package pod

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops"
)

func TestSampler(t *testing.T) {
	var asked, status = 0, http.StatusOK
	s := serve(t, nil)
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/.well-known/nodeinfo":
			fmt.Fprintf(w, `{"links":[{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.0","href":"%s/nodeinfo/2.0"}]}`, s.URL)
		case "/nodeinfo/2.0":
			fmt.Fprint(w, `{"version":"2.0","software":{"name":"diaspora","version":"0.9"},"usage":{"users":{"total":1432,"activeMonth":87},"localPosts":9120}}`)
		default:
			asked++
			w.WriteHeader(status)
		}
	})
	now := time.Date(2026, 3, 13, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	sampler := &Sampler{Client: NewClient("1.0", clock), URL: s.URL, Now: clock}
	sample := func() map[string]float64 {
		t.Helper()
		got := map[string]float64{}
		if err := sampler.Sample(t.Context(), func(one ops.Sample) { got[one.Series.String()] = one.Value }); err != nil {
			t.Fatal(err)
		}
		return got
	}
	got := sample()
	for series, want := range map[string]float64{
		"probe_success": 1, "probe_http_status_code": 200,
		"nodeinfo_users": 1432, `nodeinfo_users{active="month"}`: 87, "nodeinfo_local_posts": 9120,
	} {
		if value, ok := got[series]; !ok || value != want {
			t.Errorf("%s is %v (%v), want %v", series, value, ok, want)
		}
	}
	if took := got["probe_duration_seconds"]; took <= 0 || took > 10 {
		t.Errorf("it took %v s", took)
	}
	if _, ok := got[`nodeinfo_users{active="halfyear"}`]; ok {
		t.Error("what the pod does not say is made up")
	}

	now = now.Add(15 * time.Second)
	if sample(); asked != 1 {
		t.Errorf("the pod was asked %d times within a minute", asked)
	}
	now, status = now.Add(time.Minute), http.StatusBadGateway
	sampler.Client.Probe(t.Context(), s.URL) // as the watcher does
	got = sample()
	if asked != 2 || got["probe_success"] != 0 || got["probe_http_status_code"] != 502 {
		t.Errorf("asked %d times; it answers 502, and that is told as %v", asked, got)
	}
	if _, ok := got["nodeinfo_users"]; ok {
		t.Error("a pod that is down still counts its users")
	}
}

// A pod that is gone has no status and no time.
func TestSamplerWithoutAnswer(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request) {})
	s.Close()
	sampler := &Sampler{Client: NewClient("1.0", time.Now), URL: s.URL, Now: time.Now}
	got := map[string]float64{}
	err := sampler.Sample(t.Context(), func(one ops.Sample) { got[one.Series.String()] = one.Value })
	if success, ok := got["probe_success"]; err != nil || !ok || success != 0 || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
}
