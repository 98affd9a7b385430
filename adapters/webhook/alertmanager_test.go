package webhook

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	prometheus "github.com/diaspote/vigie/fixtures/alertmanager"
	"github.com/diaspote/vigie/ops"
)

// TestAlertmanager has a real one post: what it tells arrives, a repeat is the same event, and what could not be
// written down comes again.
func TestAlertmanager(t *testing.T) {
	t.Parallel()
	type tried struct {
		events []ops.Event
		taken  bool
	}
	var full atomic.Bool
	notes := make(chan tried, 1000)
	note := func(_ context.Context, events []ops.Event) error {
		refused := full.Load()
		notes <- tried{events, !refused}
		if refused {
			return errors.New("the disk is full")
		}
		return nil
	}
	server, err := New([]Source{{Path: "/am", Kind: "alertmanager", Secret: "s3cret", Room: "ops"}}, note, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	am := prometheus.Start(t, web.URL+"/am", "s3cret")

	// next waits for an event of the alert, passing over those that do not matter.
	next := func(name, what string, match func(ops.Event, bool) bool) ops.Event {
		t.Helper()
		hung := time.After(time.Minute)
		for {
			select {
			case n := <-notes:
				for _, e := range n.events {
					if strings.HasPrefix(e.Title, name+" ") && match(e, n.taken) {
						return e
					}
				}
			case <-hung:
				t.Fatalf("%s: %s did not arrive", name, what)
			}
		}
	}
	firing := func(e ops.Event, taken bool) bool { return e.Lasting && taken }
	started := time.Now().Add(-time.Minute).Truncate(time.Second)
	labels := map[string]string{"alertname": "PodDown", "instance": "diaspote.org", "severity": "page"}
	down := prometheus.Alert{Labels: labels, Annotations: map[string]string{"summary": "the pod <is> down"}, StartsAt: started}

	am.Raise(down)
	first := next("PodDown", "the alert", firing)
	if first.Severity != ops.Critical || first.Room != "ops" || !first.At.Equal(started) || !strings.Contains(first.Text, "the pod <is> down") {
		t.Errorf("%+v", first)
	}
	if want := "alertmanager/" + fingerprint(object{"alertname": "PodDown", "instance": "diaspote.org", "severity": "page"}); first.Key != want {
		t.Errorf("key %s, computed from the labels %s", first.Key, want)
	}
	if again := next("PodDown", "its repetition", firing); again.ID != first.ID {
		t.Errorf("the repetition is another event: %s, %s", first.ID, again.ID)
	}

	down.EndsAt = time.Now()
	am.Raise(down)
	resolved := next("PodDown", "its end", func(e ops.Event, _ bool) bool { return e.Resolved })
	if resolved.Key != first.Key || resolved.ID == first.ID || !resolved.At.After(started) {
		t.Errorf("%+v", resolved)
	}

	full.Store(true)
	am.Raise(prometheus.Alert{Labels: map[string]string{"alertname": "DiskFull", "instance": "board"}, StartsAt: started})
	refused := func(e ops.Event, taken bool) bool { return !taken }
	lost := next("DiskFull", "the alert", refused)
	next("DiskFull", "a second attempt", refused)
	full.Store(false)
	if kept := next("DiskFull", "the alert, once there was room", firing); kept.ID != lost.ID {
		t.Errorf("what came later is another event: %s, %s", lost.ID, kept.ID)
	}
}
