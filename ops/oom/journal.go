package oom

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/diaspote/vigie/ops"
)

const (
	mostBoots    = 5 // boots back that are read
	mostEntry    = 64 << 10
	journalWait  = time.Minute // for one boot to be read
	daemonCursor = "oom/daemons"
	daemonsEvery = 2 * time.Minute // between two looks whether one runs by now
)

var errEnough = errors.New("enough was read")

// journal runs journalctl with args and hands over each entry; it ends with journalctl, with ctx, or with an error of take.
func (w *Watcher) journal(ctx context.Context, take func(entry) error, args ...string) error {
	command := w.Journal
	if len(command) == 0 {
		command = []string{"journalctl"}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	argv := append(append([]string{}, command[1:]...), "--output=json", "--no-pager", "--quiet")
	cmd := exec.CommandContext(ctx, command[0], append(argv, args...)...)
	cmd.WaitDelay = 5 * time.Second
	var said bytes.Buffer
	cmd.Stderr = &capped{to: &said}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	taken := eachEntry(out, take)
	cancelled := ctx.Err()
	if taken != nil {
		cancel() // it may have more to say, which nobody reads
	}
	err = cmd.Wait()
	switch {
	case taken != nil:
		return taken
	case cancelled != nil:
		return cancelled
	case err != nil:
		return fmt.Errorf("%s: %w (%s)", filepath.Base(command[0]), err, ops.OneLine(said.String(), 200))
	}
	return nil
}

func eachEntry(r io.Reader, take func(entry) error) error {
	in := bufio.NewReaderSize(r, mostEntry)
	for {
		text, more, err := in.ReadLine()
		if err != nil {
			return nil // it has ended; why, its exit status says
		}
		if !more {
			if e, ok := readEntry(string(text)); ok {
				if err := take(e); err != nil {
					return err
				}
			}
		}
		for more && err == nil { // longer than any entry of the kernel
			_, more, err = in.ReadLine()
		}
	}
}

// readBoots tells of the kills of the boots before this one, back to the one that was read last.
func (w *watch) readBoots(ctx context.Context) error {
	for n := 1; n <= mostBoots; n++ {
		boot, err := w.readBoot(ctx, n)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var lost *exec.Error
		var ended *exec.ExitError
		if errors.As(err, &lost) || errors.As(err, &ended) || errors.Is(err, context.DeadlineExceeded) {
			w.Log.Info("the journal does not tell what an earlier boot took with it", "boots_ago", n, "err", err)
			return nil
		}
		if err != nil || boot == "" || boot == w.pos.Boot {
			return err
		}
	}
	return nil
}

func (w *watch) readBoot(ctx context.Context, ago int) (boot string, err error) {
	ctx, cancel := context.WithTimeout(ctx, journalWait)
	defer cancel()
	p := Parser{Now: w.Now}
	tell := func(found []Finding, usec int64) error {
		if boot == w.pos.Boot && usec <= w.pos.Since {
			return nil
		}
		for _, f := range found {
			if err := w.tell(ctx, boot, f); err != nil {
				return err
			}
		}
		return nil
	}
	last := int64(0)
	err = w.journal(ctx, func(e entry) error {
		boot = e.Boot
		if boot == w.boot {
			return errEnough // there are no earlier boots
		}
		l := e.line(w.Now().Location())
		last = l.sinceBoot.Microseconds()
		return tell(p.feed(l), last)
	}, "--dmesg", "--boot=-"+strconv.Itoa(ago))
	if errors.Is(err, errEnough) {
		return "", nil
	}
	if err == nil {
		err = tell(p.Flush(), last)
	}
	return boot, err
}

// followKernel reads this boot's log from the journal, where the kernel's own may not be read.
func (w *watch) followKernel(ctx context.Context) error {
	if w.quiet {
		var ts unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
			return err
		}
		w.quiet = false
		w.pos.Since = time.Duration(ts.Nano()).Microseconds()
		if err := w.save(ctx); err != nil {
			return err
		}
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	lines, ended := make(chan line), make(chan error, 1)
	go func() {
		defer close(lines)
		zone := w.Now().Location()
		ended <- w.journal(ctx, func(e entry) error {
			if e.Boot != w.boot {
				return nil
			}
			select {
			case lines <- e.line(zone):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}, "--follow", "--no-tail", "--dmesg", "--boot")
	}()
	err := w.attend(ctx, lines)
	stop()
	return cmp.Or(err, <-ended)
}

// attend takes lines as they come, until there are no more, and holds them against the kernel's count meanwhile: to whom
// may not read it, journalctl shows an empty journal and no error.
func (w *watch) attend(ctx context.Context, lines <-chan line) error {
	look := time.NewTimer(lookEvery)
	defer look.Stop()
	for {
		select {
		case l, more := <-lines:
			if !more {
				return nil
			}
			w.read = w.Now()
			if err := w.take(ctx, w.boot, l); err != nil {
				return err
			}
		case <-look.C:
			pause := lookAgain
			if w.Now().Sub(w.read).Abs() > lookAgain { // else what was counted may be among the lines to come
				var err error
				if pause, err = w.check(ctx); err != nil {
					return err
				}
			}
			look.Reset(pause)
		}
	}
}

// watchDaemons follows what systemd-oomd and earlyoom say while one of them runs. It begins again where it
// could not go on.
func (w *Watcher) watchDaemons(ctx context.Context, emit ops.Emit) {
	said := ""
	for {
		if w.daemonRuns() {
			err := w.followDaemons(ctx, emit)
			if ctx.Err() != nil {
				return
			}
			if err != nil && err.Error() != said {
				said = err.Error()
				w.Log.Warn("kills by systemd-oomd and earlyoom are told later, or not at all", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(daemonsEvery):
		}
	}
}

func (w *Watcher) followDaemons(ctx context.Context, emit ops.Emit) error {
	run := &watch{Watcher: w, emit: emit, follow: make(chan struct{}, mostAfter)}
	defer run.after.Wait()
	run.parser.Now = w.Now
	began := w.Now()
	from, err := w.Ledger.Cursor(ctx, daemonCursor)
	if err != nil {
		return err
	}
	where := "--lines=1"
	if from != "" {
		where = "--after-cursor=" + from
	}
	return w.journal(ctx, func(e entry) error {
		l := e.line(w.Now().Location())
		if from == "" && l.at.Before(began) { // the first start: it shows where the journal stands
			return w.Ledger.SetCursor(ctx, daemonCursor, e.Cursor)
		}
		for _, f := range run.parser.feed(l) {
			if err := run.tell(ctx, e.Boot, f); err != nil {
				return err
			}
		}
		return w.Ledger.SetCursor(ctx, daemonCursor, e.Cursor)
	}, "--follow", where, "_COMM="+oomd, "+", "_COMM="+earlyoom)
}

func (w *Watcher) daemonRuns() bool {
	names, _ := filepath.Glob(filepath.Join(w.path(w.Proc, "/proc"), "[0-9]*", "comm"))
	for _, name := range names {
		text, _ := os.ReadFile(name)
		if comm := strings.TrimSpace(string(text)); comm == oomd || comm == earlyoom {
			return true
		}
	}
	return false
}

// capped keeps the beginning of what is written to it.
type capped struct{ to *bytes.Buffer }

func (c *capped) Write(b []byte) (int, error) {
	c.to.Write(b[:min(len(b), max(0, 1<<10-c.to.Len()))])
	return len(b), nil
}
