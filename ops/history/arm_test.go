package history

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// TestOn32Bits runs the tests of what is kept as the boards do that pods live on, 32-bit ARM.
func TestOn32Bits(t *testing.T) {
	if testing.Short() {
		t.Skip("left out of a short run: it is long, and of one goroutine")
	}
	if runtime.GOARCH == "arm" {
		t.Skip("this is such a machine, or plays one")
	}
	qemu, err := exec.LookPath("qemu-arm-static")
	if err != nil {
		if os.Getenv("VIGIE_TEST_REAL") == "1" {
			t.Fatal("missing: qemu-arm-static, of the package qemu-user-static")
		}
		t.Skip("missing: qemu-arm-static, of the package qemu-user-static")
	}
	binary := filepath.Join(t.TempDir(), "history.test")
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-o", binary, ".")
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm", "GOARM=7", "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the tests for ARM: %v\n%s", err, out)
	}
	run := exec.CommandContext(t.Context(), qemu, binary, "-test.run", "Packed|Gap|Points|Written|SetBack|Count/[12]$")
	if out, err := run.CombinedOutput(); err != nil {
		t.Errorf("on 32-bit ARM: %v\n%s", err, out)
	}
}
