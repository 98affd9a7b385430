package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// DefaultDir is where the daemon keeps its spool unless it is told otherwise.
const DefaultDir = "/var/lib/vigie/spool"

// mode lets any user write and none list: inode(7).
const mode = os.ModeSticky | 0o733

// Make makes the folder, or sees to it that one that is there has the right mode. It must belong to the caller:
// in a folder with the sticky bit nobody else could remove what was read.
func Make(dir string) error {
	if err := makeFolder(dir); err != nil {
		return fmt.Errorf("make the spool %s: %w", dir, err)
	}
	return nil
}

func makeFolder(dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return errors.New("there is something of that name that is no folder; move it away")
	}
	if owner := info.Sys().(*syscall.Stat_t).Uid; int(owner) != os.Geteuid() {
		return fmt.Errorf("it belongs to user %d, and must belong to the user of the daemon (%d): chown it", owner, os.Geteuid())
	}
	if info.Mode()&(os.ModePerm|os.ModeSticky) == mode {
		return nil
	}
	return os.Chmod(dir, mode)
}
