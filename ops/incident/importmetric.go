package incident

import (
	"slices"
	"strings"
)

// takeMetric takes a metric in, or the points that it lacks: of one time it has one.
func (w *writing) takeMetric(place string, f *Foreign, to *Imported) error {
	c, known, err := w.copyOf(place, OfMetric, f.There)
	if err != nil {
		return err
	}
	if !known {
		if c.Here, err = w.newMetric(f.Metric, to); err != nil {
			return err
		}
		if err := w.noteCopy(place, OfMetric, c.Here, f.There, w.now); err != nil {
			return err
		}
	}
	var added int64
	for _, p := range f.Points {
		if p.check(w.now) != nil { // it is too old
			continue
		}
		res, err := w.tx.ExecContext(w.ctx, `INSERT INTO metric_point (metric, at, value, count, updated) SELECT ?1, ?2, ?3, ?4, ?5
			WHERE EXISTS (SELECT 1 FROM metric WHERE id = ?1) AND NOT EXISTS (SELECT 1 FROM metric_point WHERE metric = ?1 AND at = ?2)`,
			c.Here, ms(p.At), p.Value, max(p.Count, 1), ms(w.now))
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		added += n
	}
	if known && added == 0 {
		to.Known++
	}
	to.Points += int(added)
	if err := w.exec(`UPDATE metric SET points = points + ? WHERE id = ?`, added, c.Here); err != nil {
		return err
	}
	return w.trim(c.Here)
}

// newMetric is the number of a metric, which is written down unless one of that name is known.
func (w *writing) newMetric(m *Metric, to *Imported) (int64, error) {
	all, err := readMetrics(w.rows, ``)
	if err != nil {
		return 0, err
	}
	if n := slices.IndexFunc(all, func(have Metric) bool { return strings.EqualFold(have.Name, m.Name) }); n >= 0 {
		return all[n].ID, nil
	}
	if err := w.addMetric(m); err != nil {
		return 0, err
	}
	to.Metrics++
	return m.ID, nil
}
