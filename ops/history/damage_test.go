package history

import (
	"database/sql"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/diaspote/vigie/fixtures/logbook"
	"github.com/diaspote/vigie/ops"
)

// filled is a store with a gauge and a counter that were sampled for that long from night on, packed.
func filled(t testing.TB, path string, long time.Duration, o Options) *Store {
	t.Helper()
	s := store(t, path, o)
	for at := night; at.Before(night.Add(long)); at = at.Add(s.Every) {
		n := float64(at.Sub(night) / time.Second)
		if err := s.Write(t.Context(), at, []ops.Sample{{Series: gauge, Value: n}, {Series: counter, Value: 10 * n}}); err != nil {
			t.Fatal(err)
		}
		if at.Minute() == 0 && at.Second() == 0 {
			packAll(t, s, at.Add(2*time.Minute))
		}
	}
	return s
}

var (
	gauge   = ops.Series{Name: "gauge"}
	counter = ops.Series{Name: "counter_total", Labels: ops.Labels("device", "eth0"), Counter: true}
)

func TestWhatIsDamagedIsAGap(t *testing.T) {
	var book logbook.Book
	path := filepath.Join(t.TempDir(), "vigie.db")
	s := filled(t, path, 4*time.Hour, Options{Every: time.Minute, Log: slog.New(slog.NewTextHandler(&book, nil))})
	id := s.ids([]ops.Series{gauge})[0]
	second := night.Add(time.Hour).UnixMilli()
	err := s.db.Change(t.Context(), "damage", func(tx *sql.Tx) error {
		for _, damage := range []string{
			`UPDATE chunk SET data = CAST(substr(data, 1, 20) || x'00ff' || substr(data, 23) AS BLOB) WHERE id = ?1`,
			`UPDATE rollup SET data = x'' WHERE id = ?2`,
			`UPDATE scrape SET vals = x'ffffffff' WHERE ts = ?3`,
		} {
			if _, err := tx.Exec(damage, hours.id(second, id), days.id(second, id), night.Add(3*time.Hour+30*time.Minute).UnixMilli()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	lines, err := s.Range(t.Context(), Query{[]ops.Series{gauge, counter}, night, night.Add(4 * time.Hour), 16})
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range lines[0].Columns {
		want := 15
		if i >= 4 && i < 8 {
			want = 0
		}
		if i == 14 {
			want = 14
		}
		if c.Count != want {
			t.Errorf("column %d of the damaged: %+v, want %d", i, c, want)
		}
	}
	if c := lines[1].Columns[5]; c.Count != 15 || c.Avg != 10 {
		t.Errorf("the other series has %+v", c)
	}
	// Rollups of the day are gone; what is not packed is still told.
	lines, err = s.Range(t.Context(), Query{[]ops.Series{gauge}, night, night.Add(4 * time.Hour), 4})
	if err != nil || lines[0].Columns[0].Count != 0 || lines[0].Columns[3].Count != 59 {
		t.Errorf("rollups: %+v, %v", lines, err)
	}
	if _, err := s.Range(t.Context(), Query{[]ops.Series{gauge}, night, night.Add(4 * time.Hour), 16}); err != nil {
		t.Error(err)
	}
	if log := book.String(); strings.Count(log, "a part of the history cannot be read") != 2 || !strings.Contains(log, "of=gauge from=2026-11-26T04:00:00.000Z") {
		t.Errorf("log: %s", log)
	}
	// The next hour is packed all the same.
	packAll(t, s, night.Add(5*time.Hour))
	lines, err = s.Range(t.Context(), Query{[]ops.Series{gauge}, night, night.Add(4 * time.Hour), 4})
	if err != nil || lines[0].Columns[3].Count != 59 {
		t.Errorf("after packing: %+v, %v", lines, err)
	}
}
