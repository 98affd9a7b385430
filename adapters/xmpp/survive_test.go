package xmpp

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/bot"
	"github.com/diaspote/vigie/fixtures/prosody"
)

// lost waits for the end of a connection.
func (l *listener) lost() error {
	l.t.Helper()
	select {
	case err := <-l.ended:
		return err
	case <-time.After(patience):
		l.t.Fatal("the loss of the connection was not noticed")
		return nil
	}
}

func TestServerRestarts(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada")
	_, l := openRoom(t, s, "anyone")
	for _, end := range []func(){s.Stop, s.Kill} {
		end()
		if err := l.lost(); err == nil {
			t.Error("Listen returned no error")
		}
		if _, err := l.Post(t.Context(), bot.Post{Room: ops, Text: "x"}); !errors.Is(err, bot.ErrOffline) {
			t.Errorf("a post meanwhile: %v", err)
		}
		s.Run()
		dada := s.Client(t, "dada", "desk")
		dada.Join(ops, "dada")
		// The bot may have come first or may still come; it may not have heard the room's subject when it is seen.
		heard := make(chan bot.Message)
		go func() { heard <- l.heard() }()
		for tries := 0; ; tries++ {
			say(dada, ops, "groupchat", "vigie: status")
			saysTo(dada, ops+"/dada")
			select {
			case m := <-heard:
				if m.Text != "status" || m.From != "xmpp:dada@localhost" && m.Unproven == "" {
					t.Errorf("after the restart: %+v", m)
				}
			case <-time.After(100 * time.Millisecond):
				if tries < 200 {
					continue
				}
				t.Fatal("the bot does not come back")
			}
			break
		}
		go func() { // what was said more than once
			for {
				select {
				case <-l.in:
				case <-t.Context().Done():
					return
				}
			}
		}()
		l.post(bot.Post{Room: ops, Text: "back"})
		for bodyOf(saysTo(dada, ops+"/vigie")) != "back" {
		}
		for len(l.ended) > 0 { // tries while the server was down
			<-l.ended
		}
	}
}

// A server that takes bytes but does nothing has taken no post, and is noticed.
func TestFrozenServer(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada")
	dada := s.Client(t, "dada", "desk")
	dada.Join(ops, "dada")
	l := listen(t, s, func(c *Chat) {
		c.pace.ack, c.pace.idle, c.pace.pong, c.pace.login = 300*time.Millisecond, 2*time.Second, time.Second, time.Second
	})
	waitFor(dada, ops+"/vigie")
	online(dada)
	s.Freeze()
	for _, room := range []string{ops, "dada@localhost"} {
		r, err := l.Post(t.Context(), bot.Post{Room: room, Text: "x"})
		if !errors.Is(err, bot.ErrOffline) || r.ID != "" { // so that it is tried again
			t.Errorf("a post to %s while the server stands still: %+v, %v", room, r, err)
		}
	}
	if err := l.lost(); !strings.Contains(err.Error(), "silent") {
		t.Errorf("a dead link: %v", err)
	}
	if err := l.lost(); !strings.Contains(err.Error(), "in time") {
		t.Errorf("a login to a server that stands still: %v", err)
	}
	s.Thaw()
	waitFor(dada, ops+"/vigie")
}

// A server that stops reading holds up a post until the watchdog ends the connection, and nothing stays behind.
func TestPeerStopsReading(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada")
	relay := newRelay(t, s.Addr)
	dada := s.Client(t, "dada", "desk")
	l := listen(t, s, func(c *Chat) {
		c.cfg.Server, c.pace.write, c.pace.ack = relay.addr, 300*time.Millisecond, time.Minute
	})
	online(dada)
	relay.stopReading()
	failed := make(chan error)
	for range 4 {
		go func() {
			for {
				if _, err := l.Post(t.Context(), bot.Post{Room: "dada@localhost", Text: strings.Repeat("x", 50<<10)}); err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	// Each waits for its own acknowledgement; more must be written than the buffers on the way hold.
	flood, end := context.WithCancel(t.Context())
	defer end()
	go func() {
		for flood.Err() == nil {
			if sess := l.session(); sess == nil || sess.send("<presence><status>%s</status></presence>", strings.Repeat("x", 100<<10)) != nil {
				return
			}
		}
	}()
	for range 4 {
		if err := <-failed; !errors.Is(err, bot.ErrOffline) {
			t.Errorf("a post: %v", err)
		}
	}
	if err := l.lost(); !strings.Contains(err.Error(), "write to the server") {
		t.Errorf("Listen: %v", err)
	}
}

// Many connections leave neither goroutines nor descriptors behind.
func TestNothingLeaks(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada")
	chat := listen(t, s, nil)
	chat.stop()
	wrong := chat.cfg
	wrong.Password = "wrong"
	refused := New(wrong, menuOf(), chat.Chat.log, time.Now)
	descriptors := func() int {
		all, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	before, files := runtime.NumGoroutine(), descriptors()
	for range 5 {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- chat.Listen(ctx, chat.in) }()
		for chat.session() == nil {
			runtime.Gosched()
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Listen: %v", err)
		}
		err := refused.Listen(t.Context(), chat.in)
		if err == nil || !strings.Contains(err.Error(), "password") || strings.Contains(err.Error(), "wrong") {
			t.Errorf("with a wrong password: %v", err)
		}
	}
	deadline := time.Now().Add(patience)
	for runtime.NumGoroutine() > before || descriptors() > files {
		runtime.GC() // a refused login's socket is the library's, and closed when it is collected
		if time.Now().After(deadline) {
			buf := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, were %d; %d descriptors, were %d\n%s", runtime.NumGoroutine(), before,
				descriptors(), files, buf[:runtime.Stack(buf, true)])
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// What is no XMPP server, or none that can be trusted, gets no password.
func TestDoubtfulServers(t *testing.T) {
	s := prosody.Start(t, "", "vigie")
	for name, c := range map[string]struct {
		tune func(*Chat)
		want string
	}{
		"a certificate nobody vouches for": {func(c *Chat) { c.cfg.CAs = nil }, "ca_file"},
		"another domain":                   {func(c *Chat) { c.cfg.JID = "vigie@example.org" }, ""},
		"no StartTLS": {func(c *Chat) {
			c.cfg.Server = serveOnce(t, "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"+
				"<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>")
		}, "StartTLS"},
		"a web server": {func(c *Chat) { c.cfg.Server = serveOnce(t, "HTTP/1.1 400 Bad Request\r\n\r\n<html>") }, "XMPP"},
		"silence": {func(c *Chat) {
			c.cfg.Server, c.pace.login = serveOnce(t, ""), 200*time.Millisecond
		}, "in time"},
		"nobody": {func(c *Chat) { c.cfg.Server = "127.0.0.1:1" }, "refused"},
	} {
		chat := New(Config{JID: botJID, Password: prosody.Password, Server: s.Addr, CAs: s.CAs}, menuOf(), nil, time.Now)
		c.tune(chat)
		err := chat.Listen(t.Context(), nil)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), prosody.Password) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// serveOnce says one thing to whoever connects, and then nothing.
func serveOnce(t *testing.T, text string) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			io.WriteString(conn, text)
			t.Cleanup(func() { conn.Close() })
		}
	}()
	return ln.Addr().String()
}

// A relay stands between the bot and the server, and can stop reading what the bot writes.
type relay struct {
	addr string
	stop chan struct{}
}

func (r *relay) stopReading() { close(r.stop) }

func newRelay(t *testing.T, to string) *relay {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	r := &relay{addr: ln.Addr().String(), stop: make(chan struct{})}
	go func() {
		for {
			near, err := ln.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				near.Close()
				continue
			}
			t.Cleanup(func() { near.Close(); far.Close() })
			go io.Copy(near, far)
			go func() {
				buf := make([]byte, 4096)
				for {
					n, err := near.Read(buf)
					if err != nil {
						return
					}
					far.Write(buf[:n])
					select {
					case <-r.stop:
						return
					default:
					}
				}
			}()
		}
	}()
	return r
}

func TestProxyOfTheEnvironment(t *testing.T) {
	t.Setenv("NO_PROXY", "")
	t.Setenv("no_proxy", "")
	t.Setenv("http_proxy", "http://proxy.example:3128")
	if err := unproxied("127.0.0.1:4000"); err == nil || !strings.Contains(err.Error(), "http_proxy") {
		t.Errorf("with a proxy: %v", err)
	}
	t.Setenv("no_proxy", "example.org,127.0.0.1")
	if err := unproxied("127.0.0.1:4000"); err != nil {
		t.Errorf("with a proxy for others: %v", err)
	}
}

func TestServerAddresses(t *testing.T) {
	for server, want := range map[string]string{
		"xmpp.example.org":     "xmpp.example.org:5222",
		"xmpp.example.org:443": "xmpp.example.org:443",
		"2001:db8::1":          "[2001:db8::1]:5222",
		"[2001:db8::1]:5223":   "[2001:db8::1]:5223",
	} {
		if got := addresses(t.Context(), server, "example.org"); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %v", server, got)
		}
	}
}

func TestCheckLeavesTheBotAlone(t *testing.T) {
	s := prosody.Start(t, "", "vigie", "dada")
	dada := s.Client(t, "dada", "desk")
	l := listen(t, s, nil)
	online(dada)
	if err := New(l.cfg, menuOf(), l.Chat.log, time.Now).Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	say(dada, botJID, "chat", "status")
	if got := l.heard(); got.Text != "status" || len(l.ended) != 0 {
		t.Errorf("heard %+v", got)
	}
}
