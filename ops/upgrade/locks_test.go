package upgrade

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/diaspote/vigie/fixtures/pod"
)

// TestLocksAreSeenByEverybody finds a lock of root's without opening the file, on the file systems of a pod: an
// overlay, and a tmpfs for /run.
func TestLocksAreSeenByEverybody(t *testing.T) {
	p := pod.Start(t, pod.Options{})
	for _, name := range []string{"/var/lib/dpkg/lock-frontend", "/run/unattended-upgrades.lock"} {
		ctx, cancel := context.WithCancel(t.Context())
		holder := p.Command(ctx, "root", "python3", "-c",
			"import fcntl, sys; f = open('"+name+"', 'w'); fcntl.lockf(f, fcntl.LOCK_EX); print('locked', flush=True); sys.stdin.read()")
		in, err := holder.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := holder.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := holder.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(out, make([]byte, len("locked"))); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(fmt.Sprintf("/proc/%d/root", p.PID), name))
		if err != nil {
			t.Fatal(err)
		}
		locks, err := os.Open("/proc/locks")
		if err != nil {
			t.Fatal(err)
		}
		if !lockedIn(locks, []fs.FileInfo{info}) {
			text, _ := os.ReadFile("/proc/locks")
			t.Errorf("the lock on %s (inode %d) is not seen in:\n%s", name, inode(info), text)
		}
		locks.Close()
		in.Close()
		io.Copy(io.Discard, out)
		holder.Wait()
		cancel()
	}
}
