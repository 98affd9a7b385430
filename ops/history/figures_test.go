package history

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/year"
	"github.com/diaspote/vigie/ops"
)

// begun is where made-up histories begin: on the hour, and with a leap day within the year.
var begun = time.Date(2027, 9, 1, 0, 0, 0, 0, time.UTC)

// makeHistory has a made-up host sampled for hours from begun on, packs all but the last of them, and returns how many samples
// that is.
func makeHistory(t testing.TB, s *Store, hours int) (samples int) {
	t.Helper()
	host := year.New(1)
	for h := range hours {
		begin := begun.UnixMilli() + int64(h)*hour
		samples += makeRows(t, s, host, begin)
		if h > 0 {
			packAll(t, s, time.UnixMilli(begin+2*grace))
		}
	}
	return samples
}

// makeRows writes an hour of a made-up host in one transaction, so that a year does not take a night.
func makeRows(t testing.TB, s *Store, host *year.Host, begin int64) (samples int) {
	t.Helper()
	every := s.Every.Milliseconds()
	err := s.db.Change(t.Context(), "write an hour", func(tx *sql.Tx) error {
		put, err := tx.PrepareContext(t.Context(), `INSERT INTO scrape (ts, vals) VALUES (?, ?)`)
		if err != nil {
			return err
		}
		defer put.Close()
		for ts := begin; ts < begin+hour; ts += every {
			all := host.Scrape(time.UnixMilli(ts))
			samples += len(all)
			_, heard, _ := s.compose(ts, all)
			for _, k := range heard {
				k.last = ts
			}
			if _, err := put.ExecContext(t.Context(), ts, s.row); err != nil {
				return err
			}
		}
		s.prev, s.newest = begin+hour-every, begin+hour-every
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return samples
}

// enrolled is a store that knows the made-up host's series.
func enrolled(t testing.TB, path string, o Options) *Store {
	t.Helper()
	s := store(t, path, o)
	if err := s.Write(t.Context(), begun.Add(-time.Minute), year.New(1).Scrape(begun.Add(-time.Minute))); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestFigures makes a history and says what it takes: two days, and with VIGIE_FIGURES=long a year with all its samples.
func TestFigures(t *testing.T) {
	if testing.Short() {
		t.Skip("left out of a short run: it is long, and of one goroutine")
	}
	long := 48
	if os.Getenv("VIGIE_FIGURES") == "long" {
		long = 366 * 24
	}
	path := filepath.Join(t.TempDir(), "vigie.db")
	s := enrolled(t, path, Options{Keep: 400 * 24 * time.Hour, MaxBytes: 10 << 30})
	resetPeak(t)
	idle := peak(t)
	start := time.Now()
	samples := makeHistory(t, s, long)
	t.Logf("%d hours of %d series at %v: %.1f million samples, written and packed in %v", long, year.Series, s.Every, float64(samples)/1e6, time.Since(start).Round(time.Second))
	packedPeak := peak(t)

	raw, rollups, pages := sizes(t, path)
	kept := float64(samples - year.Series*240) // the last hour is in rows
	t.Logf("bytes a sample: %.2f in chunks of all their pages, %.2f of rollups more; the file has %.1f MiB, %.2f in all", raw/kept, rollups/kept, pages/(1<<20), pages/kept)
	if raw/kept > 2.2 {
		t.Errorf("a sample takes %.2f bytes, more than 2.2", raw/kept)
	}

	resetPeak(t)
	end := begun.Add(time.Duration(long) * time.Hour)
	for _, columns := range []int{60, 1000, 10_000} {
		start := time.Now()
		lines, err := s.Range(t.Context(), Query{names(s, 4), begun, end, columns})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("4 series, all of it, %d columns asked: %d of %v, in %v", columns, len(lines[0].Columns), lines[0].Step, time.Since(start).Round(time.Microsecond))
	}
	t.Logf("resident: %.1f MiB before, at most %.1f MiB writing and packing, %.1f MiB reading", idle, packedPeak, peak(t))
}

// names are the first series that counters and gauges are among.
func names(s *Store, n int) []ops.Series {
	var all []ops.Series
	for _, info := range s.Series() {
		if name := info.Series; name.Name == "node_load1" || name.Name == "node_network_receive_bytes_total" || name.Name == "node_memory_MemAvailable_bytes" ||
			name.Name == "vigie_pod_response_seconds" {
			all = append(all, name)
		}
	}
	return all[:n]
}

// sizes asks SQLite how many bytes the pages of chunks and rollups have, and the file that is in use.
func sizes(t testing.TB, path string) (raw, rollups, all float64) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	size := func(query string) (n float64) {
		if err := db.QueryRow(query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	return size(`SELECT sum(pgsize) FROM dbstat WHERE name = 'chunk'`), size(`SELECT sum(pgsize) FROM dbstat WHERE name = 'rollup'`),
		size(`SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size`)
}

// resetPeak has the kernel begin anew with the process' peak (proc_pid_clear_refs(5)).
func resetPeak(t testing.TB) {
	t.Helper()
	debug.FreeOSMemory() // of the tests before
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		t.Logf("the peak is that of the whole test: %v", err)
	}
}

// peak is the most that was resident since then, in MiB (VmHWM of proc_pid_status(5)).
func peak(t testing.TB) float64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	kib, err := strconv.Atoi(string(bytes.Fields(rest)[0]))
	if err != nil {
		t.Fatal(err)
	}
	return float64(kib) / 1024
}
