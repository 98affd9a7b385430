package history

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/diaspote/vigie/ops"
	"github.com/diaspote/vigie/ops/ledger"
)

// Options are how much is kept. What is zero has its default.
type Options struct {
	Every       time.Duration // from one scrape to the next; 15 s, at least 1 s
	Keep        time.Duration // every sample; 90 days
	KeepRollups time.Duration // five minutes; 3 years
	MaxBytes    int64         // of the file in use, with all else that is in it; 1 GiB
	Log         *slog.Logger  // what is damaged is told here
}

func (o Options) orDefaults() Options {
	const day = 24 * time.Hour
	o.Every = max(cmp.Or(o.Every, 15*time.Second), time.Second)
	o.Keep = cmp.Or(o.Keep, 90*day)
	o.KeepRollups = max(cmp.Or(o.KeepRollups, 3*365*day), o.Keep)
	o.MaxBytes = cmp.Or(o.MaxBytes, 1<<30)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// A Store is the history in an open ledger. It may be used from several goroutines.
type Store struct {
	Options
	db      *ledger.DB
	decoder *zstd.Decoder

	writing sync.Mutex // held by Write and Pack, one at a time
	prev    int64      // when Write last wrote, or the newest there is at the start
	newest  int64      // of the rows
	row     []byte
	round   uint32 // of Write, see known.round

	mu     sync.RWMutex // never held while the database is waited for
	series map[ops.Series]*known
	last   []ops.Sample // of the newest scrape
	heard  []*known     // what they are of
	lastAt time.Time
	told   map[blobName]bool // that they are damaged
}

// Open makes ready what is in the ledger.
func Open(ctx context.Context, db *ledger.DB, o Options) (*Store, error) {
	d, err := newDecoder()
	if err != nil {
		return nil, err
	}
	s := &Store{Options: o.orDefaults(), db: db, decoder: d, series: map[ops.Series]*known{}, told: map[blobName]bool{}}
	ids := map[int64]*known{}
	err = db.Read(ctx, "read which series there are", func(rows *sql.Rows) error {
		var name ops.Series
		k := new(known)
		err := rows.Scan(&k.id, &name.Name, &name.Labels, &name.Counter, &k.first, &k.last)
		s.series[name], ids[k.id] = k, k
		return err
	}, `SELECT id, name, labels, counter, first, last FROM series`)
	if err != nil {
		return nil, err
	}
	err = s.readRows(ctx, minTime, maxTime, func(ts int64, row *rowReader) {
		s.newest = ts
		for row.next() {
			if k := ids[row.id]; k != nil {
				k.first, k.last = min(k.first, ts), max(k.last, ts)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	e, err := s.extent(ctx)
	s.prev = max(s.newest, e.chunks.to-1)
	return s, err
}

func (s *Store) unpacker() *unpacker { return &unpacker{zstd: s.decoder} }

const (
	hour = 3600_000 // ms
	day  = 24 * hour
)

// The times that are kept. After the last one, nanoseconds would not fit.
var (
	minTime = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	maxTime = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
)

// ErrClock says that a sample is of a time that cannot be.
var ErrClock = fmt.Errorf("the clock cannot be right, so samples are left out until it is: only what is from 2020 on is kept")

// reserve is how many bytes of the disk are left to what matters more: what is owed to the rooms.
const reserve = 16 << 20

// ErrFull says that the disk is as good as full.
var ErrFull = fmt.Errorf("less than %d MiB are free on the disk of the ledger, and alerts need them: samples are left out until there is more", reserve>>20)

// apart is how many milliseconds two samples may be apart, at most, to be next to each other: a scrape that failed
// is bridged, a host that slept is not.
func (s *Store) apart() int64 { return max(4*s.Every, time.Minute).Milliseconds() }
