package console

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/diaspote/vigie/bot"
)

// A session is a console on a pty whose Listen runs.
type session struct {
	*pty
	*Chat
	heard  chan bot.Message
	stop   context.CancelFunc
	result chan error
}

func open(t *testing.T, opts Options) *session {
	t.Helper()
	t.Setenv("TERM", "xterm")
	return openOn(t, newPTY(t, 80, 24), opts)
}

func openOn(t *testing.T, p *pty, opts Options) *session {
	t.Helper()
	opts.Account, opts.Prompt = "unix:alice", prompt
	s := &session{pty: p, Chat: New(p.tty, p.tty, opts), heard: make(chan bot.Message), result: make(chan error, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	go func() {
		s.result <- s.Listen(ctx, s.heard)
		close(s.result)
	}()
	t.Cleanup(func() {
		cancel()
		s.returned(t)
	})
	s.until(t, prompt)
	return s
}

func (s *session) returned(t testing.TB) error {
	t.Helper()
	select {
	case err := <-s.result:
		return err
	case <-time.After(patience):
		t.Fatal("Listen does not return")
		return nil
	}
}

func (s *session) next(t testing.TB) bot.Message {
	t.Helper()
	select {
	case m := <-s.heard:
		return m
	case err := <-s.result:
		t.Fatalf("Listen returned %v", err)
	case <-time.After(patience):
		t.Fatal("the bot heard nothing")
	}
	return bot.Message{}
}

func (s *session) say(t testing.TB, text string) bot.Receipt {
	t.Helper()
	r, err := s.Post(t.Context(), bot.Post{Room: Room, Text: text})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestPromptComesBackWithTheAnswer, and not before.
func TestPromptComesBackWithTheAnswer(t *testing.T) {
	s := open(t, Options{})
	s.press(t, "status\r")
	m := s.next(t)
	s.say(t, "all is well")
	if out := s.until(t, "all is well"); strings.Contains(out, prompt) {
		t.Errorf("a prompt before the answer: %q", out)
	}
	m.Done(nil)
	s.until(t, prompt)

	s.press(t, "half a li")
	s.until(t, "half a li")
	s.say(t, "a unit failed") // an alert, at any time
	if out := s.until(t, prompt+"half a li"); !strings.Contains(out, "a unit failed\r") {
		t.Errorf("above the prompt stands %q", out)
	}
	s.press(t, "ne\r")
	if m := s.next(t); m.Text != "half a line" {
		t.Errorf("heard %q", m.Text)
	}
}

func TestEndOfTheConversation(t *testing.T) {
	for name, keys := range map[string]string{"Ctrl-D": "\x04", "Ctrl-C": "\x03"} {
		t.Run(name, func(t *testing.T) {
			p := newPTY(t, 80, 24)
			t.Setenv("TERM", "xterm")
			before := p.mode(t)
			s := openOn(t, p, Options{})
			if p.mode(t) == before {
				t.Error("the terminal is not in raw mode")
			}
			s.press(t, "restart everything\x03") // takes the line back
			s.press(t, "status\r")
			m := s.next(t)
			if m.Text != "status" {
				t.Fatalf("heard %q", m.Text)
			}
			m.Done(nil)
			s.until(t, prompt)
			s.press(t, keys)
			if err := s.returned(t); err != nil {
				t.Errorf("Listen: %v", err)
			}
			if p.mode(t) != before {
				t.Error("the terminal's mode is not as it was")
			}
		})
	}
}

// TestCtrlCWhileACommandRuns brings the prompt back; the command goes on, and is waited for at the end.
func TestCtrlCWhileACommandRuns(t *testing.T) {
	s := open(t, Options{})
	s.press(t, "restart diaspora\rthrown away\x03") // in one go
	slow := s.next(t)
	s.until(t, prompt)
	s.press(t, "status\r")
	quick := s.next(t)
	if quick.Text != "status" {
		t.Fatalf("heard %q", quick.Text)
	}
	quick.Done(nil)
	s.until(t, prompt)
	s.say(t, "restarted at last")
	if out := s.until(t, prompt); !strings.Contains(out, "restarted at last") {
		t.Errorf("shown: %q", out)
	}
	s.press(t, "\x04")
	s.until(t, "waiting for what is under way")
	select {
	case err := <-s.result:
		t.Fatalf("Listen does not wait, it returned %v", err)
	default:
	}
	slow.Done(nil)
	if err := s.returned(t); err != nil {
		t.Error(err)
	}
}

func TestCtrlCLeavesAtOnce(t *testing.T) {
	s := open(t, Options{})
	s.press(t, "restart diaspora\r\x03")
	s.next(t)
	s.until(t, prompt)
	s.press(t, "\x03")
	s.until(t, "waiting")
	s.press(t, "\x03")
	if err := s.returned(t); err != nil {
		t.Error(err)
	}
}

func TestTypedAhead(t *testing.T) {
	s := open(t, Options{})
	s.press(t, "one\rtwo\rthr")
	for _, want := range []string{"one", "two"} {
		m := s.next(t)
		if m.Text != want {
			t.Errorf("heard %q, wanted %q", m.Text, want)
		}
		m.Done(nil)
	}
	s.press(t, "ee\r")
	if m := s.next(t); m.Text != "three" {
		t.Errorf("heard %q", m.Text)
	}
}

func TestLongLineIsNotCut(t *testing.T) {
	s := open(t, Options{})
	s.press(t, "restart diaspora"+strings.Repeat(" x", maxTyped)+"\r")
	s.until(t, "not run")
	s.press(t, "status\r")
	if m := s.next(t); m.Text != "status" {
		t.Errorf("heard %q", m.Text)
	}
}

func TestEndlessEscapeSequence(t *testing.T) {
	s := open(t, Options{})
	s.press(t, "\x1b["+strings.Repeat("1", 1000))
	if err := s.returned(t); err == nil {
		t.Error("Listen returned nil: the bot would not listen again")
	}
}

func TestEditInPlace(t *testing.T) {
	t.Setenv("NO_COLOR", "")
	s := open(t, Options{})
	s.press(t, "restart diaspora\r")
	m := s.next(t)
	edit := func(r bot.Receipt, text string) {
		t.Helper()
		if err := s.Edit(t.Context(), r, bot.Post{Room: Room, Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	first := s.say(t, strings.Repeat("x", 81)+"\nrestarting …") // three rows
	s.until(t, "restarting …\r")                                // not dimmed: it is no progress, with a line before it
	edit(first, "restarting …")
	if out := s.until(t, dim+"restarting …"+plain); !strings.HasSuffix(out, "\x1b[3A\r\x1b[J"+dim+"restarting …"+plain) {
		t.Errorf("an edit of the last post prints %q", out)
	}
	edit(first, "● done")
	if out := s.until(t, "done"); !strings.HasSuffix(out, "\x1b[1A\r\x1b[J"+green+"●"+plain+" done") {
		t.Errorf("an edit of an edited post prints %q", out)
	}
	s.say(t, "something else")
	s.until(t, "something else")
	edit(first, "edited later")
	if out := s.until(t, "edited later"); strings.Contains(out, "\x1b[J") {
		t.Errorf("an edit of a post that is not the last prints %q", out)
	}
	edit(first, "and again")
	if out := s.until(t, "again"); !strings.HasSuffix(out, "\x1b[1A\r\x1b[Jand again") {
		t.Errorf("an edit that was printed anew is edited by %q", out)
	}
	last := s.say(t, "before the prompt")
	m.Done(nil)
	s.until(t, prompt)
	edit(last, "behind the prompt")
	if out := s.until(t, prompt); !strings.Contains(out, "\x1b[1A\r\x1b[Jbehind the prompt") {
		t.Errorf("an edit with the prompt below prints %q", out)
	}
	s.press(t, "next\r")
	m = s.next(t)
	edit(last, "behind a line")
	if out := s.until(t, "behind a line"); strings.Contains(out, "\x1b[J") {
		t.Errorf("an edit behind a typed line prints %q", out)
	}
	m.Done(nil)
}

func TestCompletion(t *testing.T) {
	names := []string{"restart", "reload", "restart", "status", "evil\x1b[2J"}
	s := open(t, Options{Complete: func(prefix string) []string {
		var fitting []string
		for _, name := range names {
			if strings.HasPrefix(name, prefix) {
				fitting = append(fitting, name)
			}
		}
		return fitting
	}})
	s.press(t, "st\tnow\r")
	m := s.next(t)
	if m.Text != "status now" {
		t.Errorf("heard %q", m.Text)
	}
	m.Done(nil)
	s.until(t, prompt)
	s.press(t, "r\t\t")
	s.until(t, "reload  restart")
	s.press(t, "s\t\r")
	if m = s.next(t); m.Text != "restart " {
		t.Errorf("heard %q", m.Text)
	}
	m.Done(nil)
	s.until(t, prompt)
	s.press(t, "ev\tx\r")
	if m = s.next(t); m.Text != "evx" {
		t.Errorf("heard %q", m.Text)
	}
}

// TestPanicGivesTheTerminalBack: the one function of others that Listen calls panics.
func TestPanicGivesTheTerminalBack(t *testing.T) {
	t.Setenv("TERM", "xterm")
	p := newPTY(t, 80, 24)
	before := p.mode(t)
	c := New(p.tty, p.tty, Options{Prompt: prompt, Complete: func(string) []string { panic("a bug") }})
	panicked := make(chan any)
	go func() {
		defer func() { panicked <- recover() }()
		_ = c.Listen(t.Context(), nil)
	}()
	p.until(t, prompt)
	p.press(t, "x\t")
	select {
	case what := <-panicked:
		if what != "a bug" {
			t.Errorf("recovered %v", what)
		}
	case <-time.After(patience):
		t.Fatal("no panic")
	}
	if p.mode(t) != before {
		t.Error("the terminal's mode is not as it was")
	}
}

func TestWindowSizeIsFollowed(t *testing.T) {
	s := open(t, Options{})
	s.resize(t, 300, 24)
	if err := unix.Kill(os.Getpid(), unix.SIGWINCH); err != nil { // as the kernel does for the terminal's own processes
		t.Fatal(err)
	}
	s.until(t, prompt) // drawn again
	s.press(t, strings.Repeat("x", 200)+"!")
	if out := s.until(t, "!"); strings.Contains(out, "\n") {
		t.Errorf("a line of 200 characters wraps in a window of 300: %q", out)
	}
}

func TestHangUp(t *testing.T) {
	s := open(t, Options{})
	s.master.Close()
	if err := s.returned(t); err != nil {
		t.Errorf("Listen: %v", err)
	}
}

func TestHistoryOnATerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	file := filepath.Join(t.TempDir(), "history")
	for _, keys := range []string{"status\r", "units\r"} {
		s := openOn(t, newPTY(t, 80, 24), Options{HistoryFile: file})
		s.press(t, keys)
		s.next(t).Done(nil)
		s.until(t, prompt)
		s.press(t, "\x04")
		s.returned(t)
	}
	s := openOn(t, newPTY(t, 80, 24), Options{HistoryFile: file})
	s.press(t, "\x1b[A\x1b[A\r") // up, up
	if m := s.next(t); m.Text != "status" {
		t.Errorf("two lines up is %q", m.Text)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("history file: %v, %v", info.Mode(), err)
	}
}

// TestSIGTERMGivesTheTerminalBack, in a program of its own on a terminal of its own.
func TestSIGTERMGivesTheTerminalBack(t *testing.T) {
	p := newPTY(t, 80, 24)
	before := p.mode(t)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAsAProgram$")
	cmd.Env = append(os.Environ(), "VIGIE_TEST_CONSOLE=1", "TERM=xterm")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.tty, p.tty, p.tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.until(t, prompt)
	p.press(t, "status\r")
	p.until(t, "heard \"status\"")
	p.until(t, prompt)
	if p.mode(t) == before {
		t.Error("the terminal is not in raw mode")
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if p.mode(t) != before {
		t.Error("the terminal's mode is not as it was")
	}
}

// TestAsAProgram is the other side of TestSIGTERMGivesTheTerminalBack.
func TestAsAProgram(t *testing.T) {
	if os.Getenv("VIGIE_TEST_CONSOLE") == "" {
		t.Skip("started by TestSIGTERMGivesTheTerminalBack alone")
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	c := New(os.Stdin, os.Stdout, Options{Account: "unix:alice", Prompt: prompt})
	heard := make(chan bot.Message)
	go func() {
		for m := range heard {
			_, err := c.Post(ctx, bot.Post{Room: Room, Text: fmt.Sprintf("heard %q", m.Text)})
			m.Done(err)
		}
	}()
	_ = c.Listen(ctx, heard)
	close(heard)
}
