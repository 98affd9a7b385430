package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/logbook"
	"github.com/diaspote/vigie/fixtures/loopback"
	"github.com/diaspote/vigie/fixtures/mailbox"
	"github.com/diaspote/vigie/ops/incident"
	"github.com/diaspote/vigie/ops/ledger"
)

const newsroomConfig = `
host = "diaspote"
state_dir = %[1]q
socket = "%[1]s/vigie.sock"

[people.root]
role = "admin"
unix = "root"

[history]
off = true

[watch]
off = ["oom", "pressure", "unit", "upgrade", "disk", "pod", "reboot", "clock", "cron"]

[web]
listen = "127.0.0.1:%[2]d"
public = "https://status.diaspote.example"

[status_page]
title = "diaspote.example"
token_file = "page.token"

[status_page.mail]
from = "status@diaspote.example"
sendmail = [%[3]s]

[[status_page.webhook]]
name = "relay"
url = %[4]q
`

// A newsroom is the program with a status page, and nobody to talk to.
type newsroom struct {
	t         *testing.T
	dir, url  string
	program   string
	cmd       *exec.Cmd
	log       logbook.Book
	posted    chan string // what the webhook got
	listening *http.Client
}

func openNewsroom(t *testing.T, sendmail ...string) *newsroom {
	t.Helper()
	apart(t)
	n := &newsroom{t: t, dir: t.TempDir(), program: build(t), posted: make(chan string, 100), listening: &http.Client{Timeout: 10 * time.Second}}
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		n.posted <- string(body)
	}))
	t.Cleanup(hook.Close)
	port := loopback.Port(t)
	n.url = fmt.Sprintf("http://127.0.0.1:%d", port)
	for i, word := range sendmail {
		sendmail[i] = fmt.Sprintf("%q", word)
	}
	for name, content := range map[string]string{
		"vigie.toml": fmt.Sprintf(newsroomConfig, n.dir, port, strings.Join(sendmail, ", "), hook.URL), "page.token": hookToken,
	} {
		if err := os.WriteFile(filepath.Join(n.dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		n.kill()
		if t.Failed() {
			t.Logf("the bot said:\n%s", n.log.String())
		}
	})
	return n
}

// subscribed has those addresses in the ledger before the start.
func (n *newsroom) subscribed(addresses ...string) {
	n.t.Helper()
	db, err := ledger.Open(n.t.Context(), filepath.Join(n.dir, "vigie.db"))
	if err != nil {
		n.t.Fatal(err)
	}
	defer db.Close()
	book, err := incident.Open(n.t.Context(), db, time.Now)
	if err != nil {
		n.t.Fatal(err)
	}
	for _, a := range addresses {
		if _, err := book.Subscribe(n.t.Context(), a, "en", nil, true); err != nil {
			n.t.Fatal(err)
		}
	}
}

// start returns once the page is served.
func (n *newsroom) start() {
	n.t.Helper()
	n.cmd = exec.Command(n.program, "--config", filepath.Join(n.dir, "vigie.toml"))
	n.cmd.Env = append(os.Environ(), "VIGIE_SPOOL="+filepath.Join(n.dir, "spool"))
	n.cmd.Stderr = &n.log
	if err := n.cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		resp, err := n.listening.Get(n.url + "/subscribe")
		if err == nil {
			resp.Body.Close()
			return
		}
		if time.Now().After(deadline) {
			n.t.Fatal(err)
		}
	}
}

func (n *newsroom) kill() {
	if n.cmd != nil {
		n.cmd.Process.Kill()
		n.cmd.Wait()
		n.cmd = nil
	}
}

// form sends a form and returns the page.
func (n *newsroom) form(path string, values url.Values) string {
	n.t.Helper()
	resp, err := n.listening.PostForm(n.url+path, values)
	return n.read(path, resp, err)
}

func (n *newsroom) get(path string) string {
	n.t.Helper()
	resp, err := n.listening.Get(n.url + path)
	return n.read(path, resp, err)
}

func (n *newsroom) read(path string, resp *http.Response, err error) string {
	n.t.Helper()
	if err != nil {
		n.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		n.t.Fatalf("%s: %s, %v: %s", path, resp.Status, err, body)
	}
	return string(body)
}

// write writes through Cachet's API.
func (n *newsroom) write(path string, values url.Values) {
	n.t.Helper()
	req, err := http.NewRequestWithContext(n.t.Context(), http.MethodPost, n.url+"/api/v1/"+path, strings.NewReader(values.Encode()))
	if err != nil {
		n.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Cachet-Token", hookToken)
	resp, err := n.listening.Do(req)
	n.read(path, resp, err)
}

// settled waits until nothing is owed.
func (n *newsroom) settled() {
	n.t.Helper()
	db, err := ledger.OpenToRead(n.t.Context(), filepath.Join(n.dir, "vigie.db"))
	if err != nil {
		n.t.Fatal(err)
	}
	defer db.Close()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		owed, err := db.Creditors(n.t.Context())
		if err == nil && len(owed) == 0 {
			return
		}
		if time.Now().After(deadline) {
			n.t.Fatalf("still owed: %+v, %v", owed, err)
		}
	}
}

var mailLink = regexp.MustCompile(`https://status\.diaspote\.example(/(?:subscribe/confirm|unsubscribe)\?t=[A-Za-z0-9_-]+)`)

// TestSubscribing goes from the form to the mail program's one click, as somebody does who reads mail: through HTTP, a real mail
// program and a real mail server.
func TestSubscribing(t *testing.T) {
	box := mailbox.Open(t)
	n := openNewsroom(t, box.Command...)
	n.start()
	if page := n.get("/"); !strings.Contains(page, `href="subscribe`) {
		t.Errorf("the page does not lead to where one subscribes: %s", page)
	}
	if form := n.get("/subscribe"); !strings.Contains(form, `type="email"`) {
		t.Errorf("%s", form)
	}
	n.form("/subscribe?lang=en", url.Values{"email": {"reader@example.org"}})
	n.form("/subscribe?lang=en", url.Values{"email": {"reader@example.org"}})
	ask := box.Wait(1)[0]
	link := mailLink.FindStringSubmatch(ask.Text)
	if link == nil || ask.To != "reader@example.org" {
		t.Fatalf("%s", ask.Raw)
	}
	button := n.get(link[1])
	token, _ := url.Parse(link[1])
	if !strings.Contains(button, `action="confirm`) || !strings.Contains(button, "reader@example.org") {
		t.Errorf("%s", button)
	}
	n.write("incidents", url.Values{"name": {"Before"}, "message": {"not for who has not confirmed"}, "status": {"1"}, "visible": {"1"}})
	<-n.posted
	n.form("/subscribe/confirm", token.Query())

	n.write("incidents", url.Values{"name": {"Draft"}, "message": {"a secret"}, "status": {"1"}, "visible": {"0"}})
	n.write("incidents", url.Values{"name": {"Pod slow"}, "message": {"We look."}, "status": {"1"}, "visible": {"1"}})
	if body := <-n.posted; !strings.Contains(body, `"name":"Pod slow"`) || !strings.Contains(body, `"status":"investigating"`) || !strings.Contains(body, `"body":"We look."`) {
		t.Errorf("the webhook got %s", body)
	}
	news := box.Wait(2)[1]
	if news.Subject() != "[diaspote.example] Investigating: Pod slow" || !strings.Contains(news.Text, "We look.") || news.To != "reader@example.org" {
		t.Errorf("%s", news.Raw)
	}
	leave := mailLink.FindStringSubmatch(news.Header.Get("List-Unsubscribe"))
	if leave == nil || news.Header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" || !strings.Contains(news.Text, leave[0]) {
		t.Fatalf("%s", news.Raw)
	}
	n.write("incidents", url.Values{"name": {"Another"}, "message": {"In time."}, "status": {"1"}, "visible": {"1"}})
	box.Wait(3)
	n.form(leave[1], url.Values{"List-Unsubscribe": {"One-Click"}})
	n.write("incidents", url.Values{"name": {"Too late"}, "message": {"Gone."}, "status": {"1"}, "visible": {"1"}})
	n.settled()
	if all := box.All(); len(all) != 3 {
		t.Errorf("%d mails came: the last is %s", len(all), all[len(all)-1].Raw)
	}
}

// TestMailSurvives kills the bot while the mail program has a mail and has not said yet that it took it: of all the mails at most
// that one is sent twice, and none is lost.
func TestMailSurvives(t *testing.T) {
	const subscribers, kills = 20, 3
	out := t.TempDir()
	script := filepath.Join(out, "sendmail")
	// It keeps the mail first. Where there is a file "hold" it says so and waits until that is gone.
	lines := `#!/bin/sh
set -e
f=$(mktemp "$1/mail.XXXXXX")
cat >"$f"
test ! -e "$1/hold" || : >"$1/held"
while test -e "$1/hold"; do sleep 0.02; done
`
	if err := os.WriteFile(script, []byte(lines), 0o700); err != nil {
		t.Fatal(err)
	}
	n := openNewsroom(t, script, out)
	var all []string
	for i := range subscribers {
		all = append(all, fmt.Sprintf("reader%d@example.org", i))
	}
	n.subscribed(all...)
	n.start()
	hold, held := filepath.Join(out, "hold"), filepath.Join(out, "held")
	for i := range kills {
		if err := os.WriteFile(hold, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			n.write("incidents", url.Values{"name": {"Pod slow"}, "message": {"We look."}, "status": {"1"}, "visible": {"1"}})
		} else {
			n.start()
		}
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
			if _, err := os.Stat(held); err == nil {
				break
			}
			if time.Now().After(deadline) {
				t.Fatal("the mail program was not started")
			}
		}
		n.kill()
		for _, file := range []string{held, hold} {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		}
	}
	n.start()
	n.settled()
	count, ids := map[string]int{}, map[string]bool{}
	files, err := filepath.Glob(filepath.Join(out, "mail.*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m, err := mailbox.Read(raw)
		if err != nil {
			t.Fatal(err)
		}
		count[m.Header.Get("To")]++
		ids[m.Header.Get("Message-Id")] = true
	}
	if len(count) != subscribers || len(files) > subscribers+kills || len(ids) != subscribers {
		t.Errorf("%d mails of %d IDs to %d of %d subscribers, after %d kills", len(files), len(ids), len(count), subscribers, kills)
	}
	t.Logf("%d mails to %d subscribers, after %d kills", len(files), len(count), kills)
}
