package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/loopback"
	"github.com/diaspote/vigie/fixtures/prosody"
	"github.com/diaspote/vigie/ops/ledger"
)

const survivorConfig = `
host = "diaspote"
state_dir = %[6]q
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
off = ["oom", "pressure", "unit", "upgrade", "disk", "pod", "reboot", "clock"]
`

// A survivor is the program over a real Prosody, which takes alerts from a webhook and tells of them in a room that keeps
// all that is said, and to a pager.
type survivor struct {
	t        *testing.T
	server   *prosody.Server
	page     *pager
	dir, url string // of its config, and of its webhook
	state    string // the folder of its ledger
	program  string
	cmd      *exec.Cmd
	log      bytes.Buffer
}

// openSurvivor leaves the bot stopped; its ledger will be in the folder state.
func openSurvivor(t *testing.T, state string) *survivor {
	t.Helper()
	apart(t)
	s := &survivor{t: t, dir: t.TempDir(), state: state, page: openPager(t), program: build(t)}
	s.server = prosody.Start(t, "storage_archive_item_limit = 1000000", "vigie", "dada")
	dada := s.server.Client(t, "dada", "phone")
	dada.Send("<presence/>")
	dada.Join(opsRoom, "dada")
	dada.Keep(opsRoom)
	dada.Configure(opsRoom, "muc#roomconfig_whois", "anyone")
	port := loopback.Port(t)
	s.url = fmt.Sprintf("http://127.0.0.1:%d/json", port)
	ca, err := os.ReadFile(s.server.CAFile())
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"vigie.toml": fmt.Sprintf(survivorConfig, s.dir, s.server.Addr, opsRoom, port, s.page.URL, state), "ca.pem": string(ca),
		"xmpp.password": prosody.Password, "hook.secret": hookToken,
	} {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		s.kill()
		if t.Failed() {
			t.Logf("the bot said:\n%s", s.log.String()[max(0, s.log.Len()-4000):])
		}
	})
	return s
}

func (s *survivor) start() {
	s.t.Helper()
	s.cmd = exec.Command(s.program, "--config", filepath.Join(s.dir, "vigie.toml"))
	s.cmd.Env = append(os.Environ(), "VIGIE_SPOOL="+filepath.Join(s.dir, "spool"))
	s.cmd.Stderr = &s.log
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *survivor) kill() {
	if s.cmd != nil {
		s.cmd.Process.Kill()
		s.cmd.Wait()
		s.cmd = nil
	}
}

// stop ends the bot as systemd does.
func (s *survivor) stop() {
	s.t.Helper()
	s.cmd.Process.Signal(syscall.SIGTERM)
	if err := s.cmd.Wait(); err != nil {
		s.t.Fatal(err)
	}
	s.cmd = nil
}

// accept posts alert n and returns the status, 0 if there was no answer.
func (s *survivor) accept(n int) int {
	body := fmt.Sprintf(`{"id":"e%[1]d","key":"k%[1]d","title":"alert %[1]d","severity":"warning"}`, n)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, strings.NewReader(body))
	if err != nil {
		return 0
	}
	req.Header.Set("Authorization", "Bearer "+hookToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	resp.Body.Close()
	return resp.StatusCode
}

// cronJob has a job of a crontab fail, which says so through the spool.
func (s *survivor) cronJob(name string) {
	s.t.Helper()
	cmd := exec.Command(s.program, "cron", "--name", name, "--", "/bin/false")
	cmd.Env = append(os.Environ(), "VIGIE_SPOOL="+filepath.Join(s.dir, "spool"))
	if out, err := cmd.CombinedOutput(); err == nil {
		s.t.Fatalf("/bin/false went well: %s", out)
	}
}

// takes posts alerts from n on until one is refused, or so many were taken, and returns the number of the next.
func (s *survivor) takes(n, most int) (next int, refused bool) {
	s.t.Helper()
	for end := n + most; n < end; n++ {
		switch status := s.accept(n); status {
		case http.StatusOK:
		case http.StatusServiceUnavailable:
			return n, true
		default:
			s.t.Fatalf("alert %d was answered %d", n, status)
		}
	}
	return n, false
}

// listens waits until the bot takes webhooks: it has begun.
func (s *survivor) listens() {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		resp, err := http.Get(s.url)
		if err == nil {
			resp.Body.Close()
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatal(err)
		}
	}
}

// asks says a line in the room and returns what is answered.
func (s *survivor) asks(line string) string {
	s.t.Helper()
	dada := s.server.Client(s.t, "dada", "asks")
	defer dada.Close()
	dada.Send("<presence/>")
	dada.Join(opsRoom, "dada")
	dada.Send("<message type='groupchat' to='%s' id='ask'><body>vigie: %s</body></message>", opsRoom, line)
	n := dada.Expect("an answer to "+line, func(n prosody.Node) bool {
		return n.XMLName.Local == "message" && n.Attr("from") == opsRoom+"/vigie" && n.Child("body").Text != ""
	})
	return n.Child("body").Text
}

// settled waits until nothing is owed any more, and returns the alerts in the ledger.
func (s *survivor) settled() []ledger.Record {
	s.t.Helper()
	db, err := ledger.Open(s.t.Context(), filepath.Join(s.state, "vigie.db"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		owed, err := db.Creditors(s.t.Context())
		if err != nil {
			s.t.Fatal(err)
		}
		if len(owed) == 0 {
			break
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("still owed after two minutes: %+v", owed)
		}
	}
	events, err := db.Events(s.t.Context(), ledger.EventQuery{Kind: "json"})
	if err != nil {
		s.t.Fatal(err)
	}
	return events
}

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

// counts tells how many alerts came whose keys begin so, and how many with those that came again.
func (p *pager) counts(key string) (different, all int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for k, n := range p.got {
		if strings.HasPrefix(k, key) {
			different++
			all += n
		}
	}
	return different, all
}
