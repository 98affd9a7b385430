package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A disk is a small ext4 file system of its own. It ends with the test.
type disk struct {
	t       *testing.T
	dir     string // where it is mounted
	image   string
	mounted bool
}

// openDisk needs root; without, the test is skipped, or fails with VIGIE_TEST_REAL=1.
func openDisk(t *testing.T, mib int64) *disk {
	t.Helper()
	d := &disk{t: t, dir: filepath.Join(t.TempDir(), "disk"), image: filepath.Join(memory(t), "image")}
	if err := errors.Join(os.Mkdir(d.dir, 0o700), os.WriteFile(d.image, nil, 0o600), os.Truncate(d.image, mib<<20)); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.ext4", "-q", "-m0", d.image).CombinedOutput(); err != nil {
		d.missing(fmt.Errorf("make a file system: %w: %s", err, out))
	}
	if err := d.try("mount", "-o", "loop,errors=remount-ro", d.image, d.dir); err != nil {
		d.missing(err)
	}
	d.mounted = true
	t.Cleanup(d.unmount)
	return d
}

// memory is a folder in memory where there is one: a full ext4 writes its journal out at each attempt to take a block.
func memory(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "vigie-disk-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (d *disk) missing(err error) {
	d.t.Helper()
	if os.Getenv("VIGIE_TEST_REAL") == "1" {
		d.t.Fatal(err)
	}
	d.t.Skipf("needs a disk of its own, and root for it: %v", err)
}

func (d *disk) try(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

// do runs a program that must succeed.
func (d *disk) do(name string, args ...string) {
	d.t.Helper()
	if err := d.try(name, args...); err != nil {
		d.t.Fatal(err)
	}
}

// again mounts what is on the disk as after the power was off. It takes a copy: a container that was made meanwhile has all
// mounts of its time, and with its own of the disk the file system lives on as it is.
func (d *disk) again() {
	d.t.Helper()
	d.unmount()
	image := d.image + " again"
	d.do("cp", "--sparse=always", d.image, image)
	d.do("mount", "-o", "loop,errors=remount-ro", image, d.dir)
	d.mounted = true
}

func (d *disk) unmount() {
	d.t.Helper()
	if d.mounted {
		d.do("umount", d.dir)
		d.mounted = false
	}
}

// fill takes all that is free, to the last block.
func (d *disk) fill() {
	d.t.Helper()
	f, err := os.Create(filepath.Join(d.dir, "full"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size >= 1; {
		switch n, err := f.Write(make([]byte, size)); {
		case errors.Is(err, syscall.ENOSPC) && n == 0:
			size /= 8
		case err != nil && !errors.Is(err, syscall.ENOSPC):
			d.t.Fatal(err)
		}
	}
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.ENOSPC) {
		d.t.Fatal(err)
	}
}

// free gives back what fill took.
func (d *disk) free() {
	d.t.Helper()
	if err := os.Remove(filepath.Join(d.dir, "full")); err != nil {
		d.t.Fatal(err)
	}
}

// fail has the kernel find an error on the disk, as on a dying SD card: it is read-only from then on, for who has files
// open too.
func (d *disk) fail() {
	d.t.Helper()
	var at syscall.Stat_t
	if err := syscall.Stat(d.dir, &at); err != nil {
		d.t.Fatal(err)
	}
	device, err := os.Readlink(fmt.Sprintf("/sys/dev/block/%d:%d", at.Dev>>8&0xfff, at.Dev&0xff))
	if err == nil && !strings.HasPrefix(filepath.Base(device), "loop") {
		err = fmt.Errorf("%s is no disk of a test", device)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join("/sys/fs/ext4", filepath.Base(device), "trigger_fs_error"), []byte("a test"), 0)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(d.dir, "x"), nil, 0o600); !errors.Is(err, syscall.EROFS) {
		d.t.Fatalf("the disk can still be written: %v", err)
	}
}
