package history

import (
	"cmp"
	"database/sql"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/year"
	"github.com/diaspote/vigie/ops"
)

// cpu is what the process has used, and what of it was in the kernel.
func cpu(b *testing.B) (all, kernel time.Duration) {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), time.Duration(u.Stime.Nano())
}

// BenchmarkWrite250 writes scrapes of 250 series into a file. The goal is 100 µs of CPU for each, of which some are the
// kernel's, for fsync.
func BenchmarkWrite250(b *testing.B) {
	s := enrolled(b, filepath.Join(b.TempDir(), "vigie.db"), Options{})
	host := year.New(1)
	var scrapes [][]ops.Sample
	for i := range 240 {
		scrapes = append(scrapes, append([]ops.Sample(nil), host.Scrape(begun.Add(time.Duration(i)*15*time.Second))...))
	}
	begin, beginKernel := cpu(b)
	fastest := time.Hour
	n := 0
	for b.Loop() {
		before, _ := cpu(b)
		if err := s.Write(b.Context(), begun.Add(time.Duration(n)*15*time.Second), scrapes[n%240]); err != nil {
			b.Fatal(err)
		}
		n++
		after, _ := cpu(b)
		fastest = min(fastest, after-before)
	}
	all, kernel := cpu(b)
	b.ReportMetric(float64((all-begin).Microseconds())/float64(n), "cpu-µs/scrape")
	b.ReportMetric(float64((kernel-beginKernel).Microseconds())/float64(n), "kernel-µs/scrape")
	b.ReportMetric(float64(fastest.Microseconds()), "fastest-cpu-µs")
}

// BenchmarkPack packs an hour of 250 series into half a day of rollups. There are chunks of that hour already, so it does
// a little more than it mostly does.
func BenchmarkPack(b *testing.B) {
	s := enrolled(b, filepath.Join(b.TempDir(), "vigie.db"), Options{})
	makeHistory(b, s, 13)
	begin, host := begun.Add(11*time.Hour).UnixMilli(), year.New(2)
	for b.Loop() {
		b.StopTimer()
		makeRows(b, s, host, begin)
		b.StartTimer()
		if err := s.packHour(b.Context(), begin); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRange24h reads the last 24 hours of one of 250 series, half an hour of which is in rows, for a picture. The goal is 1 ms.
func BenchmarkRange24h(b *testing.B) {
	s := enrolled(b, filepath.Join(b.TempDir(), "vigie.db"), Options{})
	makeHistory(b, s, 25)
	end := begun.Add(25*time.Hour - 30*time.Minute)
	benchmarkRange(b, s, Query{[]ops.Series{{Name: "node_memory_MemAvailable_bytes"}}, end.Add(-24 * time.Hour), end, 1000})
}

// BenchmarkRangeYear reads a year of one of 250 series, for a picture. The goal is 50 ms.
func BenchmarkRangeYear(b *testing.B) {
	s := enrolled(b, filepath.Join(b.TempDir(), "vigie.db"), Options{})
	makeHistory(b, s, 25)
	// One day as it is, again and again.
	name := ops.Series{Name: "node_memory_MemAvailable_bytes"}
	blobs, err := s.readAll(b.Context(), days, begun.UnixMilli(), 0, seriesMask)
	if err != nil {
		b.Fatal(err)
	}
	end := begun.AddDate(1, 0, 0)
	for at := begun.AddDate(0, 0, 2); at.Before(end); at = at.AddDate(0, 0, 1) {
		p := packed{begin: at.UnixMilli()}
		for id, data := range blobs {
			p.days = append(p.days, blob{days.id(at.UnixMilli(), id), data})
		}
		slices.SortFunc(p.days, func(a, b blob) int { return cmp.Compare(a.id, b.id) })
		if err := s.db.Change(b.Context(), "make a year", func(tx *sql.Tx) error { return p.write(b.Context(), tx) }); err != nil {
			b.Fatal(err)
		}
	}
	benchmarkRange(b, s, Query{[]ops.Series{name}, begun, end, 1000})
}

func benchmarkRange(b *testing.B, s *Store, q Query) {
	b.Helper()
	count, fastest := 0, time.Hour
	for b.Loop() {
		begin := time.Now()
		lines, err := s.Range(b.Context(), q)
		if err != nil {
			b.Fatal(err)
		}
		fastest = min(fastest, time.Since(begin))
		count = 0
		for _, c := range lines[0].Columns {
			count += c.Count
		}
	}
	b.ReportMetric(float64(count), "samples")
	b.ReportMetric(float64(fastest.Microseconds()), "fastest-µs")
}
