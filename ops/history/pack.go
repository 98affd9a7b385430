package history

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"
)

const (
	// grace is how many milliseconds after its end an hour is packed: a scrape under way may belong to it.
	grace = 60_000
	// pointsAtOnce bounds the memory that packing takes: 24 bytes each.
	pointsAtOnce = 250_000
)

// Pack packs the oldest hour that is over by now and not packed yet; if there is none, it deletes what is too old or too
// much. It tells whether there is more to do: it is called once an hour, and then again, at leisure, until there is not.
// An hour is one transaction, so a crash leaves it as it was before or after.
func (s *Store) Pack(ctx context.Context, now time.Time) (more bool, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	e, err := s.extent(ctx)
	if err != nil {
		return false, err
	}
	begin := e.rows.from - e.rows.from%hour
	if e.rows.empty() || begin+hour+grace > now.UnixMilli() {
		return s.trim(ctx, e, now.UnixMilli())
	}
	return true, s.packHour(ctx, begin)
}

// A member is a series that may have samples in the hour that is packed.
type member struct {
	*known
	counter bool
}

// members are all series by their ID.
func (s *Store) members() []member {
	all := make([]member, 0, len(s.series))
	for name, k := range s.series {
		all = append(all, member{k, name.Counter})
	}
	slices.SortFunc(all, func(a, b member) int { return cmp.Compare(a.id, b.id) })
	return all
}

// packHour makes chunks of the rows of an hour.
func (s *Store) packHour(ctx context.Context, begin int64) error {
	scrapes := 0
	err := s.db.Read(ctx, "count the samples", func(rows *sql.Rows) error { return rows.Scan(&scrapes) },
		`SELECT count(*) FROM scrape WHERE ts >= ? AND ts < ?`, begin, begin+hour)
	if err != nil {
		return err
	}
	p, err := newPacker()
	if err != nil {
		return err
	}
	packed := packed{begin: begin, scrapes: scrapes}
	atOnce := max(pointsAtOnce/max(scrapes, 1), 1)
	for group := range slices.Chunk(s.members(), atOnce) {
		if err := s.packGroup(ctx, p, &packed, group); err != nil {
			return err
		}
	}
	return s.db.Change(ctx, "pack the history", func(tx *sql.Tx) error { return packed.write(ctx, tx) })
}

// packed is what becomes of an hour.
type packed struct {
	begin   int64
	scrapes int
	chunks  []blob
	days    []blob
	heard   []*known
}

// packGroup adds to packed what becomes of some series.
func (s *Store) packGroup(ctx context.Context, p *packer, packed *packed, group []member) error {
	first, last := group[0].id, group[len(group)-1].id
	rows, err := s.rowsOf(ctx, packed.begin, group, packed.scrapes)
	if err != nil {
		return err
	}
	// Where the clock was set back, there are chunks of this hour already.
	old, err := s.readAll(ctx, hours, packed.begin, first, last)
	if err != nil {
		return err
	}
	before, err := s.readAll(ctx, hours, packed.begin-hour, first, last)
	if err != nil {
		return err
	}
	rolled, err := s.readAll(ctx, days, packed.begin, first, last)
	if err != nil {
		return err
	}
	var points []point
	u := s.unpacker()
	for i, m := range group {
		if len(rows[i]) == 0 {
			continue
		}
		points = points[:0]
		if data := before[m.id]; data != nil && m.counter {
			points = s.unpackPoints(u, points, blob{hours.id(packed.begin-hour, m.id), data})
			points = points[max(len(points)-1, 0):]
		}
		lead := len(points)
		if data := old[m.id]; data != nil {
			points = s.unpackPoints(u, points, blob{hours.id(packed.begin, m.id), data})
		}
		points = inOrder(append(points, rows[i]...))
		points = points[:min(len(points), lead+maxTimes)]
		packed.chunks = append(packed.chunks, blob{hours.id(packed.begin, m.id), p.packPoints(packed.begin, points[lead:])})
		packed.days = append(packed.days, s.rollInto(p, u, rolled[m.id], packed.begin, m, points))
		packed.heard = append(packed.heard, m.known)
	}
	return nil
}

// rowsOf are the samples of an hour that are in rows, of each of the group.
func (s *Store) rowsOf(ctx context.Context, begin int64, group []member, scrapes int) ([][]point, error) {
	index := make(map[int64]int, len(group))
	all, room := make([][]point, len(group)), make([]point, len(group)*scrapes)
	for i, m := range group {
		index[m.id] = i
		all[i] = room[i*scrapes : i*scrapes : (i+1)*scrapes]
	}
	err := s.readRows(ctx, begin, begin+hour, func(ts int64, row *rowReader) {
		for row.next() {
			if i, ok := index[row.id]; ok {
				all[i] = row.appendTo(all[i], ts)
			}
		}
	})
	return all, err
}

func (p *packer) packPoints(begin int64, points []point) []byte {
	p.times, p.columns[0] = p.times[:0], p.columns[0][:0]
	for _, at := range points {
		p.times, p.columns[0] = append(p.times, stamp{at.ts - begin, at.cut}), append(p.columns[0], at.v)
	}
	return p.pack(p.times, p.columns[0])
}

// rollInto puts the rollups of an hour into those of its day.
func (s *Store) rollInto(p *packer, u *unpacker, data []byte, begin int64, m member, points []point) blob {
	b := blob{days.id(begin, m.id), data}
	var all []rolled
	if data != nil {
		var err error
		if all, err = u.unpackRollups(nil, b, m.counter); err != nil {
			s.damaged(days, b.id, err)
		}
	}
	all = slices.DeleteFunc(all, func(r rolled) bool { return r.ts >= begin && r.ts < begin+hour })
	all = append(all, roll(points, begin, tally{counter: m.counter, apart: s.apart()})...)
	slices.SortFunc(all, func(a, b rolled) int { return cmp.Compare(a.ts, b.ts) })
	b.data = p.packRollups(days.begin(b.id), m.counter, all)
	return b
}

func (p *packed) write(ctx context.Context, tx *sql.Tx) error {
	for _, part := range []struct {
		into  table
		blobs []blob
	}{{hours, p.chunks}, {days, p.days}} {
		put, err := tx.PrepareContext(ctx, `INSERT OR REPLACE INTO `+part.into.name+` (id, data) VALUES (?, ?)`)
		if err != nil {
			return err
		}
		for _, b := range part.blobs {
			if _, err := put.ExecContext(ctx, b.id, b.data); err != nil {
				return err
			}
		}
		if err := put.Close(); err != nil {
			return err
		}
	}
	seen, err := tx.PrepareContext(ctx, `UPDATE series SET first = ?, last = ? WHERE id = ?`)
	if err != nil {
		return err
	}
	for _, k := range p.heard {
		if _, err := seen.ExecContext(ctx, k.first, k.last, k.id); err != nil {
			return err
		}
	}
	if err := seen.Close(); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM scrape WHERE ts >= ? AND ts < ?`, p.begin, p.begin+hour)
	return err
}
