package ledger

import (
	"fmt"
	"math"
	"path/filepath"
	"syscall"
)

// Free is how many bytes can still be written beside the ledger, for those who would rather write nothing than take the last
// of them. It is endless for one in memory.
func (db *DB) Free() (int64, error) {
	if db.path == "" {
		return math.MaxInt64, nil
	}
	dir := filepath.Dir(db.path)
	var s syscall.Statfs_t
	for {
		err := syscall.Statfs(dir, &s)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("ask how much is free in %s: %w", dir, err)
		}
		return int64(min(s.Bavail, math.MaxInt64/uint64(s.Bsize))) * int64(s.Bsize), nil
	}
}
