package incident

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

func readMetrics(read reading, where string, args ...any) ([]Metric, error) {
	var all []Metric
	err := read(func(rows *sql.Rows) error {
		var m Metric
		var created, updated int64
		if err := rows.Scan(&m.ID, &m.Name, &m.Suffix, &m.About, &m.Default, &m.Sum, &m.Chart, &m.Places, &m.View, &m.Merge, &m.Order,
			&m.Seen, &created, &updated); err != nil {
			return err
		}
		m.Created, m.Updated = moment(created), moment(updated)
		all = append(all, m)
		return nil
	}, `SELECT id, name, suffix, about, usual, sum, chart, places, view, merge, ord, seen, created, updated FROM metric `+where, args...)
	return all, err
}

// Metrics returns all, in order.
func (b *Book) Metrics(ctx context.Context) ([]Metric, error) {
	return readMetrics(b.reading(ctx, "read the metrics"), `ORDER BY ord, id`)
}

// Metric returns one.
func (b *Book) Metric(ctx context.Context, id int64) (Metric, error) {
	return findMetric(b.reading(ctx, "read a metric"), id)
}

func findMetric(read reading, id int64) (Metric, error) {
	return one(readMetrics(read, `WHERE id = ?`, id))(fmt.Sprintf("metric %d", id))
}

// measure runs f in one transaction. The page shows no metric, so it is not made anew for each point.
func (b *Book) measure(ctx context.Context, doing string, f func(w *writing) error) error {
	return b.db.Change(ctx, doing, func(tx *sql.Tx) error { return f(&writing{ctx: ctx, tx: tx, now: b.now()}) })
}

// AddMetric adds one.
func (b *Book) AddMetric(ctx context.Context, m Metric) (Metric, error) {
	err := b.measure(ctx, "add a metric", func(w *writing) error { return w.addMetric(&m) })
	if err != nil {
		return m, err
	}
	return b.Metric(ctx, m.ID)
}

func (w *writing) addMetric(m *Metric) error {
	all, err := readMetrics(w.rows, ``)
	if err != nil {
		return err
	}
	if len(all) >= MostMetrics {
		return &Invalid{"metric", fmt.Sprintf("is one more than the %d that there may be", MostMetrics)}
	}
	m.ID, err = w.insert(`INSERT INTO metric (name, suffix, about, usual, sum, chart, places, view, merge, ord, seen, points, created, updated)
		VALUES ('', '', '', 0, 0, 0, 0, 0, 0, 0, 0, 0, ?1, ?1)`, ms(w.now))
	if err != nil {
		return err
	}
	return w.saveMetric(m)
}

// EditMetric changes what f changes of one.
func (b *Book) EditMetric(ctx context.Context, id int64, f func(*Metric) error) (Metric, error) {
	err := b.measure(ctx, fmt.Sprintf("change metric %d", id), func(w *writing) error {
		m, err := findMetric(w.rows, id)
		if err != nil {
			return err
		}
		if err := f(&m); err != nil {
			return err
		}
		m.ID = id
		return w.saveMetric(&m)
	})
	if err != nil {
		return Metric{}, err
	}
	return b.Metric(ctx, id)
}

func (w *writing) saveMetric(m *Metric) error {
	if err := m.check(); err != nil {
		return err
	}
	return w.exec(`UPDATE metric SET name = ?, suffix = ?, about = ?, usual = ?, sum = ?, chart = ?, places = ?, view = ?, merge = ?, ord = ?,
		seen = ?, updated = ? WHERE id = ?`, m.Name, m.Suffix, m.About, m.Default, m.Sum, m.Chart, m.Places, m.View, m.Merge, m.Order, m.Seen,
		ms(w.now), m.ID)
}

// RemoveMetric takes it away with its points.
func (b *Book) RemoveMetric(ctx context.Context, id int64) error {
	for more := true; more; {
		err := b.measure(ctx, fmt.Sprintf("remove metric %d", id), func(w *writing) error {
			if _, err := findMetric(w.rows, id); err != nil {
				return err
			}
			gone, err := w.dropPoints(id, w.now.Add(pointsKept))
			if more = gone == pointsAtA; more || err != nil {
				return err
			}
			return w.exec(`DELETE FROM metric WHERE id = ?`, id)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// dropPoints deletes the oldest points of a metric before a time, a few only.
func (w *writing) dropPoints(metric int64, before time.Time) (gone int64, err error) {
	res, err := w.tx.ExecContext(w.ctx, `DELETE FROM metric_point WHERE id IN
		(SELECT id FROM metric_point WHERE metric = ? AND at < ? ORDER BY at LIMIT ?)`, metric, ms(before), pointsAtA)
	if err != nil {
		return 0, err
	}
	if gone, err = res.RowsAffected(); err != nil || gone == 0 {
		return gone, err
	}
	return gone, w.exec(`UPDATE metric SET points = points - ? WHERE id = ?`, gone, metric)
}

const pointColumns = `id, at, value, count, updated`

func readPoints(read reading, where string, args ...any) ([]Point, error) {
	var all []Point
	err := read(func(rows *sql.Rows) error {
		var p Point
		var at, updated int64
		if err := rows.Scan(&p.ID, &at, &p.Value, &p.Count, &updated); err != nil {
			return err
		}
		p.At, p.Updated = moment(at), moment(updated)
		all = append(all, p)
		return nil
	}, `SELECT `+pointColumns+` FROM metric_point `+where, args...)
	return all, err
}

// Points returns some points of a metric by their time, the latest first if down is set, and how many there are in all.
func (b *Book) Points(ctx context.Context, metric int64, down bool, offset int64, limit int) (points []Point, total int, err error) {
	read := b.reading(ctx, "read the points of a metric")
	if err := read(func(rows *sql.Rows) error { return rows.Scan(&total) }, `SELECT points FROM metric WHERE id = ?`, metric); err != nil {
		return nil, 0, err
	}
	order := `ORDER BY at, id`
	if down {
		order = `ORDER BY at DESC, id DESC`
	}
	points, err = readPoints(read, `WHERE metric = ? `+order+` LIMIT ? OFFSET ?`, metric, limit, offset)
	return points, total, err
}

// AddPoint notes a value. Without a time it is of now; and if it is the same that was reported within the minutes of
// Metric.Merge, it is that point once more, as in Cachet.
func (b *Book) AddPoint(ctx context.Context, metric int64, p Point) (Point, error) {
	err := b.measure(ctx, fmt.Sprintf("note a point of metric %d", metric), func(w *writing) error {
		m, err := findMetric(w.rows, metric)
		if err != nil {
			return err
		}
		now := p.At.IsZero()
		if now {
			p.At = w.now
		}
		if err := p.check(w.now); err != nil {
			return err
		}
		if now && m.Merge > 0 {
			since := w.now.Add(-time.Duration(m.Merge-1) * time.Minute).Truncate(time.Minute)
			same, err := readPoints(w.rows, `WHERE metric = ? AND at BETWEEN ? AND ? AND value = ? ORDER BY at DESC LIMIT 1`,
				metric, ms(since), ms(w.now), p.Value)
			if err != nil {
				return err
			}
			if len(same) > 0 {
				p.ID = same[0].ID
				return w.exec(`UPDATE metric_point SET count = count + 1, updated = ? WHERE id = ?`, ms(w.now), p.ID)
			}
		}
		p.ID, err = w.insert(`INSERT INTO metric_point (metric, at, value, count, updated) VALUES (?, ?, ?, 1, ?)`, metric, ms(p.At), p.Value, ms(w.now))
		if err != nil {
			return err
		}
		if err := w.exec(`UPDATE metric SET points = points + 1 WHERE id = ?`, metric); err != nil {
			return err
		}
		return w.trim(metric)
	})
	if err != nil {
		return p, err
	}
	return b.point(ctx, metric, p.ID)
}

// trim drops what is too old of a metric, and the oldest if there are too many.
func (w *writing) trim(metric int64) error {
	if _, err := w.dropPoints(metric, w.now.Add(-pointsKept)); err != nil {
		return err
	}
	var points int
	err := w.rows(func(rows *sql.Rows) error { return rows.Scan(&points) }, `SELECT points FROM metric WHERE id = ?`, metric)
	if err == nil && points > MostPoints+pointsAtA {
		_, err = w.dropPoints(metric, w.now.Add(pointsKept))
	}
	return err
}

func (b *Book) point(ctx context.Context, metric, id int64) (Point, error) {
	return findPoint(b.reading(ctx, "read a point"), metric, id)
}

func findPoint(read reading, metric, id int64) (Point, error) {
	return one(readPoints(read, `WHERE metric = ? AND id = ?`, metric, id))(fmt.Sprintf("point %d of metric %d", id, metric))
}

// EditPoint changes the value of a point, or its time.
func (b *Book) EditPoint(ctx context.Context, metric, id int64, f func(*Point) error) (Point, error) {
	err := b.measure(ctx, fmt.Sprintf("change a point of metric %d", metric), func(w *writing) error {
		p, err := findPoint(w.rows, metric, id)
		if err != nil {
			return err
		}
		if err := errors.Join(f(&p), p.check(w.now)); err != nil {
			return err
		}
		return w.exec(`UPDATE metric_point SET at = ?, value = ?, updated = ? WHERE id = ?`, ms(p.At), p.Value, ms(w.now), id)
	})
	if err != nil {
		return Point{}, err
	}
	return b.point(ctx, metric, id)
}

// RemovePoint takes a point away.
func (b *Book) RemovePoint(ctx context.Context, metric, id int64) error {
	return b.measure(ctx, fmt.Sprintf("remove a point of metric %d", metric), func(w *writing) error {
		if _, err := findPoint(w.rows, metric, id); err != nil {
			return err
		}
		if err := w.exec(`DELETE FROM metric_point WHERE id = ?`, id); err != nil {
			return err
		}
		return w.exec(`UPDATE metric SET points = points - 1 WHERE id = ?`, metric)
	})
}
