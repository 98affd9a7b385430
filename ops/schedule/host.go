package schedule

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Bounds on what is read from a host.
const (
	maxFile  = 1 << 20 // bytes of a crontab
	maxFiles = 500     // crontabs of a folder
)

// HostCrontabs reads the crontabs of the host: /etc/crontab, /etc/cron.d and the users' own in
// /var/spool/cron/crontabs. root is "/" on a host. What is not there is no problem. A file that cron
// would not take for its owner, its mode or its kind (cron(8), process_crontab in database.c) is left
// out, with a Problem.
//
// The users' crontabs can be read by root alone: for anyone else there is one Problem in their place.
func HostCrontabs(root string) ([]Entry, []Problem) {
	h := &reader{root: root}
	if info, err := os.Stat(root); err == nil {
		h.owner = ownerOf(info)
	}
	h.users = h.readUsers()
	h.file("/etc/crontab", true)
	for _, name := range h.names("/etc/cron.d") {
		if goodName(name) {
			h.file("/etc/cron.d/"+name, true)
		} else if !leftover(name) {
			h.problem("/etc/cron.d/"+name, "cron ignores files whose name has anything but letters, digits, - and _")
		}
	}
	for _, name := range h.names("/var/spool/cron/crontabs") {
		if !strings.HasPrefix(name, "tmp.") {
			h.file("/var/spool/cron/crontabs/"+name, false)
		}
	}
	return h.entries, h.problems
}

type reader struct {
	root     string
	owner    uint32          // whom root belongs to: on a host the superuser, 0
	users    map[string]bool // nil if /etc/passwd cannot be read
	entries  []Entry
	problems []Problem
}

func (h *reader) problem(file, reason string) {
	h.problems = append(h.problems, Problem{File: file, Reason: reason})
}

// names lists a folder without its hidden files, in order.
func (h *reader) names(dir string) []string {
	d, err := os.Open(filepath.Join(h.root, dir))
	if err != nil {
		h.unreadable(dir, err)
		return nil
	}
	defer d.Close()
	found, err := d.ReadDir(maxFiles)
	if err != nil && !errors.Is(err, io.EOF) {
		h.unreadable(dir, err)
	}
	if len(found) == maxFiles {
		h.problem(dir, fmt.Sprintf("more than %d files; only so many are read", maxFiles))
	}
	names := make([]string, 0, len(found))
	for _, f := range found {
		if f.Name()[0] != '.' {
			names = append(names, f.Name())
		}
	}
	slices.Sort(names)
	return names
}

func (h *reader) unreadable(path string, err error) {
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case errors.Is(err, fs.ErrPermission) && strings.HasPrefix(path, "/var/spool/"):
		h.problem(path, "the users' crontabs cannot be read by this user")
	default:
		h.problem(path, "not read: "+cause(err).Error())
	}
}

// file reads one crontab. Its entries have a user: that of a user's own is in the file's name.
func (h *reader) file(path string, system bool) {
	data, err := h.read(path, system)
	if err != nil {
		h.unreadable(path, err)
		return
	}
	entries, problems := ParseCrontab(data, path, system)
	h.problems = append(h.problems, problems...)
	for _, e := range entries {
		if !system {
			e.User = filepath.Base(path)
		}
		if h.users != nil && !h.users[e.User] {
			h.problems = append(h.problems, Problem{path, e.Line, fmt.Sprintf(
				"no user %s in /etc/passwd; unless another name service has that user, cron ignores the file", quote(e.User))})
		}
		h.entries = append(h.entries, e)
	}
}

func (h *reader) read(path string, system bool) ([]byte, error) {
	flags := os.O_RDONLY | syscall.O_NONBLOCK // a FIFO must not hold us up
	if !system {
		flags |= syscall.O_NOFOLLOW
	}
	name := filepath.Join(h.root, path)
	link, err := os.Lstat(name)
	if err != nil {
		return nil, err
	}
	if system && ownerOf(link) != h.owner {
		return nil, errNotRoots
	}
	f, err := os.OpenFile(name, flags, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if err := h.trusted(info, system); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("it is larger than %d KiB", maxFile>>10)
	}
	return data, err
}

// trusted tells why cron would not take a file.
func (h *reader) trusted(info fs.FileInfo, system bool) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.Mode().IsRegular():
		return errors.New("it is not a regular file, so cron ignores it")
	case system && info.Mode().Perm()&0o022 != 0:
		return errors.New("others than its owner may write to it, so cron ignores it; chmod go-w helps")
	case !system && info.Mode().Perm() != 0o600:
		return errors.New("its mode is not 0600, so cron ignores it")
	case ok && stat.Nlink != 1:
		return errors.New("it has a second hard link, so cron ignores it")
	case system && ownerOf(info) != h.owner:
		return errNotRoots
	}
	return nil
}

var errNotRoots = errors.New("it does not belong to root, so cron ignores it")

// ownerOf gives the user ID that a file belongs to.
func ownerOf(info fs.FileInfo) uint32 {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0
	}
	return stat.Uid
}

// readUsers reads the names in /etc/passwd (passwd(5)).
func (h *reader) readUsers() map[string]bool {
	f, err := os.Open(filepath.Join(h.root, "/etc/passwd"))
	if err != nil {
		return nil
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return nil
	}
	users := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		name, _, _ := strings.Cut(line, ":")
		users[name] = true
	}
	return users
}

// goodName tells whether cron reads a file of that name in /etc/cron.d: as run-parts, and for what the
// package system leaves behind.
func goodName(name string) bool {
	return strings.IndexFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
	}) < 0
}

// leftover tells names that nobody expects to run.
func leftover(name string) bool {
	if strings.HasSuffix(name, "~") || strings.Contains(name, ".dpkg-") || strings.Contains(name, ".ucf-") {
		return true
	}
	switch filepath.Ext(name) {
	case ".bak", ".disabled", ".off", ".old", ".orig", ".save":
		return true
	}
	return false
}

// cause takes the operation and the path off an error of the os package: the message has them already.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
