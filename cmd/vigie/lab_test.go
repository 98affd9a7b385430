package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/diaspote/vigie/adapters/xmpp"
	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/fixtures/loopback"
	"github.com/diaspote/vigie/fixtures/prosody"
	"github.com/diaspote/vigie/fixtures/shortage"
)

// A lab is a house with what is measured in it: a daemon that watches all that it can, four units that run, a pod
// that answers at once or not at all, and a bot that only echoes, on the same Prosody.
type lab struct {
	*house
	pod  *slowPod
	hook string // where the daemon takes webhooks
}

const (
	botJID  = "vigie@" + prosody.Domain
	echoJID = "echo@" + prosody.Domain
)

const labConfig = `
host = "diaspote"
time_zone = "Europe/Paris"

[pod]
url = %q
units = ["web", "queue", "database", "proxy"]

[[unit]]
name = "slow"
allow = ["restart"]

[xmpp]
jid = "vigie@localhost"
password_file = "xmpp.password"
server = %q
ca_file = "ca.pem"
rooms = [%q]

[[job]]
name = "nightly-restart"
at = "20 4 * * *"
do = "restart slow"

[[rule]]
on = "memory/pressure"
do = "restart slow"

[web]
listen = %q

[[webhook]]
path = "/alertmanager"
kind = "alertmanager"
secret_file = "hook.secret"

[[webhook]]
path = "/json"
kind = "json"
secret_file = "hook.secret"

[heartbeat]
url = %[1]q
every = "1m"

[people.dada]
role = "admin"
xmpp = "dada@localhost"

[people.lulu]
role = "reader"
xmpp = "lulu@localhost"
`

// openLab leaves the daemon stopped.
func openLab(t testing.TB) *lab {
	t.Helper()
	l := &lab{house: openHouse(t, hearing(t, shortage.Spared)...), pod: servePod(t)}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(l.journal())
		}
	})
	for _, name := range []string{"web", "queue", "database", "proxy"} {
		l.Unit(t, name+".service", "[Service]\nExecStart=/bin/sleep infinity\n")
		l.Run(t, "root", "systemctl", "start", name)
	}
	l.Run(t, "root", "systemctl", "reset-failed", "sidekiq")
	l.Run(t, "root", "systemctl", "stop", "vigie")
	l.left()
	listen := fmt.Sprintf("127.0.0.1:%d", loopback.Port(t))
	l.hook = "http://" + listen
	l.WriteFile(t, "/etc/vigie/hook.secret", hookToken+"\n", 0o600)
	l.Run(t, "root", "chown", "vigie", "/etc/vigie/hook.secret")
	l.WriteFile(t, "/etc/vigie/vigie.toml", fmt.Sprintf(labConfig, l.pod.URL, l.server.Addr, opsRoom, listen), 0o644)
	return l
}

// coldStart starts the daemon, and returns how long it took from the start of its process until it was in the room.
func (l *lab) coldStart(t testing.TB) time.Duration {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	start := l.Command(ctx, "root", "systemctl", "start", "vigie")
	if err := start.Start(); err != nil {
		t.Fatal(err)
	}
	l.joined()
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		t.Fatal(err)
	}
	if err := start.Wait(); err != nil {
		t.Fatalf("start the daemon: %v\n%s", err, l.journal())
	}
	var began int64 // µs of the same clock
	fmt.Sscan(l.Run(t, "root", "systemctl", "show", "-P", "ExecMainStartTimestampMonotonic", "vigie"), &began)
	return time.Duration(now.Nano() - began*1000)
}

// echo signs in the echo bot: the adapter alone.
func (l *lab) echo(t testing.TB) {
	t.Helper()
	l.server.Register("echo")
	chat := xmpp.New(xmpp.Config{
		JID: echoJID, Password: prosody.Password, Server: l.server.Addr, CAs: l.server.CAs, People: []string{"dada@localhost"},
	}, func(string) []bot.Item { return nil }, slog.New(slog.DiscardHandler), time.Now)
	in := make(chan bot.Message)
	ctx, cancel := context.WithCancel(context.Background())
	var both sync.WaitGroup
	t.Cleanup(func() { cancel(); both.Wait() })
	both.Go(func() { chat.Listen(ctx, in) })
	both.Go(func() {
		for {
			select {
			case m := <-in:
				chat.Post(ctx, bot.Post{Room: m.Room, Text: "diaspote · up, says " + m.Text})
			case <-ctx.Done():
				return
			}
		}
	})
	l.online(echoJID)
}

// online waits until a bot answers, however long it takes to come back.
func (l *lab) online(jid string) {
	for {
		l.dada.Send("<iq type='get' id='ping' to='%s/vigie'><ping xmlns='urn:xmpp:ping'/></iq>", jid)
		n := l.dada.Expect("an answer to a ping", func(n prosody.Node) bool { return n.Attr("id") == "ping" })
		if n.Attr("type") == "result" {
			return
		}
		time.Sleep(100 * time.Millisecond) // between two answers of the server, that there is nobody
	}
}

// status asks a bot for its status, and returns how long that took from stanza to stanza.
func (l *lab) status(jid string) time.Duration {
	began := time.Now()
	l.dada.Send("<message type='chat' to='%s' id='%d'><body>status</body></message>", jid, began.UnixNano())
	l.dada.Expect("the status", func(n prosody.Node) bool {
		from, _, _ := strings.Cut(n.Attr("from"), "/")
		return n.XMLName.Local == "message" && from == jid && strings.HasPrefix(n.Child("body").Text, "diaspote · up")
	})
	return time.Since(began)
}

// A slowPod is a pod whose front page hangs while it is told to.
type slowPod struct {
	*httptest.Server
	asked chan struct{} // gets something when a request begins to hang

	mu    sync.Mutex
	hangs chan struct{} // until closed; nil: it does not
}

func servePod(t testing.TB) *slowPod {
	p := &slowPod{asked: make(chan struct{}, 1)}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/.well-known/nodeinfo":
			fmt.Fprintf(w, `{"links":[{"rel":"http://nodeinfo.diaspora.software/ns/schema/1.0","href":"%s/nodeinfo/1.0"}]}`, p.URL)
		case "/nodeinfo/1.0":
			fmt.Fprint(w, nodeInfo)
		default:
			p.wait(r.Context())
		}
	}))
	t.Cleanup(func() { p.hang(false); p.Close() })
	return p
}

func (p *slowPod) hang(hang bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.hangs != nil {
		close(p.hangs)
	}
	p.hangs = nil
	if hang {
		p.hangs = make(chan struct{})
	}
}

func (p *slowPod) wait(ctx context.Context) {
	p.mu.Lock()
	hangs := p.hangs
	p.mu.Unlock()
	if hangs == nil {
		return
	}
	select {
	case p.asked <- struct{}{}:
	default:
	}
	select {
	case <-hangs:
	case <-ctx.Done():
	}
}
