package incident

import (
	"context"
	"database/sql"
)

// Seed adds components to a book that never had any, once: whoever takes them all away is not given them again.
func (b *Book) Seed(ctx context.Context, components ...Component) error {
	const cursor = "incident/seeded"
	if done, err := b.db.Cursor(ctx, cursor); err != nil || done != "" || len(components) == 0 {
		return err
	}
	return b.change(ctx, "make the first components", func(w *writing) error {
		if err := w.exec(setCursor, cursor, "done"); err != nil {
			return err
		}
		had := 0
		if err := w.rows(func(r *sql.Rows) error { return r.Scan(&had) }, `SELECT count(*) FROM component`); err != nil || had > 0 {
			return err
		}
		for n, c := range components {
			c.Order = n + 1
			if err := w.addComponent(&c); err != nil {
				return err
			}
		}
		return nil
	})
}
