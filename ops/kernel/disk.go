package kernel

import (
	"errors"
	"fmt"
	"syscall"
	"time"
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
	mounts, err := h.mounts()
	if err != nil {
		return nil, []error{err}
	}
	var disks []Disk
	var unread []error
	for _, m := range mounts {
		d, err := h.ask(m.MountPoint)
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

// diskWait is how long a file system may take to tell its sizes. A disk that dies can keep statfs(2) for ever.
const diskWait = 2 * time.Second

// An inquiry is one call of statfs. It cannot be stopped, so while it hangs nobody begins another.
type inquiry struct {
	done chan struct{} // closed once disk and err are there
	disk Disk
	err  error
}

// ask is statfs with a time limit. Those who ask for the same mount point meanwhile wait for the same answer.
func (h *Host) ask(mount string) (Disk, error) {
	h.mu.Lock()
	q := h.inquiries[mount]
	if q == nil {
		q = &inquiry{done: make(chan struct{})}
		h.inquiries[mount] = q
		go func() {
			q.disk, q.err = h.statfs(mount)
			h.mu.Lock()
			delete(h.inquiries, mount)
			h.mu.Unlock()
			close(q.done)
		}()
	}
	h.mu.Unlock()
	limit := time.NewTimer(diskWait)
	defer limit.Stop()
	select {
	case <-q.done:
		return q.disk, q.err
	case <-limit.C:
		return Disk{}, fmt.Errorf("the disk does not answer within %v", diskWait)
	}
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
