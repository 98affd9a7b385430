package incident

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
)

// A Search says which incidents a program wants, and which of those. What is nil does not matter.
type Search struct {
	Public    bool // leave drafts out
	ID        *int64
	Component *int64 // that touch it
	Name      *string
	Status    *int64
	Shown     *bool // Public
	Sticky    *bool

	Sort   Field
	Down   bool // the highest first
	Offset int64
	Limit  int
}

// A Field is what incidents are sorted by.
type Field int

// The fields.
const (
	ByID Field = iota
	ByName
	ByStatus
	ByShown
	BySticky
	ByOpened
	ByUpdated
)

// FindIncidents returns the numbers of the incidents that are searched for, and how many there are in all.
func (b *Book) FindIncidents(ctx context.Context, s Search) (ids []int64, total int, err error) {
	const where = ` FROM incident WHERE deleted = 0 AND merged = 0 AND (?1 = 0 OR public = 1) AND (?2 IS NULL OR id = ?2)
		AND (?3 IS NULL OR EXISTS (SELECT 1 FROM incident_component t WHERE t.incident = incident.id AND t.component = ?3))
		AND (?4 IS NULL OR name = ?4) AND (?5 IS NULL OR status = ?5) AND (?6 IS NULL OR public = ?6) AND (?7 IS NULL OR sticky = ?7)`
	columns := map[Field]string{ByID: "id", ByName: "name", ByStatus: "status", ByShown: "public", BySticky: "sticky", ByOpened: "opened", ByUpdated: "updated"}
	down := ""
	if s.Down {
		down = " DESC"
	}
	args := []any{s.Public, s.ID, s.Component, s.Name, s.Status, s.Shown, s.Sticky}
	read := b.reading(ctx, "look for incidents")
	if err := read(func(rows *sql.Rows) error { return rows.Scan(&total) }, `SELECT count(*)`+where, args...); err != nil {
		return nil, 0, err
	}
	err = read(func(rows *sql.Rows) error {
		ids = append(ids, 0)
		return rows.Scan(&ids[len(ids)-1])
	}, `SELECT id`+where+fmt.Sprintf(` ORDER BY %s%s, id%s LIMIT ?8 OFFSET ?9`, columns[s.Sort], down, down), append(args, s.Limit, s.Offset)...)
	return ids, total, err
}

// readAtOnce is how many incidents are read without letting others at the ledger.
const readAtOnce = 50

// EachIncident calls f for those of these numbers that there are, in that order; what has become part of another is there no more.
func (b *Book) EachIncident(ctx context.Context, ids []int64, f func(*Incident) error) error {
	read := b.reading(ctx, "read incidents")
	for len(ids) > 0 {
		some := ids[:min(len(ids), readAtOnce)]
		ids = ids[len(some):]
		list, err := json.Marshal(some)
		if err != nil {
			return err
		}
		found, err := readIncidents(read, `WHERE deleted = 0 AND merged = 0 AND id IN (SELECT value FROM json_each(?))`, string(list))
		if err != nil {
			return err
		}
		index := map[int64]*Incident{}
		for n := range found {
			index[found[n].ID] = &found[n]
		}
		for _, id := range some {
			if i := index[id]; i != nil {
				if err := f(i); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
