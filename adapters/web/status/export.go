package status

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// An Export says what was done to a directory.
type Export struct {
	Written, Same, Removed int // files
}

// list names the file that names the files that an export wrote, one a line; fresh is what a file is called until it is whole.
const (
	list  = ".vigie-export"
	fresh = ".vigie-new"
)

// Write puts files into a directory, and removes those of an earlier export that are none of them any more. It touches nothing
// else: a file in its way that it did not write is an error, before anything is changed. Each file is whole at every moment, and
// what has not changed is not written. It never follows a link out of the directory.
func Write(dir string, files map[string][]byte) (done Export, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return done, fmt.Errorf("make the directory for the status page: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return done, fmt.Errorf("open the directory for the status page: %w", err)
	}
	defer root.Close()
	lock, err := root.Open(".")
	if err != nil {
		return done, fmt.Errorf("open the directory for the status page: %w", err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return done, fmt.Errorf("write the status page to %s: another export is writing there; try again when it is done", dir)
	}
	own, err := listed(root)
	if err != nil {
		return done, fmt.Errorf("read which files of %s are mine: %w", dir, err)
	}
	if err := strangers(root, dir, own, files); err != nil {
		return done, err
	}
	// Whatever happens now, the next export knows the files that this one may have written.
	mine := maps.Clone(own)
	for name := range files {
		mine[name] = true
	}
	if err := put(root, list, join(mine)); err != nil {
		return done, fmt.Errorf("write the status page to %s: %w", dir, err)
	}
	for _, name := range inOrder(files) {
		wrote, err := update(root, name, files[name])
		if err != nil {
			return done, fmt.Errorf("write the status page to %s: %w", dir, err)
		}
		if wrote {
			done.Written++
		} else {
			done.Same++
		}
	}
	for name := range own {
		if _, ok := files[name]; ok {
			continue
		}
		if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return done, fmt.Errorf("remove a page of %s that is no more: %w", dir, err)
		}
		done.Removed++
		for up := path.Dir(name); up != "." && root.Remove(up) == nil; up = path.Dir(up) { // only what is empty goes
		}
		delete(mine, name)
	}
	return done, put(root, list, join(mine))
}

// listed are the files that an earlier export wrote.
func listed(root *os.Root) (map[string]bool, error) {
	all := map[string]bool{}
	text, err := root.ReadFile(list)
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	for name := range strings.Lines(string(text)) {
		if name = strings.TrimSpace(name); filepath.IsLocal(name) && name != list {
			all[name] = true
		}
	}
	return all, err
}

// strangers tells of files in the way of an export that none wrote.
func strangers(root *os.Root, dir string, own map[string]bool, files map[string][]byte) error {
	var all []string
	for name := range files {
		if _, err := root.Lstat(name); err == nil && !own[name] {
			all = append(all, name)
		}
	}
	if len(all) == 0 {
		return nil
	}
	slices.Sort(all)
	return fmt.Errorf("write the status page to %s: %s is there, and not from me; choose an empty directory, or move it away", dir, strings.Join(all[:min(len(all), 3)], ", "))
}

// inOrder puts what leads to other pages behind them, so that no link leads nowhere meanwhile.
func inOrder(files map[string][]byte) []string {
	depth := func(name string) int { return strings.Count(name, "/") }
	return slices.SortedFunc(maps.Keys(files), func(a, b string) int {
		if d := depth(b) - depth(a); d != 0 {
			return d
		}
		if ia, ib := path.Base(a) == "index.html", path.Base(b) == "index.html"; ia != ib {
			if ia {
				return 1
			}
			return -1
		}
		return strings.Compare(a, b)
	})
}

// update writes a file if it is not so already.
func update(root *os.Root, name string, text []byte) (wrote bool, err error) {
	if had, err := root.ReadFile(name); err == nil && bytes.Equal(had, text) {
		return false, nil
	}
	if up := path.Dir(name); up != "." {
		if err := root.MkdirAll(up, 0o755); err != nil {
			return false, err
		}
	}
	return true, put(root, name, text)
}

// put writes a file beside its place, and moves it there when it is on disk.
func put(root *os.Root, name string, text []byte) error {
	beside := path.Join(path.Dir(name), fresh)
	f, err := root.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Chmod(0o644) // whatever the umask says: a web server is to read it
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = root.Rename(beside, name)
	}
	if err != nil {
		return errors.Join(err, root.Remove(beside))
	}
	return nil
}

func join(names map[string]bool) []byte {
	return []byte(strings.Join(slices.Sorted(maps.Keys(names)), "\n") + "\n")
}
