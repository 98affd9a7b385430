package spool

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	suffix = ".json"
	taken  = "taken."  // what the name of a file begins with from when it is read until it was told
	stale  = time.Hour // after which a file that was never finished is removed
	most   = 5000      // files of one user that are looked at in one go
)

// A file is one that was left. What it is named and holds, its owner chose.
type file struct {
	name  string
	owner uint32
	mode  uint32
	when  time.Time // it was last written
}

// kind is what its name begins with.
func (f file) kind() string {
	kind, _, _ := strings.Cut(strings.TrimPrefix(f.name, taken), "-")
	return kind
}

// user is its owner's name, or his number.
func (f file) user() string {
	number := strconv.Itoa(int(f.owner))
	if u, err := user.LookupId(number); err == nil {
		return u.Username
	}
	return number
}

// finished tells whether a file has got its name.
func (f file) finished() bool { return f.name[0] != '.' && strings.HasSuffix(f.name, suffix) }

// list returns what was left, the oldest first. What one user fills the folder with does not hide what others
// leave.
func list(dir string) ([]file, error) {
	var files []file
	of := map[uint32]int{}
	err := each(dir, func(_ *os.File, f file) {
		if f.finished() && of[f.owner] < most {
			of[f.owner]++
			files = append(files, f)
		}
	})
	slices.SortFunc(files, func(a, b file) int {
		return cmp.Or(a.when.Compare(b.when), strings.Compare(a.name, b.name))
	})
	return files, err
}

// sweep removes what was begun long ago and never finished. now is by the clock that the files have their times of.
func sweep(dir string, now time.Time) error {
	return each(dir, func(d *os.File, f file) {
		if !f.finished() && now.Sub(f.when) > stale {
			remove(d, f.name) // what can't be removed does no harm
		}
	})
}

// each calls do with all that is in the folder.
func each(dir string, do func(dir *os.File, f file)) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	for {
		names, err := d.Readdirnames(1000)
		for _, name := range names {
			var st unix.Stat_t
			if unix.Fstatat(int(d.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW) != nil {
				continue // it was replaced just now: there will be word of that
			}
			do(d, file{name: name, owner: st.Uid, mode: st.Mode, when: time.Unix(st.Mtim.Unix())})
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// take gives the file a name under which nobody replaces it.
func take(dir *os.File, f file) (file, error) {
	if strings.HasPrefix(f.name, taken) {
		return f, nil
	}
	fd := int(dir.Fd())
	if err := unix.Renameat(fd, f.name, fd, taken+f.name); err != nil {
		return f, fmt.Errorf("take %q from the spool: %w", f.name, err)
	}
	f.name = taken + f.name
	return f, nil
}

// read reads a file that was taken, and gives its true owner: the one before may have been replaced. An error is
// the fault of who left it.
func read(dir *os.File, f file) (file, []byte, error) {
	if f.mode&unix.S_IFMT != unix.S_IFREG {
		return f, nil, errors.New("it is no regular file")
	}
	fd, err := unix.Openat(int(dir.Fd()), f.name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
	if err != nil {
		return f, nil, fmt.Errorf("it cannot be opened: %w", err)
	}
	r := os.NewFile(uintptr(fd), f.name)
	defer r.Close()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return f, nil, err
	}
	f.owner, f.when = st.Uid, time.Unix(st.Mtim.Unix())
	limit := int64(maxFile)
	if f.owner == 0 {
		limit = maxRoot
	}
	switch {
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return f, nil, errors.New("it is no regular file")
	case st.Nlink != 1: // else anybody could pass off a file of another user as left here by that one
		return f, nil, errors.New("it has a second name elsewhere")
	case st.Size > limit:
		return f, nil, fmt.Errorf("it is larger than %d KiB", limit>>10)
	}
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		data, err = data[:limit], fmt.Errorf("it is larger than %d KiB", limit>>10)
	}
	return f, data, err
}

// remove removes a file or an empty folder. A folder with something in it stays: its owner must not make the
// daemon walk through it.
func remove(dir *os.File, name string) error {
	err := unix.Unlinkat(int(dir.Fd()), name, 0)
	if errors.Is(err, unix.EISDIR) {
		err = unix.Unlinkat(int(dir.Fd()), name, unix.AT_REMOVEDIR)
	}
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	return err
}
