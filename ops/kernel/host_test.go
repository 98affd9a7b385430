package kernel

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/procfs"
)

const fixtures = "../../fixtures/proc"

// fixture makes a Host of a tree in fixtures/proc. There is nothing to statfs at its mount points.
func fixture(t testing.TB, name string) *Host {
	t.Helper()
	h, err := New(filepath.Join(fixtures, name))
	if err != nil {
		t.Fatal(err)
	}
	h.statfs = func(mount string) (Disk, error) {
		if mount == "/boot/firmware" {
			return Disk{}, errors.New("input/output error")
		}
		return Disk{Total: 1000, Used: 400, Free: 550}, nil
	}
	return h
}

func TestSnapshotOfABoard(t *testing.T) {
	now := time.Date(2026, 3, 13, 23, 43, 20, 0, time.UTC)
	s := fixture(t, "board").Snapshot(now)
	if s.At != now || s.Hostname != "diaspote" || s.CPUs != 4 || s.Load != [3]float64{0.42, 0.51, 0.60} {
		t.Errorf("got %v, host %q, %d CPUs, load %v", s.At, s.Hostname, s.CPUs, s.Load)
	}
	if s.Up.Round(time.Second) != 12*24*time.Hour+1*time.Hour+52*time.Minute+7*time.Second {
		t.Errorf("up %v", s.Up)
	}
	if want := time.Date(2026, 3, 1, 21, 51, 13, 0, time.UTC); !s.Boot.Equal(want) {
		t.Errorf("booted %v, want %v", s.Boot, want)
	}
	want := Memory{Total: 2061236 << 10, Available: 792452 << 10, SwapTotal: 524284 << 10, SwapFree: 524284 << 10}
	if s.Memory == nil || *s.Memory != want {
		t.Fatalf("memory %+v, want %+v", s.Memory, want)
	}
	if used := s.Memory.Used(); used != 1268784<<10 {
		t.Errorf("%d bytes used", used)
	}
	var mounts []string
	for _, d := range s.Disks {
		mounts = append(mounts, d.Mount+" "+d.FSType)
	}
	// Not the bind mount of sda1, not NFS, and not the disk whose mount point lies on NFS.
	if want := []string{"/ ext4", "/srv/pod data ext4"}; !slices.Equal(mounts, want) {
		t.Errorf("disks %q, want %q", mounts, want)
	}
	if want := []string{`disk: "/boot/firmware": input/output error`}; !slices.Equal(s.Missing, want) {
		t.Errorf("missing %q, want %q", s.Missing, want)
	}
}

func TestSnapshotNamesWhatIsMissing(t *testing.T) {
	s := fixture(t, "partial").Snapshot(time.Now())
	if s.Hostname != "pod[2K.example" {
		t.Errorf("host name %q", s.Hostname)
	}
	if s.Memory == nil || !s.Memory.Estimated || s.Memory.Available != 857847040 {
		t.Errorf("memory %+v, want an estimate of 857847040 bytes", s.Memory)
	}
	if s.Up != 0 || s.Load != [3]float64{} || s.CPUs != 1 || !s.Boot.IsZero() || s.Disks != nil {
		t.Errorf("made up from nothing: %+v", s)
	}
	for _, what := range []string{"time since boot: ", "load: ", "CPUs and boot time: ", "available memory: ", "disk: "} {
		if !slices.ContainsFunc(s.Missing, func(m string) bool { return strings.HasPrefix(m, what) }) {
			t.Errorf("%q is not in %q", what, s.Missing)
		}
	}
}

func TestSnapshotOfNothing(t *testing.T) {
	h, err := New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := h.Snapshot(time.Now())
	if len(s.Missing) != 6 || s.Memory != nil {
		t.Errorf("missing %q, memory %v", s.Missing, s.Memory)
	}
	if _, err := New(filepath.Join(t.TempDir(), "none")); err == nil || !strings.Contains(err.Error(), "is proc mounted") {
		t.Errorf("a root that is not there: %v", err)
	}
}

func TestSnapshotOfThisHost(t *testing.T) {
	h, err := New("/proc")
	if err != nil {
		t.Fatal(err)
	}
	s := h.Snapshot(time.Now())
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	if s.Hostname != name || s.CPUs < runtime.NumCPU() || s.Up <= 0 || s.Memory == nil || s.Memory.Used() == 0 {
		t.Errorf("this host (%s) came out as %+v", name, s)
	}
}

func TestParseUptime(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"12.50 40.00\n": 12500 * time.Millisecond,
		"0.00 0.00\n":   0,
		"7":             7 * time.Second,
	} {
		if got, err := parseUptime(text); got != want || err != nil {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "x", "NaN 1", "-1 0", "1e300 0", "+Inf 0"} {
		if got, err := parseUptime(text); err == nil {
			t.Errorf("%q: %v, want an error", text, got)
		}
	}
}

func FuzzParseUptime(f *testing.F) {
	f.Add("12.50 40.00\n")
	f.Add("1e18 0")
	f.Fuzz(func(t *testing.T, text string) {
		if up, err := parseUptime(text); up < 0 || err != nil && up != 0 {
			t.Errorf("%q: %v, %v", text, up, err)
		}
	})
}

func TestLocalMounts(t *testing.T) {
	for name, test := range map[string]struct {
		mounts []string // ID parent device root point type
		want   []string
	}{
		"root moved by the initramfs after the others": {
			[]string{"22 29 0:5 / /dev devtmpfs", "23 29 0:20 / /proc proc", "30 29 8:2 / /usr ext4", "29 1 8:1 / / ext4"},
			[]string{"/", "/usr"},
		},
		"NFS mounted over a disk": {
			[]string{"1 0 8:1 / / ext4", "2 1 8:2 / /data ext4", "3 2 0:40 / /data nfs4"},
			[]string{"/"},
		},
		"a disk mounted over an NFS server's folder": {
			[]string{"1 0 8:1 / / ext4", "2 1 0:40 / /data nfs4", "3 2 8:2 / /data ext4"},
			[]string{"/", "/data"},
		},
		"hidden below a later mount of the parent": {
			[]string{"1 0 8:1 / / ext4", "2 1 8:2 / /srv/a ext4", "3 1 8:3 / /srv xfs"},
			[]string{"/", "/srv"},
		},
		"btrfs subvolumes": {
			[]string{"1 0 0:30 /@ / btrfs", "2 1 0:30 /@home /home btrfs", "3 1 0:30 /@log /var/log btrfs"},
			[]string{"/"},
		},
		"a container": {
			[]string{"500 400 0:60 / / overlay", "501 500 8:1 /var/lib/x/hosts /etc/hosts ext4", "502 500 0:61 / /x overlay"},
			[]string{"/"},
		},
		"rootfs as its own parent": {
			[]string{"1 1 0:2 / / rootfs", "2 1 8:1 / / f2fs"},
			[]string{"/"},
		},
		"FUSE and autofs": {
			[]string{"1 0 8:1 / / ext4", "2 1 0:50 / /mnt/a fuse.sshfs", "3 1 0:51 / /net autofs", "4 3 8:5 / /net/b ext4"},
			[]string{"/"},
		},
	} {
		var mounts []*procfs.MountInfo
		for _, line := range test.mounts {
			var m procfs.MountInfo
			if _, err := fmt.Sscan(line, &m.MountID, &m.ParentID, &m.MajorMinorVer, &m.Root, &m.MountPoint, &m.FSType); err != nil {
				t.Fatal(err)
			}
			mounts = append(mounts, &m)
		}
		var got []string
		for _, m := range localMounts(mounts) {
			got = append(got, m.MountPoint)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestPercentAsDf(t *testing.T) {
	for _, test := range []struct {
		d            Disk
		bytes, inode int
	}{
		{Disk{Total: 1000, Used: 400, Free: 550, Inodes: 10, InodesFree: 9}, 43, 10}, // 50 are root's
		{Disk{Total: 1000, Used: 1000, Free: 0, Inodes: 0}, 100, 0},
		{Disk{Total: 1000, Used: 1, Free: 999, Inodes: 1000, InodesFree: 1000}, 1, 0},
		{Disk{Inodes: 5, InodesFree: 7}, 0, 0},
	} {
		if test.d.Percent() != test.bytes || test.d.InodesPercent() != test.inode {
			t.Errorf("%+v: %d %% and %d %% of inodes, want %d and %d",
				test.d, test.d.Percent(), test.d.InodesPercent(), test.bytes, test.inode)
		}
	}
}

func BenchmarkSnapshot(b *testing.B) {
	h := fixture(b, "board")
	for b.Loop() {
		h.Snapshot(time.Time{})
	}
}

func TestADyingDiskHoldsUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := fixture(t, "board")
		free := make(chan struct{})
		var calls atomic.Int32
		answers := h.statfs
		h.statfs = func(mount string) (Disk, error) {
			if mount == "/" {
				calls.Add(1)
				<-free
			}
			return answers(mount)
		}
		for range 2 {
			s := h.Snapshot(time.Now())
			if s.Memory == nil || !slices.ContainsFunc(s.Missing, func(m string) bool {
				return strings.Contains(m, `"/": the disk does not answer within 2s`)
			}) {
				t.Errorf("missing: %q", s.Missing)
			}
		}
		if n := calls.Load(); n != 1 {
			t.Errorf("the disk was asked %d times while it hung", n)
		}
		close(free)
		synctest.Wait()
		if s := h.Snapshot(time.Now()); len(s.Disks) == 0 || s.Disks[0].Mount != "/" {
			t.Errorf("it answers again, and is not shown: %+v", s.Disks)
		}
	})
}

func TestMountsAreReadAgainWhenTheyChange(t *testing.T) {
	root := t.TempDir()
	h, err := New(root)
	if err != nil {
		t.Fatal(err)
	}
	h.statfs = func(string) (Disk, error) { return Disk{Total: 1}, nil }
	if err := os.Mkdir(filepath.Join(root, "self"), 0o755); err != nil {
		t.Fatal(err)
	}
	const first = "1 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
	for _, tt := range []struct{ mountinfo, want string }{
		{first, "/"},
		{first, "/"},
		{first + "2 1 8:2 / /srv/my\\040pod rw - ext4 /dev/sda2 rw\n", "/ /srv/my pod"},
		{first + "2 1 8:3 / /srv/my\\040pod rw - ext4 /dev/sda3 rw\n3 1 8:4 / /boot rw - ext4 /dev/sda4 rw\n", "/ /boot /srv/my pod"},
		{first, "/"},
	} {
		if err := os.WriteFile(filepath.Join(root, "self", "mountinfo"), []byte(tt.mountinfo), 0o644); err != nil {
			t.Fatal(err)
		}
		disks, errs := h.disks()
		var got []string
		for _, d := range disks {
			got = append(got, d.Mount)
		}
		if strings.Join(got, " ") != tt.want || len(errs) > 0 {
			t.Errorf("%q: %q, %v", tt.mountinfo, got, errs)
		}
	}
}
