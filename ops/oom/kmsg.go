package oom

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/diaspote/vigie/ops"
)

const recordSize = 16 << 10 // the kernel's own end at 8 KiB (PRINTK_MESSAGE_MAX in kernel/printk)

// A kmsg reads the records of the kernel's log.
type kmsg struct {
	file *os.File
	raw  syscall.RawConn
	buf  []byte

	// lag is how far the clock of the records is behind CLOCK_MONOTONIC, to which NTP does not hold it.
	lag   time.Duration
	lagAt time.Duration // when that was seen, by CLOCK_MONOTONIC; 0 for never
}

func openKmsg(path string) (*kmsg, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	k := &kmsg{file: file, raw: raw, buf: make([]byte, recordSize)}
	if _, err := k.next(false); errors.Is(err, unix.EPERM) { // some kernels ask only now
		return nil, errors.Join(&os.PathError{Op: "read", Path: path, Err: err}, file.Close())
	}
	if _, err := file.Seek(0, 0); err != nil { // to the first record that is there
		return nil, errors.Join(err, file.Close())
	}
	return k, nil
}

func (k *kmsg) close() { k.file.Close() }

// next returns the next record. If there is none it waits for one, or returns EAGAIN. EPIPE says that records
// were overwritten before they were read.
func (k *kmsg) next(wait bool) (string, error) {
	var n int
	var err error
	werr := k.raw.Read(func(fd uintptr) bool {
		for {
			n, err = unix.Read(int(fd), k.buf)
			if err != unix.EINTR {
				return err != unix.EAGAIN || !wait
			}
		}
	})
	if werr != nil {
		return "", werr
	}
	if err != nil {
		return "", err
	}
	if n == 0 {
		return "", fmt.Errorf("the kernel's log has ended")
	}
	return string(k.buf[:n]), nil
}

// moment is when a record was written by the clock of now, monotonic being CLOCK_MONOTONIC.
func (k *kmsg) moment(now time.Time, monotonic, written time.Duration, isNew bool) time.Time {
	lag := monotonic - written
	// A clock drifts by less than 200 ppm; more is a record that waited for its reader.
	drift := time.Second + (monotonic-k.lagAt)/5000
	if isNew && (lag < k.lag || k.lagAt == 0 && lag < 10*time.Minute || lag-k.lag < drift) {
		k.lag, k.lagAt = lag, monotonic
	}
	ago := max(monotonic-written-k.lag, 0)
	return now.Add(-ago)
}

// readKmsg reads the log until ctx ends.
func (w *watch) readKmsg(ctx context.Context, k *kmsg) error {
	defer context.AfterFunc(ctx, func() { k.file.SetReadDeadline(time.Unix(1, 0)) })()
	if err := w.drain(ctx, k); err != nil {
		return err
	}
	if w.quiet { // the first start: what is there is old
		w.quiet = false
		if err := w.save(ctx); err != nil {
			return err
		}
	}
	for {
		pause, err := w.check(ctx)
		if err != nil {
			return err
		}
		if err := w.wait(ctx, k, pause); err != nil {
			return err
		}
	}
}

// wait reads what comes until the pause is over.
func (w *watch) wait(ctx context.Context, k *kmsg, pause time.Duration) error {
	if err := k.file.SetReadDeadline(time.Now().Add(pause)); err != nil {
		return err
	}
	for {
		if err := ctx.Err(); err != nil { // the deadline of its end may have been overwritten just now
			return err
		}
		record, err := k.next(true)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return ctx.Err()
		}
		if err := w.record(ctx, k, record, err, true); err != nil {
			return err
		}
	}
}

// drain reads all that is there.
func (w *watch) drain(ctx context.Context, k *kmsg) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		record, err := k.next(false)
		if errors.Is(err, unix.EAGAIN) {
			return nil
		}
		if err := w.record(ctx, k, record, err, false); err != nil {
			return err
		}
	}
}

func (w *watch) record(ctx context.Context, k *kmsg, text string, err error, isNew bool) error {
	if errors.Is(err, unix.EPIPE) {
		w.Log.Warn("records of the kernel's log were overwritten before they could be read; the count of kills is looked at instead")
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the kernel's log: %w", err)
	}
	l := readLine(text, time.Time{})
	if l.sinceBoot < 0 {
		w.Log.Warn("a record of the kernel's log was not understood", "record", ops.OneLine(text, 100))
		return nil
	}
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		return fmt.Errorf("read the clock: %w", err)
	}
	w.read = w.Now()
	l.at = k.moment(w.read, time.Duration(ts.Nano()), l.sinceBoot, isNew)
	return w.take(ctx, w.boot, l)
}
