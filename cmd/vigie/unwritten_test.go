package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	unwritten = "✗ my ledger cannot be written: "
	writable  = "✓ my ledger can be written again"
)

// onDisk is a survivor whose ledger is on a disk of its own, and which has told of three alerts.
func onDisk(t *testing.T) (*survivor, *disk) {
	d := openDisk(t, 8)
	s := openSurvivor(t, d.dir)
	s.start()
	s.listens()
	s.takes(0, 3)
	s.tells(3, 0, "")
	return s, d
}

// owes has alerts from n on taken while the room cannot be told of them.
func (s *survivor) owes(n int) int {
	s.t.Helper()
	s.server.Stop()
	n, refused := s.takes(n, 6)
	if refused {
		s.t.Fatal("an alert was refused before anything was wrong")
	}
	return n
}

// ends checks, once nothing is owed any more, that n alerts are in the ledger, and that the program and the room were told
// of each, but for so many posts once: those to the room, which may tell of the 6 alerts that owes had taken.
func (s *survivor) ends(n, again int) {
	s.t.Helper()
	events := s.settled()
	room := s.told()
	different, all := s.page.counts("json/")
	s.t.Logf("%d alerts taken, %d in the ledger; the program was told of %d, of %d again; the room of %d: %v; and besides:\n%s",
		n, len(events), different, all-different, room.upTo, room, strings.Join(room.other, "\n"))
	if len(events) != n || different != n || room.upTo != n || all-different > 6*again || room.again > again {
		s.t.Errorf("not so: %d alerts, at most %d posts again", n, again)
	}
}

// On a full disk no alert is taken that cannot be kept; those that were are delivered, once, though that cannot be noted.
// What a watcher sees is told at once, and written down when there is room.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	s, d := onDisk(t)
	n := s.owes(3)
	d.fill()
	n, refused := s.takes(n, 5000) // what is left in the ledger's own files is used up
	if !refused {
		t.Fatal("all alerts were taken on a full disk")
	}
	s.server.Run()
	s.tells(n, 1, unwritten+"the disk is full: free some of it")
	if help := s.asks("help"); !strings.Contains(help, "status") {
		t.Errorf("help: %q", help)
	}
	s.cronJob("backup")
	s.tells(n, 1, "▲ backup failed")
	if next, _ := s.takes(n, 1); next != n {
		t.Error("an alert was taken on a full disk")
	}
	if w := s.told(); w.again != 0 {
		t.Errorf("while the disk was full: %v", w)
	}
	d.free()
	s.tells(n, 1, writable)
	s.tells(n, 2, "▲ backup failed")
	n, _ = s.takes(n, 3)
	s.ends(n, 0)
}

// A file that may not be written any more, and may again.
func TestReadOnlyFile(t *testing.T) {
	t.Parallel()
	s, d := onDisk(t)
	n := s.owes(3)
	files := []string{filepath.Join(d.dir, "vigie.db"), filepath.Join(d.dir, "vigie.db-wal")}
	d.do("chattr", append([]string{"+i"}, files...)...)
	t.Cleanup(func() { d.try("chattr", append([]string{"-i"}, files...)...) })
	if next, refused := s.takes(n, 1); !refused || next != n {
		t.Fatal("an alert was taken that cannot be written")
	}
	s.server.Run()
	s.tells(n, 1, unwritten)
	if status := s.asks("status"); !strings.Contains(status, "diaspote · up") {
		t.Errorf("status: %q", status)
	}
	d.do("chattr", append([]string{"-i"}, files...)...)
	s.tells(n, 1, writable)
	n, _ = s.takes(n, 3)
	s.ends(n, 0)
}

// The disk fails, and Linux makes it read-only, while the bot runs; then the bot starts on a read-only disk, where it
// knows what it owes, and the disk becomes writable.
func TestReadOnlyDisk(t *testing.T) {
	t.Parallel()
	s, d := onDisk(t)
	n := s.owes(3)
	d.fail()
	if next, refused := s.takes(n, 1); !refused || next != n {
		t.Fatal("an alert was taken that cannot be written")
	}
	s.server.Run()
	s.tells(n, 1, unwritten)
	s.kill()
	d.again()
	d.do("mount", "-o", "remount,ro", d.dir)

	s.start()
	s.listens()
	s.tells(n, 1, unwritten+"it may be read but not written")
	if status := s.asks("status"); !strings.Contains(status, "diaspote · up") {
		t.Errorf("status: %q", status)
	}
	if next, refused := s.takes(n, 1); !refused || next != n {
		t.Fatal("an alert was taken that cannot be written")
	}
	d.do("mount", "-o", "remount,rw", d.dir)
	s.tells(n, 1, writable)
	n, _ = s.takes(n, 3)
	s.ends(n, 1) // the second bot could not know what the first had told
}

// A damaged ledger is kept, a new one begun, and both said.
func TestDamagedLedger(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]int64{"its header": 0, "its midst": 3 * 4096} {
		t.Run(name, func(t *testing.T) {
			s := openSurvivor(t, t.TempDir())
			s.start()
			s.listens()
			n, _ := s.takes(0, 3)
			s.tells(n, 0, "")
			s.stop()
			path := filepath.Join(s.state, "vigie.db")
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteAt([]byte(strings.Repeat("not a ledger", 3000)), damage); err != nil {
				t.Fatal(err)
			}
			f.Close()
			s.start()
			s.listens()
			w := s.tells(n, 1, "✗ my ledger was damaged, and I began a new one.")
			t.Log(strings.Join(w.other, "\n"))
			kept, err := filepath.Glob(path + ".damaged-*Z")
			if err != nil || len(kept) != 1 || !strings.Contains(strings.Join(w.other, "\n"), kept[0]) {
				t.Errorf("kept: %q, %v", kept, err)
			}
			n, _ = s.takes(n, 2)
			s.tells(n, 0, "")
		})
	}
}
