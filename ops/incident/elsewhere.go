package incident

import (
	"context"
	"database/sql"
	"fmt"
)

// A Copy is where a thing of the book stands on a status page elsewhere: it was written there, or was read from there.
type Copy struct {
	Place string // the other page, by its address
	Kind  string // of thing
	Here  int64  // its number in the book
	There int64  // its number there; 0 while it is not known whether it has one
	Ours  bool   // it stands there because we wrote it
	Said  string // what was last said there, as who said it knows it again
}

// The kinds of a Copy of what is imported. Who writes elsewhere may have more.
const (
	OfGroup       = "group"
	OfComponent   = "component"
	OfIncident    = "incident"
	OfMaintenance = "maintenance"
	OfMetric      = "metric"
)

// OfUpdate is the kind of the updates of the incident of that number there.
func OfUpdate(there int64) string { return fmt.Sprint("update ", there) }

// Copies returns those of a kind in a place, by their numbers here.
func (b *Book) Copies(ctx context.Context, place, kind string) (map[int64]Copy, error) {
	all := map[int64]Copy{}
	err := readCopies(b.reading(ctx, "read what stands elsewhere"), func(c Copy) { all[c.Here] = c }, `place = ? AND kind = ?`, place, kind)
	return all, err
}

// Copy returns one; ok is false if nothing is known of it.
func (b *Book) Copy(ctx context.Context, place, kind string, here int64) (c Copy, ok bool, err error) {
	c = Copy{Place: place, Kind: kind, Here: here}
	err = readCopies(b.reading(ctx, "read what stands elsewhere"), func(found Copy) { c, ok = found, true }, `place = ? AND kind = ? AND here = ?`, place, kind, here)
	return c, ok, err
}

func readCopies(read reading, each func(Copy), where string, args ...any) error {
	return read(func(rows *sql.Rows) error {
		var c Copy
		err := rows.Scan(&c.Place, &c.Kind, &c.Here, &c.There, &c.Ours, &c.Said)
		if err == nil {
			each(c)
		}
		return err
	}, `SELECT place, kind, here, there, ours, said FROM elsewhere WHERE `+where, args...)
}

// KeepCopy writes one down, in the place of what was known of it.
func (b *Book) KeepCopy(ctx context.Context, c Copy) error {
	return b.db.Exec(ctx, "note what stands elsewhere", keepCopy, c.Place, c.Kind, c.Here, c.There, c.Ours, c.Said)
}

const keepCopy = `INSERT OR REPLACE INTO elsewhere (place, kind, here, there, ours, said) VALUES (?, ?, ?, ?, ?, ?)`

// DropCopy forgets one.
func (b *Book) DropCopy(ctx context.Context, c Copy) error {
	return b.db.Exec(ctx, "forget what stood elsewhere", `DELETE FROM elsewhere WHERE place = ? AND kind = ? AND here = ?`, c.Place, c.Kind, c.Here)
}
