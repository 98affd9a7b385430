package kernel

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// TestFillOfARealFileSystem fills a tmpfs, which the list of mounts calls ext4, as those in memory are not watched.
func TestFillOfARealFileSystem(t *testing.T) {
	mount := filepath.Join(t.TempDir(), "full")
	if err := os.Mkdir(mount, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", mount, "tmpfs", 0, "size=8m,nr_inodes=200"); err != nil {
		missing(t, "a disk that fills up, nothing can be mounted: "+err.Error())
	}
	defer func() {
		if err := unix.Unmount(mount, 0); err != nil {
			t.Error(err)
		}
	}()
	s := &stage{T: t, root: t.TempDir()}
	s.write("self/mountinfo", "1 1 0:99 / "+mount+" rw - ext4 /dev/sda1 rw\n")
	var err error
	if s.host, err = New(s.root); err != nil {
		t.Fatal(err)
	}
	if s.db, err = ledger.Open(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	defer s.db.Close()
	open, err := s.db.Conditions(t.Context(), "disk")
	if err != nil {
		t.Fatal(err)
	}
	at := start
	f := &Fill{Host: s.host, Ledger: s.db, Now: func() time.Time { return at }, Log: silent}
	look := func() {
		t.Helper()
		if err := f.look(t.Context(), s.emit, open); err != nil {
			t.Fatal(err)
		}
		at = at.Add(fillCalm)
	}
	put := func(name string, size int) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(mount, name), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	look()
	s.expect()
	put("a", 7600<<10)
	look()
	put("b", 500<<10)
	look()
	name := "disk " + ops.OneLine(mount, 100)
	s.expect("warning: "+name+" 93 % full", "critical: "+name+" 99 % full")
	for _, file := range []string{"a", "b"} {
		if err := os.Remove(filepath.Join(mount, file)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 190 {
		put("small"+strings.Repeat("x", i), 0)
	}
	look()
	if n := len(s.events); n != 2 {
		t.Errorf("%d events: it is still full, of inodes", n)
	}
	for i := range 190 {
		if err := os.Remove(filepath.Join(mount, "small"+strings.Repeat("x", i))); err != nil {
			t.Fatal(err)
		}
	}
	look()
	look()
	s.expect("warning: "+name+" 93 % full", "critical: "+name+" 99 % full", "over: "+name+" 0 % full again")
}

func TestWords(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Skip("not tested: hours in another zone, there is no database of zones")
	}
	now := time.Date(2026, 3, 28, 15, 20, 0, 0, paris) // the night after, the clock is set forward
	for in, want := range map[time.Duration]string{
		time.Hour:                    "16:20",
		6 * time.Hour:                "21:00",
		14*time.Hour + 3*time.Minute: "06:00 tomorrow",
		40 * time.Hour:               "08:00 on Mon",
	} {
		if got := hour(now.Add(in), now); got != want {
			t.Errorf("in %v: %q, want %q", in, got, want)
		}
	}
	india := time.FixedZone("", 5*3600+1800)
	if got := hour(now.Add(6*time.Hour), now.In(india)); got != "02:00 tomorrow" {
		t.Errorf("in a zone of half hours: %q", got)
	}
	for in, want := range map[time.Duration]string{10 * time.Second: "1 min", 7*time.Minute + 20*time.Second: "7 min", 38 * time.Minute: "40 min",
		88 * time.Minute: "1 h 30 min", 113 * time.Minute: "1 h 50 min"} {
		if got := about(in); got != want {
			t.Errorf("about %v: %q, want %q", in, got, want)
		}
	}
}
