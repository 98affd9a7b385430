package incident

import (
	"database/sql"
	"errors"
	"math"
	"testing"
	"time"
)

func (s *shelf) metric(m Metric) int64 {
	s.t.Helper()
	made, err := s.AddMetric(s.t.Context(), m)
	if err != nil {
		s.t.Fatal(err)
	}
	return made.ID
}

func (s *shelf) point(metric int64, p Point) Point {
	s.t.Helper()
	made, err := s.AddPoint(s.t.Context(), metric, p)
	if err != nil {
		s.t.Fatal(err)
	}
	return made
}

func TestPoints(t *testing.T) {
	s := newShelf(t)
	ctx := t.Context()
	load := s.metric(Metric{Name: "Load", Suffix: "x", Merge: 5})
	other := s.metric(Metric{Name: "Other", Suffix: "x"})
	page := s.Page()
	first := s.point(load, Point{Value: 0.1})
	s.now = s.now.Add(4 * time.Minute)
	if p := s.point(load, Point{Value: 0.1}); p.ID != first.ID || p.Count != 2 || !p.At.Equal(first.At) {
		t.Errorf("the same value is %+v", p)
	}
	if p := s.point(load, Point{Value: 0.1, At: s.now}); p.ID == first.ID {
		t.Errorf("a value with its time is %+v", p)
	}
	s.point(load, Point{Value: 0.2})
	s.now = s.now.Add(10 * time.Minute)
	if p := s.point(load, Point{Value: 0.1}); p.Count != 1 {
		t.Errorf("long after it is %+v", p)
	}
	if a, b := s.point(other, Point{Value: 1}), s.point(other, Point{Value: 1}); a.ID == b.ID {
		t.Error("values are merged that are not to be")
	}
	if s.Page() != page {
		t.Error("the page is made anew for points, which it does not show")
	}
	last, total, err := s.Points(ctx, load, true, 1, 2)
	if err != nil || total != 4 || len(last) != 2 || last[0].Value != 0.2 {
		t.Errorf("%+v of %d, %v", last, total, err)
	}
	if p, err := s.EditPoint(ctx, load, first.ID, func(p *Point) error { p.Value = 7; return nil }); err != nil || p.Value != 7 || p.Count != 2 {
		t.Errorf("%+v, %v", p, err)
	}
	var wrong *Invalid
	if _, err := s.EditPoint(ctx, load, first.ID, func(p *Point) error { p.Value = math.Inf(1); return nil }); !errors.As(err, &wrong) {
		t.Error(err)
	}
	if err := s.RemovePoint(ctx, other, first.ID); !errors.Is(err, ErrNone) {
		t.Errorf("a point of another metric is removed: %v", err)
	}
	if err := s.RemovePoint(ctx, load, first.ID); err != nil {
		t.Error(err)
	}
	if _, total, err := s.Points(ctx, load, false, 0, 10); err != nil || total != 3 {
		t.Errorf("%d points, %v", total, err)
	}
}

// TestPointsGo has what is too old, or too many, dropped: what is counted must be what there is.
func TestPointsGo(t *testing.T) {
	if testing.Short() {
		t.Skip("left out of a short run: it is long, and of one goroutine")
	}
	s := newShelf(t)
	ctx := t.Context()
	m := s.metric(Metric{Name: "Load", Suffix: "x"})
	old := s.point(m, Point{Value: 1, At: s.now.Add(-365 * 24 * time.Hour)})
	s.now = s.now.Add(48 * time.Hour)
	s.point(m, Point{Value: 2})
	if got, total, err := s.Points(ctx, m, false, 0, 10); err != nil || total != 1 || len(got) != 1 || got[0].ID == old.ID {
		t.Errorf("%+v of %d, %v", got, total, err)
	}
	// Many are written at once here, as one by one takes minutes.
	err := s.db.Change(ctx, "fill", func(tx *sql.Tx) error {
		_, err := tx.Exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
			INSERT INTO metric_point (metric, at, value, count, updated) SELECT ?2, ?3 + i, i, 1, 0 FROM n`, MostPoints+pointsAtA, m, ms(s.now))
		if err == nil {
			_, err = tx.Exec(`UPDATE metric SET points = points + ?`, MostPoints+pointsAtA)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.now = s.now.Add(time.Hour)
	newest := s.point(m, Point{Value: -1})
	last, total, err := s.Points(ctx, m, true, 0, 1)
	if err != nil || total > MostPoints+pointsAtA || total < MostPoints || last[0].ID != newest.ID {
		t.Errorf("%+v of %d, %v", last, total, err)
	}
	count := func() (n int) {
		err := s.db.Read(ctx, "count", func(r *sql.Rows) error { return r.Scan(&n) }, `SELECT count(*) FROM metric_point`)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := count(); n != total {
		t.Errorf("%d are counted, and there are %d", total, n)
	}
	if err := s.RemoveMetric(ctx, m); err != nil {
		t.Fatal(err)
	}
	if n := count(); n != 0 {
		t.Errorf("%d points are left of a metric that is gone", n)
	}
	if _, err := s.AddPoint(ctx, m, Point{Value: 1}); !errors.Is(err, ErrNone) {
		t.Error(err)
	}
}

func TestMostMetrics(t *testing.T) {
	s := newShelf(t)
	for range MostMetrics {
		s.metric(Metric{Name: "x", Suffix: "y"})
	}
	var wrong *Invalid
	if _, err := s.AddMetric(t.Context(), Metric{Name: "x", Suffix: "y"}); !errors.As(err, &wrong) {
		t.Error(err)
	}
}
