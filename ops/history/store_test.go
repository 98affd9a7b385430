package history

import (
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

var night = time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)

// store opens the history in a file.
func store(t testing.TB, path string, o Options) *Store {
	t.Helper()
	db, err := ledger.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s, err := Open(t.Context(), db, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhatIsWrittenIsThereAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vigie.db")
	s := store(t, path, Options{})
	load := ops.Series{Name: "node_load1"}
	bytes := ops.Series{Name: "node_network_receive_bytes_total", Labels: ops.Labels("device", "eth0"), Counter: true}
	for i := range 8 {
		at := night.Add(time.Duration(i) * 15 * time.Second)
		err := s.Write(t.Context(), at, []ops.Sample{{Series: load, Value: float64(i)}, {Series: bytes, Value: float64(1500 * i)}, {Series: load, Value: 77},
			{Series: ops.Series{Name: "nan"}, Value: math.NaN()}})
		if err != nil {
			t.Fatal(err)
		}
	}
	if at, last := s.Last(); !at.Equal(night.Add(105*time.Second)) || len(last) != 2 || last[1].Value != 10500 {
		t.Errorf("last: %v, %v", at, last)
	}
	s = store(t, path, Options{})
	all := s.Series()
	if len(all) != 2 || all[0].Series != load || all[1].Series != bytes || !all[1].First.Equal(night) || !all[1].Last.Equal(night.Add(105*time.Second)) {
		t.Fatalf("series: %+v", all)
	}
	lines, err := s.Range(t.Context(), Query{[]ops.Series{load, bytes}, night, night.Add(2 * time.Minute), 2})
	if err != nil {
		t.Fatal(err)
	}
	if got := lines[0].Columns; got[0] != (Column{0, 1.5, 3, 4}) || got[1] != (Column{4, 5.5, 7, 4}) {
		t.Errorf("gauge: %v", got)
	}
	if got := lines[1].Columns; got[0] != (Column{100, 100, 100, 3}) || got[1] != (Column{100, 100, 100, 4}) {
		t.Errorf("counter: %v", got)
	}
}
