package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// built is the program as it is shipped, built once for all tests that run it: linking takes longer than some of them.
var built = sync.OnceValues(func() (path string, err error) {
	path = filepath.Join(workshop(), "vigie")
	cmd := exec.Command("go", "build", "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
})

// workshop is where that is done.
func workshop() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("vigie-workshop-%d", os.Getpid()))
}

func build(t testing.TB) string {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Tests clear the workshop when all are done.
type tests struct{ *testing.M }

func (m tests) Run() int {
	defer os.RemoveAll(workshop())
	return m.M.Run()
}
