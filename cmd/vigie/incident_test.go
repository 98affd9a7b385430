package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// unitIncident has a unit of the pod fail, and be mended: first the one that failed before the bot was there.
func (h *house) unitIncident(t *testing.T, web string) {
	page := func() string {
		resp, err := http.Get(web)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("the page is answered %d: %v", resp.StatusCode, err)
		}
		return string(text)
	}
	h.until(t, "root", "sh", "-c", "vigie events --kind incident | grep 'incident 1 opened, a draft: sidekiq is down'")
	h.mend(t, "sidekiq")
	h.reads(t, "✓ incident 1 is over: sidekiq is down", "fixed: sidekiq was down")

	h.Run(t, "root", "systemctl", "kill", "-s", "KILL", "sidekiq")
	h.reads(t, "● incident 2 opened, a draft: sidekiq is down", "Publish it with: incident publish 2")
	if strings.Contains(page(), "sidekiq is down") {
		t.Error("the page shows a draft")
	}
	h.say("vigie: incident publish 2")
	h.reads(t, "incident 2: sidekiq is down")
	if text := page(); !strings.Contains(text, "sidekiq is down") || strings.Contains(text, "SIGKILL") || strings.Contains(text, "signal") {
		t.Errorf("the page: %s", text)
	}
	h.Run(t, "root", "systemctl", "start", "sidekiq")
	h.reads(t, "incident 2: sidekiq is down", "watching: Recovered at ")
	h.reads(t, "✓ incident 2 is over: sidekiq is down", "fixed: sidekiq was down from ")
	if text := page(); !strings.Contains(text, "sidekiq was down from ") {
		t.Errorf("the page: %s", text)
	}
}
