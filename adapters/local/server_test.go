package local

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/diaspote/vigie/bot"
)

// A daemon is a server whose Listen runs.
type daemon struct {
	*Server
	path  string
	heard chan bot.Message
	stop  func() error // ends Listen and returns what it returns
}

func start(t testing.TB) *daemon {
	return startAt(t, filepath.Join(t.TempDir(), "vigie.sock"), requestTime)
}

func startAt(t testing.TB, path string, patience time.Duration) *daemon {
	t.Helper()
	d := &daemon{Server: New(path, slog.New(slog.DiscardHandler)), path: path, heard: make(chan bot.Message)}
	d.patience = patience
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() {
		result <- d.Listen(ctx, d.heard)
		close(result)
	}()
	d.stop = func() error {
		cancel()
		select {
		case err := <-result:
			return err
		case <-time.After(patience + 30*time.Second):
			t.Fatal("Listen does not return")
			return nil
		}
	}
	t.Cleanup(func() { d.stop() })
	dial(t, path).conn.Close()
	return d
}

func (d *daemon) next(t testing.TB) bot.Message {
	t.Helper()
	select {
	case m := <-d.heard:
		return m
	case <-time.After(patience):
		t.Fatal("the bot heard nothing")
		return bot.Message{}
	}
}

func TestRequestArrivesWhole(t *testing.T) {
	d := start(t)
	c := dial(t, d.path)
	c.send(t, `{"v":1,"line":"say ops@conference.diaspote.org","input":"disk\nfull","confirmed":true}`+"\n")
	c.takeAnswers()
	m := d.next(t)
	if m.Text != "say ops@conference.diaspote.org" || m.Input != "disk\nfull" || !m.Confirmed {
		t.Errorf("heard %+v", m)
	}
	m.Done(errors.New("no such room"))
	m.Done(nil) // once is enough
	_, err := d.Post(t.Context(), bot.Post{Room: m.Room, Text: "late"})
	if !errors.Is(err, ErrGone) || errors.Is(err, bot.ErrOffline) {
		t.Errorf("a post after the end: %v", err)
	}
	if _, a := c.next(t); !a.Done || a.OK || a.Refused || a.Error != "no such room" {
		t.Errorf("answered %+v", a)
	}
	if line, ok := <-c.lines; ok {
		t.Errorf("after the end came %q", line)
	}
}

// TestUnfitRequests: the bot hears nothing of them, and the client is told why.
func TestUnfitRequests(t *testing.T) {
	d := start(t)
	long := strings.Repeat("a", maxLine+1)
	for name, test := range map[string]struct{ raw, want string }{
		"no JSON":          {"status\n", "not a JSON object"},
		"an array":         {"[1]\n", "not a JSON object"},
		"null":             {"null\n", "version"},
		"no version":       {`{"line":"status"}` + "\n", "version"},
		"another version":  {`{"v":2,"command":["status"]}` + "\n", "version 1"},
		"unknown field":    {`{"v":1,"line":"status","as":"root"}` + "\n", `unknown field "as"`},
		"wrong type":       {`{"v":1,"line":["status"]}` + "\n", "not as expected"},
		"no line":          {`{"v":1}` + "\n", "no command"},
		"blank line":       {`{"v":1,"line":" \t"}` + "\n", "no command"},
		"long line":        {`{"v":1,"line":"` + long + `"}` + "\n", "64"},
		"long input":       {`{"v":1,"line":"say x","input":"` + strings.Repeat("a", maxInput+1) + `"}` + "\n", "256"},
		"long request":     {strings.Repeat("a", maxRequest+1) + "\n", "longer than 512 KiB"},
		"endless request":  {strings.Repeat("a", 4*maxRequest), "longer than 512 KiB"},
		"not UTF-8":        {"{\"v\":1,\"line\":\"restart \xff\"}\n", "UTF-8"},
		"binary":           {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n", "UTF-8"},
		"something behind": {`{"v":1,"line":"status"} {"v":1,"line":"stop"}` + "\n", "not a JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			c := dial(t, d.path)
			c.takeAnswers()
			c.send(t, test.raw)
			_, a := c.next(t)
			if !a.Done || a.OK || !a.Refused || !strings.Contains(a.Error, test.want) || strings.Contains(a.Error, "\n") {
				t.Errorf("answered %+v, wanted a refusal that says %q", a, test.want)
			}
		})
	}
	c := dial(t, d.path)
	c.ask(t, "status")
	if m := d.next(t); m.Text != "status" {
		t.Errorf("the bot heard %q", m.Text)
	}
}

func TestHalfARequest(t *testing.T) {
	d := startAt(t, filepath.Join(t.TempDir(), "vigie.sock"), 50*time.Millisecond)
	half := `{"v":1,"line":"stop diaspora"}` // valid, but for its newline
	dial(t, d.path).conn.Close()
	gone := dial(t, d.path)
	gone.send(t, half)
	gone.conn.Close()
	waits := dial(t, d.path)
	waits.send(t, half)
	waits.takeAnswers()
	if _, a := waits.next(t); !a.Refused || !strings.Contains(a.Error, "no whole request") {
		t.Errorf("answered %+v", a)
	}
	if err := d.stop(); !errors.Is(err, context.Canceled) {
		t.Errorf("Listen: %v", err)
	}
	select {
	case m := <-d.heard:
		t.Errorf("the bot heard %q", m.Text)
	default:
	}
}

func TestOneConnectionTooMany(t *testing.T) {
	d := start(t)
	var clients []*client
	var messages []bot.Message
	for range maxConns {
		c := dial(t, d.path)
		c.ask(t, "status")
		clients, messages = append(clients, c), append(messages, d.next(t))
	}
	extra := dial(t, d.path)
	extra.ask(t, "status")
	if _, a := extra.next(t); !a.Refused || !strings.Contains(a.Error, "32 requests are under way") {
		t.Fatalf("answered %+v", a)
	}
	messages[7].Done(nil)
	if _, a := clients[7].next(t); !a.OK {
		t.Fatalf("answered %+v", a)
	}
	// The place is free again, an instant after its answer.
	for {
		c := dial(t, d.path)
		c.ask(t, "whoami")
		select {
		case m := <-d.heard:
			if m.Text != "whoami" {
				t.Errorf("heard %q", m.Text)
			}
			return
		case <-c.lines:
		}
	}
}

func TestClientGoneInTheMiddle(t *testing.T) {
	d := start(t)
	c := dial(t, d.path)
	c.ask(t, "restart diaspora")
	m := d.next(t)
	c.conn.Close()
	_, err := d.Post(t.Context(), bot.Post{Room: m.Room, Text: "restarting …"})
	if !errors.Is(err, ErrGone) || errors.Is(err, bot.ErrOffline) {
		t.Errorf("Post: %v", err)
	}
	if err := d.Edit(t.Context(), bot.Receipt{Room: m.Room, ID: "1"}, bot.Post{Text: "restarted"}); !errors.Is(err, ErrGone) {
		t.Errorf("Edit: %v", err)
	}
	m.Done(nil)
	other := dial(t, d.path)
	other.ask(t, "status")
	if m := d.next(t); m.Text != "status" {
		t.Errorf("heard %q", m.Text)
	}
	d.stop()
	if len(d.conns) != 0 {
		t.Errorf("rooms are left over: %v", d.conns)
	}
}

// TestSlowReader: it is cut off, and others do not wait for it.
func TestSlowReader(t *testing.T) {
	d := start(t)
	slow := dial(t, d.path)
	slow.send(t, `{"v":1,"line":"logs diaspora"}`+"\n")
	m := d.next(t)
	cut := make(chan error)
	go func() {
		for {
			if _, err := d.Post(t.Context(), bot.Post{Room: m.Room, Text: strings.Repeat("line\n", 10_000)}); err != nil {
				cut <- err
				return
			}
		}
	}()
	for i := range 20 {
		c := dial(t, d.path)
		c.ask(t, "status")
		m := d.next(t)
		if _, err := d.Post(t.Context(), bot.Post{Room: m.Room, Text: "an answer"}); err != nil {
			t.Fatalf("%d: %v", i, err)
		}
		m.Done(nil)
		if _, a := c.next(t); a.Text != "an answer" {
			t.Fatalf("%d: %+v", i, a)
		}
	}
	select {
	case err := <-cut:
		if !errors.Is(err, ErrGone) || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("cut off with: %v", err)
		}
	case <-time.After(patience):
		t.Fatal("a client that does not read blocks the bot")
	}
	m.Done(nil)
}

func TestSocketFile(t *testing.T) {
	d := start(t)
	info, err := os.Stat(d.path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != fs.ModeSocket|0o666 {
		t.Errorf("the socket has mode %v", info.Mode())
	}
	second := New(d.path, slog.New(slog.DiscardHandler))
	if err := second.Listen(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "another vigie is running") {
		t.Errorf("a second daemon: %v", err)
	}
	c := dial(t, d.path)
	c.ask(t, "status")
	d.next(t) // the first still hears
	if err := d.stop(); !errors.Is(err, context.Canceled) {
		t.Errorf("Listen: %v", err)
	}
	if _, err := os.Stat(d.path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket stays behind: %v", err)
	}
}

// TestBusyDaemonIsNotReplaced: it is alive, although it takes no more connections at the moment.
func TestBusyDaemonIsNotReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vigie.sock")
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: path}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	for range 100 { // until no more can wait to be accepted
		conn, err := net.Dial("unix", path)
		if err != nil {
			break
		}
		defer conn.Close()
	}
	err = New(path, slog.New(slog.DiscardHandler)).Listen(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "cannot tell whether another vigie is running") {
		t.Errorf("Listen: %v", err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Error(err)
	}
}

func TestSocketInTheWay(t *testing.T) {
	dir := t.TempDir()
	stale := filepath.Join(dir, "stale.sock")
	leaveStale(t, stale)
	d := startAt(t, stale, requestTime)
	c := dial(t, d.path)
	c.ask(t, "status")
	d.next(t)

	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		file:                                  "no socket",
		link:                                  "no socket",
		filepath.Join(dir, "none/vigie.sock"): "RuntimeDirectory",
		filepath.Join(dir, strings.Repeat("x", 200)): "107 bytes",
	} {
		err := New(path, slog.New(slog.DiscardHandler)).Listen(t.Context(), nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("listen on %s: %v, wanted %q", path, err, want)
		}
	}
	if text, err := os.ReadFile(file); string(text) != "precious" {
		t.Errorf("the file in the way: %q, %v", text, err)
	}
}
