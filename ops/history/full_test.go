package history

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/logbook"
	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// smallDisk is a file system of that size, gone after the test.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		if os.Getenv("VIGIE_TEST_REAL") == "1" {
			t.Fatalf("mount a small disk: %v", err)
		}
		t.Skipf("mount a small disk: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

func TestAFullDiskCostsSamplesAndNoAlerts(t *testing.T) {
	dir := smallDisk(t, "24m")
	s := store(t, filepath.Join(dir, "vigie.db"), Options{})
	var book logbook.Book
	r := NewRecorder(s, slog.New(slog.NewTextHandler(&book, nil)), func() time.Time { return night })
	r.Use([]ops.Sampler{adds("a", 1)})
	scrapes := 0
	scrape := func() {
		r.scrape(t.Context(), night.Add(time.Duration(scrapes)*15*time.Second))
		scrapes++
	}
	scrape()
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 12<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		scrape()
	}
	if err := s.db.Owe(t.Context(), ledger.Debt{Chat: "xmpp", Room: "ops", Text: "the disk is full", Made: night}); err != nil {
		t.Errorf("an alert could not be written: %v", err)
	}
	if log := book.String(); strings.Count(log, "level=WARN") != 1 || strings.Count(log, "less than 16 MiB are free") != 1 {
		t.Errorf("log: %s", log)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		scrape()
	}
	points, err := s.Points(t.Context(), ops.Series{Name: "a"}, night, night.Add(time.Hour), 0)
	if err != nil || len(points) != 4 || !points[1].At.Equal(night.Add(90*time.Second)) {
		t.Errorf("points %v, %v", points, err)
	}
	if log := book.String(); strings.Count(log, `msg="samples are kept again" "scrapes lost"=5`) != 1 || strings.Count(log, "\n") != 2 {
		t.Errorf("log: %s", log)
	}
}
