package upgrade

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

const maxUnread = 16 << 20 // of one log at a time; what is beyond is read the next time

// A position is how far a log was read: that many bytes of the file with that inode. The zero value is a
// log that was not there.
type position struct {
	Inode  uint64 `json:"inode"`
	Offset int64  `json:"offset"`

	// Blind says that the log was there and could not be read. What it has when it first can be read counts
	// as known, or years of it would be told at once.
	Blind bool `json:"blind,omitempty"`
}

// end is the position behind all that a log has now.
func end(path string) (position, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return position{}, nil
	}
	if err != nil {
		return position{}, err
	}
	return position{Inode: inode(info), Offset: info.Size()}, nil
}

func statOf(info fs.FileInfo) (dev uint64, ok bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return uint64(s.Dev), true // of 32 bits on some machines
}

func inode(info fs.FileInfo) uint64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return s.Ino
	}
	return 0
}

// readFrom returns what was written to the log since, and where that ends. A log that was rotated meanwhile is
// read to its end first, be it compressed or not. A log that is not there is as good as an empty one.
func readFrom(path string, p position) (string, position, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", p, nil // between two steps of a rotation
	}
	if err != nil {
		return "", p, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", p, err
	}
	if p.Blind {
		return "", position{Inode: inode(info), Offset: info.Size()}, nil
	}
	before := ""
	switch {
	case inode(info) != p.Inode:
		before = rotated(path, p)
		p = position{Inode: inode(info)}
	case info.Size() < p.Offset: // emptied in place
		p.Offset = 0
	}
	text, err := io.ReadAll(io.NewSectionReader(f, p.Offset, maxUnread))
	if err != nil {
		return "", p, fmt.Errorf("read %s: %w", path, err)
	}
	p.Offset += int64(len(text))
	return before + string(text), p, nil
}

// rotated reads the rest of the log that was there before; "" if there is none any more.
func rotated(path string, p position) string {
	if p.Inode == 0 {
		return ""
	}
	if f, err := os.Open(path + ".1"); err == nil {
		defer f.Close()
		if info, err := f.Stat(); err == nil && inode(info) == p.Inode {
			text, _ := io.ReadAll(io.NewSectionReader(f, p.Offset, maxUnread))
			return string(text)
		}
	}
	f, err := os.Open(path + ".1.gz")
	if err != nil {
		return ""
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return ""
	}
	if _, err := io.CopyN(io.Discard, z, p.Offset); err != nil {
		return "" // shorter than what was read: another file
	}
	text, _ := io.ReadAll(io.LimitReader(z, maxUnread))
	return string(text)
}

func readBounded(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most))
}
