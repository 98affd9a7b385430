package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/prosody"
	"github.com/diaspote/vigie/ops/ledger"
)

const survivor = `
host = "diaspote"
state_dir = %[1]q
socket = "%[1]s/vigie.sock"

[xmpp]
jid = "vigie@localhost"
password_file = "xmpp.password"
server = %[2]q
ca_file = "ca.pem"
rooms = [%[3]q]

[people.dada]
role = "admin"
xmpp = "dada@localhost"

[web]
listen = "127.0.0.1:%[4]d"

[[webhook]]
path = "/json"
kind = "json"
secret_file = "hook.secret"

[[hook]]
name = "pager"
url = %[5]q

[watch]
off = ["oom", "pressure", "unit", "upgrade", "disk", "pod", "reboot", "clock", "cron"]
`

// A pager is a program that is told of each alert.
type pager struct {
	*httptest.Server
	mu  sync.Mutex
	got map[string]int // by the event's ID
}

func openPager(t *testing.T) *pager {
	p := &pager{got: map[string]int{}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var e struct{ ID, Key string }
		if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&e); err == nil {
			p.mu.Lock()
			p.got[e.Key]++
			p.mu.Unlock()
		}
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *pager) counts() (different, all int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, n := range p.got {
		all += n
	}
	return len(p.got), all
}

// TestSurvive kills the bot at random moments while alerts come in and Prosody comes and goes. Every alert that was
// taken must have been delivered in the end, to the room and to the program, and none twice but by a kill between
// sending and noting. VIGIE_FIGURES=long kills 1,000 times.
func TestSurvive(t *testing.T) {
	kills := 12
	if os.Getenv("VIGIE_FIGURES") == "long" {
		kills = 1000
	}
	server := prosody.Start(t, "", "vigie", "dada")
	dada := server.Client(t, "dada", "phone")
	dada.Send("<presence/>")
	dada.Join(opsRoom, "dada")
	page := openPager(t)

	dir := t.TempDir()
	port := freePort(t)
	ca, err := os.ReadFile(server.CAFile())
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"vigie.toml": fmt.Sprintf(survivor, dir, server.Addr, opsRoom, port, page.URL), "ca.pem": string(ca),
		"xmpp.password": prosody.Password, "hook.secret": hookToken,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	program := build(t)
	url := fmt.Sprintf("http://127.0.0.1:%d/json", port)

	// Alerts come in as fast as they are taken, each until it was taken.
	ctx, enough := context.WithCancel(t.Context())
	taken := make(chan int, 1)
	go func() {
		n := 0
		for ctx.Err() == nil {
			if accept(url, n) {
				n++
			}
			time.Sleep(rand.N(40 * time.Millisecond))
		}
		taken <- n
	}()
	var log bytes.Buffer
	for i := range kills {
		cmd := exec.Command(program, "--config", filepath.Join(dir, "vigie.toml"))
		cmd.Stderr = &log
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(rand.N(1500 * time.Millisecond))
		if i%10 == 4 {
			server.Restart()
		}
		cmd.Process.Kill()
		cmd.Wait()
	}
	cmd := exec.Command(program, "--config", filepath.Join(dir, "vigie.toml"))
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	enough()
	n := <-taken
	db, err := ledger.Open(t.Context(), filepath.Join(dir, "vigie.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		owed, err := db.Creditors(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(owed) == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("still owed after two minutes: %+v\n%s", owed, tailOf(log.String()))
		}
	}
	events, err := db.Events(t.Context(), ledger.EventQuery{Kind: "json"})
	if err != nil {
		t.Fatal(err)
	}
	different, all := page.counts()
	t.Logf("%d kills, %d alerts taken, %d in the ledger, %d delivered to the program, %d of them again", kills, n, len(events), different, all-different)
	if len(events) < n || len(events) > n+1 {
		t.Errorf("%d were taken and %d are in the ledger", n, len(events))
	}
	if different < n {
		t.Errorf("%d were taken and %d delivered", n, different)
	}
	if again := all - different; again > kills {
		t.Errorf("%d were delivered twice in %d kills", again, kills)
	}
}

// accept posts alert n and tells whether it was taken.
func accept(url string, n int) bool {
	body := fmt.Sprintf(`{"id":"e%[1]d","key":"k%[1]d","title":"alert %[1]d","severity":"warning"}`, n)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return false
	}
	req.Header.Set("Authorization", "Bearer "+hookToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

func tailOf(s string) string { return s[max(0, len(s)-4000):] }
