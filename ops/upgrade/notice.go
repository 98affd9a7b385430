package upgrade

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// notices tells, by inotify(7), when somebody has closed a file that it had written to, or moved one into
// place, in directories that may come and go. Both apt and unattended-upgrades hold their log open for as long
// as they run, so the close is the end of a run, be it a clean one or not: nothing has to be polled.
type notices struct {
	file *os.File
	buf  [4096]byte
}

func newNotices() (*notices, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("watch the upgrade logs: inotify: %w; is fs.inotify.max_user_instances reached?", err)
	}
	return &notices{file: os.NewFile(uintptr(fd), "inotify")}, nil
}

// parent watches for directories that appear in dir or change their rights.
func (n *notices) parent(dir string) error {
	return n.add(dir, unix.IN_CREATE|unix.IN_MOVED_TO|unix.IN_ATTRIB)
}

// logs watches for logs in dir that were written. A directory that is not there is none that it can watch.
func (n *notices) logs(dir string) error {
	err := n.add(dir, unix.IN_CLOSE_WRITE|unix.IN_MOVED_TO)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (n *notices) add(dir string, mask uint32) error {
	raw, err := n.file.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		_, failed = unix.InotifyAddWatch(int(fd), dir, mask|unix.IN_ONLYDIR)
	})
	if err = errors.Join(err, failed); err != nil {
		return &fs.PathError{Op: "watch", Path: dir, Err: err}
	}
	return nil
}

// wait returns when one of the names was written or appeared, when a moment has come (the zero time never
// comes), or with ctx's error. Whatever it cannot tell apart counts as written.
func (n *notices) wait(ctx context.Context, until time.Time, names ...string) (written bool, err error) {
	n.file.SetReadDeadline(until)
	defer context.AfterFunc(ctx, func() { n.file.SetReadDeadline(time.Unix(1, 0)) })()
	for {
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		got, err := n.file.Read(n.buf[:])
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("watch the upgrade logs: %w", err)
		}
		if among(n.buf[:got], names) {
			return true, nil
		}
	}
}

// among goes through the struct inotify_event of a read.
func among(buf []byte, names []string) bool {
	for len(buf) >= unix.SizeofInotifyEvent {
		mask, length := binary.NativeEndian.Uint32(buf[4:]), binary.NativeEndian.Uint32(buf[12:])
		size := unix.SizeofInotifyEvent + int(length)
		if size > len(buf) || mask&(unix.IN_Q_OVERFLOW|unix.IN_IGNORED) != 0 {
			return true
		}
		name := unix.ByteSliceToString(buf[unix.SizeofInotifyEvent:size])
		if slices.Contains(names, name) {
			return true
		}
		buf = buf[size:]
	}
	return false
}
