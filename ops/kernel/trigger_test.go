package kernel

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// missing skips a test that lacks a real part, or fails it where all of them are wanted.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("VIGIE_TEST_REAL") == "1" {
		t.Fatal("missing: " + what)
	}
	t.Skip("not tested: " + what)
}

func realTrigger(t *testing.T) *trigger {
	t.Helper()
	trigger, err := armTrigger("/proc/pressure/memory")
	if err != nil {
		missing(t, "a pressure trigger, this kernel gives none: "+err.Error())
	}
	return trigger
}

func TestTriggerIsTakenBack(t *testing.T) {
	trigger := realTrigger(t)
	if err := trigger.close(); err != nil { // waits for its goroutine
		t.Error(err)
	}
	if len(trigger.fired) > 0 {
		t.Error("fired on its end")
	}
}

func TestTriggerLeavesACopyAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "memory")
	if err := os.WriteFile(path, []byte("some"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := armTrigger(path); err == nil {
		t.Error("armed on a file that is none of the kernel's")
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "some" {
		t.Errorf("now reads %q, %v", text, err)
	}
}

// TestTriggerFires makes programs wait for memory: one reads files over and over in a cgroup that is too small
// to cache them.
func TestTriggerFires(t *testing.T) {
	const group = "/sys/fs/cgroup/memory/vigie-test-pressure"
	if err := os.Mkdir(group, 0o755); err != nil {
		missing(t, "a real pressure: no memory cgroup (v1) can be made: "+err.Error())
	}
	defer func() {
		for range 50 { // those that were in it leave when they are reaped
			if err := os.Remove(group); err == nil || !errors.Is(err, unix.EBUSY) {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	limit := filepath.Join(group, "memory.limit_in_bytes")
	if err := os.WriteFile(limit, []byte("12M"), 0); err != nil {
		missing(t, "a real pressure: "+err.Error())
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := uncached(file, 64<<20); err != nil {
		t.Fatal(err)
	}
	trigger := realTrigger(t)
	defer trigger.close()

	ctx, stop := context.WithCancel(t.Context())
	var readers []*exec.Cmd
	defer func() {
		stop()
		for _, r := range readers {
			_ = r.Wait() // it was killed
		}
	}()
	for range 4 {
		// It waits on its input until it is in the group. It is so small that nothing is killed there, which other tests would hear.
		r := exec.CommandContext(ctx, "cat", append([]string{"-"}, slices.Repeat([]string{file}, 5000)...)...)
		in, err := r.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Start(); err != nil {
			t.Fatal(err)
		}
		readers = append(readers, r)
		if err := os.WriteFile(filepath.Join(group, "cgroup.procs"), []byte(strconv.Itoa(r.Process.Pid)), 0); err != nil {
			t.Fatal(err)
		}
		if err := in.Close(); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	select {
	case <-trigger.fired:
		t.Logf("fired after %v", time.Since(began).Round(time.Millisecond))
	case <-time.After(40 * time.Second):
		psi, _ := os.ReadFile("/proc/pressure/memory")
		if !strings.Contains(string(psi), "some") || strings.Contains(string(psi), "avg10=0.00 avg60=0.00") {
			missing(t, "a real pressure: nothing waits for memory in this kernel's cgroup")
		}
		t.Errorf("did not fire in 40 s of\n%s", psi)
	}
}

// uncached writes a file that nobody has in the cache, so that who reads it is charged for it.
func uncached(path string, size int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(bytes.Repeat([]byte("x"), size)); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}
