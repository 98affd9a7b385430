package incident

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/diaspote/vigie/ops/ledger"
)

// ErrNone says that there is no such component, incident, update or maintenance.
var ErrNone = errors.New("there is none of that number")

// A Book is all that is known of components, incidents and maintenance. It may be used from several goroutines.
type Book struct {
	db  *ledger.DB
	now func() time.Time

	page atomic.Pointer[Page]

	mu      sync.Mutex // held while something is changed, so that the page is what was written last
	owing   []Owing
	paid    func()
	unshown bool                        // see Unshown
	plan    func(time.Time) ledger.Plan // nil: no rooms are told of changes
	noted   func([]ledger.Record)
	asked   atomic.Bool // somebody has looked at the page since it was last made anew

	watching sync.Mutex
	watchers map[chan struct{}]bool
}

// Owing says what a change owes, and to whom. It is called inside of the transaction that makes the change: it reads and
// writes nothing itself.
type Owing func(Change) []ledger.Debt

// A Change is one thing that was altered, as it is after that. Exactly one of the pointers to things is set; Update and Note
// say besides which text is new, and News whether that is to be told.
type Change struct {
	At          time.Time
	Component   *Component
	Group       *Group
	Incident    *Incident
	Update      *Update // of Incident; nil if something else of it was changed
	Maintenance *Maintenance
	Note        *Note       // of Maintenance, likewise
	Subscriber  *Subscriber // is to be sent a mail that asks for a confirmation

	News *News // nil if nothing of it is new to the public
}

// Open reads the book from the ledger. now gives the time in the zone whose days are shown.
func Open(ctx context.Context, db *ledger.DB, now func() time.Time) (*Book, error) {
	b := &Book{db: db, now: now, watchers: map[chan struct{}]bool{}}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b, b.show(ctx)
}

// Owe has each change from now on owe what these say, in the transaction that makes it; paid is called after each such
// transaction.
func (b *Book) Owe(paid func(), owing ...Owing) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.owing, b.paid = owing, paid
}

// Page is what everybody may see, as of the last change or the last [Book.Refresh]. It is shared: nobody alters it.
func (b *Book) Page() *Page {
	if !b.asked.Load() { // else each visitor would take this line of memory from the others
		b.asked.Store(true)
	}
	return b.page.Load()
}

// idle is how old a page may be that nobody looks at.
const idle = 15 * time.Minute

// freshen works the page out anew if somebody looks at it, or it is old, or of another day.
func (b *Book) freshen(ctx context.Context) error {
	now, made := b.now(), b.page.Load().At
	if !b.asked.Load() && now.Sub(made).Abs() < idle && now.YearDay() == made.YearDay() {
		return nil
	}
	return b.Refresh(ctx)
}

// Refresh works the page out anew, as time alone changes it.
func (b *Book) Refresh(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.show(ctx)
}

// Watch returns a channel that can be read once after each change of the page, or once after several. It is to be given back
// by calling stop.
func (b *Book) Watch() (changed <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	b.watching.Lock()
	defer b.watching.Unlock()
	b.watchers[c] = true
	return c, func() {
		b.watching.Lock()
		defer b.watching.Unlock()
		delete(b.watchers, c)
	}
}

// show makes the page of what is written. The caller holds mu.
func (b *Book) show(ctx context.Context) error {
	p, err := b.read(ctx)
	if err != nil {
		return err
	}
	b.page.Store(p)
	b.asked.Store(false)
	b.watching.Lock()
	defer b.watching.Unlock()
	for c := range b.watchers {
		select {
		case c <- struct{}{}:
		default:
		}
	}
	return nil
}

// change runs f in one transaction, with the states that follow from it and what is owed for it, and shows what has become
// of it.
func (b *Book) change(ctx context.Context, doing string, f func(w *writing) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	seen, err := b.commit(ctx, doing, func(w *writing) error {
		if err := f(w); err != nil {
			return err
		}
		return w.turn()
	})
	if err != nil || !seen {
		return err
	}
	// What is written is written, whoever has gone meanwhile; and it is no failure of the change if it cannot be shown yet.
	if err := b.show(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("%s: it is done, but the page does not show it yet: %w", doing, err)
	}
	return nil
}

// write is change for what the page does not show.
func (b *Book) write(ctx context.Context, doing string, f func(w *writing) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, err := b.commit(ctx, doing, f)
	return err
}

// commit runs f in one transaction, with what is owed for it, and tells whether anything that is shown was written. The caller
// holds mu.
func (b *Book) commit(ctx context.Context, doing string, f func(w *writing) error) (seen bool, err error) {
	var fresh []ledger.Record
	err = b.db.Change(ctx, doing, func(tx *sql.Tx) (err error) {
		w := &writing{ctx: ctx, tx: tx, now: b.now(), unshown: b.unshown}
		if err := f(w); err != nil {
			return err
		}
		for n := range w.changes {
			c := &w.changes[n]
			c.At = w.now
			if err := w.tell(c); err != nil {
				return err
			}
			for _, owing := range b.owing {
				if err := ledger.OweIn(ctx, tx, w.now, owing(*c)...); err != nil {
					return err
				}
			}
		}
		seen = !w.unseen || len(w.changes) > 0
		if b.plan != nil {
			fresh, err = w.tellRooms(b.plan(w.now))
		}
		return err
	})
	if err != nil {
		return false, err
	}
	if b.paid != nil && seen {
		b.paid()
	}
	if b.noted != nil && (seen || len(fresh) > 0) {
		b.noted(fresh)
	}
	return seen, nil
}

// A writing is one change under way.
type writing struct {
	ctx     context.Context
	tx      *sql.Tx
	now     time.Time
	changes []Change
	unshown bool // incidents are shown nowhere but in the chat
	unseen  bool // what it writes besides changes is shown nowhere

	tellings []telling // for the rooms, besides what the changes say
	lately   string    // why a maintenance that should have ended goes on; "" if it does not
}

func (w *writing) exec(statement string, args ...any) error {
	_, err := w.tx.ExecContext(w.ctx, statement, args...)
	return err
}

// insert returns the number of the new row.
func (w *writing) insert(statement string, args ...any) (int64, error) {
	res, err := w.tx.ExecContext(w.ctx, statement, args...)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

// rows is a [reading] inside of the transaction.
func (w *writing) rows(row func(*sql.Rows) error, query string, args ...any) error {
	rows, err := w.tx.QueryContext(w.ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// A reading calls row for each row of a query.
type reading func(row func(*sql.Rows) error, query string, args ...any) error

func (b *Book) reading(ctx context.Context, doing string) reading {
	return func(row func(*sql.Rows) error, query string, args ...any) error {
		return b.db.Read(ctx, doing, row, query, args...)
	}
}

func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
