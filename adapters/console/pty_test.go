package console

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const patience = 30 * time.Second

// A pty is a real pseudo-terminal, pts(4): the console has tty, the test sits before it.
type pty struct {
	tty    *os.File
	master *os.File

	mu   sync.Mutex
	seen bytes.Buffer // what has come out and was not yet read
	more chan struct{}
}

func newPTY(t testing.TB, width, height uint16) *pty {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		if os.Getenv("VIGIE_TEST_REAL") != "" {
			t.Fatalf("no pseudo-terminal: %v", err)
		}
		t.Skipf("no pseudo-terminal, so the line editor is not tried: %v", err)
	}
	number := 0
	control(t, master, func(fd int) error {
		if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
			return err
		}
		var err error
		number, err = unix.IoctlGetInt(fd, unix.TIOCGPTN)
		return err
	})
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	p := &pty{tty: tty, master: master, more: make(chan struct{}, 1)}
	p.resize(t, width, height)
	pumped := make(chan struct{})
	go p.pump(pumped)
	t.Cleanup(func() {
		tty.Close()
		master.Close()
		<-pumped
	})
	return p
}

// control works on the file's descriptor without taking the file out of Go's poller, as Fd would.
func control(t testing.TB, f *os.File, do func(fd int) error) {
	t.Helper()
	raw, err := f.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var doErr error
	if err := raw.Control(func(fd uintptr) { doErr = do(int(fd)) }); err != nil {
		t.Fatal(err)
	}
	if doErr != nil {
		t.Fatal(doErr)
	}
}

func (p *pty) resize(t testing.TB, width, height uint16) {
	control(t, p.master, func(fd int) error {
		return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: width, Row: height})
	})
}

// mode is the terminal's mode, to be compared.
func (p *pty) mode(t testing.TB) (mode unix.Termios) {
	control(t, p.master, func(fd int) error {
		m, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		if err == nil {
			mode = *m
		}
		return err
	})
	return mode
}

func (p *pty) pump(done chan<- struct{}) {
	defer close(done)
	buf := make([]byte, 4096)
	for {
		n, err := p.master.Read(buf)
		p.mu.Lock()
		p.seen.Write(buf[:n])
		p.mu.Unlock()
		select {
		case p.more <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

func (p *pty) press(t testing.TB, keys string) {
	t.Helper()
	if _, err := p.master.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

// until returns what comes out up to mark, with it.
func (p *pty) until(t testing.TB, mark string) string {
	t.Helper()
	timeout := time.After(patience)
	for {
		p.mu.Lock()
		if i := strings.Index(p.seen.String(), mark); i >= 0 {
			text := string(p.seen.Next(i + len(mark)))
			p.mu.Unlock()
			return text
		}
		p.mu.Unlock()
		select {
		case <-p.more:
		case <-timeout:
			p.mu.Lock()
			defer p.mu.Unlock()
			t.Fatalf("the terminal does not show %q but %q", mark, p.seen.String())
		}
	}
}
