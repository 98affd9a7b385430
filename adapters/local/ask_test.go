package local

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/diaspote/vigie/bot"
)

// leaveStale leaves a socket that nobody listens on, as a daemon that was killed does.
func leaveStale(t testing.TB, path string) {
	t.Helper()
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	ln.SetUnlinkOnClose(false)
	ln.Close()
}

func TestAsk(t *testing.T) {
	d := start(t)
	go func() {
		m := d.next(t)
		r, _ := d.Post(t.Context(), bot.Post{Room: m.Room, Text: "restarting <diaspora> …"})
		_ = d.Edit(t.Context(), r, bot.Post{Room: m.Room, Text: "restarted"})
		_, _ = d.Post(t.Context(), bot.Post{Room: m.Room, Text: "last lines:", Block: "one\ntwo"})
		m.Done(nil)
	}()
	var answers []Answer
	ok, err := Ask(t.Context(), d.path, Request{Line: "restart diaspora"}, func(a Answer) { answers = append(answers, a) })
	if !ok || err != nil {
		t.Fatalf("Ask: %v, %v", ok, err)
	}
	want := []Answer{
		{Text: "restarting <diaspora> …", ID: "1"},
		{Text: "restarted", ID: "1", Edit: true},
		{Text: "last lines:", Block: "one\ntwo", ID: "2"},
	}
	if !slices.Equal(answers, want) {
		t.Errorf("answers\n%+v\nwanted\n%+v", answers, want)
	}
}

func TestAskFails(t *testing.T) {
	d := start(t)
	for name, test := range map[string]struct {
		answer  string
		done    error
		wantErr string
	}{
		"the answer said why": {"restart sidekiq: no such unit", errors.New("restart sidekiq: no such unit"), ""},
		"no answer at all":    {"", errors.New("the bot is stopping"), "the bot is stopping"},
	} {
		t.Run(name, func(t *testing.T) {
			go func() {
				m := d.next(t)
				if test.answer != "" {
					_, _ = d.Post(t.Context(), bot.Post{Room: m.Room, Text: test.answer})
				}
				m.Done(test.done)
			}()
			ok, err := Ask(t.Context(), d.path, Request{Line: "restart sidekiq"}, func(Answer) {})
			if ok || (err == nil) != (test.wantErr == "") || err != nil && err.Error() != test.wantErr {
				t.Errorf("Ask: %v, %v", ok, err)
			}
		})
	}
}

func TestAskWithoutADaemon(t *testing.T) {
	dir := t.TempDir()
	stale := filepath.Join(dir, "stale.sock")
	leaveStale(t, stale)
	for path, want := range map[string]string{
		filepath.Join(dir, "none.sock"): "vigie is not running here: no socket at " + dir + "/none.sock",
		stale:                           "vigie is not running here: nobody answers on " + stale,
	} {
		ok, err := Ask(t.Context(), path, Request{Line: "status"}, nil)
		if ok || err == nil || err.Error() != want {
			t.Errorf("Ask: %v, %v; wanted %q", ok, err, want)
		}
	}
	for _, req := range []Request{{}, {Line: "a\xff"}, {Line: "x", Input: "\xff"}, {Line: strings.Repeat("x", maxLine+1)}, {Line: "x", Input: strings.Repeat("x", maxInput+1)}} {
		if _, err := Ask(t.Context(), stale, req, nil); err == nil || strings.Contains(err.Error(), stale) {
			t.Errorf("a request that cannot be sent: %v", err)
		}
	}
}

func TestDaemonStopsHalfWay(t *testing.T) {
	d := start(t)
	go func() {
		m := d.next(t)
		_, _ = d.Post(t.Context(), bot.Post{Room: m.Room, Text: "restarting …"})
		_ = d.stop()
		m.Done(nil) // too late for the client
	}()
	ok, err := Ask(t.Context(), d.path, Request{Line: "restart diaspora"}, func(Answer) {})
	if ok || !errors.Is(err, errDied) {
		t.Errorf("Ask: %v, %v", ok, err)
	}
}

func TestAskGivesUp(t *testing.T) {
	d := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		d.next(t)
		cancel()
	}()
	ok, err := Ask(ctx, d.path, Request{Line: "restart diaspora"}, func(Answer) {})
	if ok || !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "goes on") {
		t.Errorf("Ask: %v, %v", ok, err)
	}
}

// TestAskSomethingElse: what answers on the socket is not vigie.
func TestAskSomethingElse(t *testing.T) {
	for name, answer := range map[string]string{
		"greeting": "220 mail.example ESMTP\r\n",
		"endless":  strings.Repeat("x", maxAnswer+1),
		"half":     `{"done":true,"ok":true}`,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "s")
			ln, err := net.Listen("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			defer ln.Close()
			go func() {
				conn, err := ln.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				_, _ = io.WriteString(conn, answer)
			}()
			if ok, err := Ask(t.Context(), path, Request{Line: "status"}, func(Answer) {}); ok || err == nil {
				t.Errorf("Ask: %v, %v", ok, err)
			}
		})
	}
}

// TestOtherUsers has other users speak over the socket: what they are called is the kernel's word.
func TestOtherUsers(t *testing.T) {
	if os.Getuid() != 0 {
		if os.Getenv("VIGIE_TEST_REAL") != "" {
			t.Fatal("not root, so nobody else can be made to speak")
		}
		t.Skip("not root, so other users than this one are not tried")
	}
	dir, err := os.MkdirTemp("", "vigie") // t.TempDir is closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "test")
	copyFile(t, "/proc/self/exe", program)
	d := startAt(t, filepath.Join(dir, "vigie.sock"), requestTime)
	ask := func(uid uint32) (string, error) {
		cmd := exec.CommandContext(t.Context(), program, "-test.run=^TestAsAnotherUser$", "-test.v")
		cmd.Env = []string{"VIGIE_TEST_ASK=" + d.path}
		cmd.Dir = dir
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for uid, want := range map[uint32]string{65534: "unix:nobody", 1234567: "unix:#1234567", 0: "unix:root"} {
		go func() {
			m := d.next(t)
			_, _ = d.Post(t.Context(), bot.Post{Room: m.Room, Text: "you are " + m.From})
			m.Done(nil)
		}()
		if out, err := ask(uid); err != nil || !strings.Contains(out, "you are "+want+"\n") {
			t.Errorf("uid %d: %v, %s", uid, err, out)
		}
	}
	if err := os.Chmod(d.path, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := ask(65534); err == nil || !strings.Contains(out, "this user may not connect") {
		t.Errorf("a socket that is closed to others: %v, %s", err, out)
	}
}

// TestAsAnotherUser is the other side of TestOtherUsers, in a process of its own.
func TestAsAnotherUser(t *testing.T) {
	path := os.Getenv("VIGIE_TEST_ASK")
	if path == "" {
		t.Skip("started by TestOtherUsers alone")
	}
	ok, err := Ask(t.Context(), path, Request{Line: "whoami"}, func(a Answer) { os.Stdout.WriteString(a.Text + "\n") })
	if !ok || err != nil {
		t.Errorf("Ask: %v, %v", ok, err)
	}
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o755); err != nil {
		t.Fatal(err)
	}
}
