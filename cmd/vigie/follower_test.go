package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/cmd/vigie/config"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/pod"
)

// TestAProbeFailsTwice has what a unit serves fail, and answer again.
func TestAProbeFailsTwice(t *testing.T) {
	var status atomic.Int64
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(int(status.Load())) }))
	defer site.Close()
	f := &follower{client: pod.NewClient("test", time.Now), fails: map[string]int{}}
	cfg := &config.Config{Units: []config.Unit{{Name: "web.service", Probe: site.URL}, {Name: "queue.service"}}}
	for n, step := range []struct {
		status int64
		want   incident.State
		known  bool
	}{
		{200, incident.Operational, true},
		{502, 0, false}, // it may be a restart
		{200, incident.Operational, true},
		{502, 0, false},
		{503, incident.PartialOutage, true},
		{503, incident.PartialOutage, true},
		{200, incident.Operational, true},
	} {
		status.Store(step.status)
		if got, known := f.probe(t.Context(), cfg, "web.service"); known != step.known || known && got != step.want {
			t.Errorf("%d: %v, %v", n, got, known)
		}
		if got, known := f.probe(t.Context(), cfg, "queue.service"); !known || got != incident.Operational {
			t.Errorf("without a probe: %v, %v", got, known)
		}
	}
}

func TestFirstComponents(t *testing.T) {
	cfg := &config.Config{
		Pod:   config.Pod{URL: "https://diaspote.org/x?token=y"},
		Units: []config.Unit{{Name: "diaspora.service", Shown: true}, {Name: "backup.timer"}, {Name: "redis@1.service", Shown: true}},
	}
	var got []string
	for _, c := range firstComponents(cfg) {
		got = append(got, c.Name+" "+c.Follows+" "+c.Link)
	}
	if want := []string{"diaspote.org pod https://diaspote.org", "diaspora diaspora.service ", "redis@1 redis@1.service "}; !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
	if got := firstComponents(&config.Config{}); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

// TestSystemdIsSilent has no systemd to ask, or one without such a unit.
func TestSystemdIsSilent(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	h, err := newHost(log)
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	d := &daemon{host: h, bot: bot.New(nil, log, h.now)}
	h.cfg.Store(&config.Config{TimeZone: time.UTC})
	f := &follower{d: d, client: pod.NewClient("test", time.Now), fails: map[string]int{}}
	for range silentLooks {
		if seen := f.look(t.Context(), []string{"nosuch.service", incident.FollowsPod}); seen["nosuch.service"] != incident.Unknown || seen[incident.FollowsPod] != incident.Unknown {
			t.Fatalf("%v", seen)
		}
	}
	if _, told := f.look(t.Context(), []string{"nosuch.service"})["nosuch.service"]; !told {
		t.Error("a unit that nobody can look at stays as it was for ever")
	}
}
