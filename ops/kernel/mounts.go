package kernel

import (
	"bytes"
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/prometheus/procfs"
)

// local tells the types of file systems on this host's own media. A list of what to show rather than
// of what to skip: statfs(2) on a file system of the network can hang for ever.
func local(fsType string) bool {
	switch fsType {
	case "ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "vfat", "exfat", "ntfs3", "jfs", "reiserfs",
		"bcachefs", "nilfs2", "zfs", "ubifs", "jffs2":
		return true
	}
	return false
}

// mayHang tells the types whose folders cannot be walked through safely.
func mayHang(fsType string) bool {
	switch fsType {
	case "9p", "afs", "autofs", "ceph", "cifs", "glusterfs", "lustre", "smb3":
		return true
	}
	return strings.HasPrefix(fsType, "nfs") || strings.HasPrefix(fsType, "fuse")
}

// mounts are the local ones. They seldom change, and to make sense of the dozens that a sandbox has takes
// longer than to read all else of a host.
func (h *Host) mounts() ([]*procfs.MountInfo, error) {
	text, err := os.ReadFile(filepath.Join(h.root, "self", "mountinfo"))
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.mountinfo != nil && bytes.Equal(text, h.mountinfo) {
		return h.local, nil
	}
	all, err := h.proc.GetMounts()
	if err != nil {
		return nil, err
	}
	h.mountinfo, h.local = text, localMounts(all)
	return h.local, nil
}

// localMounts picks from a mountinfo (proc_pid_mountinfo(5)) one mount for each local file system, in
// the order of their mount points.
func localMounts(mounts []*procfs.MountInfo) []*procfs.MountInfo {
	tree := newMountTree(mounts)
	var picked []*procfs.MountInfo
	for _, m := range mounts {
		if worthShowing(m) && tree.reaches(m) {
			picked = append(picked, m)
		}
	}
	// A device may be mounted several times: the whole of it rather than a part, at the shortest path.
	slices.SortFunc(picked, func(a, b *procfs.MountInfo) int {
		return cmp.Or(cmp.Compare(len(a.Root), len(b.Root)), cmp.Compare(len(a.MountPoint), len(b.MountPoint)),
			cmp.Compare(a.MountPoint, b.MountPoint))
	})
	devices := map[string]bool{}
	picked = slices.DeleteFunc(picked, func(m *procfs.MountInfo) bool {
		again := devices[m.MajorMinorVer]
		devices[m.MajorMinorVer] = true
		return again
	})
	slices.SortFunc(picked, func(a, b *procfs.MountInfo) int { return cmp.Compare(a.MountPoint, b.MountPoint) })
	return picked
}

// worthShowing takes local file systems, and the root whatever it is made of (a container's overlay).
// What shows but a part of one is a bind mount; only btrfs is mounted in parts, its subvolumes.
func worthShowing(m *procfs.MountInfo) bool {
	if m.MountPoint == "/" {
		return local(m.FSType) || m.FSType == "overlay"
	}
	return local(m.FSType) && (m.Root == "/" || m.FSType == "btrfs")
}

// A mountTree finds what is mounted on what, by the mount's ID and the place.
type mountTree map[place]*procfs.MountInfo

type place struct {
	parent int // ID of the mount that the place is in, noParent for the top
	point  string
}

const noParent = -1

// newMountTree also undoes the escapes in the mount points.
func newMountTree(mounts []*procfs.MountInfo) mountTree {
	ids := map[int]bool{}
	for _, m := range mounts {
		ids[m.MountID] = true
	}
	tree := mountTree{}
	for _, m := range mounts {
		m.MountPoint = unescape(m.MountPoint)
		parent := m.ParentID
		if !ids[parent] || parent == m.MountID {
			parent = noParent
		}
		tree[place{parent, m.MountPoint}] = m
	}
	return tree
}

// reaches walks the way to m's mount point as the kernel would. It tells whether m is what is found
// there, not hidden below a later mount, and whether nothing on the way may hang.
func (t mountTree) reaches(m *procfs.MountInfo) bool {
	at := noParent
	var found *procfs.MountInfo
	for i, c := range m.MountPoint + "/" {
		if c != '/' {
			continue
		}
		dir := m.MountPoint[:max(i, 1)]
		for range len(t) { // mounts upon each other
			next := t[place{at, dir}]
			if next == nil {
				break
			}
			found, at = next, next.MountID
		}
		if found != nil && found != m && mayHang(found.FSType) {
			return false
		}
	}
	return found == m
}

// unescape undoes the octal escapes of mountinfo for the characters that would break its lines.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s // as nearly all are, and a Replacer is dear to make
	}
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`, `\043`, "#").Replace(s)
}
