package upgrade

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// The files that are locked, with fcntl(2), by whoever installs packages: apt and dpkg (apt-get(8)), and
// unattended-upgrades for the whole of a run.
func lockFiles() []string {
	return []string{"var/lib/dpkg/lock-frontend", "var/lib/dpkg/lock", "run/unattended-upgrades.lock"}
}

// busy reports whether somebody installs packages at the moment.
func busy(root string) (bool, error) {
	var unreadable []fs.FileInfo
	for _, name := range lockFiles() {
		path := filepath.Join(root, name)
		held, err := locked(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case errors.Is(err, fs.ErrPermission):
			if info, err := os.Stat(path); err == nil {
				unreadable = append(unreadable, info)
			}
		case err != nil:
			return false, fmt.Errorf("ask who holds %s: %w", path, err)
		case held:
			return true, nil
		}
	}
	if unreadable == nil {
		return false, nil
	}
	// These files are for root alone, but everybody may read who has locked which inode.
	f, err := os.Open("/proc/locks")
	if err != nil {
		return false, fmt.Errorf("ask who installs packages: %w", err)
	}
	defer f.Close()
	return lockedIn(f, unreadable), nil
}

func locked(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	ask := unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart}
	if err := unix.FcntlFlock(f.Fd(), unix.F_GETLK, &ask); err != nil {
		return false, err
	}
	return ask.Type != unix.F_UNLCK, nil
}

// lockedIn looks for POSIX locks on these files in /proc/locks, which proc_locks(5) describes. A file system
// without a device of its own, such as btrfs or an overlay, has another number there than in stat(2), so that
// one is told by its inode alone.
func lockedIn(r io.Reader, files []fs.FileInfo) bool {
	want := map[string]bool{}
	for _, info := range files {
		var dev uint64
		if s, ok := statOf(info); ok {
			dev = s
		}
		if unix.Major(dev) == 0 {
			want[fmt.Sprint(inode(info))] = true
		}
		want[fmt.Sprintf("%02x:%02x:%d", unix.Major(dev), unix.Minor(dev), inode(info))] = true
	}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		field := strings.Fields(lines.Text())
		if len(field) < 6 || field[1] != "POSIX" {
			continue // those with "->" only wait
		}
		if want[field[5]] || want[field[5][strings.LastIndexByte(field[5], ':')+1:]] {
			return true
		}
	}
	return false
}
