package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/alertmanager"
)

// outage is what the room reads of the time in which XMPP was down: one alert of Alertmanager fires and is over before
// anybody could be told, one lasts, and other programs have something to say as well.
func (h *house) outage(t *testing.T, hook string, am *alertmanager.Server) {
	alert := func(name, severity, summary string) alertmanager.Alert {
		return alertmanager.Alert{Labels: map[string]string{"alertname": name, "instance": "db1", "severity": severity}, Annotations: map[string]string{"summary": summary}}
	}
	load, down := alert("HighLoad", "warning", "load 9 on 4 cores"), alert("PostgresDown", "critical", "postgres does not answer")
	h.server.Stop()
	am.Raise(load, down)
	fired := h.noted(t, "HighLoad on db1", false)
	downSince := h.noted(t, "PostgresDown on db1", false)
	for i := range 3 {
		if status := post(t, hook+"/json", fmt.Sprintf(`{"title":"backup %d failed","severity":"warning","key":"b%d"}`, i, i)); status != http.StatusOK {
			t.Fatalf("answered %d while XMPP is away", status)
		}
	}
	load.EndsAt = time.Now()
	am.Raise(load)
	ended := h.noted(t, "HighLoad on db1", true)

	h.server.Run()
	h.dada = h.server.Client(t, "dada", "phone")
	h.dada.Send("<presence/>")
	h.dada.Join(opsRoom, "dada")
	digest := h.reads(t, "5 alerts while I could not post here")
	clock := func(at time.Time) string { return at.In(paris(t)).Format("15:04:05") }
	for _, line := range []string{
		`^▲ 5 alerts while I could not post here, ` + clock(fired) + ` to ` + clock(ended) + `: 1 critical, 4 warning, 1 over by now$`,
		`^✗ PostgresDown on db1 · ` + clock(downSince) + `$`,
		`^  postgres does not answer$`,
		`^▲ backup 1 failed · `,
		`^✓ HighLoad on db1 · ` + clock(ended) + ` · it lasted \d+ s$`,
	} {
		if !regexp.MustCompile(`(?m)` + line).MatchString(digest) {
			t.Errorf("the digest has no line like %s", line)
		}
	}
	h.say("vigie: alerts")
	h.reads(t, "PostgresDown on db1", "backup 2 failed")
	down.EndsAt = time.Now()
	am.Raise(down)
	if text := h.reads(t, "✓ PostgresDown on db1", "it lasted"); strings.Contains(text, "HighLoad") {
		t.Error("it is told among what came in the outage")
	}
}

// noted waits until the ledger has an event, and returns its hour.
func (h *house) noted(t *testing.T, title string, resolved bool) time.Time {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		for line := range strings.Lines(h.Run(t, "vigie", "vigie", "events", "--json")) {
			var e struct {
				Title    string    `json:"title"`
				At       time.Time `json:"at"`
				Resolved bool      `json:"resolved"`
			}
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatal(err)
			}
			if e.Title == title && e.Resolved == resolved {
				return e.At
			}
		}
	}
	t.Fatalf("nobody noted %q", title)
	return time.Time{}
}

func paris(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}
