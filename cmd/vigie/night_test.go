package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/alertmanager"
	"github.com/diaspote/vigie/fixtures/loopback"
)

const hookToken = "a-token-of-the-tests"

// nightConfig is what a house has besides when the bot is to speak first.
const nightConfig = `
[web]
listen = "127.0.0.1:%[1]d"

[status_page]

[incidents]
calm = "3s"

[[webhook]]
path = "/alertmanager"
kind = "alertmanager"
secret_file = "hook.secret"

[[webhook]]
path = "/json"
kind = "json"
secret_file = "hook.secret"

[[job]]
name = "nightly-restart"
at = "20 4 * * *"
do = "restart diaspora"

[[job]]
name = "needless"
at = "@yearly"
do = "restart diaspora"
unless = "memory below 100 %%"
`

// openNight is a house in which the bot takes webhooks at the URL returned; args are those of openHouse.
func openNight(t testing.TB, args ...string) (h *house, hook string) {
	t.Helper()
	h = openHouse(t, args...)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(h.journal())
		}
	})
	port := loopback.Port(t)
	h.WriteFile(t, "/etc/vigie/hook.secret", hookToken+"\n", 0o600)
	h.Run(t, "root", "chown", "vigie", "/etc/vigie/hook.secret")
	h.Run(t, "root", "sh", "-c", fmt.Sprintf("cat >>/etc/vigie/vigie.toml <<'END'\n%s\nEND", fmt.Sprintf(nightConfig, port)))
	h.Run(t, "root", "sed", "-i", `s/^\[watch]$/&\npod_failures = 1/`, "/etc/vigie/vigie.toml")
	h.restartBot(t)
	return h, fmt.Sprintf("http://127.0.0.1:%d", port)
}

// TestTheNight is what the room reads while its admins sleep: of units that fail, of packages, and of what else there is.
func TestTheNight(t *testing.T) {
	t.Parallel()
	t.Run("units", func(t *testing.T) {
		t.Parallel()
		h, _ := openNight(t)
		h.units(t)
	})
	t.Run("incidents and buses", func(t *testing.T) {
		t.Parallel()
		h, hook := openNight(t)
		t.Run("an incident", func(t *testing.T) { h.unitIncident(t, hook) })
		t.Run("a bus that restarts", func(t *testing.T) { h.busRestarts(t) })
	})
	t.Run("upgrades", func(t *testing.T) {
		t.Parallel()
		h, _ := openNight(t)
		h.upgrades(t)
	})
	t.Run("jobs and webhooks", func(t *testing.T) {
		t.Parallel()
		h, hook := openNight(t)
		t.Run("a job", func(t *testing.T) { h.job(t) })
		t.Run("cron", func(t *testing.T) { h.cronJob(t) })
		t.Run("webhooks", func(t *testing.T) { h.webhooks(t, hook) })
	})
}

// reads waits for a post with all the words in it, and shows it.
func (h *house) reads(t testing.TB, words ...string) string {
	t.Helper()
	text := h.hears(words...)
	t.Log("\n" + text)
	return text
}

func (h *house) job(t *testing.T) {
	h.say("vigie: cron run nightly-restart")
	h.reads(t, "diaspora.service restarted in")
	h.say("vigie: cron")
	h.reads(t, "nightly-restart", "needless")
}

func (h *house) cronJob(t *testing.T) {
	h.User(t, "backup-job")
	if out, err := h.Try("backup-job", "vigie", "cron", "--name", "backup", "--", "/bin/sh", "-c", "echo no space left; exit 3"); err == nil {
		t.Fatalf("it went well: %s", out)
	}
	h.reads(t, "backup", "exit status 3", "no space left")
	h.Run(t, "backup-job", "vigie", "cron", "--name", "backup", "--", "/bin/true")
	h.reads(t, "✓", "backup")

	// Debian's own cron runs one while the bot is down, and what it has to say waits.
	h.stopBot(t)
	h.WriteFile(t, "/etc/cron.d/nightly", "* * * * * backup-job /usr/local/bin/vigie cron --name nightly -- /bin/sh -c 'echo the disk is read-only; exit 4'\n", 0o644)
	h.Run(t, "root", "sh", "-c", `for i in $(seq 1200); do [ -n "$(find /var/lib/vigie/spool -type f)" ] && exit; sleep 0.1; done; exit 1`)
	h.Run(t, "root", "rm", "/etc/cron.d/nightly")
	h.startBot(t)
	h.reads(t, "▲ nightly failed: exit status 4", "as backup-job on diaspote", "the disk is read-only")
}

func (h *house) webhooks(t *testing.T, hook string) {
	h.restartBot(t) // what it told before is long ago to it: each post stands for itself
	body := `{"title":"backup of @channel is <late>","text":"since 02:00","severity":"warning","key":"backup"}`
	if status := post(t, hook+"/json", body); status != http.StatusOK {
		t.Fatalf("answered %d", status)
	}
	h.reads(t, "▲ backup of ", "since 02:00")

	am := alertmanager.Start(t, hook+"/alertmanager", hookToken)
	full := alertmanager.Alert{Labels: map[string]string{"alertname": "DiskFull", "instance": "db1", "severity": "critical"}, Annotations: map[string]string{"summary": "the disk of db1 is full"}}
	am.Raise(full)
	h.reads(t, "✗", "DiskFull", "the disk of db1 is full")
	full.EndsAt = time.Now()
	am.Raise(full)
	h.reads(t, "✓ DiskFull", "it lasted")
	h.outage(t, hook, am)
}

// post posts to a webhook and returns the status.
func post(t *testing.T, url, body string) int {
	t.Helper()
	resp, err := send(t.Context(), url, body)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer bytes.Buffer
	answer.ReadFrom(resp.Body)
	if resp.StatusCode != http.StatusOK {
		t.Log(answer.String())
	}
	return resp.StatusCode
}

func send(ctx context.Context, url, body string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+hookToken)
	return http.DefaultClient.Do(req)
}
