package kernel

import (
	"errors"
	"fmt"
	"syscall"
)

// A Disk is a mounted file system that holds data on this host: those of the network, of user space
// (FUSE) and of the kernel itself are not shown, nor is a file system a second time. Sizes in bytes.
type Disk struct {
	Mount  string
	FSType string

	Total uint64
	Used  uint64 // as df counts it: with what root has reserved, Used and Free do not make up Total
	Free  uint64 // for users other than root

	Inodes     uint64 // 0 where the file system has no fixed number, as btrfs and vfat
	InodesFree uint64
}

// Percent is the share in use as df(1) prints it: of what users can have, rounded up.
func (d Disk) Percent() int {
	return percent(d.Used, d.Used+d.Free)
}

// InodesPercent is the share of inodes in use, as df -i prints it; 0 where there are none to count.
func (d Disk) InodesPercent() int {
	return percent(d.Inodes-min(d.InodesFree, d.Inodes), d.Inodes)
}

func percent(part, whole uint64) int {
	if whole == 0 {
		return 0
	}
	exact := float64(part) / float64(whole) * 100
	if up := int(exact); float64(up) < exact {
		return up + 1
	}
	return int(exact)
}

// disks reads the local file systems, and gives an error for each that cannot be read.
func (h *Host) disks() ([]Disk, []error) {
	mounts, err := h.proc.GetMounts()
	if err != nil {
		return nil, []error{err}
	}
	var disks []Disk
	var unread []error
	for _, m := range localMounts(mounts) {
		d, err := h.statfs(m.MountPoint)
		if err != nil {
			unread = append(unread, fmt.Errorf("%q: %w", m.MountPoint, err))
			continue
		}
		if d.Total == 0 {
			continue
		}
		d.Mount, d.FSType = m.MountPoint, m.FSType
		disks = append(disks, d)
	}
	return disks, unread
}

// statfs asks for the sizes of the file system at a mount point (statfs(2)).
func statfs(mount string) (Disk, error) {
	var s syscall.Statfs_t
	err := syscall.EINTR
	for errors.Is(err, syscall.EINTR) {
		e := syscall.Statfs(mount, &s)
		if e == nil {
			return sizes(s), nil
		}
		err = e.(syscall.Errno)
	}
	return Disk{}, err
}

// sizes counts as df does: in units of the fragment size (statvfs(3)).
func sizes(s syscall.Statfs_t) Disk {
	unit := uint64(s.Frsize)
	if unit == 0 {
		unit = uint64(s.Bsize)
	}
	return Disk{
		Total:      s.Blocks * unit,
		Used:       (s.Blocks - min(s.Bfree, s.Blocks)) * unit,
		Free:       s.Bavail * unit,
		Inodes:     s.Files,
		InodesFree: s.Ffree,
	}
}
